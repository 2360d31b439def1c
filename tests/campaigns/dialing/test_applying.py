"""Events out of the inbox: order, doubles and poison change nothing about anybody else's call."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from campaigns import audience, conclude, outcomes
from campaigns.dialing import applying
from campaigns.models import Call, CallReport, CampaignContact
from contacts.models import Suppression
from telephony import inbox
from telephony.events import CallEvent, EventKind, Said, Turn
from telephony.models import Carrier, ProviderEvent
from tests.campaigns.dialing.floor import NOW, running, told

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(seconds=30)


def event(call: Call, kind: EventKind, seconds: int = 20, **fields) -> CallEvent:
    at = NOW + timedelta(seconds=seconds)
    return CallEvent(f"{call.pk}:{kind}:{seconds}", str(call.reference), "x-1", kind, at, **fields)


def store(call: Call, *events: CallEvent) -> None:
    inbox.store(call.carrier_id, call.workspace_id, events, NOW)


def apply(call: Call, now=LATER) -> Call:
    with transaction.atomic():
        applying.take_events(call.workspace_id, now)
    call.refresh_from_db()
    return call


@pytest.fixture
def call(workspace) -> Call:
    running(workspace, people=1)
    return told(workspace)[0]


def test_an_event_that_cannot_be_applied_holds_up_no_other_call(workspace):
    running(workspace, people=3)
    poisoned, *others = told(workspace)
    store(poisoned, event(poisoned, EventKind.ENDED, outcome="busy", talk_seconds=10**30))
    for other in others:
        store(other, event(other, EventKind.ENDED, outcome="busy"))
    apply(poisoned)
    assert sorted(Call.objects.values_list("outcome", flat=True)) == ["", "busy", "busy"]
    assert ProviderEvent.objects.filter(work_at__isnull=False).count() == 1, "it is tried again"
    apply(poisoned, NOW + timedelta(minutes=11))
    assert not ProviderEvent.objects.filter(work_at__isnull=False).exists(), "and given up"


def test_of_several_ends_the_earliest_counts_even_when_the_carrier_cancels(call):
    store(call, event(call, EventKind.ENDED, 20, outcome="cancelled"), event(call, EventKind.ENDED, 21, outcome="busy"))
    assert apply(call).outcome == "cancelled"
    assert CampaignContact.objects.get().status == "pending", "nobody hangs in dialing"


def test_a_call_cancelled_by_its_carrier_is_no_attempt_and_the_carrier_rests(call):
    store(call, event(call, EventKind.ENDED, outcome="cancelled"))
    assert (apply(call).outcome, call.reason) == ("cancelled", "carrier_cancelled")
    assert Carrier.objects.get().rest_until == LATER + timedelta(seconds=5)


def test_a_call_cancelled_after_it_rang_is_an_attempt(call):
    store(call, event(call, EventKind.RINGING, 5), event(call, EventKind.ENDED, outcome="cancelled"))
    assert apply(call).outcome == "rnr"
    assert CampaignContact.objects.get().attempts == 1


def test_a_do_not_call_after_the_verdict_suppresses_and_leaves_the_outcome(call):
    store(call, event(call, EventKind.ENDED, outcome="busy"))
    apply(call)
    conclude.conclude(conclude.due(call.workspace_id, LATER + outcomes.END_GRACE), LATER + outcomes.END_GRACE)
    assert Call.objects.get().concluded_at is not None
    store(call, event(call, EventKind.NOTICE, 40, said=Said(do_not_call=True)))
    assert apply(call, LATER + timedelta(minutes=1)).outcome == "busy"
    assert Suppression.objects.get().phone_number == call.phone_number


def test_a_do_not_call_counts_although_somebody_moved_the_contact_by_hand_before_the_verdict(call):
    store(call, event(call, EventKind.ENDED, outcome="human", talk_seconds=9, said=Said(do_not_call=True)))
    apply(call)
    assert CallReport.objects.get().do_not_call and CampaignContact.objects.get().status == "called"
    audience.by_hand(call.campaign, [call.campaign_contact_id], "retry", now=LATER)
    assert Suppression.objects.get().phone_number == call.phone_number


def test_a_later_word_on_the_conversation_adds_to_what_was_said(call):
    turns = (Turn("agent", "Hello.", 0.5), Turn("contact", "„Später“, please.", 2))
    first = Said(turns, "Asks for another day.", callback_asked=True, callback_at=NOW + timedelta(days=1))
    store(call, event(call, EventKind.ENDED, outcome="human", talk_seconds=9, said=first))
    apply(call)
    store(call, event(call, EventKind.NOTICE, 25, said=Said(disposition="later", success=False)))
    apply(call)
    report = CallReport.objects.get()
    assert report.transcript == [turn.to_json() for turn in turns] and report.summary == first.summary
    assert report.callback_asked and report.callback_at == first.callback_at
    assert (report.disposition, report.success, report.received_at) == ("later", False, LATER)


def statements_of(workspace, now=LATER) -> list[str]:
    with CaptureQueriesContext(connection) as asked, transaction.atomic():
        applying.take_events(workspace.pk, now)
    return [query["sql"] for query in asked.captured_queries]


def test_a_late_word_on_an_earlier_call_leaves_the_person_who_is_dialed_again_alone(call):
    store(call, event(call, EventKind.ENDED, outcome="human", talk_seconds=5))
    apply(call)
    CampaignContact.objects.update(status="dialing")  # as after Retry by hand and the next claim
    store(call, event(call, EventKind.NOTICE, said=Said(summary="More.")))
    apply(call)
    assert CampaignContact.objects.get().status == "dialing"


def test_what_was_said_before_writes_no_call(call, workspace):
    for seconds in (5, 6):  # of two events that say the same, the second one says nothing new
        store(call, event(call, EventKind.RINGING, seconds))
        written = [sql for sql in statements_of(workspace) if '"campaigns_call"' in sql and " SET " in sql]
        assert len(written) == (seconds == 5)


def test_applying_asks_no_more_for_many_calls_than_for_one(workspace):
    running(workspace, people=8)
    calls, counts = told(workspace), []
    for group in (calls[:1], calls[1:]):
        for one in group:
            store(one, event(one, EventKind.ANSWERED, 5), event(one, EventKind.ENDED, outcome="human", talk_seconds=5))
        counts.append(len(statements_of(workspace)))
    assert counts[0] == counts[1]
    assert Call.objects.filter(outcome="human").count() == len(calls)
