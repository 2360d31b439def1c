"""CallEvent: the one shape in which anything said by a carrier leaves a provider's adapter."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any


class EventKind(StrEnum):
    INITIATED = "initiated"
    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"
    INBOUND = "inbound"
    NOTICE = "notice"  # after the end, such as a late do-not-call


_KINDS = {kind.value: kind for kind in EventKind}


class Outcome(StrEnum):
    """How a call ended, from the network's view."""

    HUMAN = "human"
    MACHINE = "machine"
    NO_ANSWER = "no_answer"
    RNR = "rnr"
    BUSY = "busy"
    REJECTED = "rejected"
    ERROR = "error"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Turn:
    speaker: str  # "agent" or "contact"
    text: str
    at: float  # seconds from the answer

    def to_json(self) -> dict[str, Any]:
        return {"speaker": self.speaker, "text": self.text, "at": self.at}


@dataclass(frozen=True, slots=True)
class Said:
    """What a voice-agent platform says of the conversation; shown as "said by the carrier", never as our finding."""

    transcript: tuple[Turn, ...] = ()
    summary: str = ""
    disposition: str = ""
    success: bool | None = None
    do_not_call: bool = False
    callback_asked: bool = False
    callback_words: str = ""
    callback_at: datetime | None = None
    recording_url: str = ""
    spoke: bool | None = None  # whether the person said anything; None: not known

    def to_json(self) -> dict[str, Any]:
        return {
            "transcript": [turn.to_json() for turn in self.transcript],
            "summary": self.summary,
            "disposition": self.disposition,
            "success": self.success,
            "do_not_call": self.do_not_call,
            "callback_asked": self.callback_asked,
            "callback_words": self.callback_words,
            "callback_at": _text(self.callback_at),
            "recording_url": self.recording_url,
            "spoke": self.spoke,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Said":
        changed = {
            "transcript": tuple(Turn(**turn) for turn in data["transcript"]),
            "callback_at": _time(data["callback_at"]),
        }
        return cls(**{**data, **changed})


@dataclass(frozen=True, slots=True)
class CallEvent:
    """One thing that happened to one call. `key` is unique per carrier: storing it twice stores it once.

    `outcome` comes with `ended` only. `raw` is the carrier's own message, kept beside the event and never compared.
    """

    key: str
    reference: str  # ours; empty for an inbound call or when the carrier does not say
    provider_call_id: str
    kind: EventKind
    at: datetime
    outcome: str = ""
    reason: str = ""  # the carrier's own word for why
    talk_seconds: int | None = None
    answered_at: datetime | None = None
    ringing_at: datetime | None = None
    cost: Decimal | None = None
    said: Said | None = None
    from_number: str = ""
    to_number: str = ""
    raw: Any = field(default=None, compare=False, repr=False)

    def to_json(self) -> dict[str, Any]:
        """Everything but `raw`, as plain JSON values."""
        return {
            "key": self.key,
            "reference": self.reference,
            "provider_call_id": self.provider_call_id,
            "kind": self.kind.value,
            "at": self.at.isoformat(),
            "outcome": str(self.outcome),
            "reason": self.reason,
            "talk_seconds": self.talk_seconds,
            "answered_at": _text(self.answered_at),
            "ringing_at": _text(self.ringing_at),
            "cost": None if self.cost is None else str(self.cost),
            "said": self.said.to_json() if self.said else None,
            "from_number": self.from_number,
            "to_number": self.to_number,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "CallEvent":
        values = data.copy()
        values["kind"] = _KINDS[data["kind"]]
        values["at"] = datetime.fromisoformat(data["at"])
        values["answered_at"] = _time(data["answered_at"])
        values["ringing_at"] = _time(data["ringing_at"])
        values["cost"] = None if data["cost"] is None else Decimal(data["cost"])
        values["said"] = Said.from_json(data["said"]) if data["said"] else None
        return cls(**values)


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
