"""Which campaigns the look of every second takes up, and that a thousand quiet ones cost no more than one."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns import readiness
from campaigns.dialing import sweep
from campaigns.models import Callback, Campaign, CampaignRun
from campaigns.review import review_changed, review_workspace
from tests.campaigns.dialing.floor import NOW, running
from tests.factories import CallFactory, ScheduleFactory

pytestmark = pytest.mark.django_db


def status(campaign) -> str:
    return Campaign.objects.get(pk=campaign.pk).status


def test_quiet_campaigns_cost_two_queries_however_many(workspace):
    for _ in range(4):
        running(workspace)
    with CaptureQueriesContext(connection) as asked:
        assert review_changed(workspace.pk, NOW) == 0
    assert len(asked) == 2


def test_a_campaign_in_which_nobody_is_left_completes(workspace):
    campaign, other = running(workspace), running(workspace)
    campaign.audience.update(status="completed", next_attempt_at=None)
    assert review_changed(workspace.pk, NOW) == 1
    assert (status(campaign), status(other)) == ("completed", "running")


def test_a_single_day_that_is_over_completes(workspace):
    campaign = running(workspace, mode="single_day", window_start="09:00", window_end="17:00")
    CampaignRun.objects.filter(campaign=campaign).update(day=NOW.date(), first_launch_at=NOW)
    assert review_changed(workspace.pk, NOW) == 1
    assert status(campaign) == "completed"


def test_too_many_errors_among_the_last_calls_pause_at_once(workspace):
    campaign = running(workspace, max_error_rate=50)
    for second in range(50):
        CallFactory(workspace=workspace, campaign=campaign, campaign_contact=None, contact=None, outcome="error", run=1,
                    phone_number=f"+1212555{second:04}", ended_at=NOW - timedelta(seconds=second))  # fmt: skip
    assert review_changed(workspace.pk, NOW) == 1
    assert status(campaign) == "paused"


def test_what_the_quick_look_misses_the_look_of_every_minute_finds(workspace):
    campaign = running(workspace)
    workspace.carriers.update(disabled_at=NOW - timedelta(days=2), disabled_reason="gone")
    assert review_changed(workspace.pk, NOW) == 0
    assert review_workspace(workspace.pk, NOW) == 1
    assert status(campaign) == "failed"


def test_a_scheduled_campaign_begins(workspace):
    campaign = running(workspace, trigger_mode="scheduled", starts_at=NOW)
    Campaign.objects.filter(pk=campaign.pk).update(status="scheduled")
    assert review_changed(workspace.pk, NOW) == 1
    assert status(campaign) == "running"


def test_a_scheduled_campaign_that_is_not_ready_at_its_time_is_paused_with_the_blocker(workspace):
    campaign = running(workspace, trigger_mode="scheduled", starts_at=NOW)
    Campaign.objects.filter(pk=campaign.pk).update(status="scheduled")
    campaign.pool.update(status="disabled")
    assert review_changed(workspace.pk, NOW) == 1
    campaign.refresh_from_db()
    (blocker,) = readiness.blockers(readiness.check(campaign, NOW))
    assert (campaign.status, campaign.status_reason) == ("paused", blocker)
    assert campaign.transitions.first().reason == blocker


def test_a_single_day_whose_hours_were_taken_away_is_over(workspace):
    holiday = {"date": NOW.date().isoformat(), "spans": []}
    schedule = ScheduleFactory(workspace=workspace, exceptions=[holiday])
    campaign = running(workspace, mode="single_day", schedule=schedule)
    CampaignRun.objects.filter(campaign=campaign).update(day=NOW.date(), first_launch_at=NOW)
    assert review_changed(workspace.pk, NOW) == 1
    assert status(campaign) == "completed"


def test_a_campaign_that_cannot_be_reviewed_holds_up_no_other(workspace):
    broken, campaign = running(workspace, window_timezone="Mars/Base"), running(workspace)
    for each in (broken, campaign):
        each.audience.update(status="completed", next_attempt_at=None)
    assert review_workspace(workspace.pk, NOW) == 1
    assert (status(broken), status(campaign)) == ("running", "completed")


def test_a_callback_that_can_never_be_made_keeps_no_campaign_from_its_end(workspace):
    campaign = running(workspace, people=1)
    row = campaign.audience.get()
    call = CallFactory(workspace=workspace, campaign=campaign, campaign_contact=row)
    Callback.objects.create(campaign_contact=row, run=1, asked_call=call, due_at=NOW, found_by="told")
    campaign.audience.update(status="retry", rank=0, sequence=1)
    closed = [{"date": (NOW + timedelta(days=day)).date().isoformat(), "spans": []} for day in range(-1, 16)]
    Campaign.objects.filter(pk=campaign.pk).update(schedule=ScheduleFactory(workspace=workspace, exceptions=closed))
    sweep.sweep(workspace.pk, NOW)
    review_changed(workspace.pk, NOW)
    row.refresh_from_db()
    assert (row.status, row.reason, status(campaign)) == ("failed", "never_open", "completed")
    assert Callback.objects.get().status == "cancelled"


def test_a_campaign_whose_window_cannot_be_read_holds_up_no_others_sweep(workspace):
    running(workspace, window_timezone="Mars/Base")
    campaign = running(workspace, people=1)
    campaign.audience.update(status="retry", attempts=2)
    sweep.sweep(workspace.pk, NOW)
    assert campaign.audience.get().status == "failed"
