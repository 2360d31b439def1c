"""Live calls whose time to be looked at has come, row by row of the table."""

from datetime import timedelta

import pytest

from campaigns.dialing import place, recover
from campaigns.models import Call, CampaignContact
from telephony.events import CallEvent, EventKind
from telephony.providers.base import Found, NeverReceived, NoAnswer
from tests.campaigns.dialing.floor import NOW, claimed, running, told

pytestmark = pytest.mark.django_db

LATE = NOW + recover.NOT_BEFORE


def note(call: Call, finding, now=LATE) -> Call:
    recover.note([(str(call.reference), finding)], now)
    call.refresh_from_db()
    return call


def event(call: Call, kind: EventKind, **fields) -> CallEvent:
    at = NOW + timedelta(seconds=20)
    return CallEvent(f"{call.pk}:{kind}", str(call.reference), "x-1", kind, **{"at": at, **fields})


@pytest.fixture
def call(workspace) -> Call:
    running(workspace, people=1)
    return told(workspace)[0]


def test_a_call_without_the_mark_is_withdrawn_after_a_grace(workspace):
    running(workspace, people=1)
    [call] = claimed(workspace)
    assert recover.recover(workspace.pk, NOW + place.FRESH - timedelta(microseconds=1)) == 0
    assert recover.recover(workspace.pk, NOW + place.FRESH + timedelta(seconds=1)) == 1
    call.refresh_from_db()
    assert (call.outcome, call.reason) == ("cancelled", "dialer_lost")


def test_a_marked_call_is_left_alone_until_its_time_and_then_asked_for_once_in_a_while(workspace, call, monkeypatch):
    asked = []
    monkeypatch.setattr(recover.gateway(), "look_up", asked.extend)
    assert recover.recover(workspace.pk, NOW + timedelta(seconds=129)) == 0
    assert recover.recover(workspace.pk, LATE) == 1
    assert recover.recover(workspace.pk, LATE + timedelta(seconds=29)) == 0
    assert [reference for _, reference, _ in asked] == [str(call.reference)]
    call.refresh_from_db()
    assert call.outcome == ""


def test_never_received_is_believed_late_enough_and_never_against_better_knowledge(call):
    assert note(call, NeverReceived(), LATE - timedelta(seconds=1)).outcome == ""
    assert call.check_at == LATE
    assert note(call, NeverReceived()).reason == "never_received"
    assert CampaignContact.objects.get().status == "pending"


def test_calls_that_are_taken_back_one_after_the_other_have_each_its_own_time(workspace):
    """Each is committed by itself: a claim in between sees the first and not the second."""
    running(workspace, people=2)
    recover.note([(str(call.reference), NeverReceived()) for call in told(workspace)], LATE)
    first, second = Call.objects.order_by("ended_at").values_list("ended_at", flat=True)
    assert LATE <= first < second


def test_never_received_is_not_believed_because_the_clock_was_set_forward(call):
    """The request may be on its way still: nobody has waited, whatever the clock says."""
    hour = NOW + timedelta(hours=1)
    recover.note([(str(call.reference), NeverReceived())], hour, set_at=hour)
    call.refresh_from_db()
    assert (call.outcome, call.check_at) == ("", hour + recover.NOT_BEFORE)

    recover.note([(str(call.reference), NeverReceived())], hour + recover.NOT_BEFORE, set_at=hour)
    call.refresh_from_db()
    assert call.reason == "never_received"


@pytest.mark.parametrize("known", [{"provider_call_id": "x-1"}, {"state": 2}])
def test_never_received_about_a_call_that_we_heard_of_is_silence(call, known):
    Call.objects.update(**known)
    assert note(call, NeverReceived()).outcome == ""
    assert call.unanswered_since == LATE


@pytest.mark.parametrize("answered", [False, True])
def test_fifteen_minutes_of_silence_end_a_call_as_timeout(call, answered):
    if answered:
        Call.objects.update(state=3, answered_at=NOW)
    note(call, NoAnswer("503"))
    assert note(call, NoAnswer("503"), LATE + timedelta(minutes=14, seconds=59)).outcome == ""
    assert note(call, NoAnswer("503"), LATE + timedelta(minutes=15)).outcome == "timeout"
    assert call.reason == ("end_not_heard" if answered else "no_word_from_carrier")
    assert CampaignContact.objects.get().attempts == 1


def test_what_the_carrier_knows_is_applied_like_an_event(call):
    ended = event(call, EventKind.ENDED, outcome="busy")
    assert note(call, Found("x-1", (ended,))).outcome == "busy"
    assert call.provider_call_id == "x-1"


def test_a_long_talk_is_asked_for_every_five_minutes_as_long_as_it_lasts(call):
    talking = Found("x-1", (event(call, EventKind.ANSWERED),))
    for hour in range(3):
        now = LATE + timedelta(hours=hour)
        assert note(call, talking, now).outcome == ""
        assert (call.check_at, call.unanswered_since) == (now + timedelta(minutes=5), None)


def test_a_call_that_the_carrier_knows_and_never_rings_nor_ends_is_no_word_either(call):
    known = Found("x-1", (event(call, EventKind.INITIATED),))
    for minutes in (0, 5, 10):
        assert note(call, known, LATE + timedelta(minutes=minutes)).outcome == ""
    assert note(call, known, LATE + timedelta(minutes=15)).outcome == "timeout"


def test_an_answer_that_cannot_be_written_is_silence_and_no_other_calls_trouble(workspace):
    running(workspace, people=2)
    poisoned, other = told(workspace)
    bad = Found("x-1", (event(poisoned, EventKind.ENDED, outcome="busy", talk_seconds=10**30),))
    good = Found("x-2", (event(other, EventKind.ENDED, outcome="busy"),))
    recover.note([(str(poisoned.reference), bad), (str(other.reference), good)], LATE)
    poisoned.refresh_from_db()
    other.refresh_from_db()
    assert (poisoned.outcome, poisoned.unanswered_since, other.outcome) == ("", LATE, "busy")
