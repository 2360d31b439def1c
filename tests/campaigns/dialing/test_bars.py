"""What bars a person for a time: held and capped people wait outside their queue and have their place again."""

from datetime import timedelta

import pytest
from django.db import transaction

from campaigns import audience
from campaigns.dialing import queue, sweep, tick
from campaigns.models import Call, CampaignContact
from contacts import people
from contacts.models import Contact
from tests.campaigns.dialing.floor import NOW, claimed, running
from tests.factories import CallFactory

pytestmark = pytest.mark.django_db
DAY, WEEK = timedelta(days=1), timedelta(days=7)


@pytest.fixture
def capped_workspace(workspace):
    workspace.calls_per_day, workspace.calls_per_week = 1, 3
    workspace.save()
    return workspace


def rows():
    return list(CampaignContact.objects.order_by("id"))


def called(workspace, row, at, **fields):
    """A call to this person that has ended."""
    return CallFactory(
        **{
            "workspace": workspace, "campaign": None, "campaign_contact": None, "contact": None, "cause": "test",
            "agent": row.campaign.agent, "phone_number": row.contact.phone_number, "launched_at": at, **fields,
        }
    )  # fmt: skip


def end_all():
    Call.objects.update(state=4, outcome="busy", ended_at=NOW, check_at=None, concluded_at=NOW)


def test_held_people_at_the_head_block_nobody_and_have_their_place_again(workspace):
    running(workspace, people=4, concurrency_limit=2)
    first, second, *_ = rows()
    due = first.next_attempt_at
    for row in (first, second):
        people.hold(row.contact, NOW + DAY, "on holiday", now=NOW)

    assert {call.campaign_contact_id for call in claimed(workspace)} == {row.pk for row in rows()[2:]}
    first.refresh_from_db()
    assert (first.status, first.next_attempt_at) == ("pending", None)
    assert (first.due_at, first.look_at) == (due, NOW + DAY)

    end_all()
    assert not sweep.look_again(workspace.pk, NOW + DAY - timedelta(seconds=1))
    assert sweep.look_again(workspace.pk, NOW + DAY) == 2
    first.refresh_from_db()
    assert (first.next_attempt_at, first.due_at, first.look_at, first.reason) == (due, None, None, "")
    assert {call.campaign_contact_id for call in claimed(workspace, NOW + DAY)} == {first.pk, second.pk}


def test_a_hold_lifted_or_moved_reaches_those_who_wait_for_it(workspace):
    running(workspace, people=2)
    first, second = rows()
    for row in (first, second):
        people.hold(row.contact, NOW + DAY, "", now=NOW)
    assert claimed(workspace) == []

    people.unhold(first.contact, now=NOW)
    people.hold(second.contact, NOW + WEEK, "longer", now=NOW)
    assert sweep.spread_contacts(workspace.pk, NOW) == 2

    assert CampaignContact.objects.get(pk=second.pk).look_at == NOW + WEEK
    assert [call.campaign_contact_id for call in claimed(workspace)] == [first.pk]
    assert sweep.spread_contacts(workspace.pk, NOW) == 0


def test_a_hold_set_between_the_read_and_the_claim_holds(workspace, monkeypatch):
    running(workspace, people=2)
    first, second = rows()
    read = queue.due

    def then_held(*asked):
        found = read(*asked)
        Contact.objects.filter(pk=first.contact_id).update(held_until=NOW + DAY)
        return found

    monkeypatch.setattr(queue, "due", then_held)
    assert [call.campaign_contact_id for call in claimed(workspace)] == [second.pk]


@pytest.mark.parametrize("status, rank", [("pending", 3), ("retry", 3), ("retry", 1), ("retry", 0)])
def test_hold_and_cap_bar_first_calls_retries_callbacks_and_those_by_hand(capped_workspace, status, rank):
    running(capped_workspace, people=2)
    CampaignContact.objects.update(status=status, rank=rank, reason="busy")
    held, capped = rows()
    people.hold(held.contact, NOW + DAY, "", now=NOW)
    called(capped_workspace, capped, NOW - timedelta(hours=1))
    assert claimed(capped_workspace) == []
    assert [(row.status, row.rank, row.reason) for row in rows()] == [
        (status, rank, "busy"), (status, rank, "busy"),
    ]  # fmt: skip


def test_a_capped_person_waits_for_the_end_of_the_day_or_the_week(capped_workspace):
    running(capped_workspace, people=2)
    first, second = rows()
    called(capped_workspace, first, NOW - timedelta(hours=20))
    for days in (6, 4, 2):
        called(capped_workspace, second, NOW - timedelta(days=days))
    assert claimed(capped_workspace) == []
    assert [row.look_at for row in rows()] == [NOW + timedelta(hours=4), NOW + DAY]


def test_calls_that_reached_no_carrier_inbound_ones_and_other_workspaces_do_not_count(capped_workspace):
    running(capped_workspace, people=1)
    (row,) = rows()
    called(capped_workspace, row, NOW - timedelta(hours=1), outcome="cancelled")
    called(capped_workspace, row, NOW - timedelta(hours=2), direction="inbound", outcome="human")
    called(capped_workspace, row, NOW - DAY)
    CallFactory(phone_number=row.contact.phone_number, launched_at=NOW - timedelta(hours=1))
    assert len(claimed(capped_workspace)) == 1


