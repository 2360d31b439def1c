"""Rows into the values that the rules read: safe hours of the workspace, unknown zones, the agent's rate."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.phone import zones_of
from campaigns import policies
from campaigns.dialing import board, queue, window
from campaigns.models import Campaign, Schedule
from contacts import safe_hours
from contacts.hours import hours_key
from tests.campaigns.dialing.floor import NOW, claimed, running
from tests.factories import CampaignFactory

pytestmark = pytest.mark.django_db
NIGHT = datetime(2026, 6, 2, 4, tzinfo=UTC)  # 21:00 in California


def test_an_unknown_zone_counts_as_all_zones_of_the_country():
    assert policies.hours(hours_key("AU", "", [])).zones == zones_of("AU")
    assert policies.hours(hours_key("AU", "", ["Australia/Perth"])).zones == ("Australia/Perth",)
    assert policies.hours(hours_key("", "", [])).zones == ()


def test_the_agents_rate_and_the_workspaces_table(workspace):
    campaign = CampaignFactory(workspace=workspace, agent__cost_per_minute=Decimal("0.12"))
    found = policies.policy(campaign)
    assert found.agent_rate == Decimal("0.12")
    assert found.safe["US", "FL"].source.startswith("Fla. Stat.")
    workspace.safe_hours = False
    campaign.workspace = workspace
    assert policies.policy(campaign).safe is None


def test_nobody_is_dialed_outside_safe_hours_whatever_the_window_says(workspace):
    running(workspace, people=1)
    assert claimed(workspace, NIGHT) == []
    workspace.safe_hours = False
    workspace.save()
    assert len(claimed(workspace, NIGHT)) == 1


def test_an_edited_row_holds_from_the_next_board_on(workspace):
    running(workspace, people=3, concurrency_limit=1)
    assert board.read(workspace, NOW).board.campaigns
    safe_hours.set_row(workspace, "US", "CA", {"mon": [["20:00", "21:30"]]}, "Ours", as_of=None, actor=None)
    assert claimed(workspace, NOW) == []  # Monday, 11:00 in California
    assert len(claimed(workspace, NIGHT)) == 1
    safe_hours.reset_row(workspace, "US", "CA", actor=None)
    state = next(iter(board.read(workspace, NOW).board.campaigns.values()))
    assert queue.open_keys(state, queue.keys_of(state.policy.campaign), NOW)
    assert not queue.open_keys(state, queue.keys_of(state.policy.campaign), NIGHT)


def test_a_row_without_a_span_is_a_ban(workspace):
    campaign = running(workspace, people=1)
    safe_hours.set_row(workspace, "US", "CA", {}, "Never", as_of=None, actor=None)
    hours = policies.hours(hours_key("US", "CA", ["America/Los_Angeles"]))
    assert window.next_opening(policies.policy(Campaign.objects.get(pk=campaign.pk)), hours, NOW) is None


def test_schedules_and_safe_hours_cost_a_board_one_query_however_many_campaigns(workspace, django_assert_num_queries):
    schedule = Schedule.objects.create(workspace=workspace, name="Office", days={"mon": [["09:00", "17:00"]]})
    running(workspace, people=1, schedule=schedule)
    with CaptureQueriesContext(connection) as one:
        board.read(workspace, NOW)
    for _ in range(3):
        running(workspace, people=1, schedule=schedule)
    with django_assert_num_queries(len(one)):
        board.read(workspace, NOW)
