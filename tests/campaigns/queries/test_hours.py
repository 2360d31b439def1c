from collections import Counter
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from campaigns.models import Call
from campaigns.queries.hours import Heatmap, Hour, heatmap, time_line
from tests.campaigns.history import campaign_with_past
from tests.factories import NOON, CallFactory, CampaignFactory

pytestmark = pytest.mark.django_db
KOLKATA = ZoneInfo("Asia/Kolkata")


@pytest.mark.parametrize("seed", (1, 2))
def test_cells_are_launches_and_answers_by_the_campaigns_own_clock(workspace, seed):
    campaign = campaign_with_past(workspace, seed=seed, people=30)
    calls = Call.objects.filter(campaign=campaign).exclude(outcome="cancelled")
    local = [(call.launched_at.astimezone(KOLKATA), call.outcome) for call in calls]
    launched = Counter((at.weekday(), at.hour) for at, _ in local)
    answered = Counter((at.weekday(), at.hour) for at, outcome in local if outcome == "human")
    found = heatmap(campaign)
    assert {(h.weekday, h.hour): (h.launched, h.answered) for h in found.hours} == {
        place: (count, answered[place]) for place, count in launched.items()
    }


def test_too_few_calls_recommend_nothing():
    assert Heatmap((Hour(0, 10, 99, 99),)).best() is None


def test_the_best_hours_are_those_with_the_highest_answer_rate_of_enough_calls():
    busy = [Hour(day, hour, 20, 4) for day in range(5) for hour in range(9, 17)]
    good = [Hour(day, hour, 20, 12) for day in range(5) for hour in (10, 11)]
    lucky = [Hour(6, 20, 2, 2)]  # all answered, but two calls say nothing
    kept = [hour for hour in busy if hour.hour not in (10, 11)]
    best = Heatmap(tuple(kept + good + lucky)).best()
    assert best is not None and (best.days, best.start, best.end) == ("weekdays", 10, 12)


def test_the_time_line_has_every_step_and_loses_no_call(workspace):
    campaign = CampaignFactory(workspace=workspace, window_timezone="Asia/Kolkata")
    for minutes, outcome in ((0, "human"), (0, "busy"), (7, "human"), (59, "rnr")):
        at = NOON + timedelta(minutes=minutes, seconds=30)
        CallFactory(campaign=campaign, workspace=workspace, launched_at=at, outcome=outcome)
    line = time_line(campaign, NOON, NOON + timedelta(minutes=60))
    assert (line.step, len(line.buckets), line.most) == ("minute", 61, 2)
    shown = {b.at: (b.launched, b.answered) for b in line.buckets if b.launched}
    assert shown == {
        NOON: (2, 1),
        NOON + timedelta(minutes=7): (1, 1),
        NOON + timedelta(minutes=59): (1, 0),
    }


@pytest.mark.parametrize(("stretch", "step"), [(1, "minute"), (30, "hour"), (24 * 9, "day")])
def test_the_steps_fit_the_stretch(workspace, stretch, step):
    campaign = CampaignFactory(workspace=workspace)
    assert time_line(campaign, NOON, NOON + timedelta(hours=stretch)).step == step
