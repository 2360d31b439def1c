from datetime import UTC, datetime

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from accounts.roles import Role
from contacts import families
from contacts import people as persons
from contacts.forms.person import PersonForm
from contacts.models import Contact
from tests.factories import NOON as NOW
from tests.factories import ContactFactory

UNTIL = {"until": "2126-01-05T09:00", "reason": "On holiday"}
LATER = datetime(2126, 1, 5, 9, 0, tzinfo=UTC)


def test_a_person_is_held_and_the_hold_is_lifted(operator, workspace):
    contact = ContactFactory(workspace=workspace, name="Ada")
    answer = operator.post(f"/contacts/{contact.pk}/hold/", UNTIL, follow=True)
    assert "Nobody calls Ada until Sat 5 Jan 2126 09:00 UTC." in answer.content.decode()
    contact.refresh_from_db()
    assert (contact.held_until, contact.held_reason, contact.spread_at) == (LATER, "On holiday", None)
    assert "Nobody calls this person until" in operator.get(f"/contacts/{contact.pk}/").content.decode()
    assert "Held" in operator.get("/contacts/").content.decode()
    operator.post(f"/contacts/{contact.pk}/unhold/")
    contact.refresh_from_db()
    assert contact.held_until is None
    assert [event.action for event in AuditEvent.objects.order_by("id")] == ["contact.hold", "contact.unhold"]


@pytest.mark.parametrize("wrong", [{"until": ""}, {"until": "2020-01-01T09:00"}, {"reason": ""}])
def test_a_hold_without_a_coming_time_and_a_reason_is_refused(operator, workspace, wrong):
    contact = ContactFactory(workspace=workspace)
    sent = {**UNTIL, **wrong}
    answer = operator.post(f"/contacts/{contact.pk}/hold/", sent)
    assert answer.status_code == 422 and "Not held." in answer.content.decode()
    kept = answer.context["hold_form"]
    assert kept.errors.keys() == wrong.keys()
    assert (kept["until"].value(), kept["reason"].value()) == (sent["until"], sent["reason"])
    contact.refresh_from_db()
    assert contact.held_until is None


def test_several_are_held_at_once_and_nobody_elses(operator, workspace):
    people = [ContactFactory(workspace=workspace), ContactFactory(workspace=workspace), ContactFactory()]
    ids = [contact.pk for contact in people]
    operator.post("/contacts/bulk/", {**UNTIL, "ids": ids, "action": "hold"})
    for contact in people:
        contact.refresh_from_db()
    assert [contact.held_until for contact in people] == [LATER, LATER, None]
    operator.post("/contacts/bulk/", {"ids": ids, "action": "unhold"})
    people[0].refresh_from_db()
    assert people[0].held_until is None


def test_holding_many_takes_as_many_queries_as_holding_few(workspace, member, django_assert_num_queries):
    actor = member(Role.OPERATOR)
    for count in (2, 40):
        people = [ContactFactory(workspace=workspace).pk for _ in range(count)]
        chosen = Contact.objects.filter(pk__in=people)
        with django_assert_num_queries(7):
            assert persons.hold_all(chosen, LATER, "On holiday", now=NOW, actor=actor) == count
        assert chosen.filter(held_until=LATER, held_reason="On holiday", spread_at=None).count() == count
        events = AuditEvent.objects.filter(object_id__in=map(str, people), actor=actor, action="contact.hold")
        assert events.count() == count
        assert events[0].detail == {"until": LATER.isoformat(), "reason": "On holiday"}


def test_more_people_than_one_piece_are_held_and_let_go(workspace, monkeypatch):
    monkeypatch.setattr(persons, "PIECE", 2)
    people = [ContactFactory(workspace=workspace).pk for _ in range(5)]
    held = Contact.objects.filter(pk__in=people, held_until__isnull=False)
    assert persons.hold_all(Contact.objects.filter(pk__in=people), LATER, "", now=NOW) == held.count() == 5
    assert persons.hold_all(held, None, "", now=NOW) == 5
    assert not held.exists()


def test_a_primary_is_named_by_number_and_chains_are_refused(operator, workspace):
    primary = ContactFactory(workspace=workspace, phone_number="+12125551000", name="Ada")
    second = ContactFactory(workspace=workspace, phone_number="+12125551001")
    third = ContactFactory(workspace=workspace, phone_number="+12125551002")
    ContactFactory(phone_number="+12125551009")

    def name(contact, number):
        given = {"phone_number": contact.phone_number, "priority": "normal", "primary": number}
        return operator.post(f"/contacts/{contact.pk}/edit/", given)

    assert name(second, "+1 212 555 1000").status_code == 302
    second.refresh_from_db()
    assert second.primary == primary
    assert "is a secondary already" in name(third, "+12125551001").content.decode()
    assert "has secondaries" in name(primary, "+12125551002").content.decode()
    assert "their own primary" in name(third, "+12125551002").content.decode()
    assert "is not in your contacts" in name(third, "+12125551009").content.decode()
    name(second, "")
    second.refresh_from_db()
    assert second.primary is None


def test_a_primary_that_became_a_secondary_meanwhile_leaves_nobody_written(member, workspace):
    primary = ContactFactory(workspace=workspace, phone_number="+12125551000")
    given = {"phone_number": "+12125551001", "priority": "normal", "primary": primary.phone_number}
    form, now = PersonForm(given, workspace=workspace), timezone.now()
    assert form.is_valid()
    families.tie(primary, ContactFactory(workspace=workspace), now=now, actor=None)
    assert form.keep(workspace, member(Role.OPERATOR), now) is None
    assert form.errors.keys() == {"primary"} and not Contact.objects.filter(phone_number="+12125551001").exists()
