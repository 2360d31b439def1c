"""Why is it not dialing? Each reason as dealing returns it, in the order of its weight, with figures and next time."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns import dispatch, lease
from campaigns.models import Call, Campaign, CampaignContact, CampaignRun, Lease, Schedule
from contacts.hours import hours_key
from telephony.models import Number, NumberDay
from tests.campaigns.dialing.floor import NOW, claimed, running

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def dialer():
    """A dialer that is alive, so that only what a test sets up binds."""
    lease.take("slot:0", "a dialer", NOW)


def codes(campaign) -> list[str]:
    return [reason.code for reason in dispatch.why(Campaign.objects.get(pk=campaign.pk), NOW)]


def in_tokyo(campaign) -> None:
    """Everybody of the list lives where it is three in the morning now."""
    key = hours_key("JP", "", ["Asia/Tokyo"])
    CampaignContact.objects.filter(campaign=campaign).update(hours_key=key)
    campaign.hours.all().delete()
    campaign.hours.create(hours_key=key)


def test_a_campaign_that_dials_has_no_reason(workspace):
    assert codes(running(workspace)) == []


def test_a_dead_scheduler_is_told_with_its_last_heartbeat(workspace):
    campaign = running(workspace)
    later = NOW + timedelta(minutes=5)
    reason = dispatch.why(campaign, later)[-1]
    assert reason.code == "scheduler_not_alive"
    assert reason.figures["last_heartbeat"].startswith("2026")


def test_a_clock_that_was_set_back_is_told_with_the_time_at_which_dialing_goes_on(workspace):
    campaign, ahead = running(workspace), lease.clock() + timedelta(hours=1)
    lease.take(f"dial:{workspace.pk}", "a dialer", NOW)
    Lease.objects.filter(name=f"dial:{workspace.pk}").update(last_now=ahead)

    (reason,) = dispatch.why(campaign, NOW)

    assert (reason.code, reason.until) == ("clock_set_back", ahead)
    assert 3590 < reason.figures["seconds_behind"] <= 3600
    assert f"{ahead:%H:%M:%S} UTC" in reason.sentence


def test_a_closed_window_says_when_it_opens(workspace):
    campaign = running(workspace, window_start="19:00", window_end="22:00")
    (reason,) = dispatch.why(campaign, NOW)
    assert (reason.code, reason.until) == ("window_closed", NOW.replace(hour=19))
    assert reason.figures["window"] == "19:00–22:00"


def test_a_closed_linked_schedule_is_named(workspace):
    schedule = Schedule.objects.create(
        workspace=workspace, name="Office", timezone="UTC", days={"tue": [["09:00", "12:00"]]}
    )
    workspace.safe_hours = False
    workspace.save()
    campaign = running(workspace, schedule=schedule)
    (reason,) = dispatch.why(campaign, NOW)
    assert (reason.code, reason.figures["schedule"]) == ("window_closed", "Office")
    assert reason.until == NOW.replace(hour=9) + timedelta(days=1)


def test_safe_hours_inside_an_open_window_name_the_places(workspace):
    workspace.safe_hours = True
    workspace.save()
    campaign = running(workspace)
    in_tokyo(campaign)
    reasons = dispatch.why(campaign, NOW)
    assert [reason.code for reason in reasons] == ["safe_hours"]
    assert reasons[0].figures["places"] == ["JP"]
    assert reasons[0].until == NOW.replace(hour=23)


def test_nobody_due_says_who_is_next(workspace):
    campaign = running(workspace)
    CampaignContact.objects.update(next_attempt_at=NOW + timedelta(hours=1))
    (reason,) = dispatch.why(campaign, NOW)
    assert (reason.code, reason.until) == ("no_due_contact", NOW + timedelta(hours=1))


def test_held_people_are_counted_and_their_end_is_the_next_time(workspace):
    campaign = running(workspace, people=2)
    CampaignContact.objects.update(next_attempt_at=None, due_at=NOW, look_at=NOW + timedelta(hours=2), reason="held")
    (reason,) = dispatch.why(campaign, NOW)
    assert (reason.figures, reason.until) == ({"held_or_capped": 2}, NOW + timedelta(hours=2))


def test_slots_in_use_are_told_with_their_limit(workspace):
    campaign = running(workspace, concurrency_limit=1)
    claimed(workspace)
    (reason,) = dispatch.why(campaign, NOW)
    assert reason.code == "slots"
    assert "1 slots" in reason.sentence


def test_a_campaign_whose_carrier_another_one_uses_up_names_that_one(workspace):
    running(workspace, priority=0, name="First in line")
    second = running(workspace, priority=2)
    workspace.carriers.update(max_cps=1)
    (reason,) = dispatch.why(second, NOW)
    assert reason.code == "carrier_cps"
    assert "First in line" in reason.sentence


def test_an_empty_balance_says_what_to_do(workspace):
    campaign = running(workspace)
    workspace.balance = 0
    workspace.save()
    (reason,) = dispatch.why(campaign, NOW)
    assert (reason.code, reason.sentence) == ("balance", "The workspace's balance is used up. Raise it to go on.")


def test_numbers_are_told_by_what_bars_each(workspace):
    campaign = running(workspace)
    Number.objects.filter(pools__campaign=campaign).update(spam_score=9)
    (reason,) = dispatch.why(campaign, NOW)
    assert reason.code == "numbers"
    assert "2 excluded by spam score" in reason.sentence


def test_a_resting_carrier_says_its_last_error_and_until_when(workspace):
    campaign = running(workspace)
    carrier = workspace.carriers.get()
    carrier.rest_until, carrier.last_error = NOW + timedelta(seconds=20), "503 Service Unavailable"
    carrier.save()
    reasons = dispatch.why(campaign, NOW)
    assert [reason.code for reason in reasons] == ["carrier_rest", "provider_failing"]
    assert reasons[0].until == NOW + timedelta(seconds=20)
    assert "503" in reasons[1].sentence


def test_asking_changes_nothing(workspace):
    campaign = running(workspace)
    before = list(CampaignContact.objects.values())
    dispatch.why(campaign, NOW)
    assert list(CampaignContact.objects.values()) == before
    assert not Call.objects.exists()


@pytest.fixture
def used_up(workspace):
    """A running campaign whose two numbers have made their calls of the day, in a workspace of New York."""
    workspace.timezone, workspace.safe_hours = "America/New_York", False
    workspace.save()
    campaign = running(workspace, max_calls_per_number_per_day=5, window_start="09:00", window_end="20:00")
    for number in Number.objects.filter(pools__campaign=campaign):
        NumberDay.objects.create(number=number, day=NOW.date(), calls=5)
    return campaign


def test_numbers_at_their_cap_say_what_to_do_and_that_it_goes_on_after_midnight_of_the_workspace(used_up):
    (reason,) = dispatch.why(used_up, NOW)
    assert reason.sentence == (
        "No number of the pool (2) can be used: 2 at the daily cap. A number may call again from midnight in"
        " America/New_York. To go on today, pause the campaign, then raise the cap or add numbers."
    )
    assert reason.until == datetime(2026, 6, 2, 9, tzinfo=UTC), "when the window opens after that midnight"


def test_numbers_at_their_cap_go_on_at_midnight_itself_where_the_window_is_open_then(used_up):
    Campaign.objects.update(window_start="00:00", window_end="24:00")
    (reason,) = dispatch.why(Campaign.objects.get(), NOW)
    assert reason.until == datetime(2026, 6, 2, 4, tzinfo=UTC)


def test_numbers_at_their_cap_on_a_single_day_that_is_over_by_midnight_say_so(used_up):
    Campaign.objects.update(mode="single_day")
    CampaignRun.objects.update(day=NOW.date())
    (reason,) = dispatch.why(Campaign.objects.get(), NOW)
    assert reason.until is None
    assert "from midnight in America/New_York, but this single day is over by then." in reason.sentence


def test_numbers_that_somebody_disabled_can_be_enabled(workspace):
    campaign = running(workspace)
    campaign.pool.update(status="disabled")
    (reason,) = dispatch.why(campaign, NOW)
    assert reason.sentence.endswith("2 disabled. Enable one of them, or pause the campaign and add numbers.")
    assert reason.until is None
