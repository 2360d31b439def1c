import pytest
from django.db import connection

from benchmarks import lists

pytestmark = pytest.mark.django_db


def test_every_page_is_asked_for_and_everybody_acted_on():
    said: list[str] = []
    rows = lists.measure(400, 1, said.append)

    assert len(rows) >= 35 and all(row.queries and row.database for row in rows)
    # SQLite works within the client, PostgreSQL tells what it worked itself.
    assert all((row.database == row.waited) == (connection.vendor == "sqlite") for row in rows)
    assert [line for line in said if "400 done" in line or "399 done" in line]
