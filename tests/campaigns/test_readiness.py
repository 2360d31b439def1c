"""Readiness: every row of the checklist in each of its states."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from campaigns import readiness
from campaigns.models import Campaign, Schedule
from contacts.hours import hours_key
from goals.models import Goal
from telephony.models import NumberDay
from tests.factories import (
    NOON,
    AgentFactory,
    CampaignContactFactory,
    CampaignFactory,
    CampaignUploadFactory,
    CarrierFactory,
    ContactFactory,
    NumberFactory,
    PoolNumberFactory,
    WorkspaceFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(workspace) -> Campaign:
    """Nothing to complain about, at any hour: tests of safe hours switch them on."""
    workspace.safe_hours = False
    workspace.save()
    agent = AgentFactory(workspace=workspace, name="Nova", tested_at=NOON)
    found = CampaignFactory(workspace=workspace, agent=agent, concurrency_limit=5, retry_on=["busy"])
    PoolNumberFactory(campaign=found)
    CampaignContactFactory(campaign=found)
    return found


def rows(campaign: Campaign, now: datetime = NOON) -> dict[str, readiness.Row]:
    campaign.refresh_from_db()
    return {row.key: row for row in readiness.check(campaign, now)}


def state(campaign: Campaign, key: str, now: datetime = NOON) -> str:
    return rows(campaign, now)[key].state


def change(campaign: Campaign, **fields: object) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(**fields)


def test_a_complete_draft_passes_all_five_rows_and_nothing_else(campaign):
    found = readiness.check(campaign, NOON)
    assert [(row.key, row.state, row.step) for row in found] == [
        ("agent", "passed", "basics"),
        ("numbers", "passed", "pool"),
        ("contacts", "passed", "upload"),
        ("window", "passed", "dialer"),
        ("retries", "passed", "dialer"),
    ]
    assert readiness.blockers(found) == []


def test_an_empty_pool_blocks(campaign):
    campaign.pool.all().delete()
    assert rows(campaign)["numbers"].sentence == "No number to call from is chosen. Choose at least one."
    assert state(campaign, "numbers") == "blocked"


@pytest.mark.parametrize(
    ("entry", "number", "carrier", "reason"),
    [
        ({}, {"direction": "inbound"}, {}, "inbound only"),
        ({"status": "disabled"}, {}, {}, "disabled"),
        ({}, {"spam_score": 7}, {}, "excluded by its spam score"),
        ({}, {}, {"enabled": False}, "with a carrier that is switched off"),
    ],
)
def test_a_pool_without_a_usable_number_blocks_and_says_why(campaign, entry, number, carrier, reason):
    campaign.pool.all().delete()
    made = CarrierFactory(workspace=campaign.workspace, **carrier)
    made_number = NumberFactory(workspace=campaign.workspace, carrier=made, **number)
    PoolNumberFactory(campaign=campaign, number=made_number, **entry)
    row = rows(campaign)["numbers"]
    assert (row.state, f"1 {reason}." in row.sentence) == ("blocked", True)


def test_one_usable_number_among_others_passes(campaign):
    PoolNumberFactory(campaign=campaign, status="disabled")
    assert rows(campaign)["numbers"].sentence == "1 of 2 numbers can be called from."


def test_numbers_at_their_cap_today_warn_before_the_start(campaign):
    entry = campaign.pool.get()
    NumberDay.objects.create(number=entry.number, day=NOON.date(), calls=99)
    assert "numbers_today" not in rows(campaign)
    NumberDay.objects.update(calls=100)
    row = rows(campaign)["numbers_today"]
    assert (row.state, row.step) == ("warning", "pool")
    assert row.sentence == (
        "1 number cannot call now: 1 at the daily cap. Calls are counted anew tomorrow 00:00 UTC. To call more before"
        " that, raise the cap or add numbers."
    )
    PoolNumberFactory(campaign=campaign)
    assert rows(campaign)["numbers_today"].sentence.startswith("1 of 2 numbers cannot call now: 1 at the daily cap.")


def test_a_start_on_another_day_is_not_about_the_calls_of_today(campaign):
    NumberDay.objects.create(number=campaign.pool.get().number, day=NOON.date(), calls=100)
    change(campaign, trigger_mode="scheduled", starts_at=NOON + timedelta(hours=13))
    assert "numbers_today" not in rows(campaign)


def test_a_number_that_is_disabled_beside_others_warns(campaign):
    PoolNumberFactory(campaign=campaign, status="disabled")
    assert rows(campaign)["numbers_today"].sentence == (
        "1 of 2 numbers cannot call now: 1 disabled. Enable them, or choose others, if more calls are to go out."
    )


def test_a_carrier_that_rests_warns_and_says_until_when(campaign):
    carrier = campaign.pool.get().number.carrier
    carrier.rest_until = NOON + timedelta(minutes=5)
    carrier.save()
    assert rows(campaign)["numbers_today"].sentence == (
        "1 number cannot call now: 1 with a carrier that rests after refused requests."
        " The carrier is tried again today 12:05 UTC."
    )


def test_a_carrier_that_a_permanent_error_switched_off_blocks(campaign):
    carrier = campaign.pool.get().number.carrier
    carrier.disabled_at = NOON
    carrier.save()
    assert "1 with a carrier that is switched off" in rows(campaign)["numbers"].sentence
    assert state(campaign, "numbers") == "blocked"


def test_an_empty_list_blocks(campaign):
    campaign.audience.all().delete()
    assert rows(campaign)["contacts"].sentence == "The list is empty. Upload a contact file."
    assert state(campaign, "contacts") == "blocked"


def test_an_always_on_campaign_needs_no_list(campaign):
    campaign.audience.all().delete()
    change(campaign, always_on=True)
    assert state(campaign, "contacts") == "passed"


def test_staged_rows_count_and_are_told_apart_from_contacts(campaign):
    CampaignUploadFactory(campaign=campaign, upload__valid_rows=1200)
    found = rows(campaign)
    assert found["contacts"].sentence == "1 campaign contact so far, 1\u202f200 staged."
    assert found["staged"].state == "warning"
    assert found["pool_size"].state == "warning"


def test_a_staged_file_without_a_valid_row_does_not_count(campaign):
    campaign.audience.all().delete()
    CampaignUploadFactory(campaign=campaign, upload__valid_rows=0)
    assert state(campaign, "contacts") == "blocked"


def test_a_file_that_replaces_the_list_counts_alone_and_blocks_until_the_list_lies_aside(campaign):
    link = CampaignUploadFactory(campaign=campaign, replaces=True, upload__valid_rows=100)
    moving = "The earlier list is being put aside for contacts.csv. Wait a moment."
    assert (rows(campaign)["contacts"].sentence, state(campaign, "contacts")) == (moving, "blocked")
    assert "pool_size" not in rows(campaign)
    link.aside_at = NOON
    link.save()
    assert rows(campaign)["contacts"].sentence == "1 campaign contact so far, 100 staged.", "added since, so it stays"


def test_a_file_being_read_blocks_an_empty_list_and_a_failed_one_says_why(campaign):
    campaign.audience.all().delete()
    link = CampaignUploadFactory(campaign=campaign, upload__status="staging", upload__valid_rows=0)
    assert rows(campaign)["contacts"].sentence == "contacts.csv is still being read. Wait a moment."
    link.upload.status, link.upload.problem = "failed", "No column holds the phone number."
    link.upload.save()
    assert rows(campaign)["contacts"].sentence == "contacts.csv could not be used: No column holds the phone number."
    assert state(campaign, "contacts") == "blocked"


def test_a_file_being_loaded_passes(campaign):
    CampaignUploadFactory(campaign=campaign, upload__status="loading")
    assert rows(campaign)["contacts"].sentence == "1 campaign contact so far; the file is still being loaded."


@pytest.mark.parametrize(
    "fields",
    [
        {"window_timezone": "Mars/Base"},
        {"window_start": "09:00", "window_end": "09:00"},
        {"window_start": "9 am"},
        {"window_days": []},
    ],
)
def test_an_invalid_window_blocks_and_is_never_read_as_open(campaign, fields):
    change(campaign, **fields)
    found = rows(campaign)
    assert found["window"].state == "blocked"
    assert "open_now" not in found


def test_a_closed_window_warns_and_says_when_it_opens(campaign):
    change(campaign, window_start="14:00", window_end="18:00", window_days=["mon"])
    assert rows(campaign)["open_now"].sentence == "The call window is closed now. It opens today 14:00 UTC."
    assert state(campaign, "open_now") == "warning"


def test_a_scheduled_campaign_asks_whether_the_window_is_open_at_its_start(campaign):
    change(campaign, window_end="13:00", trigger_mode="scheduled", starts_at=NOON + timedelta(hours=2))
    assert rows(campaign)["open_now"].sentence.startswith("The call window is closed at the start time. It opens")


def test_scheduled_without_a_time_blocks(campaign):
    change(campaign, trigger_mode="scheduled")
    assert state(campaign, "start") == "blocked"
    change(campaign, starts_at=NOON + timedelta(hours=2))
    assert rows(campaign)["start"].sentence == "Today 14:00 UTC."


def test_retries_with_nothing_ticked_warn_only_above_one_attempt(campaign):
    change(campaign, retry_on=[], max_attempts=3)
    assert state(campaign, "retries") == "warning"
    change(campaign, max_attempts=1)
    assert state(campaign, "retries") == "passed"


@pytest.mark.parametrize(
    "fields",
    [{"retry_on": ["rnr"]}, {"redial_short_connect": True}, {"retry_dispositions": ["later"]}],
)
def test_anything_that_is_retried_passes(campaign, fields):
    change(campaign, **{"retry_on": [], **fields})
    assert state(campaign, "retries") == "passed"


def test_attempts_out_of_range_block(campaign):
    change(campaign, max_attempts=12)
    assert state(campaign, "retries") == "blocked"


def test_goal_based_retry_needs_an_active_primary_goal(campaign):
    change(campaign, goal_based_retry=True)
    assert state(campaign, "goal") == "blocked"
    goal = Goal.objects.create(campaign=campaign, name="Book", kind="primary")
    assert state(campaign, "goal") == "passed"
    goal.archived_at = NOON
    goal.save()
    assert state(campaign, "goal") == "blocked"


def test_a_used_up_balance_blocks_where_one_is_kept(campaign):
    assert "balance" not in rows(campaign)
    campaign.workspace.balance = Decimal(0)
    campaign.workspace.save()
    assert state(Campaign.objects.get(pk=campaign.pk), "balance") == "blocked"


def test_a_carrier_of_another_provider_than_the_agents_blocks(campaign):
    carrier = CarrierFactory(workspace=campaign.workspace, provider="sip", name="Trunk")
    PoolNumberFactory(campaign=campaign, number=NumberFactory(workspace=campaign.workspace, carrier=carrier))
    row = rows(campaign)["provider"]
    assert (row.state, row.sentence.startswith("Trunk cannot carry Nova")) == ("blocked", True)


def test_a_pool_too_small_for_the_list_warns(campaign):
    change(campaign, max_calls_per_number_per_day=1)
    CampaignContactFactory(campaign=campaign)
    row = rows(campaign)["pool_size"]
    assert (
        row.sentence == "1 number with 1 call a day each reach 1 of 2 contacts a day. Add numbers, or plan more days."
    )


def test_more_concurrency_than_channels_warns(campaign):
    change(campaign, concurrency_limit=11)
    assert state(campaign, "channels") == "warning"


def test_callbacks_here_but_not_at_the_agent_warn(campaign):
    change(campaign, callback_detection=True)
    assert state(campaign, "callbacks") == "warning"
    campaign.agent.callback_enabled = True
    campaign.agent.save()
    assert "callbacks" not in rows(campaign)


def test_an_untested_agent_warns(campaign):
    campaign.agent.tested_at = None
    campaign.agent.save()
    assert state(campaign, "tested") == "warning"


def test_a_budget_below_the_most_it_may_cost_warns(campaign):
    campaign.agent.cost_per_minute = Decimal("0.10")
    campaign.agent.save()
    change(campaign, budget_cap=Decimal("0.29"), max_attempts=3)
    assert state(campaign, "budget") == "warning"
    change(campaign, budget_cap=Decimal("0.30"))
    assert "budget" not in rows(campaign)


def test_contacts_without_any_allowed_moment_are_foretold(campaign):
    change(campaign, contact_local_time=True, window_start="09:00", window_end="10:00")
    nowhere = hours_key("US", "", ["America/New_York", "Pacific/Honolulu"])  # never nine o'clock in both
    CampaignContactFactory(campaign=campaign, contact=ContactFactory(workspace=campaign.workspace, hours_key=nowhere))
    row = rows(campaign)["never_open"]
    assert (row.state, row.sentence[:29]) == ("warning", "1 contact will not be called:")


def test_contact_local_windows_are_judged_where_people_live(campaign):
    change(campaign, contact_local_time=True, window_start="09:00", window_end="10:00")
    at_nine_in_los_angeles = datetime(2026, 6, 1, 16, 0, tzinfo=UTC)
    assert "open_now" not in rows(campaign, at_nine_in_los_angeles)
    assert state(campaign, "open_now", at_nine_in_los_angeles - timedelta(hours=1)) == "warning"


def test_the_number_of_queries_does_not_depend_on_the_rows(campaign, django_assert_num_queries):
    PoolNumberFactory.create_batch(3, campaign=campaign)
    CampaignContactFactory.create_batch(3, campaign=campaign)
    CampaignUploadFactory.create_batch(2, campaign=campaign)
    fresh = Campaign.objects.select_related("agent", "workspace").get(pk=campaign.pk)
    with django_assert_num_queries(5):
        readiness.check(fresh, NOON)


@pytest.fixture
def safe(campaign):
    campaign.workspace.safe_hours = True
    campaign.workspace.save()
    return campaign


def test_closed_safe_hours_warn_and_say_when_somebody_may_be_called(safe):
    """At noon in UTC it is five in the morning in California."""
    row = rows(safe)["open_now"]
    assert (row.state, row.sentence) == ("warning", "The safe hours are closed now. It opens today 15:00 UTC.")


def test_people_without_a_country_are_counted_because_nobody_calls_them(safe):
    contact = ContactFactory(workspace=safe.workspace, hours_key=hours_key("", "", []))
    CampaignContactFactory(campaign=safe, contact=contact)
    row = rows(safe)["zone_unknown"]
    assert row.state == "warning"
    assert row.sentence.startswith("1 contact will not be called")


def test_people_who_are_never_within_window_and_safe_hours_are_foretold(safe):
    change(safe, window_start="04:00", window_end="05:00")  # in UTC: nine in the evening in California, and later
    assert rows(safe)["never_open"].sentence.startswith("1 contact will not be called")


def test_a_linked_schedule_is_named_in_the_window_row(campaign):
    schedule = Schedule.objects.create(workspace=campaign.workspace, name="Office", days={"mon": [["09:00", "17:00"]]})
    change(campaign, schedule=schedule)
    assert rows(campaign)["window"].sentence == "The schedule “Office”, UTC."


def test_another_workspaces_rows_play_no_part(campaign):
    CampaignContactFactory(campaign=CampaignFactory(workspace=WorkspaceFactory()))
    assert rows(campaign)["contacts"].sentence == "1 campaign contact."
