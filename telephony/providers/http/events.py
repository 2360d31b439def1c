"""Events of the HTTP contract (docs/http-provider.md): the signature, the words, and their way into CallEvent."""

import base64
import hashlib
import hmac
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from telephony.errors import BadEvent, BadSignature
from telephony.events import CallEvent, EventKind, Outcome, Said, Turn
from telephony.providers.bodies import read_json

log = logging.getLogger(__name__)

TOLERANCE = timedelta(minutes=5)  # between the signature's time and ours
MAX_TEXT = 10_000  # characters kept of one text
MAX_TURNS = 2_000

KINDS = {
    "call.initiated": EventKind.INITIATED,
    "call.ringing": EventKind.RINGING,
    "call.answered": EventKind.ANSWERED,
    "call.ended": EventKind.ENDED,
    "call.inbound": EventKind.INBOUND,
    "call.notice": EventKind.NOTICE,
}

# The contract's words and the usual other names that carriers have for them.
OUTCOMES = {
    "human": Outcome.HUMAN,
    "machine": Outcome.MACHINE,
    "voicemail": Outcome.MACHINE,
    "no_answer": Outcome.NO_ANSWER,
    "rang_out": Outcome.RNR,
    "rnr": Outcome.RNR,
    "busy": Outcome.BUSY,
    "rejected": Outcome.REJECTED,
    "declined": Outcome.REJECTED,
    "error": Outcome.ERROR,
    "failed": Outcome.ERROR,
    "cancelled": Outcome.CANCELLED,
    "canceled": Outcome.CANCELLED,
}


def verify(headers: Mapping[str, str], body: bytes, key: bytes, now: datetime) -> None:
    """Standard Webhooks, v1: HMAC-SHA256 of "id.timestamp.body". Raises BadSignature."""
    message_id, sent, signatures = (headers.get(f"webhook-{part}", "") for part in ("id", "timestamp", "signature"))
    if not (message_id and signatures and sent.isascii() and sent.isdigit() and len(sent) <= 12):
        raise BadSignature("The event is not signed.")
    if abs(now.timestamp() - int(sent)) > TOLERANCE.total_seconds():
        raise BadSignature("The event's signature is too old, or one of the two clocks is wrong.")
    wanted = signature(message_id, int(sent), body, key).encode()
    given = [word[3:].encode() for word in signatures.split(" ") if word.startswith("v1,")]
    if not any([hmac.compare_digest(wanted, one) for one in given]):  # noqa: C419 - every one is compared, in equal time
        raise BadSignature("The event's signature does not fit the signing secret.")


def signature(message_id: str, sent: int, body: bytes, key: bytes) -> str:
    """The base64 text after "v1,"."""
    signed = f"{message_id}.{sent}.".encode() + body
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def parse(body: bytes) -> list[CallEvent]:
    """The event of a webhook's body; none for a type that we have no use for. Raises BadEvent."""
    event = from_contract(read_json(body))
    return [event] if event else []


def from_contract(data: Any) -> CallEvent | None:
    """One event object of the contract. Raises BadEvent."""
    event = _object(data, "The event")
    key, kind = _text(event, "id", 100), _text(event, "type", 60)
    if not key:
        raise BadEvent("The event has no id.")
    if kind not in KINDS:
        log.error("event %s has the unknown type %r and is left out", key, kind)
        return None
    call = _object(event.get("call"), "“call”")
    call_id = _text(call, "id", 120)
    if not call_id:
        raise BadEvent("“call” has no id.")
    known: dict[str, Any] = {
        "key": key,
        "reference": _text(call, "reference", 60),
        "provider_call_id": call_id,
        "kind": KINDS[kind],
        "at": _required_time(event, "at"),
        "from_number": _text(call, "from", 30),
        "to_number": _text(call, "to", 30),
        "raw": event,
    }
    if kind == "call.ended":
        known |= _ended(_object(event.get("ended"), "“ended”"))
    elif kind == "call.notice":
        known |= {"said": _said(_object(event.get("notice"), "“notice”"))}
    return CallEvent(**known)


