"""People who call us, on rows: whose call it is, what it stands in place of, and what figures make of it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction

from analytics.analysis import analyse_due
from campaigns import audience, conclude, lifecycle, tallies
from campaigns.dialing import applying, recover
from campaigns.models import Call, Callback, CampaignContact
from campaigns.queries import live_count, live_counts_of
from campaigns.queries.calls import journey
from campaigns.queries.people import talks_of
from contacts.models import Suppression
from telephony import inbox
from telephony.events import CallEvent, EventKind, Said
from telephony.models import ProviderEvent
from telephony.providers.base import Found, NeverReceived
from tests.campaigns.dialing.floor import NOW, claimed, running, told
from tests.factories import AgentFactory, CampaignContactFactory, NumberFactory

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=10)
TALK = 60


@pytest.fixture
def campaign(workspace):
    """One person, called once without an answer, due again in an hour."""
    campaign = running(workspace, people=1, retry_on=["no_answer"], retry_delay_minutes=60, max_attempts=3)
    [call] = told(workspace)
    end = CallEvent("first", str(call.reference), "out-1", EventKind.ENDED, NOW + timedelta(seconds=20),
                    outcome="no_answer")  # fmt: skip
    take(call.number, [end], NOW + timedelta(seconds=20))
    due = NOW + timedelta(seconds=30)
    conclude.conclude(conclude.due(workspace.pk, due), due)
    assert person(campaign).status == "retry"
    return campaign


def person(campaign) -> CampaignContact:
    return campaign.audience.select_related("contact").get()


def came(campaign, at=LATER, call_id="in-1", number=None) -> CallEvent:
    number = number or campaign.pool.first().number
    return CallEvent(f"{call_id}:came", "", call_id, EventKind.INBOUND, at, to_number=number.phone_number,
                     from_number=person(campaign).contact.phone_number)  # fmt: skip


def over(first: CallEvent, at=None, talk=TALK, **fields) -> CallEvent:
    fields = {"outcome": "human", "talk_seconds": talk, "answered_at": first.at, **fields}
    return CallEvent(f"{first.provider_call_id}:over", "", first.provider_call_id, EventKind.ENDED,
                     at or first.at + timedelta(seconds=talk), from_number=first.from_number,
                     to_number=first.to_number, **fields)  # fmt: skip


def take(number, events, now) -> None:
    inbox.store(number.carrier_id, number.workspace_id, events, now)
    with transaction.atomic():
        applying.take_events(number.workspace_id, now)


def heard(campaign, *events: CallEvent, now=LATER) -> Call:
    number = campaign.workspace.numbers.get(phone_number=events[0].to_number)
    take(number, events, now)
    return Call.objects.get(provider_call_id=events[0].provider_call_id)


def judged(campaign, now) -> CampaignContact:
    analyse_due(campaign.workspace_id, now)
    return person(campaign)


def test_it_belongs_to_the_campaign_and_is_no_attempt(campaign):
    call = heard(campaign, came(campaign))
    row = person(campaign)
    assert (call.campaign, call.campaign_contact, call.contact) == (campaign, row, row.contact)
    assert (call.direction, call.cause, call.attempt, call.sequence) == ("inbound", "inbound", None, None)
    assert (call.launched_at, call.answered_at, call.status_word) == (LATER, LATER, "In progress")
    assert (person(campaign).status, person(campaign).attempts) == ("retry", 1)


def test_nobody_calls_the_person_while_it_lasts(campaign):
    due = person(campaign).next_attempt_at
    first = came(campaign, at=due - timedelta(minutes=1))
    heard(campaign, first, now=due)
    assert claimed(campaign.workspace, due) == []
    heard(campaign, over(first, talk=600, outcome="error"), now=due + timedelta(minutes=9))
    assert len(claimed(campaign.workspace, due + timedelta(minutes=9))) == 1


def test_having_spoken_stands_in_place_of_the_retry_and_gets_its_verdict(campaign):
    first = came(campaign)
    call = heard(campaign, first, over(first), now=LATER + timedelta(minutes=1))
    assert person(campaign).status == "called"
    assert claimed(campaign.workspace, NOW + timedelta(hours=3)) == []
    row = judged(campaign, call.analyse_at)
    assert (row.status, row.reason, row.attempts) == ("completed", "human", 1)
    call.refresh_from_db()
    assert call.verdict == "completed: human"


def test_without_analysis_the_verdict_comes_all_the_same(campaign):
    first = came(campaign)
    call = heard(campaign, first, over(first), now=LATER + timedelta(minutes=1))
    conclude.conclude(conclude.due(campaign.workspace_id, call.conclude_by), call.conclude_by)
    assert person(campaign).status == "completed"


SILENT = [{"said": Said(spoke=False)}, {"talk": 0}, {"outcome": "machine"}, {"outcome": "busy"}]


@pytest.mark.parametrize("said", SILENT)
def test_where_nobody_spoke_the_retry_stays(campaign, said):
    before = person(campaign).next_attempt_at
    first = came(campaign)
    call = heard(campaign, first, over(first, **said))
    row = judged(campaign, call.analyse_at)
    assert (row.status, row.reason, row.next_attempt_at) == ("retry", "no_answer", before)


def test_a_call_that_the_person_gave_up_withdraws_nothing(campaign):
    first = came(campaign)
    call = heard(campaign, first, over(first, talk=0, outcome="cancelled", answered_at=None))
    assert (call.outcome, person(campaign).status, person(campaign).attempts) == ("rnr", "retry", 1)


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (1, 0, 0, 1), (1,)])
def test_doubled_swapped_and_lost_events_make_one_call(campaign, order):
    events = [came(campaign), over(came(campaign))]
    for place in order:
        call = heard(campaign, events[place], now=LATER + timedelta(minutes=2))
    assert (call.launched_at, call.talk_seconds, call.outcome) == (LATER, TALK, "human")
    assert person(campaign).status == "called"
    assert Call.objects.filter(direction="inbound").count() == 1
    assert not ProviderEvent.objects.filter(work_at__isnull=False).exists()
    assert Call.objects.get(pk=call.pk).conclude_by is not None


def test_it_belongs_to_the_live_campaign_that_called_last(campaign):
    """A later campaign has ended; a withdrawn call of a third one reached nobody."""
    for status, outcome in (("cancelled", "busy"), ("running", "cancelled")):
        other = running(campaign.workspace, people=0)
        row = CampaignContact.objects.get(pk=person(campaign).pk)
        row.pk, row.campaign = None, other
        row.save(force_insert=True)
        last = Call.objects.filter(campaign=campaign, direction="outbound").get()
        later = NOW + timedelta(minutes=2)
        last.pk, last.campaign, last.campaign_contact, last.launched_at = None, other, row, later
        last.outcome, last.reference = outcome, uuid4()
        last.save(force_insert=True)
        type(other).objects.filter(pk=other.pk).update(status=status)
    assert heard(campaign, came(campaign)).campaign == campaign


def test_a_paused_campaign_takes_it_and_a_stopped_one_does_not(campaign):
    lifecycle.act(campaign, "pause", actor=None, now=NOW + timedelta(minutes=1))
    first = came(campaign)
    call = heard(campaign, first)
    assert call.campaign == campaign
    lifecycle.act(campaign, "stop", actor=None, now=LATER)
    heard(campaign, over(first), now=LATER + timedelta(minutes=1))
    assert person(campaign).status == "retry", "the campaign had ended when the call did"
    AgentFactory(workspace=campaign.workspace, default_number=call.number)
    assert heard(campaign, came(campaign, call_id="in-2")).campaign is None


def test_nobodys_call_too_keeps_everybody_from_calling_the_person_meanwhile(campaign, workspace):
    """No campaign was live when it came; one is before it is over."""
    due = person(campaign).next_attempt_at
    type(campaign).objects.update(status="cancelled")
    AgentFactory(workspace=workspace, default_number=campaign.pool.first().number)
    first = came(campaign, at=due - timedelta(minutes=1))
    assert heard(campaign, first, now=due).campaign is None
    type(campaign).objects.update(status="running")
    assert claimed(workspace, due) == []
    heard(campaign, over(first, talk=70), now=due + timedelta(seconds=10))
    assert len(claimed(workspace, due + timedelta(seconds=10))) == 1


def test_nobodys_call_is_kept_and_what_it_asks_for_counts(campaign, workspace):
    """A person of no live campaign calls: the agent whose number it is has the call."""
    type(campaign).objects.update(status="cancelled")
    number = NumberFactory(workspace=workspace, direction="inbound")
    agent = AgentFactory(workspace=workspace, default_number=number)
    first = came(campaign, number=number)
    call = heard(campaign, first, over(first, said=Said(do_not_call=True)))
    assert (call.campaign, call.agent, call.contact) == (None, agent, person(campaign).contact)
    agent.refresh_from_db()
    assert agent.tested_at is None, "it was no test call"
    assert Suppression.objects.get().phone_number == call.phone_number


def test_a_number_that_nobody_has_called_from_yet_takes_calls_all_the_same(campaign, workspace):
    fresh = NumberFactory(workspace=workspace, carrier=campaign.pool.first().number.carrier)
    other = running(workspace, people=0)
    campaign.audience.update(next_attempt_at=LATER)
    type(campaign).objects.filter(pk=campaign.pk).update(status="completed")
    CampaignContactFactory(campaign=other, contact=person(campaign).contact, next_attempt_at=NOW)
    call = heard(campaign, came(campaign, number=fresh))
    assert (call.campaign, call.contact) == (None, person(campaign).contact)
    assert claimed(workspace, LATER + timedelta(seconds=5)) == []


def test_an_event_about_a_number_that_is_not_ours_makes_no_call(campaign):
    number = campaign.pool.first().number
    strange = came(campaign)
    foreign = CallEvent(strange.key, "", "in-1", EventKind.INBOUND, LATER, from_number=strange.from_number,
                        to_number="+12125550000")  # fmt: skip
    take(number, [foreign], LATER)
    assert not Call.objects.filter(direction="inbound").exists()
    assert ProviderEvent.objects.filter(work_at__isnull=False).count() == 1, "it waits, in case we hear more"


def test_a_person_who_asks_not_to_be_called_is_not_called_again(campaign):
    first = came(campaign)
    call = heard(campaign, first, over(first, said=Said(do_not_call=True)))
    row = judged(campaign, call.analyse_at)
    assert (row.status, row.reason) == ("excluded", "do_not_call")
    assert Suppression.objects.filter(phone_number=call.phone_number).exists()


def test_a_pending_callback_is_met_and_a_new_one_may_be_asked_for(campaign):
    campaign.callback_detection = True
    campaign.save()
    type(campaign.agent).objects.update(callback_enabled=True)
    asked = Call.objects.get(direction="outbound")
    Callback.objects.create(campaign_contact=person(campaign), run=1, asked_call=asked, due_at=LATER, found_by="x")
    CampaignContact.objects.update(rank=0)
    first, tomorrow = came(campaign), LATER + timedelta(hours=20)
    call = heard(campaign, first, over(first, said=Said(callback_asked=True, callback_at=tomorrow)))
    assert Callback.objects.get().status == "called"
    row = judged(campaign, call.analyse_at)
    assert (row.status, row.reason) == ("retry", "callback")
    assert Callback.objects.get(status="pending").asked_call == call


def test_retry_by_hand_wins_over_its_verdict(campaign):
    first = came(campaign)
    call = heard(campaign, first, over(first))
    audience.by_hand(campaign, [person(campaign).pk], "retry", now=LATER + timedelta(minutes=2))
    row = judged(campaign, call.analyse_at)
    assert (row.status, row.reason) == ("retry", "by_hand")


def test_calls_within_one_conversation_count_as_one(campaign):
    first, second = came(campaign), came(campaign, at=LATER + timedelta(minutes=2), call_id="in-2")
    heard(campaign, first, over(first))
    again = heard(campaign, second, over(second, talk=40), now=LATER + timedelta(minutes=3))
    assert (again.continues, again.concluded_at is not None) == (True, True)
    with transaction.atomic():
        assert tallies.differences(campaign) == []
    cells = campaign.tallies.filter(direction="inbound")
    assert (sum(c.calls for c in cells), sum(c.spoke for c in cells), sum(c.talk_seconds for c in cells)) == (2, 1, 100)
    talks = talks_of([person(campaign).pk])[person(campaign).pk]
    assert (talks.count, talks.seconds, talks.last_called) == (1, 100, NOW)
    with transaction.atomic():
        tallies.recount(campaign)
        assert tallies.differences(campaign) == []


def test_a_lost_end_is_asked_for_by_the_carriers_id(campaign, monkeypatch):
    first = came(campaign)
    call = heard(campaign, first)
    asked = []
    monkeypatch.setattr(recover.gateway(), "look_up", asked.extend)
    now = LATER + timedelta(minutes=6)
    assert recover.recover(campaign.workspace_id, now) == 1
    assert [(reference, call_id) for _, reference, call_id in asked] == [(str(call.reference), "in-1")]
    recover.note([(str(call.reference), NeverReceived())], now)
    call.refresh_from_db()
    assert call.outcome == "", "it was there, so its absence is no word"
    recover.note([(str(call.reference), Found("in-1", (over(first),)))], now)
    assert person(campaign).status == "called"


def test_pages_tell_it_apart_and_it_takes_no_slot(campaign, operator):
    first = came(campaign)
    call = heard(campaign, first)
    assert (live_count(campaign), live_counts_of(campaign.workspace, [campaign.pk])) == (0, {})
    page = operator.get(f"/campaigns/{campaign.pk}/").content.decode()
    assert f"0 of {campaign.concurrency_limit}, 1 inbound" in page
    heard(campaign, over(first), now=LATER + timedelta(minutes=1))
    call.refresh_from_db()
    [begin, *_] = journey(call)
    assert (begin.label, begin.detail) == ("Called us", "in place of the retry that was due")
    assert "Calls with this person" in operator.get(f"/calls/{call.pk}/").content.decode()
