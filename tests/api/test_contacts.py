from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from accounts.roles import Role
from contacts.models import Contact, Suppression
from tests.analytics.exporting.made import content, exported, loaded
from tests.factories import (
    NOON,
    CampaignContactFactory,
    CampaignFactory,
    ContactFactory,
    SuppressionFactory,
    WorkspaceFactory,
)

CONTACTS = "/api/v1/contacts/"
SUPPRESSIONS = "/api/v1/suppressions/"


def test_a_person_is_added_as_the_number_is_written(api, workspace):
    answer = api.post(
        CONTACTS, {"phone_number": "(415) 555-2671", "name": "Ada", "tags": ["vip", "b2b"], "priority": "high"}
    )
    assert answer.status_code == 201
    body = answer.json()
    assert (body["phone_number"], body["country"], body["priority"]) == ("+14155552671", "US", "high")
    assert (body["tags"], body["zone_source"]) == (["vip", "b2b"], "number")
    assert Contact.objects.get().workspace == workspace


def test_the_trail_names_the_program(api):
    api.post(CONTACTS, {"phone_number": "+14155552671"})
    assert AuditEvent.objects.get(action="contact.add").actor_name == "API token “Test program”"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"phone_number": "12"}, "phone_number"),
        ({"phone_number": "+14155552671", "timezone": "Mars/Base"}, "timezone"),
        ({"phone_number": "+14155552671", "country": "Atlantis"}, "country"),
        ({"phone_number": "+14155552671", "priority": "urgent"}, "priority"),
        ({"phone_number": "+14155552671", "tags": "vip"}, "tags"),
        ({"phone_number": "+14155552671", "variables": [1]}, "variables"),
        ({"phone_number": "+14155552671", "variables": {"x" * 101: 1}}, "variables"),
        ({"phone_number": "+14155552671", "variables": {" ": 1}}, "variables"),
        ({"phone_number": "+14155552671", "variables": {"Rejected Line": 1}}, "variables"),
        ({"phone_number": "+14155552671", "variables": {"a\x01b": 1}}, "variables"),
        ({"phone_number": "+14155552671", "variables": {"plan": 1, " plan": 2}}, "variables"),
        ({}, "phone_number"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_field(api, given, field):
    answer = api.post(CONTACTS, given)
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [field]
    assert not Contact.objects.exists()


def test_variables_are_named_as_a_file_brings_them_back(api, workspace):
    contact = api.post(CONTACTS, {"phone_number": "+14155552671", "variables": {" plan ": 5, "x" * 100: "y"}}).data[
        "id"
    ]
    kept = {"plan": 5, "x" * 100: "y"}
    assert Contact.objects.get().variables == kept
    export = exported(workspace, "people")
    upload = loaded(workspace, content(export), export.file_name)
    assert (upload.unchanged, Contact.objects.get().variables) == (1, kept)
    api.patch(f"{CONTACTS}{contact}/", {"variables": {"plan\t": 6}})
    assert Contact.objects.get().variables == {"plan": 6}


def test_a_known_number_is_a_conflict(api, workspace):
    ContactFactory(workspace=workspace, phone_number="+14155552671")
    answer = api.post(CONTACTS, {"phone_number": "+1 415 555 2671"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "already_there")


def test_a_suppressed_number_becomes_no_contact(api, workspace):
    SuppressionFactory(workspace=workspace, phone_number="+14155552671")
    answer = api.post(CONTACTS, {"phone_number": "+1 415 555 2671"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "suppressed")
    contact = ContactFactory(workspace=workspace)
    moved = api.patch(f"{CONTACTS}{contact.pk}/", {"phone_number": "+14155552671"})
    assert (moved.status_code, moved.json()["error"]["code"]) == (409, "suppressed")
    assert [one.phone_number for one in Contact.objects.all()] == [contact.phone_number]


def test_a_contact_whose_number_is_suppressed_can_still_be_edited(api, workspace):
    contact = ContactFactory(workspace=workspace)
    SuppressionFactory(workspace=workspace, phone_number=contact.phone_number)
    assert api.patch(f"{CONTACTS}{contact.pk}/", {"company": "Acme"}).json()["company"] == "Acme"


def test_bulk_leaves_suppressed_people_as_they_are(api, workspace):
    known = ContactFactory(workspace=workspace, company="Before")
    for number in (known.phone_number, "+14155552671"):
        SuppressionFactory(workspace=workspace, phone_number=number)
    given = [
        {"phone_number": known.phone_number, "company": "After"},
        {"phone_number": "+14155552671"},
        {"phone_number": "(415) 555-2671"},
        {"phone_number": "+14155552672"},
    ]
    rows = api.post(f"{CONTACTS}bulk/", {"contacts": given}, format="json").json()
    assert [row["status"] for row in rows] == ["suppressed", "suppressed", "duplicate", "added"]
    assert "suppression list" in rows[0]["errors"]["phone_number"][0]
    known.refresh_from_db()
    assert (known.company, Contact.objects.count()) == ("Before", 2)


def test_a_change_touches_what_it_names(api, workspace):
    contact = ContactFactory(workspace=workspace, company="Acme", name="Ada")
    answer = api.patch(f"{CONTACTS}{contact.pk}/", {"name": "Ada Lovelace", "variables": {"plan": "gold"}})
    assert answer.status_code == 200
    contact.refresh_from_db()
    assert (contact.name, contact.company, contact.variables) == ("Ada Lovelace", "Acme", {"plan": "gold"})


def test_bulk_adds_updates_and_says_what_it_could_not_read(api, workspace):
    known = ContactFactory(workspace=workspace, phone_number="+14155550001", name="Old")
    same = ContactFactory(workspace=workspace, phone_number="+14155550002", name="Same")
    people = [
        {"phone_number": "+14155550003", "name": "New"},
        {"phone_number": "+14155550001", "name": "Changed"},
        {"phone_number": "+14155550002", "name": "Same"},
        {"phone_number": "nonsense"},
    ]
    rows = api.post(f"{CONTACTS}bulk/", {"contacts": people}).json()
    assert [row["status"] for row in rows] == ["added", "updated", "unchanged", "invalid"]
    assert [row["contact"] for row in rows[1:]] == [known.pk, same.pk, None]
    assert list(rows[3]["errors"]) == ["phone_number"]
    assert Contact.objects.get(pk=known.pk).name == "Changed"


def test_bulk_under_a_key_is_done_once(api):
    given = {"contacts": [{"phone_number": "+14155552671", "name": "Ada"}]}
    first = api.post(f"{CONTACTS}bulk/", given, headers={"Idempotency-Key": "once"})
    Contact.objects.update(name="Grace")
    second = api.post(f"{CONTACTS}bulk/", given, headers={"Idempotency-Key": "once"})
    assert second.json() == first.json()
    assert Contact.objects.get().name == "Grace"


@pytest.mark.parametrize("primary", [2**63, -(2**70), 10**2000, "9" * 40, "x", 1.5], ids=lambda value: str(value)[:9])
def test_a_primary_that_is_no_id_costs_only_its_row(api, primary):
    people = [{"phone_number": "+14155550001", "primary": primary}, {"phone_number": "+14155550002"}]
    rows = api.post(f"{CONTACTS}bulk/", {"contacts": people}).json()
    assert [row["status"] for row in rows] == ["invalid", "added"]
    assert rows[0]["errors"] == {"primary": ["This is an id: a whole number."]}


def test_bulk_counts_the_first_of_a_number_that_is_given_twice(api):
    people = [
        {"phone_number": "+14155550001", "name": "First"},
        {"phone_number": "(415) 555-0001", "name": "Second"},
        {"phone_number": "+14155550002"},
    ]
    rows = api.post(f"{CONTACTS}bulk/", {"contacts": people}).json()
    assert [row["status"] for row in rows] == ["added", "duplicate", "added"]
    assert rows[1]["contact"] is None
    assert rows[1]["errors"] == {"phone_number": ["The same number as that of the person at 0, who counts."]}
    again = api.post(f"{CONTACTS}bulk/", {"contacts": people}).json()
    assert [row["status"] for row in again] == ["unchanged", "duplicate", "unchanged"]
    assert list(Contact.objects.order_by("id").values_list("name", flat=True)) == ["First", ""]


def test_bulk_takes_a_thousand_in_few_queries_and_refuses_more(api, django_assert_max_num_queries):
    people = [{"phone_number": f"+1415555{n:04}"} for n in range(1000)]
    with django_assert_max_num_queries(40):
        answer = api.post(f"{CONTACTS}bulk/", {"contacts": people})
    assert {row["status"] for row in answer.json()} == {"added"}
    assert api.post(f"{CONTACTS}bulk/", {"contacts": [*people, {"phone_number": "+14155551234"}]}).status_code == 400


def test_the_list_is_searched_by_its_filters(api, workspace):
    vip = ContactFactory(workspace=workspace, tags="|vip|", company="Acme")
    listed = ContactFactory(workspace=workspace)
    SuppressionFactory(workspace=workspace, phone_number=listed.phone_number)
    ContactFactory(workspace=WorkspaceFactory(), tags="|vip|")

    def found(**wanted):
        return [row["id"] for row in api.get(CONTACTS, wanted).json()["results"]]

    assert found(tag="vip") == [vip.pk]
    assert found(company="acm") == [vip.pk]
    assert found(suppressed="true") == [listed.pk]
    assert found(suppressed="false") == [vip.pk]
    assert found(phone_number=vip.phone_number) == [vip.pk]


def test_the_list_has_the_filters_and_orders_of_its_page(api, workspace):
    campaign = CampaignFactory(workspace=workspace)
    ada = ContactFactory(workspace=workspace, name="Ada", company="Zeta", phone_number="+12125551002", country="US")
    bob = ContactFactory(workspace=workspace, name="Bob", company="Acme", phone_number="+12125551003", country="US")
    Contact.objects.filter(pk=bob.pk).update(held_until=timezone.now() + timedelta(days=1))
    CampaignContactFactory(campaign=campaign, contact=ada, status="failed", next_attempt_at=None)
    CampaignContactFactory(campaign=CampaignFactory(workspace=workspace), contact=bob)

    def found(**wanted):
        answer = api.get(CONTACTS, wanted)
        assert answer.status_code == 200, answer.json()
        return [row["name"] for row in answer.json()["results"]]

    assert found(held="true") == ["Bob"] and found(held="false") == ["Ada"]
    assert found(campaign=campaign.pk) == ["Ada"] and found(campaign="99999999999999999999") == []
    assert found(status="failed") == ["Ada"] and found(status="pending", campaign=campaign.pk) == []
    assert found(q="0212 555 100", company="ac", country="US", held="true") == ["Bob"]
    assert found(ordering="company") == ["Bob", "Ada"] and found(ordering="-phone_number") == ["Bob", "Ada"]
    assert api.get(CONTACTS, {"status": "whim"}).status_code == 400


def test_the_suppression_list_has_the_filters_of_its_page(api, workspace):
    workspace.timezone = "America/New_York"
    workspace.save()
    for number, source, at in (("+442079460004", "TPS", NOON), ("+12125551000", "A call", NOON - timedelta(days=3))):
        SuppressionFactory(workspace=workspace, phone_number=number, source=source, reason="asked", at=at)

    def found(**wanted):
        answer = api.get(SUPPRESSIONS, wanted)
        assert answer.status_code == 200, answer.json()
        return [row["phone_number"] for row in answer.json()["results"]]

    assert found(q="020 7946 0004") == found(source="tp") == found(since="2026-06-01") == ["+442079460004"]
    assert found(until="2026-05-29") == found(phone_number="+12125551000") == ["+12125551000"]
    assert found(reason="complaint") == [] and len(found(reason="asked", ordering="phone_number")) == 2
    for asked in ({"since": "soon"}, {"until": "9999-12-31"}, {"reason": "whim"}):
        assert list(api.get(SUPPRESSIONS, asked).json()["error"]["fields"]) == list(asked)


def test_a_number_is_suppressed_once_and_the_first_entry_stays(api):
    first = api.post(SUPPRESSIONS, {"phone_number": "415 555 2671", "reason": "complaint"})
    again = api.post(SUPPRESSIONS, {"phone_number": "+14155552671", "reason": "asked"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert (first.json()["phone_number"], first.json()["reason"]) == ("+14155552671", "complaint")


def test_taking_a_number_off_the_list_needs_a_reason_and_a_manager(api, program, workspace):
    entry = SuppressionFactory(workspace=workspace)
    address = f"{SUPPRESSIONS}{entry.pk}/"
    assert program(Role.OPERATOR).delete(f"{address}?reason=mistake").status_code == 403
    assert api.delete(address).status_code == 400
    assert api.delete(f"{address}?reason=Entered+by+mistake").status_code == 204
    assert not Suppression.objects.exists()
    assert AuditEvent.objects.get(action="suppression.remove").detail["reason"] == "Entered by mistake"


def test_nothing_of_another_workspace_is_found(api):
    foreign = CampaignFactory(workspace=WorkspaceFactory())
    contact = ContactFactory(workspace=foreign.workspace)
    entry = SuppressionFactory(workspace=foreign.workspace)
    for answer in (
        api.get(f"{CONTACTS}{contact.pk}/"),
        api.patch(f"{CONTACTS}{contact.pk}/", {"name": "x"}),
        api.delete(f"{SUPPRESSIONS}{entry.pk}/?reason=x"),
    ):
        assert answer.status_code == 404


def test_many_numbers_are_listed_at_once_and_each_is_read_by_itself(api):
    SuppressionFactory(workspace=api.token.workspace, phone_number="+12125551001", reason="complaint")
    given = [
        {"phone_number": "212 555 1000", "reason": "asked", "note": "by letter"},
        {"phone_number": "+12125551001"},
        {"phone_number": "12"},
        {"phone_number": "+12125551000", "reason": "registry"},
        {"phone_number": "+13105552003", "reason": "whim"},
        {},
    ]
    asked = ({"suppressions": given}, "json")
    answer = api.post(f"{SUPPRESSIONS}bulk/", *asked, HTTP_IDEMPOTENCY_KEY="one")
    assert answer.status_code == 200, answer.data
    assert [row["status"] for row in answer.json()] == [
        "added", "unchanged", "invalid", "unchanged", "invalid", "invalid"
    ]  # fmt: skip
    assert [list(row["errors"]) for row in answer.json()][2:] == [["phone_number"], [], ["reason"], ["phone_number"]]
    entry = Suppression.objects.get(phone_number="+12125551000")
    assert (entry.reason, entry.note, entry.spread_at) == ("asked", "by letter", None)
    assert Suppression.objects.count() == 2
    assert api.post(f"{SUPPRESSIONS}bulk/", *asked, HTTP_IDEMPOTENCY_KEY="one").json() == answer.json()
    assert api.post(f"{SUPPRESSIONS}bulk/", {"suppressions": [{}] * 1001}, format="json").status_code == 400
