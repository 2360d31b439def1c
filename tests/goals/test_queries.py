import pytest

from goals.models import GoalResult, Result
from goals.queries import best_results, goal_figures, primary_of
from tests.campaigns.history import campaign_with_past
from tests.factories import NOON, CallFactory, CampaignFactory, GoalFactory

pytestmark = pytest.mark.django_db


def best_by_hand(goal):
    best = {}
    for row in GoalResult.objects.filter(goal=goal):
        best[row.campaign_contact_id] = min(best.get(row.campaign_contact_id, 9), row.result)
    return best


@pytest.mark.parametrize("seed", (1, 2, 3))
def test_each_contact_counts_once_with_its_best_result(workspace, seed):
    campaign = campaign_with_past(workspace, people=25, seed=seed)
    (found,) = goal_figures(campaign)
    best = list(best_by_hand(found.goal).values())
    for result in Result:
        assert getattr(found, result.word) == best.count(result), result
    assert found.judged == len(best)
    assert (found.progress.part, found.progress.whole) == (found.achieved, 3)


def test_a_goal_without_results_is_there_with_zeros_and_archived_ones_are_not(workspace):
    campaign = CampaignFactory(workspace=workspace)
    goal = GoalFactory(campaign=campaign)
    GoalFactory(campaign=campaign, archived_at=NOON)
    (found,) = goal_figures(campaign)
    assert (found.goal, found.judged, found.rate.fraction, found.progress.fraction) == (goal, 0, None, None)


def test_of_a_contacts_results_the_best_counts_with_its_best_score(workspace):
    call = CallFactory(workspace=workspace)
    goal = GoalFactory(campaign=call.campaign, kind="primary")
    later = CallFactory(
        campaign=call.campaign, workspace=workspace, campaign_contact=call.campaign_contact, sequence=2, attempt=2
    )
    for which, source, result, score in (
        (call, "carrier", Result.NOT_ACHIEVED, 90),
        (call, "analysis", Result.PARTIALLY_ACHIEVED, 40),
        (later, "analysis", Result.PARTIALLY_ACHIEVED, 60),
        (later, "carrier", Result.UNKNOWN, None),
    ):
        GoalResult.objects.create(
            goal=goal,
            call=which,
            campaign_contact=call.campaign_contact,
            source=source,
            result=result,
            score=score,
            at=NOON,
        )
    found = best_results(goal, [call.campaign_contact_id])[call.campaign_contact_id]
    assert (found.result, found.score) == (Result.PARTIALLY_ACHIEVED, 60)


def test_the_primary_is_the_active_one(workspace):
    campaign = CampaignFactory(workspace=workspace)
    GoalFactory(campaign=campaign, kind="primary", archived_at=NOON)
    assert primary_of(campaign) is None
    goal = GoalFactory(campaign=campaign, kind="primary")
    assert primary_of(campaign) == goal
    assert best_results(None, [1]) == {} == best_results(goal, [])


def test_two_queries_whatever_the_number_of_goals(workspace, django_assert_num_queries):
    campaign = campaign_with_past(workspace, people=5)
    for count in (1, 3):
        while campaign.goals.count() < count:
            GoalFactory(campaign=campaign)
        with django_assert_num_queries(2):
            assert len(goal_figures(campaign)) == count
