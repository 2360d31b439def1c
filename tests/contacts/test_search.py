"""Quick search: any part of a name or number, on both databases alike."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts import queries
from contacts.models import Contact
from contacts.queries import FEW, Filters
from tests.factories import ContactFactory, WorkspaceFactory

ANN = {"name": "Ann Müller", "phone_number": "+14155550123", "company": "Acme GmbH", "external_id": "A-12-34"}
BOB = {"name": "Bob Öztürk", "phone_number": "+493012345678", "email": "Bob@Example.com", "tags": "|vip|West 1|"}


@pytest.fixture
def two(workspace):
    return ContactFactory(workspace=workspace, **ANN), ContactFactory(workspace=workspace, **BOB)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ann", ["Ann"]),
        ("MÜLLER", ["Ann"]),
        ("öztürk", ["Bob"]),
        ("mull", []),
        ("ülle", ["Ann"]),
        ("acme ann", ["Ann"]),
        ("acme bob", []),
        ("mül a", ["Ann"]),
        ("n m", ["Ann"]),
        ("n o", []),
        ("(415) 555", ["Ann"]),
        ("+1 415-555-01 23", ["Ann"]),
        ("0014155550123", ["Ann"]),
        ("030 1234", ["Bob"]),
        ("a-12", ["Ann"]),
        ("12-34", ["Ann", "Bob"]),
        ("1234", ["Bob"]),
        ("ann 0123", ["Ann"]),
        ("example.com", ["Bob"]),
        ("west 1", ["Bob"]),
        ("a", ["Ann"]),
        ("bo", ["Bob"]),
        ("nn", []),
        ("49", ["Bob"]),
        ("+1", ["Ann"]),
        ("15", []),
        ("a*n", []),
        ("%%%", []),
        ('"bob"', []),
        ("   ", ["Ann", "Bob"]),
        ("\0", ["Ann", "Bob"]),
    ],
)
def test_words_and_digits_find_people(workspace, two, text, found):
    for walk in (False, True):
        rows = queries.search(Contact.objects.order_by("pk"), workspace.pk, text, walk=walk)
        assert [row.name.split()[0] for row in rows] == found


def test_what_changes_is_found_under_its_new_words_only(workspace, two):
    ann, bob = two
    ann.name = "Zoe Winter"
    ann.save()
    bob.delete()
    assert list(queries.search(Contact.objects.all(), workspace.pk, "winter")) == [ann]
    for gone in ("müller", "öztürk"):
        assert list(queries.search(Contact.objects.all(), workspace.pk, gone)) == []


def test_another_workspace_is_not_searched(two):
    other = WorkspaceFactory()
    assert list(queries.search(Contact.objects.filter(workspace=other), other.pk, "ann")) == []


def test_more_than_a_few_are_found_as_well(workspace, monkeypatch):
    for number in range(4):
        ContactFactory(workspace=workspace, name=f"Ann {number}")
    monkeypatch.setattr(queries, "FEW", 2)
    assert queries.search(Contact.objects.all(), workspace.pk, "ann").count() == 4
    assert FEW == 1_000


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"tag": "vip"}, ["Bob"]),
        ({"tag": "vi"}, []),
        ({"tag": "west 1"}, ["Bob"]),
        ({"company": "acm"}, ["Ann"]),
        ({"company": "AC"}, ["Ann"]),
        ({"company": "cme"}, []),
        ({"q": "bob", "tag": "vip"}, ["Bob"]),
        ({"q": "b", "tag": "vip"}, ["Bob"]),
        ({"q": "bob", "company": "acme"}, []),
    ],
)
def test_tag_and_company_go_by_the_same_index(workspace, two, filters, found):
    for walk in (False, True):
        rows = queries.people(workspace, Filters.of(filters), walk=walk).order_by("pk")
        assert [row.name.split()[0] for row in rows] == found


@pytest.fixture
def crowd(workspace, monkeypatch):
    """Many and few where a page, a few and a walk are tiny: thirty people, every third of them a Zoe at the end."""
    monkeypatch.setattr(queries, "FEW", 3)
    monkeypatch.setattr(queries, "SOME", 5)
    monkeypatch.setattr(queries, "WALK", 4)
    monkeypatch.setattr("accounts.paging.PAGE", 3)
    monkeypatch.setattr(queries, "PAGE", 3)
    monkeypatch.setattr(queries.page, "__defaults__", ("", 3))
    for number in range(30):
        name = f"Zoe {number:02}" if number % 3 == 0 else f"Ann Zoeller {number:02}" if number % 3 == 1 else "Bob"
        ContactFactory(workspace=workspace, name=name, company=f"{number % 4}", tags="|vip|" if number % 2 else "")


def walked(workspace, filters, sort) -> list[int]:
    """All pages to the end, then back to the first again."""
    pages, cursor = [], ""
    while True:
        page, _, _ = queries.listed(workspace, filters, sort, cursor)
        pages.append([row.pk for row in page.rows])
        if not page.following:
            break
        cursor = page.following
    back = [pages[-1]]
    while page.previous:
        page, _, _ = queries.listed(workspace, filters, sort, page.previous)
        back.insert(0, [row.pk for row in page.rows])
    assert [pk for rows in back for pk in rows] == [pk for rows in pages for pk in rows]
    return [pk for rows in pages for pk in rows]


@pytest.mark.parametrize("sort", ["name", "-name", "number", "-company", "added", "-added"])
@pytest.mark.parametrize(
    "asked", [{"q": "zoe"}, {"q": "zoe", "tag": "vip"}, {"q": "bob"}, {"tag": "vip"}, {"q": "zoe 03"}, {"q": "zo"}, {}]
)
def test_every_page_of_what_is_found_holds_everybody_once_and_in_order(workspace, crowd, asked, sort):
    filters = Filters.of(asked)
    found = walked(workspace, filters, sort)
    keys = queries.SORTS["name" if asked.get("q") == "zo" else sort.removeprefix("-")]
    sign = "-" if sort.startswith("-") else ""
    everybody = queries.people(workspace, filters, walk=True).order_by(*(f"{sign}{key}" for key in keys))
    assert found == list(everybody.values_list("pk", flat=True))


def test_a_cursor_that_says_nothing_is_the_first_page(workspace, crowd):
    for asked in ("zoe", "zoe 03"):
        first, _, _ = queries.listed(workspace, Filters(q=asked), "name")
        shown, _, _ = queries.listed(workspace, Filters(q=asked), "name", "nonsense")
        assert [row.pk for row in shown.rows] == [row.pk for row in first.rows]


def test_few_of_a_country_are_named_and_put_in_any_order(workspace, crowd):
    """SQLite would walk along the index of the order, testing everybody."""
    ContactFactory(workspace=workspace, country="IS", name="Rare")
    with CaptureQueriesContext(connection) as asked:
        shown, total, _ = queries.listed(workspace, Filters(country="IS"), "number")
        assert [row.name for row in shown.rows] == ["Rare"]
    assert (total.count, total.capped) == (1, False)
    assert '"workspace_id" =' not in asked[-1]["sql"]


@pytest.mark.parametrize(("some", "walks"), [(100, False), (0, True)])
def test_some_are_put_in_order_at_once_and_of_many_the_list_is_walked(workspace, crowd, monkeypatch, some, walks):
    """Whom the index names costs by the head; a walk by the rows from one to the next."""
    monkeypatch.setattr(queries, "SOME", some)
    with CaptureQueriesContext(connection) as done:
        queries.listed(workspace, Filters(q="zoe"), "number")
    assert any("OFFSET" in query["sql"] for query in done) == walks
    assert walks or (len(done) == 3 and "MATERIALIZED" in done[1]["sql"])


@pytest.mark.parametrize("asked", ["zoe", "zoe 03", "nobody"])
def test_how_many_were_found_is_exact_up_to_a_few(workspace, crowd, asked):
    there = queries.people(workspace, Filters(q=asked), walk=True).count()
    _, total, _ = queries.listed(workspace, Filters(q=asked), "name")
    assert (total.count, total.capped) == (min(there, 3), there > 3)


@pytest.mark.parametrize("sort", ["name", "-name"])
def test_a_name_may_begin_with_the_word_however_it_is_written(workspace, crowd, monkeypatch, sort):
    monkeypatch.setattr(queries, "SOME", 100)
    for name in ("ZOE", "zoe", "zOe", "Zo", "Yann Zoe", "ZOEY", "Zof"):
        ContactFactory(workspace=workspace, name=name)
    found = walked(workspace, Filters(q="zoe"), sort)
    everybody = queries.people(workspace, Filters(q="zoe"), walk=True).order_by(sort, sort.replace("name", "id"))
    assert found == list(everybody.values_list("pk", flat=True)) and len(found) == 25


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL's index of letters knows no ids to leave out")
def test_many_whose_name_begins_with_the_word_are_taken_from_the_index_of_names(workspace, crowd, monkeypatch):
    monkeypatch.setattr(queries, "SOME", 100)
    with CaptureQueriesContext(connection) as done:
        _, total, _ = queries.listed(workspace, Filters(q="zoe"), "name")
    assert (total.count, total.capped) == (3, True)
    ordered = next(query["sql"] for query in done if "MATERIALIZED" in query["sql"])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {ordered}")
        plan = "\n".join(row[-1] for row in cursor.fetchall())
    assert "COVERING INDEX contact_by_name" in plan and "SCAN contacts_contact" not in plan, plan


@pytest.mark.parametrize("words", [{"q": "ann"}, {"tag": "vip"}, {"q": "ann", "tag": "vip"}, {"company": "acme"}])
@pytest.mark.parametrize("campaign", ["x", "999999", "9" * 40])
def test_nobody_is_in_an_unknown_campaign_whatever_is_looked_for(workspace, two, words, campaign):
    shown, count, _ = queries.listed(workspace, Filters(**words, campaign=campaign), "name")
    assert (list(shown.rows), count.count) == ([], 0)
    assert list(queries.people(workspace, Filters(**words, campaign=campaign))) == []
