"""What a call's events make of it. Any order of the same events gives the same call."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
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
    moved = replace(
        call,
        state=max([call.state, *(_STATE[e.kind] for e in events if e.kind in _STATE)]),
        initiated_at=_earliest(call.initiated_at, (e.at for e in events if e.kind is EventKind.INITIATED)),
        ringing_at=_earliest(call.ringing_at, _times(events, [EventKind.RINGING], "ringing_at")),
        answered_at=_earliest(call.answered_at, _times(events, ANSWERS, "answered_at")),
    )
    if call.state == CallState.ENDED:
        return moved
    end = first_end(events)
    return _end(moved, end) if end else moved


def first_end(events: Sequence[CallEvent]) -> CallEvent | None:
    """Of several end events, the one that counts."""
    return min((e for e in events if e.kind is EventKind.ENDED), key=lambda e: (e.at, e.key), default=None)


def _end(call: CallFacts, end: CallEvent) -> CallFacts:
    return replace(
        call,
        outcome=str(end.outcome or Outcome.ERROR),
        reason=end.reason,
        ended_at=end.at,
        talk_seconds=_talk(end),
        cost=end.cost if end.cost is not None else call.cost,
    )


def _talk(end: CallEvent) -> int:
    """The end event's own word; without one, answer to hang-up as that same event gives it."""
    if end.talk_seconds is not None:
        return end.talk_seconds
    return max(0, (end.at - end.answered_at) // timedelta(seconds=1)) if end.answered_at else 0


def _times(events: Sequence[CallEvent], kinds: Sequence[EventKind], name: str) -> Iterable[datetime]:
    """The times that events of these kinds have, and those that others (an end, mostly) say of it."""
    for event in events:
        if event.kind in kinds:
            yield getattr(event, name) or event.at
        elif getattr(event, name) is not None:
            yield getattr(event, name)


def _earliest(known: datetime | None, more: Iterable[datetime]) -> datetime | None:
    return min([*([known] if known else []), *more], default=None)
