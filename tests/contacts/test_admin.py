"""Contacts and suppressions in the back office go through the modules that own them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection
from django.urls import reverse

from accounts.models import AuditEvent
from accounts.roles import Role
from contacts.models import Contact, Suppression
from tests.factories import NOON, ContactFactory, SuppressionFactory, WorkspaceFactory
from tests.forms import fields

CONTACTS = "/admin/contacts/contact/"
SUPPRESSIONS = "/admin/contacts/suppression/"


def save(client, address, **changed):
    return client.post(address, fields(client.get(address), **changed), follow=True)


def upload(client, model, text, workspace):
    """Sends a CSV, and confirms what the preview shows."""
    file = SimpleUploadedFile("file.csv", text.encode(), content_type="text/csv")
    sent = {"import_file": file, "format": "0", "resource": "0", "workspace": workspace.pk}
    preview = client.post(reverse(f"admin:contacts_{model}_import"), sent)
    if "confirm_form" not in preview.context:
        return preview
    confirmed = preview.context["confirm_form"].initial | {"workspace": workspace.pk}
    return client.post(reverse(f"admin:contacts_{model}_process_import"), confirmed, follow=True)


def test_a_person_is_added_as_the_number_is_written(superuser, workspace):
    save(
        superuser, f"{CONTACTS}add/", workspace=workspace.pk, phone_number="(415) 555-2671", name="Ada", tags="vip, b2b"
    )
    contact = Contact.objects.get()
    assert (contact.phone_number, contact.country, contact.tags) == ("+14155552671", "US", "|vip|b2b|")
    assert contact.hours_key.zones == "America/Los_Angeles"
    assert AuditEvent.objects.get(action="contact.add").actor == superuser.user


def test_a_suppressed_number_becomes_no_contact(superuser, workspace):
    SuppressionFactory(workspace=workspace, phone_number="+14155552671")
    answer = save(superuser, f"{CONTACTS}add/", workspace=workspace.pk, phone_number="(415) 555-2671")
    assert "on the suppression list" in answer.content.decode()
    assert not Contact.objects.exists()


def test_a_number_that_is_taken_at_the_same_moment_is_said_not_a_failure(superuser, workspace):
    address = f"{CONTACTS}add/"
    given = fields(superuser.get(address), workspace=workspace.pk, phone_number="+14155552671", name="Ada")

    def rival(execute, sql, *rest):
        if sql.startswith('INSERT INTO "contacts_contact"'):
            raise IntegrityError("unique")
        return execute(sql, *rest)

    with connection.execute_wrapper(rival):
        answer = superuser.post(address, given, follow=True)
    assert "Somebody else saved at the same moment" in answer.content.decode()
    assert not Contact.objects.exists()


def test_a_primary_is_named_by_number_under_the_same_checks_as_elsewhere(superuser, workspace):
    head = ContactFactory(workspace=workspace, phone_number="+14155550001", name="Head")
    son = ContactFactory(workspace=workspace, phone_number="+14155550002", name="Son", spread_at=NOON)
    other = ContactFactory(workspace=workspace, phone_number="+14155550003", name="Other")
    ContactFactory(phone_number="+14155550009")
    address = f"{CONTACTS}{son.pk}/change/"
    save(superuser, address, primary="(415) 555-0001")
    son.refresh_from_db()
    assert (son.primary, son.spread_at) == (head, None)
    assert AuditEvent.objects.get(action="contact.tie").actor == superuser.user
    assert fields(superuser.get(address))["primary"] == "+14155550001"
    for person, number, sentence in (
        (other, "+14155550002", "is a secondary already"),
        (head, "+14155550003", "has secondaries"),
        (other, "+14155550003", "their own primary"),
        (other, "+14155550009", "is not in your contacts"),
    ):
        answer = save(superuser, f"{CONTACTS}{person.pk}/change/", primary=number)
        assert sentence in answer.content.decode()
    save(superuser, address, name="Son again")
    assert Contact.objects.get(pk=son.pk).primary == head
    save(superuser, address, primary="")
    assert set(Contact.objects.filter(workspace=workspace).values_list("primary", flat=True)) == {None}
    save(superuser, f"{CONTACTS}add/", workspace=workspace.pk, phone_number="+14155550005", primary="+14155550001")
    assert Contact.objects.get(phone_number="+14155550005").primary == head


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"phone_number": "12"}, "phone number"),
        ({"phone_number": "+14155550001"}, "already in your contacts"),
        ({"phone_number": "+14155552671", "timezone": "Mars/Base"}, "time zone"),
        ({"phone_number": "+14155552671", "variables": '{"rejected_line": 1}'}, "No variable can be named"),
    ],
)
def test_what_cannot_be_read_is_refused(superuser, workspace, changed, sentence):
    ContactFactory(workspace=workspace, phone_number="+14155550001")
    answer = save(superuser, f"{CONTACTS}add/", workspace=workspace.pk, **changed)
    assert sentence in answer.content.decode()
    assert Contact.objects.count() == 1


def test_a_change_touches_what_it_names(superuser, workspace):
    contact = ContactFactory(workspace=workspace, company="Acme", tags="|vip|", variables={"plan": "gold"})
    save(superuser, f"{CONTACTS}{contact.pk}/change/", name="Ada")
    contact.refresh_from_db()
    assert (contact.name, contact.company, contact.tags, contact.variables) == (
        "Ada",
        "Acme",
        "|vip|",
        {"plan": "gold"},
    )


def test_staff_do_not_reach_another_workspaces_people(staff):
    foreign = ContactFactory(workspace=WorkspaceFactory(), name="A stranger")
    owner = staff(Role.OWNER)
    assert "A stranger" not in owner.get(CONTACTS).content.decode()
    assert owner.get(f"{CONTACTS}{foreign.pk}/change/").status_code == 404
    assert owner.get(f"{CONTACTS}{foreign.pk}/history/").status_code == 404


def test_a_suppression_is_added_and_removed_with_a_trail(superuser, workspace):
    save(superuser, f"{SUPPRESSIONS}add/", workspace=workspace.pk, phone_number="415 555 2671", reason="complaint")
    entry = Suppression.objects.get()
    assert (entry.phone_number, entry.reason) == ("+14155552671", "complaint")
    address = f"{SUPPRESSIONS}{entry.pk}/delete/"
    assert 'name="reason"' in superuser.get(address).content.decode()
    superuser.post(address, {"post": "yes", "reason": "Asked to be called."})
    assert not Suppression.objects.exists()
    assert AuditEvent.objects.get(action="suppression.remove").detail["reason"] == "Asked to be called."


@pytest.mark.parametrize("blank", ({}, {"reason": "  "}))
def test_without_a_reason_a_number_stays_on_the_list(superuser, workspace, blank):
    entry = SuppressionFactory(workspace=workspace)
    one = superuser.post(f"{SUPPRESSIONS}{entry.pk}/delete/", {"post": "yes", **blank}, follow=True)
    ticked = {"action": "delete_selected", "_selected_action": [entry.pk]}
    many = superuser.post(SUPPRESSIONS, {**ticked, "post": "yes", **blank}, follow=True)
    for answer in (one, many):
        assert "Say why these people may be called again" in answer.content.decode()
    asked = superuser.post(SUPPRESSIONS, ticked).content.decode()
    assert 'name="reason"' in asked and entry.phone_number in asked
    assert Suppression.objects.filter(pk=entry.pk).exists()


def test_only_managers_take_numbers_off_the_list(staff, workspace):
    entry = SuppressionFactory(workspace=workspace)
    assert staff(Role.OPERATOR).post(f"{SUPPRESSIONS}{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    ticked = {"action": "delete_selected", "_selected_action": [entry.pk], "post": "yes", "reason": "A mistake."}
    staff(Role.MANAGER).post(SUPPRESSIONS, ticked)
    assert not Suppression.objects.exists()


def test_contacts_are_imported_and_exported_with_harmless_cells(superuser, workspace):
    known = ContactFactory(workspace=workspace, phone_number="+14155550001", company="Acme")
    text = "phone_number,name,priority,tags,n\n415 555 0001,Ada,,,\n"
    text += '415 555 0002,=1+1,high,"vip, b2b",1\n'
    answer = upload(superuser, "contact", text, workspace)
    assert answer.status_code == 200
    known.refresh_from_db()
    assert (known.name, known.company) == ("Ada", "Acme")
    made = Contact.objects.get(phone_number="+14155550002")
    assert (made.name, made.priority, made.tags, made.variables) == ("=1+1", 0, "|vip|b2b|", {"n": "1"})
    export = superuser.post(reverse("admin:contacts_contact_export"), {"format": "0", "resource": "0"}).content.decode()
    assert "'=1+1" in export
    assert "+14155550001" in export


def test_a_row_that_cannot_be_read_is_shown_first_and_stops_nobody_else(superuser, workspace):
    file = SimpleUploadedFile("file.csv", b"phone_number,name\n4155552671,Ada\nnonsense,Bob\n")
    sent = {"import_file": file, "format": "0", "resource": "0", "workspace": workspace.pk}
    preview = superuser.post(reverse("admin:contacts_contact_import"), sent).content.decode()
    assert "nonsense" in preview
    assert "is not a phone number" in preview
    assert not Contact.objects.exists()
    upload(superuser, "contact", "phone_number,name\n4155552671,Ada\nnonsense,Bob\n", workspace)
    assert list(Contact.objects.values_list("name", flat=True)) == ["Ada"]


def test_suppressions_are_imported_once(superuser, workspace):
    SuppressionFactory(workspace=workspace, phone_number="+14155550001", reason="complaint")
    upload(
        superuser,
        "suppression",
        "phone_number,reason,note\n4155550001,imported,\n4155550002,imported,old list\n",
        workspace,
    )
    assert dict(Suppression.objects.values_list("phone_number", "reason")) == {
        "+14155550001": "complaint",
        "+14155550002": "imported",
    }
