"""Windows: spans, midnight, clocks that are put forward and back, several zones at once."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.dialing import window
from campaigns.dialing.values import Hours, Policy
from tests.campaigns.dialing.judge import DAYS, open_date

WORKDAYS = DAYS[:5]


def policy(start="09:00", end="18:00", zone="UTC", days=DAYS, local=False) -> Policy:
    return Policy("k", 1, window.parse(start, end, zone, days), contact_local=local)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end", "zone", "days", "sentence"),
    [
        ("09:00", "09:00", "UTC", DAYS, "The window's start and end are the same time: choose two different times."),
        ("09:00", "18:00", "UTC", [], "The window has no day: choose at least one."),
        (
            "09:00",
            "18:00",
            "Mars/Base",
            DAYS,
            "“Mars/Base” is not a time zone: choose an IANA name such as Europe/Berlin.",
        ),
        ("09:00", "18:00", "../etc", DAYS, "“../etc” is not a time zone: choose an IANA name such as Europe/Berlin."),
        ("24:00", "18:00", "UTC", DAYS, "“24:00” is not a time of day: write the window's start as HH:MM."),
        ("9:00", "18:00", "UTC", DAYS, "“9:00” is not a time: write the window's start as HH:MM."),
        ("09:00", "24:01", "UTC", DAYS, "“24:01” is not a time of day: write the window's end as HH:MM."),
        ("09:00", "18:60", "UTC", DAYS, "“18:60” is not a time of day: write the window's end as HH:MM."),
        ("09:00", "18:00", "UTC", ["monday"], "“monday” is not a day: use mon, tue, wed, thu, fri, sat, sun."),
    ],
)
def test_a_window_that_cannot_be_used_is_refused_in_one_sentence(start, end, zone, days, sentence):
    with pytest.raises(window.InvalidWindow) as error:
        window.parse(start, end, zone, days)
    assert str(error.value) == sentence


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-03-02T08:59:59.999999", False),
        ("2026-03-02T09:00:00", True),
        ("2026-03-02T17:59:59.999999", True),
        ("2026-03-02T18:00:00", False),
    ],
)
def test_the_start_is_open_and_the_end_is_closed(at, is_open):
    assert window.is_open(policy(), Hours(), utc(at)) is is_open


@pytest.mark.parametrize(
    ("at", "belongs_to"),
    [
        ("2026-03-06T21:59:59", None),
        ("2026-03-06T22:00:00", date(2026, 3, 6)),
        ("2026-03-07T02:29:59", date(2026, 3, 6)),  # Saturday morning belongs to Friday
        ("2026-03-07T02:30:00", None),
        ("2026-03-07T22:00:00", None),  # Saturday is no working day
        ("2026-03-09T00:00:00", None),  # nor is Sunday, so Monday begins closed
        ("2026-03-09T22:00:00", date(2026, 3, 9)),
    ],
)
def test_a_window_past_midnight_belongs_to_the_day_on_which_it_starts(at, belongs_to):
    overnight = policy("22:00", "02:30", days=WORKDAYS)
    assert window.window_date(overnight.window, "UTC", utc(at)) == belongs_to


def test_24_00_ends_with_the_day_and_00_00_means_the_same():
    for end in ("24:00", "00:00"):
        late = policy("20:00", end, days=["mon"])
        assert window.is_open(late, Hours(), utc("2026-03-02T23:59:59"))
        assert not window.is_open(late, Hours(), utc("2026-03-03T00:00:00"))
        assert window.closes(late, Hours(), date(2026, 3, 2)) == utc("2026-03-03T00:00:00")


@pytest.mark.parametrize(
    ("zone", "start", "end", "day", "minutes"),
    [
        ("Europe/Berlin", "01:00", "04:00", date(2026, 3, 29), 120),  # 02:00 → 03:00: the skipped hour never comes
        ("Europe/Berlin", "01:00", "04:00", date(2026, 10, 25), 240),  # 03:00 → 02:00: the repeated hour counts twice
        ("Europe/Berlin", "02:00", "03:00", date(2026, 3, 29), 0),
        ("Europe/Berlin", "02:00", "03:00", date(2026, 10, 25), 120),
        ("America/New_York", "00:00", "24:00", date(2026, 3, 8), 23 * 60),
        ("America/New_York", "00:00", "24:00", date(2026, 11, 1), 25 * 60),
        ("America/New_York", "01:30", "02:30", date(2026, 11, 1), 90),
        ("Australia/Lord_Howe", "00:00", "24:00", date(2026, 4, 5), 24 * 60 + 30),  # half an hour
        ("Australia/Lord_Howe", "01:45", "02:15", date(2026, 10, 4), 15),
        ("America/St_Johns", "22:00", "03:00", date(2026, 3, 7), 240),  # past midnight into the change
        ("Africa/Casablanca", "02:00", "03:00", date(2026, 2, 15), 120),
        ("Asia/Kolkata", "09:00", "18:00", date(2026, 3, 29), 540),
    ],
)
def test_days_on_which_the_clocks_change_in_2026(zone, start, end, day, minutes):
    hours = policy(start, end, zone)
    first = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1)
    instants = [first + timedelta(minutes=k) for k in range(4 * 1440)]
    open_then = [at for at in instants if window.window_date(hours.window, zone, at) == day]
    assert len(open_then) == minutes
    closes = window.closes(hours, Hours(), day)
    assert closes == (open_then[-1] + timedelta(minutes=1) if open_then else None)


def test_the_next_opening_of_a_skipped_start_is_the_end_of_the_gap():
    hours = policy("02:30", "04:00", "Europe/Berlin")
    assert window.next_opening(hours, Hours(), utc("2026-03-29T00:00")) == utc("2026-03-29T01:00")  # 03:00 summer time


def test_a_repeated_hour_opens_twice():
    hours = policy("02:00", "02:30", "Europe/Berlin")
    first = window.next_opening(hours, Hours(), utc("2026-10-24T12:00"))
    assert first == utc("2026-10-25T00:00")
    assert window.open_until(hours, Hours(), first) == utc("2026-10-25T00:30")
    assert window.next_opening(hours, Hours(), utc("2026-10-25T00:30")) == utc("2026-10-25T01:00")


def test_an_open_instant_is_its_own_next_opening():
    at = utc("2026-03-02T12:34:56.000007")
    assert window.next_opening(policy(), Hours(), at) == at


def test_contact_local_windows_are_open_only_where_all_zones_are():
    hours = policy("09:00", "18:00", local=True)
    both = Hours("US", "", ("America/Los_Angeles", "America/New_York"))
    assert not window.is_open(hours, both, utc("2026-03-02T16:59"))  # 08:59 in Los Angeles
    assert window.is_open(hours, both, utc("2026-03-02T17:00"))
    assert not window.is_open(hours, both, utc("2026-03-02T23:00"))  # 18:00 in New York
    assert window.next_opening(hours, both, utc("2026-03-02T23:00")) == utc("2026-03-03T17:00")
    assert window.open_until(hours, both, utc("2026-03-02T17:00")) == utc("2026-03-02T23:00")
    assert window.closes(hours, both, date(2026, 3, 2)) == utc("2026-03-02T23:00")


@pytest.mark.parametrize("zones", [(), ("Asia/Tokyo", "Europe/London")])
def test_no_zone_and_zones_without_a_common_hour_never_open(zones):
    hours = policy(local=True)
    assert window.next_opening(hours, Hours("", "", zones), utc("2026-03-02T00:00")) is None


def test_the_horizon_is_14_days():
    monday = policy(days=["mon"])
    after = utc("2026-03-02T18:00")
    assert window.next_opening(monday, Hours(), after) == utc("2026-03-09T09:00")
    assert window.next_opening(monday, Hours(), after, timedelta(days=6)) is None


def test_a_single_day_opens_no_more_after_its_date():
    hours, day = policy("22:00", "02:00"), date(2026, 3, 2)
    assert window.is_open(hours, Hours(), utc("2026-03-03T01:59"), day)
    assert not window.is_open(hours, Hours(), utc("2026-03-03T22:00"), day)
    assert window.next_opening(hours, Hours(), utc("2026-03-02T03:00"), day=day) == utc("2026-03-02T22:00")
    assert window.next_opening(hours, Hours(), utc("2026-03-03T02:00"), day=day) is None


TIMES = ["00:00", "01:30", "02:00", "02:30", "03:15", "09:00", "18:00", "23:45"]


@given(
    start=st.sampled_from(TIMES),
    end=st.sampled_from([*TIMES, "24:00"]),
    zone=st.sampled_from(
        ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo"]
    ),
    days=st.sets(st.sampled_from(DAYS), min_size=1),
    minutes=st.integers(0, 366 * 1440),
)
def test_the_rules_agree_with_plain_arithmetic_at_any_minute_of_2026(start, end, zone, days, minutes):
    if start == end:
        return
    hours = policy(start, end, zone, sorted(days))
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    campaign = {"window": {"start": start, "end": end, "days": days}}
    assert window.window_date(hours.window, zone, at) == open_date(campaign, zone, at)
    opening = window.next_opening(hours, Hours(), at)
    stop = min(opening or at + timedelta(days=14), at + timedelta(days=2))
    walk = at
    while walk < stop:
        assert open_date(campaign, zone, walk) is None
        walk += timedelta(minutes=5)
    if opening is not None:
        assert window.is_open(hours, Hours(), opening)
        closes = window.open_until(hours, Hours(), opening)
        assert window.is_open(hours, Hours(), closes - timedelta(microseconds=1))
        assert opening.astimezone(ZoneInfo(zone)).utcoffset() is not None
