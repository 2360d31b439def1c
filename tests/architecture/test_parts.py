"""tests/run.py takes the suite to pieces: whatever marks a test bears, it runs once on each database, or once."""

from collections import Counter
from itertools import chain, combinations

import pytest
from _pytest.mark.expression import Expression

from tests import run

MARKS = ("kill", "busy", "browser", "load", "once")
EVERY = list(chain.from_iterable(combinations(MARKS, count) for count in range(len(MARKS) + 1)))


def runs(marks: tuple[str, ...], asked: str | None = None) -> Counter[str]:
    """How often a test with these marks runs beside which database."""
    found: Counter[str] = Counter()
    for one in chain.from_iterable(run.turns()):
        which, expression, *_ = run.marked(one, asked)
        assert which == "-m"
        found[one.database] += Expression.compile(expression).evaluate(lambda name, **_: name in marks)
    return +found


@pytest.fixture(autouse=True)
def both_databases(monkeypatch) -> None:
    monkeypatch.setenv("TEST_DATABASE_URL", "postgres://user@127.0.0.1/name")


@pytest.mark.parametrize("marks", EVERY, ids="-".join)
def test_every_test_runs_once_on_each_database_or_only_once(marks):
    if "once" in marks:
        assert runs(marks).total() == 1
    else:
        assert runs(marks) == {"SQLite": 1, "PostgreSQL": 1}


def test_what_is_asked_for_runs_in_its_part_alone():
    assert runs(("kill",), "kill") == {"SQLite": 1, "PostgreSQL": 1}
    assert runs(("kill", "load"), "kill") == {"SQLite": 1, "PostgreSQL": 1}
    assert not runs(("load",), "kill") and not runs((), "kill")


def test_pytests_other_arguments_are_left_alone():
    asked, others = run.MARKERS.parse_known_args(["tests/flows", "-k", "retry", "-m", "not slow", "--maxfail=3", "-x"])
    assert (asked.m, others) == ("not slow", ["tests/flows", "-k", "retry", "--maxfail=3", "-x"])
