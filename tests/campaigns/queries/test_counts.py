from collections import Counter

import pytest

from campaigns.choices import ContactStatus
from campaigns.models import CampaignContact
from campaigns.queries import StatusCounts, status_counts, status_counts_of
from tests.campaigns.history import campaign_with_past
from tests.factories import CampaignFactory

pytestmark = pytest.mark.django_db


def test_counts_are_those_of_the_rows(workspace):
    campaign = campaign_with_past(workspace, people=15)
    rows = Counter(CampaignContact.objects.filter(campaign=campaign).values_list("status", flat=True))
    found = status_counts(campaign)
    assert dict(found) == {status: rows[status] for status in ContactStatus}
    assert found.total == 15
    assert found.final == sum(rows[s] for s in ("completed", "failed", "no_conversation", "excluded"))
    assert (found.progress.part, found.progress.whole) == (found.final, 15)


def test_an_empty_list_has_no_progress(workspace):
    found = status_counts(CampaignFactory(workspace=workspace))
    assert found == StatusCounts() and found.progress.fraction is None


def test_many_campaigns_are_counted_in_one_query(workspace, django_assert_num_queries):
    one, two = (campaign_with_past(workspace, people=3, seed=seed) for seed in (1, 2))
    with django_assert_num_queries(1):
        found = status_counts_of([one.pk, two.pk, 0])
    assert {pk: counts.total for pk, counts in found.items()} == {one.pk: 3, two.pk: 3}
