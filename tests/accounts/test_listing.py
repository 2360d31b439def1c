import pytest
from django.test import RequestFactory

from accounts.listing import listing
from accounts.models import Workspace
from tests.factories import WorkspaceFactory

pytestmark = pytest.mark.django_db
SORTS = {"name": ("name",), "country": ("default_country", "-name")}


def page(query, **more):
    return listing(RequestFactory().get(f"/?{query}"), Workspace.objects.all(), SORTS, "name", **more)


def names(query, **more):
    return [row.name for row in page(query, **more)]


@pytest.fixture(autouse=True)
def three():
    for name, country in (("B", "DE"), ("A", "US"), ("C", "DE")):
        WorkspaceFactory(name=name, default_country=country)


def test_rows_come_in_the_order_that_the_address_asks_for():
    assert names("") == ["A", "B", "C"]
    assert names("sort=-name") == ["C", "B", "A"]
    assert names("sort=country") == ["C", "B", "A"]
    assert names("sort=-country") == ["A", "B", "C"]


def test_an_unknown_sort_is_the_usual_one():
    assert (names("sort=password"), page("sort=password").sort) == (["A", "B", "C"], "name")


@pytest.mark.parametrize(("asked", "rows"), [("1", ["A", "B"]), ("2", ["C"]), ("99", ["C"]), ("x", ["A", "B"])])
def test_a_page_that_is_not_there_is_the_nearest_one(asked, rows):
    assert names(f"page={asked}", per_page=2) == rows


def test_the_count_is_of_all_pages():
    assert (page("", per_page=2).count, len(page("", per_page=2))) == (3, 2)
