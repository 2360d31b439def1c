from datetime import date, timedelta

import pytest

from campaigns.models import CallReport
from campaigns.queries.calls import (
    CallFilter,
    call_page,
    campaign_calls,
    conversations,
    journey,
    latest_by_person,
)
from tests.campaigns.history import campaign_with_past
from tests.factories import NOON, CallFactory, CampaignFactory, ContactFactory

pytestmark = pytest.mark.django_db


def test_conversations_are_the_answered_calls_of_the_workspace_newest_first(workspace):
    older = CallFactory(workspace=workspace, launched_at=NOON)
    machine = CallFactory(workspace=workspace, launched_at=NOON + timedelta(hours=1), outcome="machine")
    CallFactory(workspace=workspace, outcome="busy")
    CallFactory()  # of another workspace
    assert list(call_page(conversations(workspace, CallFilter())).rows) == [machine, older]
    assert list(conversations(workspace, CallFilter(outcome="human"))) == [older]
    assert list(conversations(workspace, CallFilter(campaign=older.campaign_id))) == [older]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"q": "ada"}, True),
        ({"q": "grace"}, False),
        ({"q": "+1 (212) 556"}, True),
        ({"q": "001 212 556 0001"}, True),
        ({"q": "0212 556-0001"}, True),
        ({"q": "0212 557"}, False),
        ({"attempt": "1"}, True),
        ({"attempt": "2"}, False),
        ({"attempt": "two"}, True),  # no number: not asked for
        ({"disposition": "interested"}, True),
        ({"disposition": "other"}, False),
        ({"outcome": "busy"}, False),
        ({"since": "2026-06-01", "until": "2026-06-01"}, True),
        ({"since": "2026-06-02"}, False),
        ({"until": "2026-05-31"}, False),
        ({"since": "no day"}, True),
        ({"until": "9999-12-31"}, True),
    ],
)
def test_the_filters_of_a_list_of_calls(workspace, asked, found):
    ada = ContactFactory(workspace=workspace, name="Ada", phone_number="+12125560001")
    call = CallFactory(workspace=workspace, contact=ada)
    CallReport.objects.create(call=call, disposition="interested", received_at=NOON)
    assert campaign_calls(call.campaign, CallFilter.read(asked)).exists() == found


def test_a_day_before_all_calls_is_no_filter_east_of_greenwich_either(workspace):
    workspace.timezone = "Asia/Tokyo"
    call = CallFactory(workspace=workspace)
    assert list(conversations(workspace, CallFilter.read({"since": "0001-01-01"}))) == [call]


def test_days_are_those_of_the_campaigns_clock(workspace):
    late = NOON.replace(hour=20)  # the next day in Kolkata
    call = CallFactory(campaign=CampaignFactory(workspace=workspace, window_timezone="Asia/Kolkata"), launched_at=late)
    assert not campaign_calls(call.campaign, CallFilter(since=date(2026, 6, 1), until=date(2026, 6, 1))).exists()
    assert campaign_calls(call.campaign, CallFilter(since=date(2026, 6, 2))).exists()


def test_those_called_last_come_once_each(workspace):
    campaign = campaign_with_past(workspace, people=6)
    found = latest_by_person(campaign, 4)
    people = [call.campaign_contact_id for call in found]
    assert len(set(people)) == len(people) == 4
    for call in found:
        assert call == campaign.calls.filter(campaign_contact=call.campaign_contact_id).order_by("-launched_at").first()


def test_the_journey_of_a_call_is_its_own_times_in_their_order(workspace):
    call = CallFactory(
        workspace=workspace,
        due_at=NOON - timedelta(seconds=3),
        ringing_at=NOON + timedelta(seconds=1),
        answered_at=NOON + timedelta(seconds=5),
        ended_at=NOON + timedelta(seconds=70),
        concluded_at=NOON + timedelta(seconds=73),
        verdict="completed human",
    )
    assert [(event.label, event.detail) for event in journey(call)] == [
        ("Claimed", "3 s after it was due"),
        ("Sent to the carrier", ""),
        ("Ringing", ""),
        ("Answered", ""),
        ("Ended: Completed", ""),
        ("Verdict", "completed human"),
    ]


def test_a_call_is_claimed_before_it_is_sent_though_its_moment_lay_ahead(workspace):
    times = {"launched_at": NOON + timedelta(seconds=1), "sent_at": NOON, "ended_at": NOON + timedelta(seconds=9)}
    call = CallFactory(workspace=workspace, **times)
    assert [(event.label, event.at) for event in journey(call)][:2] == [
        ("Claimed", NOON),
        ("Sent to the carrier", NOON),
    ]
