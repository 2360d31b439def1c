"""Who is due: by one short probe of one index for each open hours key, on lists of any length."""

from datetime import timedelta

import pytest
from django.db import connection

from accounts import statements
from campaigns.dialing import queue
from campaigns.dialing.values import Hours
from campaigns.models import CampaignContact
from contacts.hours import hours_key
from contacts.models import Contact
from tests.campaigns.dialing.floor import NOW, running
from tests.factories import CallFactory

pytestmark = pytest.mark.django_db

KEYS = [("US", "CA", "America/Los_Angeles"), ("US", "NY", "America/New_York"), ("GB", "", "Europe/London")]


def filled(workspace, people: int) -> tuple[int, list[int]]:
    campaign = running(workspace, people=0)
    keys = [hours_key(country, region, [zone]) for country, region, zone in KEYS]
    contacts = Contact.objects.bulk_create(
        Contact(workspace=workspace, phone_number=f"+1212{n:07}", hours_key=keys[n % 3]) for n in range(people)
    )
    CampaignContact.objects.bulk_create(
        CampaignContact(
            campaign=campaign,
            contact=contact,
            hours_key=contact.hours_key,
            rank=2 + n % 3,
            added_at=NOW,
            next_attempt_at=NOW - timedelta(seconds=n % 600),
        )
        for n, contact in enumerate(contacts)
    )
    return campaign.pk, [key.pk for key in keys]


def due(campaign: int, keys: list[int], want: int) -> list[queue.Due]:
    return queue.due(campaign, keys, dict.fromkeys(keys, Hours()), NOW, want)


def test_due_people_come_by_rank_then_due_time_then_place_and_only_of_open_keys(workspace):
    campaign, keys = filled(workspace, 90)
    everybody = due(campaign, keys, 100)
    rows = [CampaignContact.objects.get(pk=one.person.id) for one in everybody]
    assert len(rows) == 90
    assert rows == sorted(rows, key=lambda row: (row.rank, row.next_attempt_at, row.pk))
    some = due(campaign, keys[:1], 100)
    assert [one.person.id for one in some] == [row.pk for row in rows if row.hours_key_id == keys[0]]
    assert due(campaign, [], 100) == []
    assert [one.person.id for one in due(campaign, keys, 7)] == [row.pk for row in rows[:7]]


def test_nobody_is_due_early_or_while_in_a_call_anywhere(workspace):
    campaign, keys = filled(workspace, 4)
    rows = list(CampaignContact.objects.order_by("id"))
    CampaignContact.objects.filter(pk=rows[0].pk).update(next_attempt_at=NOW + timedelta(microseconds=1))
    CampaignContact.objects.filter(pk=rows[1].pk).update(next_attempt_at=NOW)
    elsewhere = {"workspace": workspace, "ended_at": None, "outcome": "", "check_at": NOW, "concluded_at": None}
    CallFactory(**elsewhere, contact=rows[2].contact, state=1)
    assert {one.person.id for one in due(campaign, keys, 9)} == {rows[1].pk, rows[3].pk}


def probe_plan(campaign: int, keys: list[int], want: int, run: bool = False) -> str:
    postgresql = connection.vendor == "postgresql"
    values = {"campaign": campaign, "rank": 3, "ranks": list(range(5)), "now": NOW, "want": want, "keys": keys}
    explain = f"EXPLAIN ({'ANALYZE, TIMING OFF, SUMMARY OFF' if run else 'COSTS OFF'}) "
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    statement = explain + queue._POSTGRESQL if postgresql else "EXPLAIN QUERY PLAN " + queue._SQLITE
    return "\n".join(str(row[-1]) for row in statements.select(statement, values))


def test_a_probe_walks_the_index_and_never_the_list(workspace):
    campaign, keys = filled(workspace, 3000)
    plan = probe_plan(campaign, keys, 20)
    assert "audience_due" in plan, plan
    full = ("Seq Scan on campaigns_campaigncontact", "Seq Scan on contacts_contact", "SCAN cc\n", "SCAN c\n")
    assert not [scan for scan in full if scan in plan + "\n"], plan


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite is asked rank by rank")
def test_one_question_for_all_ranks_stops_at_the_rank_that_has_enough(workspace):
    campaign, keys = filled(workspace, 3000)
    plan = probe_plan(campaign, keys, 50, run=True)
    (probes,) = [line for line in plan.splitlines() if "audience_due" in line]
    assert "Presorted Key: rank.rank" in plan, plan
    # Nobody has rank 0 or 1, and rank 2 has enough; behind it one rank more, to see that it is through. Each key once.
    assert int(probes.partition("loops=")[2].rstrip(")")) <= 4 * len(keys), plan
