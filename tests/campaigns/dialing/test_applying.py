"""Events out of the inbox: order, doubles and poison change nothing about anybody else's call."""

from datetime import timedelta

import pytest
from django.db import transaction

from campaigns import audience, conclude, outcomes
from campaigns.dialing import applying
from campaigns.models import Call, CallReport, CampaignContact
from contacts.models import Suppression
from telephony import inbox
from telephony.events import CallEvent, EventKind, Said
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
