"""A person's place and priority, changed after they were put on lists, reach every campaign that calls them."""

from datetime import timedelta

import pytest

from campaigns.dialing import queue, sweep
from campaigns.models import CampaignContact, CampaignHours
from contacts import hours, people
from contacts.models import Contact
from tests.campaigns.dialing.floor import NOW, claimed, running
from tests.factories import CampaignContactFactory, CampaignFactory

pytestmark = pytest.mark.django_db
SYDNEY, CHICAGO = "Australia/Sydney", "America/Chicago"


def moved(contact, **cells):
    people.edit(contact, {"phone_number": contact.phone_number, **cells}, now=NOW)
    contact.refresh_from_db()
    return contact


def test_a_changed_zone_reaches_all_campaigns_and_their_open_keys(workspace):
    first = running(workspace, people=2, contact_local_time=True, window_start="09:00", window_end="18:00")
    row = first.audience.order_by("id").first()
    ended = CampaignContactFactory(
        campaign=CampaignFactory(workspace=workspace, status="completed"), contact=row.contact
    )
    Contact.objects.update(spread_at=NOW)
    contact = moved(row.contact, timezone=SYDNEY)
    assert contact.spread_at is None

    assert sweep.spread_contacts(workspace.pk, NOW) == 1

    assert {one.hours_key.zones for one in CampaignContact.objects.filter(contact=contact)} == {SYDNEY}
    assert CampaignHours.objects.filter(hours_key=contact.hours_key).count() == 2
    assert ended.next_attempt_at == CampaignContact.objects.get(pk=ended.pk).next_attempt_at
    assert queue.keys_of(first.pk)[contact.hours_key_id].zones == (SYDNEY,)
    # 18:00 UTC: eleven in California, four in the morning in Sydney
    assert [call.campaign_contact_id for call in claimed(workspace)] == [first.audience.order_by("id").last().pk]
    assert sweep.spread_contacts(workspace.pk, NOW) == 0


def test_somebody_whose_country_became_known_is_called(workspace):
    running(workspace, people=1)
    row = CampaignContact.objects.get()
    unknown = hours.hours_key("", "", [])
    Contact.objects.update(hours_key=unknown, country="")
    CampaignContact.objects.update(hours_key=unknown)
    CampaignHours.objects.update(hours_key=unknown)
    assert claimed(workspace) == []

    moved(Contact.objects.get(), country="US")
    sweep.spread_contacts(workspace.pk, NOW)

    assert [call.campaign_contact_id for call in claimed(workspace)] == [row.pk]


@pytest.mark.parametrize(
    ("status", "rank", "becomes"),
    [("pending", 3, 2), ("retry", 4, 2), ("retry", 0, 0), ("pending", 1, 1), ("failed", 3, 3)],
)
def test_a_changed_priority_moves_those_who_wait_in_the_usual_order(workspace, status, rank, becomes):
    running(workspace, people=1)
    due = NOW if status != "failed" else None
    CampaignContact.objects.update(status=status, rank=rank, next_attempt_at=due)
    moved(Contact.objects.get(), priority="high")

    sweep.spread_contacts(workspace.pk, NOW)

    row = CampaignContact.objects.get()
    assert (row.priority, row.rank, row.status, row.next_attempt_at) == (0, becomes, status, due)


def test_a_hold_and_a_move_at_once_both_arrive(workspace):
    running(workspace, people=1)
    contact = moved(Contact.objects.get(), timezone=CHICAGO)
    people.hold(contact, NOW + timedelta(days=1), "", now=NOW)
    assert sweep.spread_contacts(workspace.pk, NOW) == 1
    assert CampaignContact.objects.get().hours_key.zones == CHICAGO
    assert claimed(workspace) == []


def test_it_costs_as_many_queries_for_many_people_as_for_one(workspace, django_assert_max_num_queries):
    running(workspace, people=20)
    there = hours.hours_key("US", "CA", [CHICAGO])
    Contact.objects.update(hours_key=there, spread_at=None)
    with django_assert_max_num_queries(12):
        assert sweep.spread_contacts(workspace.pk, NOW) == 20
    assert set(CampaignContact.objects.values_list("hours_key", flat=True)) == {there.pk}
