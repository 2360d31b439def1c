"""Windows, schedules and safe hours in every time zone, at every half-hour of two years, against wall-clock texts."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from campaigns.dialing import window
from campaigns.dialing.values import Hours, LegalHours, Policy

FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
HALF_HOURS = [FIRST + timedelta(minutes=30 * n) for n in range(int((LAST - FIRST) / timedelta(minutes=30)))]
NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Where clocks do odd things: half an hour, half-hour and quarter-hour offsets, Ramadan, midnight, two hours at once.
ODD = [
    "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca", "Pacific/Chatham", "Africa/Cairo",
    "Antarctica/Troll",
]  # fmt: skip

SPANS = {
    "mon": [["04:00", "05:00"], ["09:00", "12:00"], ["13:30", "24:00"]],
    "tue": [["01:30", "03:00"]],
    "thu": [["22:00", "02:00"]],
    "sun": [["00:30", "01:00"], ["02:00", "03:30"], ["20:00", "04:00"]],
}
EXCEPTIONS = [
    {"date": "2026-03-29", "spans": []},
    {"date": "2026-12-24", "spans": [["08:00", "10:00"], ["23:00", "00:30"]]},
    {"date": "2027-11-07", "spans": [["00:00", "24:00"]]},
]
LEGAL = {"mon": ("08:00", "21:00"), "thu": ("09:00", "23:30"), "fri": ("00:30", "20:00"), "sun": ("02:30", "21:00")}


def offsets(zone: str) -> tuple[timedelta, ...]:
    name = ZoneInfo(zone)
    return tuple(name.utcoffset(at.astimezone(name)) for at in HALF_HOURS)


def open_at_wall(local: datetime) -> bool:
    """By the texts alone: has a span of this date begun, or does one of the day before still run?"""
    spans_of = {item["date"]: item["spans"] for item in EXCEPTIONS}
    clock = local.strftime("%H:%M")
    day_before = local - timedelta(days=1)
    today = spans_of.get(f"{local:%Y-%m-%d}", SPANS.get(NAMES[local.weekday()], []))
    before = spans_of.get(f"{day_before:%Y-%m-%d}", SPANS.get(NAMES[day_before.weekday()], []))
    return any(start <= clock and (clock < end or end < start) for start, end in today) or any(
        end < start and clock < end for start, end in before
    )


def legal_at_wall(local: datetime) -> bool:
    start, end = LEGAL.get(NAMES[local.weekday()], ("24:00", "24:00"))
    return start <= local.strftime("%H:%M") < end


def agree(zone: str, shifts: tuple[timedelta, ...]) -> None:
    legal = window.scheduled("UTC", {day: [list(span)] for day, span in LEGAL.items()}, []).days
    row = LegalHours("XX", "", legal, "test")
    policy = Policy("k", 1, window.scheduled(zone, SPANS, EXCEPTIONS), safe={("XX", ""): row})
    hours = Hours("XX", "", (zone,))
    locals_ = [(at + shift).replace(tzinfo=None) for at, shift in zip(HALF_HOURS, shifts, strict=True)]
    expected = [open_at_wall(local) and legal_at_wall(local) for local in locals_]
    assert any(expected)
    wrong = [
        at for at, is_open in zip(HALF_HOURS, expected, strict=True) if window.is_open(policy, hours, at) != is_open
    ]
    assert wrong == [], zone
    assert [at for at, found in zip(HALF_HOURS, covered(policy, hours), strict=True) if found] == [
        at for at, is_open in zip(HALF_HOURS, expected, strict=True) if is_open
    ], zone


def covered(policy: Policy, hours: Hours) -> list[bool]:
    """For every half-hour, whether it lies in an opening; `next_opening` and `open_until` find one after another."""
    found, start, end = [], FIRST, FIRST
    for at in HALF_HOURS:
        while end is not None and end <= at:
            start = window.next_opening(policy, hours, end)
            end = window.open_until(policy, hours, start) if start else None
        found.append(end is not None and start <= at < end)
    return found


@pytest.mark.parametrize("zone", ODD)
def test_every_half_hour_of_two_years_where_clocks_are_odd(zone):
    agree(zone, offsets(zone))


@pytest.mark.load
@pytest.mark.once
def test_every_half_hour_of_two_years_in_every_zone():
    """Zones with the same clock all the time are judged once."""
    alike = defaultdict(list)
    for zone in sorted(available_timezones() - {"localtime"}):
        alike[offsets(zone)].append(zone)
    assert len(alike) > 50
    for shifts, zones in alike.items():
        agree(zones[0], shifts)
