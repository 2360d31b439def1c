"""How long a page waits for the database, and how long the database itself works for it.

SQLite works within the client: both are one figure. PostgreSQL is asked again right after the page, by EXPLAIN ANALYZE
of the same statements with the same values: planning and execution, without the driver and the way there and back,
which take about a quarter of a millisecond a query.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

READS = ("SELECT", "WITH", "EXPLAIN")


class Clock:
    """Counts queries and their time, fetching included: SQLite finds most rows when they are fetched only."""

    def __init__(self) -> None:
        self.seconds, self.slowest, self.worst = 0.0, "", 0.0
        self.asked: list[tuple[str, Any]] = []

    @property
    def queries(self) -> int:
        return len(self.asked)

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.asked.append((sql, params))
        before = self.seconds
        try:
            return self.timed(execute)(sql, params, many, context)
        finally:
            took = self.seconds - before
            if took > self.worst:
                self.slowest, self.worst = f"{sql} {params}", took
            if not isinstance(context["cursor"].cursor, Fetched):
                context["cursor"].cursor = Fetched(context["cursor"].cursor, self)

    def timed(self, work: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*given: Any) -> Any:
            begun = time.perf_counter()
            try:
                return work(*given)
            finally:
                self.seconds += time.perf_counter() - begun

        return counted

    def worked(self) -> float:
        """Seconds of the database alone. To be asked when the clock has stopped: PostgreSQL runs it all once more."""
        if connection.vendor != "postgresql":
            return self.seconds
        return sum(_worked(sql, params) for sql, params in self.asked if sql.lstrip().startswith(READS))


class Fetched:
    """A driver's cursor; what it takes to fetch counts."""

    def __init__(self, cursor: Any, ticking: Clock) -> None:
        self.cursor, self.ticking = cursor, ticking

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.cursor, name)
        return self.ticking.timed(found) if name.startswith("fetch") else found

    def __iter__(self) -> Iterator[Any]:
        return iter(self.fetchone, None)


@contextmanager
def clock() -> Iterator[Clock]:
    one = Clock()
    with connection.execute_wrapper(one):
        yield one


def _worked(sql: str, params: Any) -> float:
    """Planning and execution of one statement; of one that asked for a plan only, the planning."""
    options = "ANALYZE, TIMING OFF, SUMMARY, FORMAT JSON"
    if sql.startswith("EXPLAIN"):
        options, sql = "SUMMARY, FORMAT JSON", sql.split(")", 1)[1]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN ({options}) {sql}", params)
        found = cursor.fetchone()[0]
    plan = (json.loads(found) if isinstance(found, str) else found)[0]
    return float(plan["Planning Time"] + plan.get("Execution Time", 0.0)) / 1000
