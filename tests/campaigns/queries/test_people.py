import pytest

from campaigns.models import Call, CampaignContact
from campaigns.queries.people import (
    PeopleFilter,
    matching,
    matching_contacts,
    not_yet_in,
    people,
    people_total,
    person_rows,
)
from contacts.models import Suppression
from tests.campaigns.history import campaign_with_past
from tests.factories import NOON, CampaignContactFactory, CampaignFactory, ContactFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(workspace):
    campaign = CampaignFactory(workspace=workspace)
    for name, company, tags, country, priority, status, sequence in (
        ("Ada Lovelace", "Analytical", "|vip|b2b|", "GB", 0, "pending", 0),
        ("Grace Hopper", "Navy", "|vip|", "US", 1, "failed", 2),
        ("Alan Turing", "", "", "GB", 2, "completed", 1),
    ):
        contact = ContactFactory(workspace=workspace, name=name, company=company, tags=tags, country=country)
        due = NOON if status == "pending" else None
        CampaignContactFactory(
            campaign=campaign,
            contact=contact,
            priority=priority,
            status=status,
            sequence=sequence,
            next_attempt_at=due,
        )
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
    ],
)
def test_the_filters_of_the_contacts_tab(campaign, asked, statuses, names):
    wanted = PeopleFilter.read(asked, statuses)
    assert [row.contact.name for row in people(campaign, wanted).rows] == names
    assert people_total(campaign, wanted).count == len(names)


def test_digits_look_for_the_number(campaign):
    row = CampaignContact.objects.filter(campaign=campaign).first()
    digits = row.contact.phone_number[-6:]
    assert [found.pk for found in matching(campaign, PeopleFilter(search=f"{digits[:3]} {digits[3:]}"))] == [row.pk]


def test_a_row_knows_its_conversations_and_last_call(workspace):
    campaign = campaign_with_past(workspace, people=15)
    for row in person_rows(campaign, people(campaign, PeopleFilter()).rows):
        calls = Call.objects.filter(campaign_contact=row.person).exclude(outcome="cancelled")
        spoken = [call for call in calls if call.outcome == "human" and call.spoke]
        assert (row.talks.count, row.talks.seconds) == (len(spoken), sum(call.talk_seconds for call in spoken))
        assert row.talks.last_called == max((call.launched_at for call in calls), default=None)


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
    assert list(matching_contacts(found, "free")) == [free]
