import base64
import json

import pytest

from accounts.paging import page, total
from campaigns.models import CampaignContact
from tests.factories import CampaignContactFactory, CampaignFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(workspace):
    campaign = CampaignFactory(workspace=workspace)
    for number in range(7):
        status = ("failed", "excluded", "completed")[number % 3]
        CampaignContactFactory(campaign=campaign, status=status, next_attempt_at=None)
    return CampaignContact.objects.filter(campaign=campaign)


@pytest.mark.parametrize("keys", [("id",), ("-id",), ("status", "id"), ("-status", "-id"), ("-added_at", "-id")])
@pytest.mark.parametrize("size", (1, 2, 3, 7, 8))
def test_walking_forth_and_back_meets_every_row_once(rows, keys, size):
    whole = [row.pk for row in rows.order_by(*keys)]
    seen, cursor, pages = [], "", []
    while True:
        found = page(rows, keys, cursor, size)
        pages.append([row.pk for row in found.rows])
        seen += pages[-1]
        if not found.following:
            break
        cursor = found.following
    assert seen == whole
    while found.previous:
        pages.pop()
        found = page(rows, keys, found.previous, size)
        assert [row.pk for row in found.rows] == pages[-1]
    assert len(pages) == 1


def cursor_of(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    ["nonsense", "!!", cursor_of(7), cursor_of(["after"]), cursor_of(["up", 1]), cursor_of(["after", {"at": 1}])],
)
def test_what_is_no_cursor_means_the_first_page(rows, cursor):
    assert [row.pk for row in page(rows, ("id",), cursor, 2).rows] == [row.pk for row in rows.order_by("id")[:2]]


def test_a_total_is_counted_no_further_than_its_cap(rows):
    assert (total(rows).count, total(rows).capped) == (7, False)
    assert (total(rows, cap=5).count, total(rows, cap=5).capped) == (5, True)
