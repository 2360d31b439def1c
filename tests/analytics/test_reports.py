from decimal import Decimal

import pytest

from analytics.reports import report
from campaigns.models import Call, CampaignContact
from goals.models import GoalResult
from tests.campaigns.history import campaign_with_past
from tests.factories import NOON, CampaignFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", (1, 2, 3))
def test_the_report_equals_the_rows_behind_it(workspace, seed):
    campaign = campaign_with_past(workspace, people=20, seed=seed, budget_cap=Decimal(2))
    calls = [call for call in Call.objects.filter(campaign=campaign) if call.outcome != "cancelled"]
    human = [call for call in calls if call.outcome == "human"]
    made = report(campaign, NOON)
    achieved = GoalResult.objects.filter(goal__campaign=campaign, result=0).values("campaign_contact").distinct()
    assert [(step.label, step.count) for step in made.funnel] == [
        ("Contacts", CampaignContact.objects.filter(campaign=campaign).count()),
        ("Dialed", len({call.campaign_contact_id for call in calls})),
        ("Connected", len({call.campaign_contact_id for call in human})),
        ("Conversation", len({call.campaign_contact_id for call in human if call.spoke})),
        ("Goal", achieved.count()),
    ]
    assert made.heatmap.launched == len(calls)
    assert sum(hour.answered for hour in made.heatmap.hours) == len(human)
    assert sum(row.ended for row in made.attempts) == made.calls.ended
    assert sum(row.calls for row in made.numbers) == made.calls.launched
    assert made.not_reached_total == 20 - made.reached.connected


@pytest.mark.parametrize("seed", (1, 2))
def test_cost_is_shared_out_over_what_it_bought(workspace, seed):
    campaign = campaign_with_past(workspace, people=20, seed=seed, budget_cap=Decimal(2))
    made = report(campaign, NOON)
    spend = sum(call.cost or 0 for call in Call.objects.filter(campaign=campaign))
    assert made.cost.spend == spend
    assert made.cost.per_call == spend / made.calls.ended
    assert made.cost.per_conversation == spend / made.calls.conversations
    assert made.cost.budget_used == float(spend / 2)


def test_a_campaign_that_never_called_has_a_report_of_zeros(workspace):
    made = report(CampaignFactory(workspace=workspace, status="cancelled"), NOON)
    assert [step.count for step in made.funnel] == [0, 0, 0, 0]
    assert (made.cost.spend, made.cost.per_call, made.attempts, made.not_reached) == (0, None, (), ())
    assert made.heatmap.best() is None and made.started_at is None


def test_as_many_queries_for_one_contact_as_for_many(workspace, django_assert_num_queries):
    for people in (1, 9):
        campaign = campaign_with_past(workspace, people=people)
        with django_assert_num_queries(13):
            report(campaign, NOON)