def listed(call: dict[str, Any]) -> list[Any]:
    """The event objects of a call in a look-up. Raises BadEvent."""
    told = call.get("events")
    if not isinstance(told, list):
        raise BadEvent("“events” must be a list.")
    return told


def _ended(ended: dict[str, Any]) -> dict[str, Any]:
    word = _text(ended, "result", 60)
    if not word:
        raise BadEvent("“ended” has no result.")
    outcome = OUTCOMES.get(word)
    if outcome is None:
        log.error("unknown result %r of a call is taken as an error", word)
    return {
        "outcome": outcome or Outcome.ERROR,
        "reason": _text(ended, "reason", 200) or ("" if outcome else word),
        "talk_seconds": _whole(ended, "talk_seconds"),
        "answered_at": _time(ended, "answered_at"),
        "ringing_at": _time(ended, "ringing_at"),
        "cost": _money(ended, "cost"),
        "said": _said(_object(ended["conversation"], "“conversation”")) if ended.get("conversation") else None,
    }


def _said(said: dict[str, Any]) -> Said:
    callback = None if said.get("callback") is None else _object(said["callback"], "“callback”")
    return Said(
        transcript=_turns(said.get("transcript")),
        summary=_text(said, "summary"),
        disposition=_text(said, "disposition", 120),
        success=_flag(said, "success"),
        do_not_call=bool(_flag(said, "do_not_call")),
        callback_asked=callback is not None,
        callback_words=_text(callback or {}, "words", 500),
        callback_at=_time(callback or {}, "at"),
        recording_url=_text(said, "recording_url", 1000),
        spoke=_flag(said, "contact_spoke"),
    )


def _turns(turns: Any) -> tuple[Turn, ...]:
    if turns is None:
        return ()
    if not isinstance(turns, list):
        raise BadEvent("“transcript” must be a list.")
    return tuple(_turn(_object(turn, "A turn of the transcript")) for turn in turns[:MAX_TURNS])


def _turn(turn: dict[str, Any]) -> Turn:
    speaker, at = _text(turn, "speaker", 20), turn.get("at", 0)
    if speaker not in {"agent", "contact"}:
        raise BadEvent("A turn's speaker must be agent or contact.")
    if isinstance(at, bool) or not isinstance(at, int | float) or not 0 <= at < 1e6:
        raise BadEvent("A turn's “at” must be seconds from the answer.")
    return Turn(speaker, _text(turn, "text"), float(at))


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadEvent(f"{name} must be an object.")
    return value


def _text(data: dict[str, Any], name: str, limit: int = MAX_TEXT) -> str:
    value = data.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadEvent(f"“{name}” must be a text.")
    return value[:limit]


def _flag(data: dict[str, Any], name: str) -> bool | None:
    value = data.get(name)
    if value is not None and not isinstance(value, bool):
        raise BadEvent(f"“{name}” must be true, false or null.")
    return value


def _whole(data: dict[str, Any], name: str) -> int | None:
    value = data.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e7:
        raise BadEvent(f"“{name}” must be a number of seconds.")
    return round(value)


def _money(data: dict[str, Any], name: str) -> Decimal | None:
    if data.get(name) is None:
        return None
    try:
        cost = Decimal(str(data[name]))
    except InvalidOperation as error:
        raise BadEvent(f"“{name}” must be an amount.") from error
    if not cost.is_finite() or not 0 <= cost < 1_000_000:
        raise BadEvent(f"“{name}” must be an amount.")
    return cost


def _time(data: dict[str, Any], name: str) -> datetime | None:
    text = _text(data, name, 40)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else _without_zone(name)
    except (ValueError, OverflowError) as error:
        raise BadEvent(f"“{name}” must be a time such as 2026-03-02T09:30:00Z.") from error


def _without_zone(name: str) -> datetime:
    raise BadEvent(f"“{name}” needs its zone, such as a Z at the end.")


def _required_time(data: dict[str, Any], name: str) -> datetime:
    moment = _time(data, name)
    if moment is None:
        raise BadEvent(f"The event has no “{name}”.")
    return moment
