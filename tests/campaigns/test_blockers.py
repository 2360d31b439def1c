"""Why was this person not called? One blocker each, and when they will be eligible next."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.blockers import blockers
from campaigns.models import Campaign, CampaignContact
from contacts.hours import hours_key
from telephony.models import Number, NumberDay
from tests.campaigns.dialing.floor import NOW, running
from tests.factories import CallFactory, SuppressionFactory

pytestmark = pytest.mark.django_db


def asked(campaign, now=NOW):
    rows = list(CampaignContact.objects.filter(campaign=campaign).select_related("contact", "hours_key").order_by("id"))
    found = blockers(Campaign.objects.get(pk=campaign.pk), rows, now)
    return [found[row.pk] for row in rows]


def one(campaign, **changes):
    row = CampaignContact.objects.filter(campaign=campaign).order_by("id").first()
    CampaignContact.objects.filter(pk=row.pk).update(**changes)
    return row


def test_somebody_due_is_in_their_turn(workspace):
    campaign = running(workspace)
    assert {reason.code for reason in asked(campaign)} == {"in_turn"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"status": "dialing", "next_attempt_at": None}, "dialing"),
        ({"status": "called", "next_attempt_at": None}, "awaiting_verdict"),
        ({"status": "failed", "next_attempt_at": None, "reason": "max_attempts"}, "failed"),
        ({"status": "retry", "next_attempt_at": NOW + timedelta(hours=1)}, "retry_later"),
        ({"status": "retry", "rank": 0, "next_attempt_at": NOW + timedelta(hours=1)}, "callback_later"),
        ({"next_attempt_at": None, "reason": "after_primary"}, "after_primary"),
        ({"next_attempt_at": None}, "not_due"),
    ],
)
def test_the_contacts_own_state_comes_first(workspace, changes, code):
    campaign = running(workspace)
    one(campaign, **changes)
    assert asked(campaign)[0].code == code


def test_a_suppressed_number_is_told_before_it_has_spread(workspace):
    campaign = running(workspace)
    SuppressionFactory(workspace=workspace, phone_number=one(campaign).contact.phone_number)
    assert asked(campaign)[0].code == "suppressed"


def test_a_held_person_is_eligible_when_the_hold_ends_and_the_window_is_open(workspace):
    campaign = running(workspace, window_start="17:00", window_end="20:00")
    contact = one(campaign).contact
    contact.held_until, contact.held_reason = NOW.replace(hour=20), "On leave"
    contact.save()
    reason = asked(campaign)[0]
    assert (reason.code, reason.until) == ("held", NOW.replace(hour=17) + timedelta(days=1))
    assert "On leave" in reason.sentence


def test_a_capped_person_is_eligible_when_a_call_is_old_enough(workspace):
    workspace.calls_per_day = 1
    workspace.save()
    campaign = running(workspace)
    row = one(campaign)
    CallFactory(workspace=workspace, campaign=campaign, campaign_contact=row, contact=row.contact,
                phone_number=row.contact.phone_number, launched_at=NOW - timedelta(hours=20))  # fmt: skip
    reason = asked(campaign)[0]
    assert (reason.code, reason.until) == ("capped", NOW + timedelta(hours=4))
    assert "1 of 1 in 24 hours" in reason.sentence


def test_a_person_in_another_call_waits_for_its_end(workspace):
    campaign = running(workspace)
    row = one(campaign)
    live = {"ended_at": None, "outcome": "", "check_at": NOW, "state": 0, "cause": "test", "agent": campaign.agent}
    CallFactory(workspace=workspace, campaign=None, campaign_contact=None, contact=row.contact,
                phone_number=row.contact.phone_number, **live)  # fmt: skip
    assert [reason.code for reason in asked(campaign)] == ["in_call", "in_turn", "in_turn"]


def test_an_unknown_place_is_named_where_hours_depend_on_it(workspace):
    workspace.safe_hours = True
    workspace.save()
    campaign = running(workspace)
    one(campaign, hours_key=hours_key("", "", []))
    assert asked(campaign)[0].code == "zone_unknown"


def test_safe_hours_say_when_the_place_opens(workspace):
    workspace.safe_hours = True
    workspace.save()
    campaign = running(workspace)
    one(campaign, hours_key=hours_key("JP", "", ["Asia/Tokyo"]))
    reason = asked(campaign)[0]
    assert (reason.code, reason.until) == ("safe_hours", NOW.replace(hour=23))


def test_what_holds_the_campaign_is_told_of_those_who_are_due(workspace):
    campaign = running(workspace)
    workspace.balance = 0
    workspace.save()
    assert asked(campaign)[0].code == "balance"
    Campaign.objects.filter(pk=campaign.pk).update(status="paused")
    assert asked(campaign)[0].code == "not_running"


def test_many_people_cost_no_more_queries_than_few(workspace):
    few, many = running(workspace, people=2), running(workspace, people=30)

    def queries(campaign) -> int:
        with CaptureQueriesContext(connection) as captured:
            asked(campaign)
        return len(captured)

    assert queries(many) == queries(few)


def test_numbers_at_their_cap_say_when_this_person_may_be_called_again(workspace):
    campaign = running(workspace, max_calls_per_number_per_day=1, window_start="17:00", window_end="20:00")
    for number in Number.objects.filter(pools__campaign=campaign):
        NumberDay.objects.create(number=number, day=NOW.date(), calls=1)
    (first, *_) = asked(campaign)
    assert (first.code, first.until) == ("numbers", NOW.replace(hour=17) + timedelta(days=1))


def test_what_holds_the_campaign_is_asked_once_for_all_people(workspace):
    def queries(campaign) -> int:
        with CaptureQueriesContext(connection) as caught:
            assert {reason.code for reason in asked(campaign)} == {"numbers"}
        return len(caught)

    few, many = (running(workspace, people=people, max_calls_per_number_per_day=1) for people in (1, 6))
    for number in Number.objects.all():
        NumberDay.objects.create(number=number, day=NOW.date(), calls=1)
    assert queries(many) == queries(few)


def test_nobody_is_called_again_where_the_cap_is_none_at_all(workspace, operator):
    workspace.calls_per_day = 0
    workspace.save()
    campaign = running(workspace, people=1)
    [row] = campaign.audience.select_related("contact", "hours_key")
    why = blockers(campaign, [row], NOW)[row.pk]
    assert (why.code, why.until) == ("capped", None)
    assert operator.get(f"/campaigns/{campaign.pk}/contacts/").status_code == 200


@pytest.mark.parametrize("status", ["draft", "running", "paused", "completed"])
def test_a_window_that_cannot_be_read_is_said_wherever_it_is_looked_at(workspace, operator, status):
    campaign = running(workspace, people=1, window_timezone="Mars/Base")
    Campaign.objects.filter(pk=campaign.pk).update(status=status)
    person = campaign.audience.get()
    for path in ("", "contacts/", f"contacts/{person.pk}/", "analytics/", "report/", "settings/", "parts/line/"):
        assert operator.get(f"/campaigns/{campaign.pk}/{path}").status_code in (200, 286), path
    if status == "running":
        assert "Mars/Base” is not a time zone" in operator.get(f"/campaigns/{campaign.pk}/").content.decode()
