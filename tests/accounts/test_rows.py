from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DataError, connection, transaction

from accounts import rows
from accounts.models import AuditEvent
from campaigns.choices import CallState, Outcome
from campaigns.models import Call
from contacts.hours import hours_key
from contacts.models import Contact, ZoneSource
from tests.factories import NOON, AuditEventFactory, CallFactory, ContactFactory

pytestmark = pytest.mark.django_db


def test_rows_are_inserted_in_order_with_defaults_json_and_stamps(workspace) -> None:
    key = hours_key("US", "NY", ["America/New_York"])
    people = [
        Contact(
            workspace_id=workspace.pk,
            phone_number=f"+1212555{n:04}",
            hours_key_id=key.pk,
            variables={"name": "Zoë", "n": n},
            zone_source=ZoneSource.GIVEN,
            spread_at=NOON,
        )
        for n in (3, 1, 2)
    ]
    rows.insert(people)
    made = list(Contact.objects.order_by("pk"))
    assert [contact.phone_number for contact in made] == ["+12125550003", "+12125550001", "+12125550002"]
    assert (made[0].variables, made[0].zone_source, made[0].spread_at) == ({"name": "Zoë", "n": 3}, "given", NOON)
    assert made[0].created_at is not None and made[0].held_until is None and made[0].priority == 1


@pytest.mark.parametrize("update", [rows.update, rows.update_locked])
def test_only_the_named_fields_are_updated(update) -> None:
    people = ContactFactory.create_batch(3)
    for contact in people:
        contact.name, contact.company, contact.variables = f"New {contact.pk}", "Not written", {"a": [1, None]}
    update(people, ["name", "variables"])
    again = list(Contact.objects.order_by("pk"))
    assert [contact.name for contact in again] == [f"New {contact.pk}" for contact in people]
    assert {contact.company for contact in again} == {""}
    assert again[0].variables == {"a": [1, None]}


def test_reserved_ids_are_those_of_the_rows_and_the_next_ones_follow(workspace) -> None:
    ContactFactory(workspace=workspace)
    key = hours_key("US", "NY", ["America/New_York"])
    for first in (0, 3):
        made = [
            Contact(workspace_id=workspace.pk, phone_number=f"+1212555{n:04}", hours_key_id=key.pk)
            for n in range(first, first + 3)
        ]
        with transaction.atomic():
            for one, pk in zip(made, rows.fresh_ids(Contact, len(made)), strict=True):
                one.pk = pk
            rows.insert(made)
        assert [Contact.objects.get(phone_number=one.phone_number).pk for one in made] == [one.pk for one in made]
    after = ContactFactory(workspace=workspace)
    assert after.pk > max(one.pk for one in made)


def test_a_fresh_object_is_what_its_model_makes() -> None:
    columns = {"workspace_id": 1, "phone_number": "+12125550001", "launched_at": NOON}
    one, other, usual = rows.fresh(Call, **columns), rows.fresh(Call, **columns), Call(**columns)
    names = [field.attname for field in Call._meta.concrete_fields if field.attname != "reference"]
    assert {name: getattr(one, name) for name in names} == {name: getattr(usual, name) for name in names}
    assert one._state.adding and one.pk is None
    assert len({one.reference, other.reference, usual.reference}) == 3
    assert one.clearance is not other.clearance, "what can change is nobody else's"


def test_nothing_is_nothing(django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        rows.insert([])
        rows.update([], ["name"])
        rows.update_locked([], ["name"])


def test_an_empty_json_object_stays_one() -> None:
    event = AuditEventFactory()
    event.pk = None
    rows.insert([event])
    assert list(AuditEvent.objects.values_list("detail", flat=True)) == [{}, {}]


@pytest.mark.parametrize("update", [rows.update, rows.update_locked])
def test_values_of_every_kind_and_their_absence_are_written_side_by_side(update) -> None:
    first, second = calls = CallFactory.create_batch(2)
    first.outcome, first.state, first.cost, first.attempt = Outcome.BUSY, CallState.ENDED, Decimal("1.25"), None
    second.outcome, second.state, second.cost, second.attempt = "human", 4, None, 7
    first.ended_at, second.ended_at = NOON + timedelta(microseconds=1), NOON
    first.due_at, second.due_at = None, NOON
    first.spoke, second.spoke = True, False
    first.clearance, second.clearance = {}, {"a": ["\\", '"', None]}
    names = ["outcome", "state", "cost", "attempt", "ended_at", "due_at", "spoke", "clearance"]
    update(calls, names)
    for call in calls:
        assert [getattr(Call.objects.get(pk=call.pk), name) for name in names] == [getattr(call, n) for n in names]


@pytest.mark.parametrize("update", [rows.update, rows.update_locked])
def test_a_text_is_never_cut_without_a_word(update) -> None:
    call = CallFactory()
    call.reason = "x" * 121
    if connection.vendor == "sqlite":  # keeps texts of any length
        update([call], ["reason"])
        assert Call.objects.get().reason == call.reason
    else:
        with pytest.raises(DataError), transaction.atomic():
            update([call], ["reason"])


def test_objects_of_a_statement_are_what_the_orm_reads(django_assert_num_queries) -> None:
    CallFactory(ringing_at=NOON, talk_seconds=3, cost=Decimal("0.0140"), clearance={"a": [1, "é"]})
    CallFactory(ringing_at=NOON + timedelta(microseconds=120), cost=None)
    fields = [field for field in Call._meta.concrete_fields if field.name != "due_at"]
    names = [field.attname for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {rows.columns(Call, names)} FROM campaigns_call ORDER BY id")
        read = rows.objects(Call, names, cursor.fetchall())
    with django_assert_num_queries(0):
        found = [{name: getattr(one, name) for name in names} for one in read]
    assert found == [{name: getattr(one, name) for name in names} for one in Call.objects.order_by("id")]
    assert not any(one._state.adding for one in read)
    with django_assert_num_queries(1):
        assert read[0].due_at is None, "what was not named is read"
    assert rows.objects(Call, names, []) == []
