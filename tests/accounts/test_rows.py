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
