from datetime import timedelta

import pytest

from campaigns.models import Call
from campaigns.queries import pool_figures
from telephony.models import NumberDay
from tests.campaigns.history import campaign_with_past
from tests.factories import NOON, CampaignFactory, NumberFactory, PoolNumberFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", (1, 2))
def test_each_number_has_its_own_calls(workspace, seed):
    campaign = campaign_with_past(workspace, seed=seed, people=20)
    for row in pool_figures(campaign, NOON + timedelta(hours=6)):
        calls = Call.objects.filter(campaign=campaign, number=row.entry.number).exclude(outcome="cancelled")
        ended = [call for call in calls if call.outcome]
        assert (row.calls, row.attempts) == (len(calls), len(ended))
        assert row.answered.part == sum(call.outcome == "human" for call in ended)


def test_today_is_the_workspaces_and_counts_all_campaigns_against_the_cap(workspace):
    workspace.timezone = "Pacific/Auckland"  # NOON is already the next day there
    workspace.save()
    campaign = CampaignFactory(workspace=workspace, max_calls_per_number_per_day=5)
    entry = PoolNumberFactory(campaign=campaign)
    NumberDay.objects.create(number=entry.number, day="2026-06-01", calls=99, last_launched_at=NOON - timedelta(days=1))
    NumberDay.objects.create(number=entry.number, day="2026-06-02", calls=5, last_launched_at=NOON)
    (row,) = pool_figures(campaign, NOON)
    assert (row.today_here, row.today_all, row.cap, row.at_cap, row.last_used) == (0, 5, 5, True, NOON)


@pytest.mark.parametrize(
    ("status", "score", "state"),
    [("active", 6, "active"), ("active", 7, "excluded"), ("disabled", 0, "disabled"), ("disabled", 9, "disabled")],
)
def test_excluded_is_read_off_the_score_unless_an_operator_disabled_it(workspace, status, score, state):
    campaign = CampaignFactory(workspace=workspace, spam_threshold=7)
    number = NumberFactory(workspace=workspace, spam_score=score)
    PoolNumberFactory(campaign=campaign, number=number, status=status)
    assert [row.state for row in pool_figures(campaign, NOON)] == [state]


def test_as_many_queries_for_one_number_as_for_three(workspace, django_assert_num_queries):
    for count in (1, 3):
        campaign = CampaignFactory(workspace=workspace)
        for _ in range(count):
            PoolNumberFactory(campaign=campaign)
        with django_assert_num_queries(5):
            assert len(pool_figures(campaign, NOON)) == count
