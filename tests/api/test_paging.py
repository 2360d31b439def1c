"""Pages follow each other without a gap or a repetition, whatever the order, while rows come and go."""

import pytest

from accounts.rest.paging import LARGEST_PAGE
from tests.factories import CampaignContactFactory, CampaignFactory, ContactFactory

CONTACTS = "/api/v1/contacts/"


def walk(api, address, link="next", **wanted):
    """Every row in order of the pages, and the answers."""
    page = api.get(address, wanted)
    found, pages = [], [page]
    while True:
        assert page.status_code == 200, page.json()
        found.append([row["id"] for row in page.json()["results"]])
        if not page.json()[link]:
            return found, pages
        page = api.get(page.json()[link])
        pages.append(page)


@pytest.mark.parametrize("ordering", ["id", "-id", "name", "-name", "created_at", "-updated_at"])
def test_forwards_every_row_comes_once(api, workspace, ordering):
    people = [ContactFactory(workspace=workspace, name=f"Same {n // 4}") for n in range(10)]
    pages, _ = walk(api, CONTACTS, ordering=ordering, page_size=3)
    flat = [pk for page in pages for pk in page]
    assert [len(page) for page in pages] == [3, 3, 3, 1]
    reverse = ordering.startswith("-")
    name = ordering.lstrip("-")
    expected = sorted(people, key=lambda row: (getattr(row, name), row.pk), reverse=reverse)
    assert flat == [row.pk for row in expected]


def test_backwards_the_same_pages_come_again(api, workspace):
    for n in range(7):
        ContactFactory(workspace=workspace, name=f"Same {n // 3}")
    forwards, answers = walk(api, CONTACTS, ordering="name", page_size=3)
    page, backwards = answers[-1], []
    while page.json()["previous"]:
        page = api.get(page.json()["previous"])
        backwards.insert(0, [row["id"] for row in page.json()["results"]])
    assert backwards == forwards[:-1]


def test_the_only_page_leads_nowhere(api, workspace):
    ContactFactory(workspace=workspace)
    answer = api.get(CONTACTS).json()
    assert (answer["next"], answer["previous"]) == (None, None)


def test_a_row_that_comes_meanwhile_moves_nothing(api, workspace):
    people = [ContactFactory(workspace=workspace) for _ in range(4)]
    first = api.get(CONTACTS, {"page_size": 2, "ordering": "-id"}).json()
    ContactFactory(workspace=workspace)
    second = api.get(first["next"]).json()
    assert [row["id"] for row in second["results"]] == [people[1].pk, people[0].pk]


@pytest.mark.parametrize("cursor", ["nonsense", "W10=", "WzEsMiwzXQ==", "ünknown"])
def test_a_cursor_that_is_none_is_refused(api, cursor):
    answer = api.get(CONTACTS, {"cursor": cursor})
    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, ["cursor"])


def test_a_cursor_of_another_order_is_refused(api, workspace):
    for _ in range(3):
        ContactFactory(workspace=workspace)
    link = api.get(CONTACTS, {"page_size": 1, "ordering": "name"}).json()["next"]
    assert api.get(link.replace("ordering=name", "ordering=id")).status_code == 400


@pytest.mark.parametrize("size", ["0", "-1", "many", str(LARGEST_PAGE + 1)])
def test_a_page_size_out_of_range_is_refused(api, size):
    assert list(api.get(CONTACTS, {"page_size": size}).json()["error"]["fields"]) == ["page_size"]


@pytest.mark.parametrize(
    "path", ["campaigns/", "contacts/", "calls/", "agents/", "carriers/", "numbers/", "suppressions/"]
)
def test_a_list_of_three_costs_the_queries_of_a_list_of_one(api, workspace, path, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    campaign = CampaignFactory(workspace=workspace)
    CampaignContactFactory(campaign=campaign)

    def queries():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert api.get(f"/api/v1/{path}").status_code == 200
            assert api.get(f"/api/v1/campaigns/{campaign.pk}/contacts/").status_code == 200
        return len(captured)

    api.get(f"/api/v1/{path}")
    one = queries()
    for _ in range(2):
        CampaignFactory(workspace=workspace)
        CampaignContactFactory(campaign=campaign)
    assert queries() == one
