"""Counts, lists, weekdays and moments in words."""

import pytest

from campaigns import wording
from campaigns.choices import WEEKDAYS
from tests.factories import NOON


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 calls"), (1, "1 call"), (2, "2 calls"), (1200, "1\u202f200 calls")]
)
def test_counts(number, words):
    assert wording.many(number, "call") == words


@pytest.mark.parametrize(
    ("parts", "words"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (list("abc"), "a, b and c")]
)
def test_lists(parts, words):
    assert wording.listed(parts) == words


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (WEEKDAYS, "Every day"),
        (["mon", "tue", "wed", "thu", "fri"], "Mon–Fri"),
        (["fri", "mon"], "Mon, Fri"),
        (["mon", "wed", "thu", "sun"], "Mon, Wed–Thu, Sun"),
        ([], ""),
    ],
)
def test_weekdays(days, words):
    assert wording.weekdays(days) == words


@pytest.mark.parametrize(("minutes", "words"), [(30, "30 min"), (130, "2 h 10 min"), (2880, "2 d")])
def test_stretches(minutes, words):
    assert wording.minutes(minutes) == words


def test_moments_are_told_in_their_zone():
    assert wording.moment(NOON, "Asia/Tokyo", NOON) == "Today 21:00 Asia/Tokyo"
    assert wording.then(NOON, "Asia/Tokyo", NOON) == "today 21:00 Asia/Tokyo"
    assert wording.full_moment(NOON, "Asia/Tokyo") == "Mon 1 Jun 2026 21:00 Asia/Tokyo"
