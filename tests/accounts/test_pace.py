"""How many rows a piece of big work has, and how long it rests: so that others, calls above all, need not wait."""

import pytest

from accounts import pace
from accounts.pace import FEWEST, FEWEST_BESIDE_CALLS, GAP, HELD, HELD_BESIDE_CALLS, LONGEST_REST, LOOK_EVERY, Pace


class Clock:
    """A time that passes when it is told to, and while somebody sleeps."""

    def __init__(self) -> None:
        self.now, self.slept = 1_000.0, list[float]()

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.now += seconds


class Calls:
    """Whether any are made, and how often that was asked."""

    made, asked = False, 0


def calls_are_made() -> bool:
    Calls.asked += 1
    return Calls.made


@pytest.fixture(autouse=True)
def calls(settings) -> type[Calls]:
    settings.CALLS_ARE_MADE = f"{__name__}.calls_are_made"
    Calls.made, Calls.asked = False, 0
    return Calls


@pytest.fixture(autouse=True)
def clock(monkeypatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(pace, "sleep", made.sleep)
    monkeypatch.setattr(pace, "monotonic", lambda: made.now)
    return made


def gentle(most: int = 2_000) -> Pace:
    """Of work that writes to SQLite."""
    made = Pace(10_000, most)
    made.gentle, made.most = True, most
    made.rows = min(most, made.rows)
    return made


# ── while nobody is called ──


def test_a_piece_that_held_the_database_for_too_long_makes_the_next_one_smaller() -> None:
    made = gentle()
    made.note(2_000, HELD * 4)
    assert made.rows == 500
    made.note(500, HELD * 100)
    assert made.rows == FEWEST, "and never none"


def test_pieces_grow_again_by_and_by_and_never_beyond_the_most() -> None:
    made, sizes = gentle(), []
    made.note(2_000, HELD * 2)
    for _ in range(4):
        made.note(made.rows, 0.0)
        sizes.append(made.rows)
    assert sizes == [1_300, 1_690, 2_000, 2_000]


def test_the_last_piece_of_a_file_which_is_short_says_nothing_of_the_next() -> None:
    made = gentle()
    made.note(3, HELD * 4)
    assert made.rows == 2_000


def test_postgresql_takes_as_many_as_it_was_told_and_rests_for_nobody(clock) -> None:
    made = Pace(10_000)
    clock.now += 60
    made.note(10_000, 60.0)
    made.rest()
    assert (made.rows, clock.slept) == (10_000, [])


def test_writers_to_sqlite_leave_a_gap(clock) -> None:
    made = gentle()
    made.note(2_000, HELD)
    clock.now += 0.01  # reading
    made.rest()
    assert clock.slept == [round(GAP - 0.01, 3)]


# ── while calls are made ──


def test_beside_calls_work_rests_as_long_as_it_worked(clock, calls) -> None:
    calls.made = True
    made = Pace(10_000)
    clock.now += 0.08
    made.rest()
    clock.now += 0.05
    made.rest()
    clock.now += 30
    made.rest()
    assert clock.slept == [0.08, 0.05, LONGEST_REST], "its rests are no work"


def test_beside_calls_pieces_are_short(calls) -> None:
    calls.made = True
    made = Pace(10_000)
    assert made.rows == FEWEST, "from the first one on"
    made.note(made.rows, HELD / 2)
    assert made.rows == 650
    made.note(made.rows, HELD * 2)
    assert made.rows == 325
    made.note(made.rows, HELD * 100)
    assert made.rows == FEWEST_BESIDE_CALLS


def test_beside_calls_sqlite_s_place_to_write_is_held_for_a_moment_only(calls) -> None:
    calls.made = True
    made = gentle()
    made.note(made.rows, HELD_BESIDE_CALLS * 2)
    assert made.rows == FEWEST // 2


def test_work_gives_way_from_the_moment_on_in_which_calls_begin_and_until_they_end(clock, calls) -> None:
    made = Pace(10_000)
    calls.made = True
    clock.now += LOOK_EVERY
    made.rest()
    made.note(10_000, HELD * 10)
    assert (made.rows, clock.slept) == (1_000, [LOOK_EVERY])
    calls.made = False
    clock.now += LOOK_EVERY
    made.rest()
    made.note(1_000, HELD)
    assert (made.rows, clock.slept) == (10_000, [LOOK_EVERY])


def test_whether_calls_are_made_is_asked_now_and_then_however_short_the_pieces(clock, calls) -> None:
    made = Pace(10_000)
    for _ in range(100):
        clock.now += LOOK_EVERY / 10
        made.rest()
    assert calls.asked <= 11


def test_work_without_pieces_rests_once_it_has_gone_on_for_as_long_as_one(clock, calls) -> None:
    calls.made = True
    made = Pace(500)
    for _ in range(5):
        clock.now += 0.6 * HELD
        made.breathe()
    assert clock.slept == [round(1.2 * HELD, 3)] * 2
