from datetime import timedelta

import pytest

from accounts import statements
from contacts.hours import hours_key
from tests.factories import NOON, ContactFactory

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
