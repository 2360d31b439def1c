from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.choices import Outcome
from campaigns.models import Call, CampaignContact
from campaigns.queries import people_filter
from campaigns.queries.newcomers import NewcomerFilter, newcomers, not_yet_in
from campaigns.queries.people import matching, people, people_and_total, person_rows
from campaigns.queries.people_filter import PeopleFilter
from contacts.hours import hours_key
from contacts.models import Contact, Suppression
from tests.campaigns.history import campaign_with_past
from tests.factories import NOON, CallFactory, CampaignContactFactory, CampaignFactory, ContactFactory

pytestmark = pytest.mark.django_db


def call(row, sequence, outcome, **fields):
    place = {"campaign": row.campaign, "campaign_contact": row, "sequence": sequence, "attempt": sequence}
    return CallFactory(workspace=row.campaign.workspace, outcome=outcome, **{**place, **fields})


@pytest.fixture
def campaign(workspace):
    campaign = CampaignFactory(workspace=workspace)
    for name, company, tags, place, priority, status, sequence in (
        ("Ada Lovelace", "Analytical", "|vip|b2b|", ("GB", "", ["Europe/London"]), 0, "pending", 0),
        ("Grace Hopper", "Navy", "|vip|", ("US", "NY", ["America/New_York"]), 1, "failed", 2),
        ("Alan Turing", "", "", ("GB", "", ["Europe/Jersey"]), 2, "completed", 1),
    ):
        known = {"company": company, "tags": tags, "country": place[0], "hours_key": hours_key(*place)}
        contact = ContactFactory(workspace=workspace, name=name, **known)
        due = NOON if status == "pending" else None
        row = CampaignContactFactory(
            campaign=campaign,
            contact=contact,
            priority=priority,
            status=status,
            sequence=sequence,
            attempts=sequence,
            next_attempt_at=due,
        )
        for number, outcome in enumerate(("busy", "no_answer")[:sequence], start=1):
            call(row, number, outcome)
    CampaignContactFactory(campaign=CampaignFactory(workspace=workspace))
    return campaign


@pytest.mark.parametrize(
    ("asked", "statuses", "names"),
    [
        ({}, [], ["Ada Lovelace", "Grace Hopper", "Alan Turing"]),
        ({"q": "ada love"}, [], ["Ada Lovelace"]),
        ({"q": "navy"}, [], ["Grace Hopper"]),
        ({}, ["failed", "completed"], ["Grace Hopper", "Alan Turing"]),
        ({"priority": "low"}, [], ["Alan Turing"]),
        ({"tag": "vip"}, [], ["Ada Lovelace", "Grace Hopper"]),
        ({"tag": "b2"}, [], []),
        ({"country": "gb"}, [], ["Ada Lovelace", "Alan Turing"]),
        ({"called": "no"}, [], ["Ada Lovelace"]),
        ({"called": "yes", "country": "US"}, ["failed"], ["Grace Hopper"]),
        (
            {"priority": "no such", "sort": "no such", "called": "?"},
            ["no such"],
            ["Ada Lovelace", "Grace Hopper", "Alan Turing"],
        ),
        ({"sort": "-place"}, [], ["Alan Turing", "Grace Hopper", "Ada Lovelace"]),
        ({"sort": "status"}, [], ["Alan Turing", "Grace Hopper", "Ada Lovelace"]),
        ({"sort": "-priority"}, [], ["Alan Turing", "Grace Hopper", "Ada Lovelace"]),
        ({"sort": "name"}, [], ["Ada Lovelace", "Alan Turing", "Grace Hopper"]),
        ({"sort": "-name", "country": "GB"}, [], ["Alan Turing", "Ada Lovelace"]),
        ({"sort": "-number"}, [], ["Alan Turing", "Grace Hopper", "Ada Lovelace"]),
        ({"sort": "status", "country": "GB"}, ["pending", "completed"], ["Alan Turing", "Ada Lovelace"]),
        ({"attempts": "0"}, [], ["Ada Lovelace"]),
        ({"attempts": "2", "q": "hop"}, [], ["Grace Hopper"]),
        ({"attempts": "3"}, [], []),
    ],
)
def test_the_filters_of_the_contacts_tab(campaign, asked, statuses, names):
    wanted = PeopleFilter.read(asked, statuses)
    assert [row.contact.name for row in people(campaign, wanted).rows] == names
    assert people_and_total(campaign, wanted)[1].count == len(names)
    assert matching(campaign, PeopleFilter.kept(wanted.as_kept())).count() == len(names)


def test_digits_look_for_the_number(campaign):
    row = CampaignContact.objects.filter(campaign=campaign).first()
    digits = row.contact.phone_number[-6:]
    assert [found.pk for found in matching(campaign, PeopleFilter(search=f"{digits[:3]} {digits[3:]}"))] == [row.pk]


def test_the_outcome_is_that_of_the_last_call_theirs_included(campaign):
    _, grace, alan = CampaignContact.objects.filter(campaign=campaign).order_by("id")
    assert [found.pk for found in people(campaign, PeopleFilter(outcome="no_answer")).rows] == [grace.pk]
    call(grace, 3, "cancelled")
    assert [found.pk for found in people(campaign, PeopleFilter(outcome="no_answer")).rows] == [grace.pk]
    call(alan, None, "human", attempt=None, direction="inbound", cause="inbound")
    assert [found.pk for found in people(campaign, PeopleFilter(outcome="human")).rows] == [alan.pk]
    assert not people(campaign, PeopleFilter(outcome="busy")).rows


