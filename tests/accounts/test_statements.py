from datetime import timedelta

import pytest
from django.db import connection

from accounts import statements
from contacts.hours import hours_key
from telephony.models import NumberDay
from tests.factories import NOON, ContactFactory, NumberFactory

pytestmark = pytest.mark.django_db


def test_a_statement_is_asked_with_lists_and_times(workspace) -> None:
    key = hours_key("US", "NY", ["America/New_York"])
    held = {"+12125550001": NOON, "+12125550002": NOON + timedelta(hours=1), "+12125550003": None}
    for number, until in held.items():
        ContactFactory(workspace=workspace, phone_number=number, hours_key=key, held_until=until)
    named = statements.among("phone_number", "numbers")
    statement = f"""SELECT phone_number, held_until FROM contacts_contact
        WHERE {named} AND (held_until IS NULL OR held_until > %(now)s) ORDER BY 1"""
    found = statements.select(statement, {"numbers": [*held, "+1"], "now": NOON})
    assert [(number, statements.moment(at)) for number, at in found] == [
        ("+12125550002", NOON + timedelta(hours=1)),
        ("+12125550003", None),
    ]
    assert statements.select(statement, {"numbers": [], "now": NOON}) == []


def test_rows_are_put_or_added_to_what_is_there_however_many(monkeypatch) -> None:
    monkeypatch.setattr(statements, "AT_ONCE", 2)
    numbers = NumberFactory.create_batch(3)
    days = [[number.pk, NOON.date(), 2, NOON] for number in numbers]
    into = "telephony_numberday (number_id, day, calls, last_launched_at)"
    known = "(number_id, day) DO UPDATE SET calls = telephony_numberday.calls + excluded.calls"
    values = [[*row[:1], str(row[1]), row[2], row[3].replace(tzinfo=None).isoformat(" ")] for row in days]
    statements.put(into, values, known)
    statements.put(into, values[:1], known)
    statements.put(into, [], known)
    assert list(NumberDay.objects.order_by("number").values_list("number", "calls")) == [
        (number.pk, calls) for number, calls in zip(numbers, (4, 2, 2), strict=True)
    ]


@pytest.mark.django_db(transaction=True)
def test_what_is_read_in_one_moment_is_one_transaction_that_writes_nothing() -> None:
    with statements.one_moment():
        if connection.vendor == "postgresql":
            assert statements.select("SHOW transaction_isolation", {}) == [("repeatable read",)]
        else:
            assert connection.connection.in_transaction
    ContactFactory()
    if connection.vendor != "postgresql":
        assert not connection.connection.in_transaction
