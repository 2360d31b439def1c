"""An export holds what the page shows under the same address."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.queries.calls import CallFilter, conversations
from contacts.importing.exported import PREFIX
from contacts.models import Contact
from tests.analytics.exporting.made import exported, rows
from tests.campaigns.history import campaign_with_past
from tests.factories import CampaignContactFactory, CampaignFactory, ContactFactory, SuppressionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(workspace):
    made = campaign_with_past(workspace, people=16, seed=8)
    contacts = Contact.objects.filter(workspace=workspace).order_by("pk")
    contacts.filter(pk__in=[c.pk for c in contacts[:4]]).update(tags="|vip|", company="Northwind")
    SuppressionFactory(workspace=workspace, phone_number=contacts[5].phone_number)
    return made


@pytest.mark.parametrize(
    "asked",
    (
        {},
        {"status": ["completed", "failed"]},
        {"tag": "vip"},
        {"called": "no"},
        {"q": "555"},
        {"country": "US", "called": "yes"},
        {"status": ["nonsense"], "sort": "-place", "at": "x"},
    ),
)
def test_the_contacts_tab(campaign, workspace, owner, asked):
    page = owner.get(f"/campaigns/{campaign.pk}/contacts/", asked)
    found = rows(exported(workspace, "contacts", campaign=campaign, **asked))
    assert {int(row[f"{PREFIX}contact"]) for row in found} == {r.person.contact_id for r in page.context["listing"]}


@pytest.mark.parametrize("asked", ({}, {"tag": "vip"}, {"suppressed": "yes"}, {"q": "northwind"}, {"status": "failed"}))
def test_the_contact_list(campaign, workspace, owner, asked):
    page = owner.get("/contacts/", asked)
    found = rows(exported(workspace, "people", **asked))
    assert {int(row[f"{PREFIX}contact"]) for row in found} == {contact.pk for contact in page.context["listing"]}


@pytest.mark.parametrize("asked", ({}, {"outcome": "machine"}, {"since": "2026-06-02"}, {"q": "555"}))
def test_conversations(campaign, workspace, asked):
    found = rows(exported(workspace, "calls", **asked))
    calls = conversations(workspace, CallFilter.read(asked))
    assert {row["reference"] for row in found} == {str(call.reference) for call in calls}


@pytest.mark.parametrize("asked", ({}, {"reason": "asked"}, {"q": "registry"}))
def test_the_suppression_list(workspace, owner, asked):
    SuppressionFactory(workspace=workspace, reason="asked")
    SuppressionFactory(workspace=workspace, reason="by_hand", note="From the registry", at=timezone.now())
    page = owner.get("/contacts/suppression/", asked)
    found = rows(exported(workspace, "suppressions", **asked))
    assert {row["phone_number"] for row in found} == {entry.phone_number for entry in page.context["page"].rows}


def test_a_search_for_a_person_finds_the_same_person(workspace, owner):
    ContactFactory(workspace=workspace, name="Zoë Brandt")
    ContactFactory(workspace=workspace, name="Somebody else")
    (row,) = rows(exported(workspace, "people", q="brandt"))
    assert row["name"] == "Zoë Brandt"


@pytest.mark.parametrize("asked", ({"status": "completed"}, {"q": "northwind"}, {"barred": "suppressed"}))
@pytest.mark.parametrize("kind", ("calls", "results"))
def test_calls_and_results_of_chosen_people(campaign, workspace, kind, asked):
    people = rows(exported(workspace, "contacts", campaign=campaign, **asked))
    numbers = {row["phone_number"] for row in people}
    whole = rows(exported(workspace, kind, campaign=campaign))
    found = rows(exported(workspace, kind, campaign=campaign, of="contacts", **asked))
    assert found == [row for row in whole if row["phone_number"] in numbers]
    assert len(found) < len(whole)


@pytest.mark.parametrize("kind", ("people", "contacts"))
def test_few_who_fit_are_found_by_the_index_and_named_from_then_on(workspace, kind):
    """A list of half a million is never walked for the one who is looked for."""
    campaign = CampaignFactory(workspace=workspace)
    for name in ("Zoë Brandt", "Ann Lee", "Bo Brandt"):
        CampaignContactFactory(campaign=campaign, contact=ContactFactory(workspace=workspace, name=name))
    of = {"campaign": campaign} if kind == "contacts" else {}
    with CaptureQueriesContext(connection) as asked:
        export = exported(workspace, kind, q="brandt", **of)
    assert [row["name"] for row in rows(export)] == ["Zoë Brandt", "Bo Brandt"]
    looked = [
        query["sql"] for query in asked if "brandt" in query["sql"] and query["sql"].startswith(("SELECT", "WITH"))
    ]
    assert looked
    assert not [sql for sql in looked if "campaigns_campaigncontact" in sql or "COUNT(" in sql or "variables" in sql]


@pytest.mark.parametrize("kind", ("people", "contacts"))
def test_a_file_has_a_column_for_each_variable_that_somebody_in_it_has(workspace, kind):
    campaign = CampaignFactory(workspace=workspace)
    for name, variables in (("Zoë", {"plan": "pro", "city": "Oslo"}), ("Ann", {"plan": "free"})):
        person = ContactFactory(workspace=workspace, name=name, variables=variables)
        CampaignContactFactory(campaign=campaign, contact=person, detail=variables)
    of = {"campaign": campaign} if kind == "contacts" else {}
    (row,) = rows(exported(workspace, kind, q="ann", **of))
    assert row["plan"] == "free" and "city" not in row
    assert all("city" in row for row in rows(exported(workspace, kind, **of)))
