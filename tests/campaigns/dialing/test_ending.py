"""When a campaign is over, and when it pauses by itself."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from campaigns.dialing import ending, window
from campaigns.dialing.ending import Counts
from campaigns.dialing.values import Policy

NOW = datetime(2026, 3, 2, 18, tzinfo=UTC)
POLICY = Policy("k", 1, window.parse("09:00", "18:00", "UTC", ["mon"]), single_day=False)
ONE_DAY = replace(POLICY, single_day=True)


@pytest.mark.parametrize("left", ["waiting", "dialing", "called", "live", "callbacks", "loading"])
def test_a_campaign_goes_on_while_anything_is_open(left):
    assert ending.over(POLICY, Counts(), NOW) == "all_final"
    assert ending.over(POLICY, Counts(**{left: 1}), NOW) is None


def test_always_on_never_completes_and_a_paused_campaign_not_by_itself():
    assert ending.over(replace(POLICY, always_on=True), Counts(), NOW) is None
    assert ending.over(POLICY, Counts(), NOW, running=False) is None


@pytest.mark.parametrize("running", [True, False])
@pytest.mark.parametrize(
    ("counts", "closes", "reason"),
    [
        (Counts(waiting=5, callbacks=2), NOW, "single_day_over"),
        (Counts(waiting=5), NOW + timedelta(microseconds=1), None),
        (Counts(waiting=5), None, None),
        (Counts(waiting=5, live=1, dialing=1), NOW, None),
        (Counts(waiting=5, called=1), NOW, None),
    ],
)
def test_a_single_day_is_over_once_it_has_closed_and_nobody_talks(counts, closes, reason, running):
    assert ending.over(ONE_DAY, counts, NOW, running=running, day_closes=closes) == reason


def test_a_pilot_is_done_when_all_its_calls_have_a_verdict():
    assert ending.pilot_done(20, 20, 0)
    assert not ending.pilot_done(20, 19, 0)
    assert not ending.pilot_done(20, 20, 1)
    assert not ending.pilot_done(None, 20, 0)


def test_the_error_rate_looks_at_the_last_fifty_calls():
    assert ending.error_rate(["error"] * 49) is None
    assert ending.error_rate(["error"] * 25 + ["human"] * 25) == 50
    assert ending.error_rate(["error"] * 100 + ["timeout"] * 13 + ["busy"] * 37) == 26
