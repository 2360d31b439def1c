"""One call as the carrier remembers it, and the messages of the HTTP contract that tell of it."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any

from telephony.simulator.conversation import Conversation, converse

COST_PER_MINUTE = Decimal("0.0140")  # per minute begun, after an answer
KINDS = ("inbound", "initiated", "ringing", "answered", "ended", "notice")


@dataclass(slots=True)
class Call:
    id: str
    reference: str  # empty for an inbound call
    to: str
    from_: str
    request: dict[str, Any]  # as it was received; dialogues take names and variables from it
    nth: int  # the how-manieth call to this number
    seed: int
    ending: str  # of the conversation, if one comes about
    times: dict[str, float] = field(default_factory=dict)  # kind of event: seconds since 1970
    result: str = ""
    reason: str = ""
    talk_seconds: int = 0
    cut: bool = False
    silent: bool = False  # tells nothing
    held: dict[str, Any] | None = None  # an event that waits for the next one to overtake it
    first_delivery: asyncio.Task[None] | None = None

    @property
    def live(self) -> bool:
        return "ended" not in self.times

    @property
    def status(self) -> str:
        return next(kind for kind in ("ended", "answered", "ringing", "initiated", "inbound") if kind in self.times)

    def conversation(self) -> Conversation:
        """The same every time it is asked for, so that nobody needs to keep it."""
        ending = self.ending.removesuffix("_later") or "hangs_up"
        return converse(ending, self.request, Random(f"{self.seed}/talk/{self.to}/{self.nth}"))  # noqa: S311 - repeatable, not secret

    def message(self, kind: str) -> dict[str, Any]:
        """The event of that kind, which must have happened."""
        message: dict[str, Any] = {
            "id": f"evt_{self.id}_{kind}",
            "type": f"call.{kind}",
            "at": _iso(self.times[kind]),
            "call": {"id": self.id, "reference": self.reference, "from": self.from_, "to": self.to},
        }
        if kind == "ended":
            message["ended"] = self._ended()
        elif kind == "notice":
            message["notice"] = {"do_not_call": True}
        return message

    def told(self) -> list[dict[str, Any]]:
        """All events so far, in order; none of a call that went silent."""
        return [] if self.silent else [self.message(kind) for kind in KINDS if kind in self.times]

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, "reference": self.reference, "status": self.status, "events": self.told()}

    def _ended(self) -> dict[str, Any]:
        answered = self.times.get("answered") or self.times.get("inbound")
        minutes = -(-self.talk_seconds // 60)
        return {
            "result": self.result,
            "reason": self.reason,
            "ringing_at": _iso(self.times.get("ringing")),
            "answered_at": _iso(answered),
            "talk_seconds": self.talk_seconds,
            "cost": str(COST_PER_MINUTE * minutes) if answered else "0",
            "conversation": self._said() if answered else None,
        }

    def _said(self) -> dict[str, Any]:
        ended_at = datetime.fromtimestamp(self.times["ended"], UTC)
        timezone = str((self.request.get("metadata") or {}).get("timezone") or "")
        quiet = self.ending.endswith("_later")
        return self.conversation().to_json(self.talk_seconds, ended_at, timezone, self.cut, quiet)


def _iso(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()