def test_one_person_on_two_lists_is_called_once_under_a_cap_of_one(capped_workspace):
    running(capped_workspace, people=1)
    second = running(capped_workspace, people=0)
    (row,) = rows()
    CampaignContact.objects.create(
        campaign=second, contact=row.contact, hours_key=row.hours_key, added_at=NOW, next_attempt_at=row.next_attempt_at
    )
    second.hours.get_or_create(hours_key=row.hours_key)
    assert len(claimed(capped_workspace)) == 1
    end_all()
    assert claimed(capped_workspace, NOW + timedelta(minutes=1)) == []
    assert CampaignContact.objects.get(campaign=second).look_at == NOW + DAY


def test_a_call_launched_between_the_read_and_the_claim_counts(capped_workspace, monkeypatch):
    running(capped_workspace, people=2)
    first, second = rows()
    read = queue.due

    def then_called(*asked):
        found = read(*asked)
        called(capped_workspace, first, NOW - timedelta(seconds=1))
        monkeypatch.setattr(queue, "due", read)
        return found

    monkeypatch.setattr(queue, "due", then_called)
    assert [call.campaign_contact_id for call in claimed(capped_workspace)] == [second.pk]


def test_two_dialers_and_a_cap_of_one(capped_workspace, monkeypatch):
    """The second dialer claims after the first has read: whatever the lease, the person is called once."""
    first = running(capped_workspace, people=1)
    second = running(capped_workspace, people=0)
    (row,) = rows()
    CampaignContact.objects.create(
        campaign=second, contact=row.contact, hours_key=row.hours_key, added_at=NOW, next_attempt_at=row.next_attempt_at
    )
    second.hours.get_or_create(hours_key=row.hours_key)
    read = queue.due

    def then_claimed_elsewhere(*asked):
        found = read(*asked)
        monkeypatch.setattr(queue, "due", read)
        made = tick.claim(capped_workspace, NOW, only=first.pk).calls
        assert len(made) == 1
        end_all()
        return found

    monkeypatch.setattr(queue, "due", then_claimed_elsewhere)
    with transaction.atomic():
        assert tick.claim(capped_workspace, NOW, only=second.pk).calls == []
    assert Call.objects.count() == 1


def test_a_raised_cap_frees_people_before_the_time_that_was_thought(capped_workspace):
    running(capped_workspace, people=2)
    for row in rows():
        called(capped_workspace, row, NOW - timedelta(hours=1))
    assert claimed(capped_workspace) == []
    assert sweep.lift_caps(capped_workspace, NOW) == 0
    capped_workspace.calls_per_day = 2
    assert sweep.lift_caps(capped_workspace, NOW) == 2
    assert len(claimed(capped_workspace)) == 2


def test_a_cap_of_none_at_all_calls_nobody_and_is_looked_at_weekly(workspace):
    workspace.calls_per_day = 0
    running(workspace, people=1)
    assert claimed(workspace) == []
    assert rows()[0].look_at == NOW + WEEK


def test_more_barred_people_than_one_turn_looks_at_are_gone_on_with_at_once(capped_workspace):
    running(capped_workspace, people=8, concurrency_limit=1)
    for row in rows()[:7]:
        called(capped_workspace, row, NOW - timedelta(hours=1))
    with transaction.atomic():
        turn = tick.claim(capped_workspace, NOW)
    assert turn.calls == [] and [wait.until for wait in turn.waits.values()] == [NOW]
    assert [call.campaign_contact_id for call in claimed(capped_workspace)] == [rows()[-1].pk]


def test_moving_a_held_person_by_hand_forgets_the_bar_and_the_next_turn_finds_it_again(workspace):
    campaign = running(workspace, people=1)
    (row,) = rows()
    people.hold(row.contact, NOW + DAY, "", now=NOW)
    claimed(workspace)
    audience.by_hand(campaign, [row.pk], "retry", now=NOW)
    row.refresh_from_db()
    assert (row.look_at, row.due_at, row.next_attempt_at) == (None, None, NOW)
    assert claimed(workspace) == []


def test_the_reason_of_a_status_outlives_hold_and_cap(capped_workspace):
    running(capped_workspace, people=2)
    CampaignContact.objects.update(status="retry", reason="busy", rank=3)
    held, capped = rows()
    people.hold(held.contact, NOW + DAY, "", now=NOW)
    called(capped_workspace, capped, NOW - timedelta(hours=1))
    assert claimed(capped_workspace) == []
    assert [row.look_at for row in rows()] == [NOW + DAY, NOW + timedelta(hours=23)]
    assert sweep.look_again(capped_workspace.pk, NOW + DAY) == 2
    assert [row.reason for row in rows()] == ["busy", "busy"]
    assert {call.clearance["reason_before"] for call in claimed(capped_workspace, NOW + DAY)} == {"busy"}


def test_a_capped_person_who_is_held_is_not_freed_by_a_raised_cap(capped_workspace):
    running(capped_workspace, people=1)
    (row,) = rows()
    called(capped_workspace, row, NOW - timedelta(hours=1))
    claimed(capped_workspace)
    people.hold(row.contact, NOW + WEEK, "", now=NOW)
    assert sweep.spread_contacts(capped_workspace.pk, NOW) == 1
    assert rows()[0].look_at == NOW + WEEK
    capped_workspace.calls_per_day = 2
    assert sweep.lift_caps(capped_workspace, NOW) == 0
    capped_workspace.calls_per_day = 1
    people.unhold(row.contact, now=NOW)
    sweep.spread_contacts(capped_workspace.pk, NOW)
    assert claimed(capped_workspace) == []
    assert rows()[0].look_at == NOW + timedelta(hours=23)
