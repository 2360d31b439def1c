"""Which index each page of the contact list stands on. What costs more than its page does is not found by looking."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from accounts.models import Workspace
from benchmarks import lists
from contacts import queries
from contacts.queries import Filters

FILTERS = [
    ({"q": "zoltan zzy"}, "contact_search"),
    ({"q": "(415) 555"}, "contact_search"),
    ({"tag": "vip"}, "contact_search"),
    ({"company": "zzy"}, "contact_search"),
    ({"q": "zo"}, "contact_beginning"),
    ({"q": "+354"}, "contact_search"),
    ({"q": "+3"}, "one_contact_per_number"),
    ({"country": "IS"}, "contact_by_country"),
    ({"held": "yes"}, "contact_held"),
    ({"status": "failed"}, "audience_by_status"),
]
ON_SQLITE = {"one_contact_per_number": "sqlite_autoindex_contacts_contact", "contact_search": "VIRTUAL TABLE INDEX"}


@pytest.fixture
def people(db) -> Workspace:
    return lists.fill(4_000)[0]


@pytest.fixture(autouse=True)
def plans_of_a_large_table(people) -> Iterator[None]:
    """On a small table PostgreSQL reads all of it; forbidden to, it takes the index there is."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = on")
        yield
        cursor.execute("RESET enable_seqscan; RESET enable_sort; RESET enable_bitmapscan")


def plans(workspace: Workspace, filters: Filters, sort: str) -> list[str]:
    """The plan of each statement that a page takes, as one text."""
    asked: list[tuple[str, Any]] = []

    def keep(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keep):
        queries.listed(workspace, filters, sort)
    explain = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    found = []
    with connection.cursor() as cursor:
        for sql, params in (one for one in asked if not one[0].startswith("EXPLAIN")):
            cursor.execute(f"{explain} {sql}", params)
            found.append("\n".join(str(row[-1]) for row in cursor.fetchall()))
    return found


def test_every_page_stands_on_an_index(people):
    for key in queries.SORTS:
        for sort in (key, f"-{key}"):
            for plan in plans(people, Filters(), sort):
                assert "Seq Scan" not in plan and "SCAN contacts_contact" not in plan, plan
                assert "Sort" not in plan and "TEMP B-TREE" not in plan, plan
    if connection.vendor == "postgresql":
        connection.cursor().execute("SET LOCAL enable_sort = on")
    for asked, index in FILTERS:
        name = index if connection.vendor == "postgresql" else ON_SQLITE.get(index, index)
        found = plans(people, Filters(**asked), "name")
        assert any(name in plan for plan in found), (asked, found)
        assert not any("Seq Scan on contacts_contact" in plan or "SCAN contacts_contact" in plan for plan in found)


def test_the_countries_are_found_by_steps_of_an_index(people):
    explain = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor:
        cursor.execute(f"{explain} {queries.COUNTRIES}", [people.pk, people.pk])
        plan = "\n".join(str(row[-1]) for row in cursor.fetchall())
    assert "contact_by_country" in plan and "Seq Scan" not in plan and "SCAN contacts_contact" not in plan
    assert queries.countries_of(people) == ["DE", "GB", "IS", "US"]
