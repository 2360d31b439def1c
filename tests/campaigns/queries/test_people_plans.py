"""The contacts tab of a long list: each order, and each filter that has an index, goes by it and sorts nothing."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns import readiness
from campaigns.models import Call, CampaignContact, CampaignHours
from campaigns.queries.people import people, people_and_total
from campaigns.queries.people_filter import PeopleFilter
from contacts.hours import hours_key
from contacts.models import Contact
from tests.factories import NOON, CampaignFactory, NumberFactory

pytestmark = pytest.mark.django_db
MANY = 6_000
STATUSES = ("failed", "completed", "pending", "no_conversation")


@pytest.fixture
def campaign(workspace):
    """Nearly everybody of the workspace is in it."""
    campaign = CampaignFactory(workspace=workspace)
    key, rare = (hours_key(country, "", [zone]) for country, zone in (("US", "America/Chicago"), ("JP", "Asia/Tokyo")))
    made = Contact.objects.bulk_create(
        Contact(
            workspace=workspace,
            phone_number=f"+1646{n:07}",
            name=f"{'Zimmermann' if n == 77 else 'Smith'} {n * 7919 % 10007:05}",
            tags="|rare|" if n % 1000 == 5 else "|often|",
            hours_key=rare if n == 99 else key,
        )
        for n in range(MANY)
    )
    CampaignHours.objects.bulk_create(CampaignHours(campaign=campaign, hours_key=one) for one in (key, rare))
    CampaignContact.objects.bulk_create(
        CampaignContact(
            campaign=campaign,
            contact=person,
            hours_key_id=person.hours_key_id,
            status=STATUSES[n % 4],
            priority=0 if n % 500 == 3 else 1,
            next_attempt_at=NOON if STATUSES[n % 4] == "pending" else None,
            added_at=NOON,
        )
        for n, person in enumerate(made)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return campaign


def plan_of_page(campaign, **asked):
    """How the database finds the page's rows: the last query."""
    with CaptureQueriesContext(connection) as asked_for:
        people(campaign, PeopleFilter.read(asked, asked.pop("statuses", ())), size=20)
    return explained(asked_for.captured_queries[-1]["sql"])


def explained(sql):
    with connection.cursor() as cursor:
        cursor.execute(("EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN ") + sql)
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


def sorts(plan):
    """People of one name may be put in order among themselves."""
    plan = plan.replace("Incremental Sort", "").replace("TEMP B-TREE FOR RIGHT PART OF ORDER BY", "")
    return "Sort" in plan or "TEMP B-TREE" in plan


ORDERS = (
    ({}, ("audience_place", "_pkey")),  # one campaign is the whole table here: PostgreSQL may go by either
    ({"sort": "-place"}, ("audience_place", "_pkey")),
    ({"sort": "status"}, ("audience_by_status",)),
    ({"sort": "-priority"}, ("audience_by_priority",)),
    ({"sort": "name"}, ("contact_by_name",)),
    ({"sort": "-name"}, ("contact_by_name",)),
    ({"sort": "name", "statuses": ("failed", "completed")}, ("contact_by_name",)),
    ({"sort": "-name", "statuses": ("pending",)}, ("contact_by_name",)),
    ({"sort": "number"}, ("one_contact_per_number", "sqlite_autoindex_contacts_contact")),
    ({"sort": "-number"}, ("one_contact_per_number", "sqlite_autoindex_contacts_contact")),
    ({"statuses": ("failed",)}, ("audience_", "_pkey")),
    ({"country": "US"}, ("audience_", "_pkey")),
)


def test_each_order_and_each_frequent_value_stands_on_an_index(campaign):
    plans = {str(asked): (plan_of_page(campaign, **asked), indexes) for asked, indexes in ORDERS}
    assert not {asked: plan for asked, (plan, _) in plans.items() if sorts(plan)}
    assert not {asked: plan for asked, (plan, indexes) in plans.items() if not any(name in plan for name in indexes)}


FEW = (({"q": "zimmer"}, 1), ({"tag": "rare"}, 6), ({"country": "JP"}, 1), ({"priority": "high"}, 12), ({"q": "zi"}, 1))


def test_few_are_asked_for_by_their_ids_and_many_are_met_on_the_way(campaign):
    for asked, count in FEW:
        with CaptureQueriesContext(connection) as asked_for:
            page, total = people_and_total(campaign, PeopleFilter.read(asked))
        assert (len(page.rows), total.count, total.capped) == (count, count, False), asked
        assert '"campaigns_campaigncontact"."id" IN (' in asked_for.captured_queries[-1]["sql"]
        assert len(asked_for) <= 4
    page, total = people_and_total(campaign, PeopleFilter(tag="often"), size=20)
    assert (len(page.rows), total.count, total.capped) == (20, 1000, True)
    assert not sorts(plan_of_page(campaign, q="smith"))


def test_where_people_wait_is_found_by_a_step_for_each_place_and_nobody_is_counted(campaign):
    with CaptureQueriesContext(connection) as asked:
        facts = readiness.gather(campaign, NOON)
    assert [hours.country for hours in facts.places] == ["US"]  # nobody waits in Japan
    of_people = [query["sql"] for query in asked if '"campaigns_campaigncontact"' in query["sql"]]
    assert len(of_people) == 1
    plan = explained(of_people[0])
    assert "audience_due" in plan and "Hash" not in plan and "Seq Scan on campaigns_campaigncontact" not in plan, plan


@pytest.mark.parametrize(
    ("asked", "count"), [({}, 1000), ({"statuses": ("failed",)}, 1000), ({"priority": "high"}, 12)]
)
def test_many_who_are_named_by_the_index_of_letters_are_counted_from_there_on_postgresql(campaign, asked, count):
    wanted = PeopleFilter.read({"q": "smith", **asked}, asked.get("statuses", ()))
    with CaptureQueriesContext(connection) as asked_for:
        _, total = people_and_total(campaign, wanted)
    assert (total.count, total.capped) == (count, count == 1000)
    assert any("LATERAL" in query["sql"] for query in asked_for) == (connection.vendor == "postgresql")


def test_who_was_never_called_is_told_by_a_probe_of_each_not_by_reading_every_call(campaign):
    number = NumberFactory(workspace=campaign.workspace)
    people_of = CampaignContact.objects.filter(campaign=campaign).select_related("contact")
    people_of.update(sequence=1)
    Call.objects.bulk_create(
        Call(
            workspace=campaign.workspace,
            campaign=campaign,
            campaign_contact=row,
            contact=row.contact,
            agent=campaign.agent,
            carrier=number.carrier,
            number=number,
            phone_number=row.contact.phone_number,
            sequence=1,
            cause="first",
            outcome="busy",
            launched_at=NOON,
            ended_at=NOON,
        )
        for row in people_of
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    for asked in ({"called": "no"}, {"outcome": "busy"}):
        with CaptureQueriesContext(connection) as asked_for:
            people_and_total(campaign, PeopleFilter.read(asked))
        plan = explained(asked_for.captured_queries[0]["sql"])
        assert re.search("Index (Only )?Scan using one_call_per|SEARCH U0 USING", plan), plan
        assert not re.search("Seq Scan on campaigns_call |SCAN U0|hashed", plan), plan
