"""A turn of the dialer: what it asks, and what it does when a claim is refused."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from campaigns.dialing import tick
from campaigns.models import Call, Campaign, CampaignContact, CampaignRun
from contacts.hours import hours_key
from tests.campaigns.dialing.floor import NOW, claimed, running
from tests.factories import CallFactory, SuppressionFactory

pytestmark = pytest.mark.django_db


def safely(workspace) -> tick.Claimed:
    with transaction.atomic():
        return tick.claim_safely(workspace, NOW)


def queries(workspace) -> int:
    with CaptureQueriesContext(connection) as asked:
        claimed(workspace)
    return len(asked)


def test_a_turn_asks_as_often_for_many_people_as_for_few_and_little_more_for_more_campaigns(workspace):
    running(workspace, people=2)
    few = queries(workspace)
    Call.objects.all().delete()
    running(workspace, people=12)
    two = queries(workspace)
    for _ in range(2):
        running(workspace, people=5)
    assert few <= 40
    assert queries(workspace) <= two + 2 * 12, "each campaign: its keys, its probes, its pool numbers, its run"


def test_somebody_in_a_call_that_no_queue_foresees_is_put_off_and_the_others_are_called(workspace):
    campaign = running(workspace)
    busy = CampaignContact.objects.first()
    live = {"workspace": workspace, "ended_at": None, "outcome": "", "check_at": NOW, "concluded_at": None, "state": 0}
    CallFactory(**live, campaign=None, campaign_contact=None, contact=None, agent=campaign.agent, cause="test",
                phone_number=busy.contact.phone_number)  # fmt: skip

    calls = safely(workspace).calls

    assert len(calls) == 2
    busy.refresh_from_db()
    assert (busy.status, busy.next_attempt_at) == ("pending", NOW + tick.PUT_OFF)
    assert Campaign.objects.get(pk=campaign.pk).status == "running"


def test_a_campaign_that_cannot_be_dialed_is_paused_with_the_reason_and_slows_no_other(workspace):
    broken, sound = running(workspace), running(workspace)
    CampaignRun.objects.filter(campaign=broken).delete()

    calls = safely(workspace).calls

    assert {call.campaign_id for call in calls} == {sound.pk}
    broken.refresh_from_db()
    assert broken.status == "paused"
    assert broken.status_reason.startswith("Dialing failed twice")


def test_suppressed_people_at_the_head_of_a_queue_block_nobody(workspace):
    running(workspace, people=10, concurrency_limit=2)
    for row in CampaignContact.objects.order_by("id")[:8]:
        SuppressionFactory(workspace=workspace, phone_number=row.contact.phone_number)
    assert len(claimed(workspace) + claimed(workspace)) == 2
    assert CampaignContact.objects.filter(status="excluded", reason="suppressed").count() == 8


def test_who_lives_elsewhere_by_now_is_not_called_by_the_hours_of_the_old_place(workspace):
    """Before anybody has carried the change into the campaign: the claim itself looks."""
    running(workspace, people=2)
    moved = CampaignContact.objects.first()
    moved.contact.hours_key = hours_key("JP", "", ["Asia/Tokyo"])  # three in the morning there
    moved.contact.save()

    calls = claimed(workspace) + claimed(workspace)

    assert [call.campaign_contact_id for call in calls] == [CampaignContact.objects.last().pk]
    moved.refresh_from_db()
    assert (moved.status, moved.hours_key_id) == ("pending", moved.contact.hours_key_id)


def test_one_person_on_two_lists_is_called_from_one(workspace):
    first, second = running(workspace, people=1), running(workspace, people=0)
    row = CampaignContact.objects.get()
    CampaignContact.objects.create(
        campaign=second, contact=row.contact, hours_key=row.hours_key, added_at=NOW, next_attempt_at=row.next_attempt_at
    )
    second.hours.create(hours_key=row.hours_key)
    assert [call.campaign_id for call in claimed(workspace)] == [first.pk]
    assert claimed(workspace, NOW) == []
