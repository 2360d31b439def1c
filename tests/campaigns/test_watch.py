from datetime import UTC, datetime, timedelta

import pytest

from campaigns.watch import Watch

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def seen(monkeypatch):
    """A watch that has looked each second of a minute, and goes on from there: `seen(counted, clock)` in seconds."""
    watch = Watch()

    def look(counted: float, clock: float) -> datetime | None:
        monkeypatch.setattr("campaigns.watch.time.monotonic", lambda: counted)
        watch.look(NOON + timedelta(seconds=clock))
        return watch.set_at

    for second in range(60):
        assert look(second, second) is None
    return look


def test_seconds_that_were_counted_are_no_step_however_many(seen, caplog):
    assert seen(7200, 7200) is None
    assert caplog.text == ""


def test_a_step_forward_is_kept_with_its_time_and_told(seen, caplog):
    assert seen(60, 3660) == NOON + timedelta(seconds=3660)
    assert seen(61, 3661) == NOON + timedelta(seconds=3660)
    assert "set forward by 3600 seconds" in caplog.text


def test_what_was_set_a_moment_ago_is_past_after_so_many_counted_seconds(monkeypatch):
    watch = Watch()
    for counted, clock in ((0, 0), (1, 3601)):
        monkeypatch.setattr("campaigns.watch.time.monotonic", lambda: counted)  # noqa: B023 - called here
        assert not watch.was_set_within(10)
        watch.look(NOON + timedelta(seconds=clock))
    assert watch.was_set_within(2)
    monkeypatch.setattr("campaigns.watch.time.monotonic", lambda: 3)
    assert not watch.was_set_within(2)


def test_a_step_back_is_told(seen, caplog):
    assert seen(60, -3540) is None
    assert "set back by 3600 seconds" in caplog.text
