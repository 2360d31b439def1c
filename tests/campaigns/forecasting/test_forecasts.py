"""Forecasts from rows: what they say, when they are made anew, and what would make the campaign faster."""

import json
from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.core.management import call_command
from django_q.models import OrmQ

from campaigns import forecasting
from campaigns.forecasting import DEFAULTS, BadAssumptions, assumptions, making, reading
from campaigns.models import Call, Campaign, CampaignContact, Forecast
from contacts.hours import hours_key
from tests.factories import (
    NOON,
    CampaignContactFactory,
    CampaignFactory,
    CampaignUploadFactory,
    CarrierFactory,
    ContactFactory,
    NumberFactory,
    PoolNumberFactory,
    UploadFactory,
)

pytestmark = pytest.mark.django_db


def draft(workspace, people=12, **fields) -> Campaign:
    workspace.safe_hours = False
    workspace.save()
    base = {"concurrency_limit": 2, "retry_on": ["no_answer", "busy"], "window_start": "09:00", "window_end": "18:00"}
    campaign = CampaignFactory(workspace=workspace, **{**base, **fields})
    carrier = CarrierFactory(workspace=workspace, max_cps=1, max_channels=10, cost_per_minute="0.1")
    PoolNumberFactory(campaign=campaign, number=NumberFactory(workspace=workspace, carrier=carrier))
    for _ in range(people):
        CampaignContactFactory(campaign=campaign)
    return loaded(campaign)


def loaded(campaign) -> Campaign:
    return Campaign.objects.select_related("agent", "workspace", "schedule").get(pk=campaign.pk)


def test_a_draft_says_when_it_finishes_what_it_costs_and_what_binds(workspace):
    result = forecasting.compute(draft(workspace), NOON, DEFAULTS)
    finish = datetime.fromisoformat(result["finish"])
    assert NOON < finish < NOON + timedelta(hours=3)
    assert 12 <= result["calls"] == sum(hour["calls"] for hour in result["hours"])
    assert float(result["cost"]) == pytest.approx(sum(float(hour["cost"]) for hour in result["hours"]))
    assert float(result["cost"]) > 0
    assert result["limits"]["binds"] in ("slots", "later")
    assert result["conversations"] + sum(row["contacts"] for row in result["unreached"]) >= 12
    assert Call.objects.count() == 0
    assert not CampaignContact.objects.exclude(status="pending").exists()


def test_the_same_rows_give_the_same_figures(workspace):
    campaign = draft(workspace)
    assert forecasting.compute(campaign, NOON, DEFAULTS) == forecasting.compute(campaign, NOON, DEFAULTS)


def test_nobody_answers_where_so_assumed(workspace):
    none = assumptions.read(dict.fromkeys(assumptions.SHARES, 0) | {"no_answer": 100})
    result = forecasting.compute(draft(workspace, people=4, max_attempts=2), NOON, none)
    assert (result["calls"], result["conversations"], float(result["cost"])) == (8, 0, 0)
    assert sum(row["contacts"] for row in result["unreached"]) == 4


@pytest.mark.parametrize("given", [{"human": 90}, {"human": -1}, {"talk_seconds": "x"}, {"ring_seconds": 4000}])
def test_assumptions_that_do_not_fit_are_refused(given):
    with pytest.raises(BadAssumptions):
        assumptions.read(given)


def test_a_sample_comes_near_the_whole(workspace):
    campaign = draft(workspace, people=240, concurrency_limit=12, window_start="00:00", window_end="24:00")
    campaign.max_calls_per_number_per_day = 1000
    draw = making.outcomes(campaign, DEFAULTS)
    whole = making.foretell(campaign, NOON, draw)
    part = making.foretell(campaign, NOON, draw, most=60)
    assert part["sample"] == {"step": 4, "people": 60}
    assert part["calls"] == pytest.approx(whole["calls"], rel=0.15)
    took = [(datetime.fromisoformat(each["finish"]) - NOON).total_seconds() for each in (whole, part)]
    assert took[1] == pytest.approx(took[0], rel=0.25)


def test_the_number_of_queries_does_not_grow_with_the_list(workspace, django_assert_num_queries):
    few, many = draft(workspace, people=2), draft(workspace, people=30)
    for campaign in (few, many):
        with django_assert_num_queries(16):
            forecasting.compute(campaign, NOON, DEFAULTS)


def test_staged_rows_are_counted_as_people(workspace):
    campaign = draft(workspace, people=0)
    CampaignUploadFactory(campaign=campaign, upload=UploadFactory(workspace=workspace, valid_rows=5))
    result = forecasting.compute(campaign, NOON, DEFAULTS)
    assert result["contacts"] == 5
    assert result["calls"] >= 5


def test_people_without_an_allowed_moment_are_told_as_unreached(workspace):
    campaign = draft(workspace, people=1)
    workspace.safe_hours = True
    workspace.save()
    CampaignContactFactory(
        campaign=campaign,
        contact=ContactFactory(
            workspace=workspace, country="", hours_key=hours_key("", "", []), phone_number="+88299999999"
        ),
    )
    result = forecasting.compute(loaded(campaign), NOON, DEFAULTS)
    assert sum(row["contacts"] for row in result["unreached"]) >= 1
    assert result["contacts"] == 2


