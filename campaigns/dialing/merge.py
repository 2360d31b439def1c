"""What a call's events make of it. Any order of the same events gives the same call."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from campaigns.choices import CallState, Outcome
from telephony.events import CallEvent, EventKind

_STATE = {
    EventKind.INITIATED: CallState.INITIATED,
    EventKind.RINGING: CallState.RINGING,
    EventKind.ANSWERED: CallState.IN_PROGRESS,
    EventKind.INBOUND: CallState.IN_PROGRESS,
    EventKind.ENDED: CallState.ENDED,
}


ANSWERS = (EventKind.ANSWERED, EventKind.INBOUND)  # a call that comes in is answered by the agent at once


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What is known of one call."""

    state: CallState = CallState.QUEUED
    outcome: str = ""
    reason: str = ""
    initiated_at: datetime | None = None
    ringing_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    talk_seconds: int = 0
    cost: Decimal | None = None


def advance(call: CallFacts, events: Sequence[CallEvent]) -> CallFacts:
    """The call after these events: highest state, earliest times; the end event alone says outcome and talk time.

    Of several end events the earliest counts, of a call that has ended already none. A notice changes nothing here.
    """
    state, initiated_at, ringing_at, answered_at = call.state, call.initiated_at, call.ringing_at, call.answered_at
    for event in events:
        kind = event.kind
        state = max(state, _STATE.get(kind, state))
        if kind is EventKind.INITIATED:
            initiated_at = _earlier(initiated_at, event.at)
        # An event has its own time, and says (an end, mostly) those of others.
        ringing_at = _earlier(ringing_at, event.ringing_at or (event.at if kind is EventKind.RINGING else None))
        answered_at = _earlier(answered_at, event.answered_at or (event.at if kind in ANSWERS else None))
    end = None if call.state == CallState.ENDED else first_end(events)
    said = _said(end, call.cost) if end else (call.outcome, call.reason, call.ended_at, call.talk_seconds, call.cost)
    outcome, reason, ended_at, talk_seconds, cost = said
    return CallFacts(
        state, outcome, reason, initiated_at, ringing_at, answered_at, ended_at, talk_seconds, cost
    )  # spelled out: `replace` takes several times as long


def first_end(events: Sequence[CallEvent]) -> CallEvent | None:
    """Of several end events, the one that counts."""
    ends = [event for event in events if event.kind is EventKind.ENDED]
    if len(ends) < 2:
        return ends[0] if ends else None
    return min(ends, key=lambda e: (e.at, e.key))


def _said(end: CallEvent, cost: Decimal | None) -> tuple[str, str, datetime | None, int, Decimal | None]:
    outcome = str(end.outcome or Outcome.ERROR)
    return outcome, end.reason, end.at, _talk(end), end.cost if end.cost is not None else cost


def _talk(end: CallEvent) -> int:
    """The end event's own word; without one, answer to hang-up as that same event gives it."""
    if end.talk_seconds is not None:
        return end.talk_seconds
    return max(0, (end.at - end.answered_at) // timedelta(seconds=1)) if end.answered_at else 0


def _earlier(known: datetime | None, more: datetime | None) -> datetime | None:
    return more if known is None or (more is not None and more < known) else known
