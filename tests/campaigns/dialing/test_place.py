"""The last look before the wire, and what carriers answer."""

from datetime import timedelta

import pytest
from django.db import transaction

from campaigns.dialing import place
from campaigns.models import Call, Campaign, CampaignContact, PoolNumber
from telephony.models import Carrier
from telephony.providers.base import NotSent, Placed, Refused, Unknown
from tests.campaigns.dialing.floor import NOW, claimed, running, told
from tests.factories import SuppressionFactory

pytestmark = pytest.mark.django_db


def mark(calls, now=NOW) -> set[int]:
    with transaction.atomic():
        return place.mark(calls, now)


def test_the_mark_is_set_once_and_says_when_to_ask(workspace):
    running(workspace)
    calls = claimed(workspace)
    assert mark(calls) == {call.pk for call in calls}
    assert set(Call.objects.values_list("sent_at", "check_at")) == {(NOW, NOW + timedelta(seconds=130))}
    assert mark(calls) == set(), "whoever comes second sends nothing"


@pytest.mark.parametrize("what", ["paused", "suppressed", "disabled", "withdrawn", "frozen"])
def test_a_claimed_call_is_not_marked_once_it_may_no_longer_be_made(workspace, what):
    campaign = running(workspace, people=1)
    [call] = claimed(workspace)
    now = NOW
    if what == "paused":
        Campaign.objects.filter(pk=campaign.pk).update(status="paused")
    elif what == "suppressed":
        SuppressionFactory(workspace=workspace, phone_number=call.phone_number)
    elif what == "disabled":
        PoolNumber.objects.filter(number=call.number_id).update(status="disabled")
    elif what == "withdrawn":
        Call.objects.update(ended_at=NOW, outcome="cancelled", check_at=None)
    else:
        now = NOW + place.FRESH
    assert mark([call], now) == set()


def note(call: Call, answer) -> tuple:
    place.note([(str(call.reference), answer)], NOW + timedelta(seconds=1))
    call.refresh_from_db()
    row = CampaignContact.objects.get()
    return call.outcome, call.reason, row.status, row.attempts


@pytest.mark.parametrize(
    ("answer", "becomes"),
    [
        (Placed("x-1"), ("", "", "dialing", 1)),
        (NotSent("late"), ("cancelled", "not_sent", "pending", 0)),
        (Unknown("500"), ("", "", "dialing", 1)),
        (Refused("carrier", "429"), ("cancelled", "carrier_refused", "pending", 0)),
        (Refused("number", "number_busy", "busy"), ("busy", "number_busy", "dialing", 1)),
    ],
)
def test_what_an_answer_makes_of_a_call(workspace, answer, becomes):
    running(workspace, people=1)
    [call] = told(workspace)
    assert note(call, answer) == becomes


def test_an_answer_that_comes_after_the_events_takes_nothing_back(workspace):
    running(workspace, people=1)
    [call] = told(workspace)
    Call.objects.update(state=2)
    assert note(call, NotSent("late"))[0] == ""
    assert note(call, Refused("carrier", "429"))[0] == ""
    assert Carrier.objects.get().rest_until is None


def test_one_batch_of_refusals_and_acceptances_rests_the_carrier_once(workspace):
    running(workspace, people=4)
    calls = told(workspace)
    answers = [Refused("carrier", "429"), Placed("a"), Refused("carrier", "429"), Placed("b")]
    place.note([(str(c.reference), a) for c, a in zip(calls, answers, strict=True)], NOW)
    place.note([(str(calls[1].reference), Placed("a"))], NOW)
    carrier = Carrier.objects.get()
    assert (carrier.rest_seconds, carrier.rest_until) == (5, NOW + timedelta(seconds=5))
    place.note([(str(calls[1].reference), Placed("a"))], NOW + timedelta(seconds=6))
    assert Carrier.objects.get().rest_seconds == 0


def test_a_call_that_no_request_can_be_made_of_is_an_attempt_and_holds_up_nobody(workspace, monkeypatch):
    running(workspace, people=3)
    calls = claimed(workspace)
    detail = calls[1].campaign_contact.detail
    detail.variables = ["not", "a mapping"]
    detail.save()
    sent = []
    monkeypatch.setattr(place.gateway(), "place", lambda requests, *when: sent.extend(requests))

    place.place(calls, NOW)

    assert len(sent) == 2
    calls[1].refresh_from_db()
    assert (calls[1].outcome, calls[1].reason) == ("error", "no_request: TypeError")
