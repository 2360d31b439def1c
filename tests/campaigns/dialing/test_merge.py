"""Events into calls: in any order the same, and the end event alone says what came of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations

from campaigns.choices import CallState
from campaigns.dialing.merge import CallFacts, advance
from telephony.events import CallEvent, EventKind

START = datetime(2026, 3, 2, 12, tzinfo=UTC)


def event(kind, seconds, **more):
    key = more.pop("key", f"{kind}-{seconds}")
    return CallEvent(key, "r", "p", kind, START + timedelta(seconds=seconds), **more)


def seconds(number):
    return START + timedelta(seconds=number)


END = event(EventKind.ENDED, 40, outcome="human", talk_seconds=30, reason="hangup", cost=Decimal("0.02"))
EVENTS = [
    event(EventKind.INITIATED, 1),
    event(EventKind.RINGING, 3),
    event(EventKind.RINGING, 2),
    event(EventKind.ANSWERED, 10),
    END,
]
WHOLE = CallFacts(
    CallState.ENDED, "human", "hangup", seconds(1), seconds(2), seconds(10), seconds(40), 30, Decimal("0.02")
)


def test_any_order_of_events_gives_the_same_call():
    for order in permutations(EVENTS):
        assert advance(CallFacts(), order) == WHOLE


def test_events_one_by_one_give_what_they_give_together():
    for order in permutations(EVENTS):
        call = CallFacts()
        for each in order:
            call = advance(call, [each])
        assert call == WHOLE


def test_a_call_never_moves_back():
    ringing = advance(CallFacts(), [event(EventKind.RINGING, 3)])
    assert advance(ringing, [event(EventKind.INITIATED, 1)]).state == CallState.RINGING


def test_of_two_ends_the_earlier_counts_and_an_ended_call_keeps_its_outcome():
    later = event(EventKind.ENDED, 41, outcome="error", talk_seconds=0)
    for order in ([END, later], [later, END]):
        assert advance(CallFacts(), order).outcome == "human"
    earlier = event(EventKind.ENDED, 20, outcome="error")
    assert advance(WHOLE, [earlier]) == WHOLE


def test_the_end_event_alone_says_outcome_and_talk_time():
    answered = event(EventKind.ANSWERED, 10)
    told = event(EventKind.ENDED, 40, outcome="machine", answered_at=seconds(12))
    assert advance(CallFacts(), [answered, told]).talk_seconds == 28
    assert advance(CallFacts(), [answered, replace(told, answered_at=None)]).talk_seconds == 0


def test_a_notice_after_the_end_changes_nothing():
    assert advance(WHOLE, [event(EventKind.NOTICE, 50)]) == WHOLE
