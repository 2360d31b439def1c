"""Frequency caps: a rolling day and a rolling week of calls to one number."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.dialing.caps import free_at
from campaigns.dialing.values import Caps

NOW = datetime(2026, 3, 29, 1, tzinfo=UTC)  # the clocks change in Europe; hours are hours


def ago(*hours):
    return [NOW - timedelta(hours=each) for each in sorted(hours, reverse=True)]


@pytest.mark.parametrize(
    ("caps", "launched", "free_in_hours"),
    [
        (Caps(), ago(1, 2, 3), 0),
        (Caps(day=1), [], 0),
        (Caps(day=1), ago(20), 4),
        (Caps(day=1), ago(24), 0),  # a call exactly a day old counts no more
        (Caps(day=2), ago(20), 0),
        (Caps(day=2), ago(20, 5), 4),
        (Caps(day=2), ago(20, 10, 5), 14),  # one too many already: two have to grow old
        (Caps(week=1), ago(24), 144),
        (Caps(week=1), ago(168), 0),
        (Caps(day=1, week=3), ago(100, 50, 20), 68),  # both hold it; the later end counts
        (Caps(day=1, week=4), ago(100, 50, 20), 4),
    ],
)
def test_when_one_more_call_keeps_to_both_caps(caps, launched, free_in_hours):
    assert free_at(caps, launched, NOW) == NOW + timedelta(hours=free_in_hours)


def test_a_cap_of_none_never_frees_anybody():
    assert free_at(Caps(day=0), [], NOW) > NOW + timedelta(days=365)


def test_whoever_waits_so_long_may_be_called_then():
    """The instant it names is free, and the one before it is not."""
    caps, launched = Caps(day=2, week=5), ago(160, 90, 60, 23, 3, 2)
    free = free_at(caps, launched, NOW)
    assert free_at(caps, launched, free) == free
    just_before = free - timedelta(microseconds=1)
    assert free_at(caps, launched, just_before) > just_before