def test_whose_only_call_was_withdrawn_was_never_called(campaign):
    ada = CampaignContact.objects.filter(campaign=campaign).earliest("id")
    CampaignContact.objects.filter(pk=ada.pk).update(sequence=1)  # as giving back leaves it
    call(ada, 1, "cancelled")
    assert [found.pk for found in people(campaign, PeopleFilter(called="no")).rows] == [ada.pk]
    assert ada.pk not in matching(campaign, PeopleFilter(called="yes")).values_list("pk", flat=True)


@pytest.mark.parametrize("seed", (1, 2, 3))
def test_the_filters_find_whom_the_rows_show(workspace, seed):
    campaign = campaign_with_past(workspace, people=20, seed=seed)
    rows = person_rows(campaign, people(campaign, PeopleFilter()).rows)
    last = dict(Call.objects.filter(campaign=campaign).values_list("pk", "outcome"))
    asked = {"called=yes": [row for row in rows if row.talks.last_called]}
    asked["called=no"] = [row for row in rows if not row.talks.last_called]
    for outcome in Outcome.values:
        asked[f"outcome={outcome}"] = [row for row in rows if last.get(row.talks.last_call) == outcome]
    assert asked["called=no"] and not asked["outcome=cancelled"]
    for words, expected in asked.items():
        found = people(campaign, PeopleFilter.read(dict([words.split("=")]))).rows
        assert [row.pk for row in found] == [row.person.pk for row in expected], words


@pytest.mark.parametrize("few", [1_000, 0])
def test_who_is_barred_is_found_by_ids_where_few_are_and_on_the_way_where_many_are(campaign, monkeypatch, few):
    monkeypatch.setattr(people_filter, "FEW", few)
    ada, grace, _ = CampaignContact.objects.filter(campaign=campaign).order_by("id").select_related("contact")
    Suppression.objects.create(workspace=campaign.workspace, phone_number=ada.contact.phone_number, at=NOON)
    Contact.objects.filter(pk=grace.contact_id).update(held_until=timezone.now() + timedelta(days=1))
    for barred, row in (("suppressed", ada), ("held", grace)):
        assert [found.pk for found in people(campaign, PeopleFilter(barred=barred)).rows] == [row.pk]
        assert [found.pk for found in matching(campaign, PeopleFilter(barred=barred))] == [row.pk]


@pytest.mark.parametrize("asked", [{"country": "US"}, {}])
def test_pages_of_several_values_follow_each_other_in_list_order(workspace, asked):
    campaign, statuses = CampaignFactory(workspace=workspace), ("failed", "completed", "excluded")
    keys = [hours_key("US", region, ["America/Chicago"]) for region in ("IL", "TX")]
    for n in range(11):
        contact = ContactFactory(workspace=workspace, hours_key=keys[n % 2])
        made = {"contact": contact, "next_attempt_at": None, "status": [*statuses, "pending"][n % 4]}
        CampaignContactFactory(campaign=campaign, **made)
    wanted = PeopleFilter.read(asked, [] if asked else statuses)
    expected = [row.pk for row in CampaignContact.objects.filter(campaign=campaign).order_by("id")]
    if not asked:
        expected = [pk for n, pk in enumerate(expected) if n % 4 < 3]
    seen, cursor = [], ""
    while True:
        found = people(campaign, wanted, cursor, 3)
        seen += [row.pk for row in found.rows]
        if not found.following:
            break
        cursor = found.following
    assert seen == expected
    before = people(campaign, wanted, found.previous, 3)
    assert [row.pk for row in before.rows] == expected[-3 - len(found.rows) : -len(found.rows)]


def test_a_row_knows_its_conversations_and_last_call(workspace):
    campaign = campaign_with_past(workspace, people=15)
    for row in person_rows(campaign, people(campaign, PeopleFilter()).rows):
        calls = Call.objects.filter(campaign_contact=row.person).exclude(outcome="cancelled")
        spoken = [call for call in calls if call.outcome == "human" and call.spoke]
        assert (row.talks.count, row.talks.seconds) == (len(spoken), sum(call.talk_seconds for call in spoken))
        assert row.talks.last_called == max((call.launched_at for call in calls), default=None)
        assert row.talks.calls == len(calls)


def test_a_page_takes_three_queries_however_long_it_is(workspace, django_assert_num_queries):
    for count in (1, 3):
        campaign = campaign_with_past(workspace, people=count)
        with django_assert_num_queries(3):
            assert len(person_rows(campaign, people(campaign, PeopleFilter()).rows)) == count


def test_who_may_still_be_added_is_not_here_and_not_suppressed(workspace, campaign):
    free, barred = (ContactFactory(workspace=workspace, name=name) for name in ("Free", "Barred"))
    Suppression.objects.create(workspace=workspace, phone_number=barred.phone_number, at=NOON)
    ContactFactory()  # of another workspace
    found = not_yet_in(campaign)
    assert free in found and barred not in found
    here = {row.contact_id for row in CampaignContact.objects.filter(campaign=campaign)}
    assert not here & set(found.values_list("pk", flat=True))
    assert list(newcomers(campaign, NewcomerFilter(search="free"))) == [free]