@pytest.mark.parametrize("status", ["draft", "scheduled", "paused"])
def test_it_begins_at_the_start_time_that_lies_ahead(workspace, status):
    starts_at = NOON + timedelta(hours=22)
    campaign = draft(workspace, trigger_mode="scheduled", starts_at=starts_at, status=status)
    result = forecasting.compute(campaign, NOON, DEFAULTS)
    assert datetime.fromisoformat(result["hours"][0]["at"]) == starts_at
    assert datetime.fromisoformat(result["finish"]) > starts_at


def test_a_restarted_campaign_has_had_its_start_time(workspace):
    campaign = draft(workspace, trigger_mode="scheduled", starts_at=NOON + timedelta(days=3), status="paused", run=2)
    campaign.runs.create(run=2, started_at=NOON)
    assert making.begins(campaign, NOON) == NOON


def test_a_sample_takes_whole_families_and_tells_of_nobody_who_was_final_before(workspace):
    campaign = draft(workspace, people=0, secondary_contacts="after_primary")
    for place in range(10):
        final = {"status": "failed", "next_attempt_at": None} if place % 2 else {}
        primary = CampaignContactFactory(campaign=campaign, **final).contact
        for _ in range(3):
            CampaignContactFactory(campaign=campaign, contact=ContactFactory(workspace=workspace, primary=primary))
    standing = reading.read(loaded(campaign), NOON, most=20)
    assert standing.sample.step == 2
    heads = Counter(row[-1] or row[1] for row in standing.people)
    assert set(heads.values()) == {4} and len(heads) == 5
    result = forecasting.compute(loaded(campaign), NOON, DEFAULTS)
    assert result["contacts"] == 35
    assert sum(row["contacts"] for row in result["unreached"]) <= 35 - result["conversations"]


def test_other_campaigns_on_the_carrier_take_their_share(workspace):
    campaign = draft(workspace)
    number = campaign.pool.get().number
    other = CampaignFactory(workspace=workspace, status="running", run=1)
    PoolNumberFactory(campaign=other, number=number)
    CampaignContactFactory(campaign=other)
    result = forecasting.compute(campaign, NOON, DEFAULTS)
    assert result["shared"] == [f"{number.carrier.name} is shared with 1 other running campaign"]


# ── kept and made anew ──


def test_asking_queues_one_task_and_making_keeps_the_figures(workspace):
    campaign = draft(workspace)
    forecasting.ask(campaign, NOON)
    forecasting.ask(campaign, NOON + timedelta(seconds=1))
    assert OrmQ.objects.count() == 1
    assert not forecasting.is_current(forecasting.latest(campaign), campaign, NOON)
    made = forecasting.make(campaign, NOON)
    assert made.result["calls"] >= 12
    assert forecasting.is_current(made, campaign, NOON)


def test_a_changed_setting_and_time_make_it_out_of_date(workspace):
    campaign = draft(workspace)
    made = forecasting.make(campaign, NOON)
    assert not forecasting.is_current(made, campaign, NOON + timedelta(hours=2))
    campaign.concurrency_limit = 9
    campaign.save()
    assert not forecasting.is_current(made, campaign, NOON)


def test_the_assumptions_of_a_campaign_are_remembered(workspace):
    campaign = draft(workspace)
    forecasting.ask(campaign, NOON, assumptions.read({"talk_seconds": 90}))
    forecasting.make(campaign, NOON)
    forecasting.ask(campaign, NOON + timedelta(hours=3))
    assert Forecast.objects.get().result["assumptions"]["talk_seconds"] == 90


def test_a_window_that_cannot_be_used_is_an_error_in_words(workspace):
    campaign = draft(workspace, people=1, window_start="18:00", window_end="18:00")
    assert "window cannot be used" in forecasting.make(campaign, NOON).error


# ── what would finish it by then ──


def test_more_calls_at_once_finish_it_earlier_and_one_less_does_not(workspace):
    campaign = draft(workspace, people=30, concurrency_limit=1, retry_on=[], window_end="24:00")
    result = forecasting.compute(campaign, NOON, DEFAULTS)
    took = datetime.fromisoformat(result["finish"]) - NOON
    by = NOON + took / 2
    changes = {each["setting"]: each for each in forecasting.finish_by(campaign, by, NOON, DEFAULTS)["changes"]}
    least = changes["concurrency"]["value"]
    assert least > 1
    for limit, in_time in ((least, True), (least - 1, False)):
        campaign.concurrency_limit = limit
        finish = forecasting.compute(campaign, NOON, DEFAULTS)["finish"]
        assert (datetime.fromisoformat(finish) <= by) is in_time
    assert changes["numbers"]["value"] is None


def test_what_finishes_by_then_needs_no_change(workspace):
    campaign = draft(workspace, people=2)
    answer = forecasting.finish_by(campaign, NOON + timedelta(days=5), NOON, DEFAULTS)
    assert answer["already"] is True
    assert answer["changes"] == []


def test_the_command_prints_the_forecast_of_a_campaign(workspace, capsys):
    campaign = draft(workspace)
    call_command("forecast", str(campaign.pk))
    assert json.loads(capsys.readouterr().out)["contacts"] == 12
