"""Statements of our own: one text however many values, so that nothing is built anew for every turn of a dialer."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

AT_ONCE = 500  # rows of one statement


def among(column: str, name: str) -> str:
    """SQL: the column is one of the values of `select`'s list `name`, however many they are."""
    if connection.vendor == "postgresql":
        return f"{column} = ANY(%({name})s)"
    return f"{column} IN (SELECT value FROM json_each(%({name})s))"  # noqa: S608


def words(values: Iterable[str]) -> str:
    """SQL: words of our enumerations, for a statement that is written once."""
    return ", ".join(f"'{value!s}'" for value in values)


def select(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """What a statement answers. Values are given as everywhere (times with their zone); lists go with `among`."""
    with connection.cursor() as cursor:
        cursor.execute(statement, given(values))
        return cursor.fetchall() if cursor.description else []


def put(into: str, rows: Sequence[Sequence[Any]], conflict: str) -> None:
    """INSERT INTO {into} VALUES … ON CONFLICT {conflict}, in the rows' order: PostgreSQL takes many at once, which
    must not name a row twice; SQLite is quicker with one prepared statement."""
    if not rows:
        return
    marks = f"({', '.join(['%s'] * len(rows[0]))})"
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.executemany(f"INSERT INTO {into} VALUES {marks} ON CONFLICT {conflict}", rows)  # noqa: S608
            return
        for start in range(0, len(rows), AT_ONCE):
            piece = rows[start : start + AT_ONCE]
            statement = f"INSERT INTO {into} VALUES {', '.join([marks] * len(piece))} ON CONFLICT {conflict}"  # noqa: S608
            cursor.execute(statement, [value for row in piece for value in row])


@contextmanager
def one_moment() -> Iterator[None]:
    """Everything read inside is as it stood at the first read, whatever is written meanwhile; nothing may be written.
    Nobody is held up by it. In a transaction of the caller's, that one's rules hold."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            select("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY", {})
            yield
    else:  # Django's own BEGIN would take the lock of those who write
        select("BEGIN DEFERRED", {})
        try:
            yield
        finally:
            select("ROLLBACK", {})


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by name as the database takes them."""
    return {name: _given(value) for name, value in values.items()}


def moment(value: Any) -> datetime | None:
    """A time as `select` answers it: SQLite's have no zone, some are text; they are UTC."""
    if value is None:
        return None
    at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _given(value: Any) -> Any:
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, list) and connection.vendor != "postgresql":
        return json.dumps(value, default=_plain)
    return value


def _plain(value: Any) -> Any:
    """A member of a list as SQLite keeps it."""
    if isinstance(value, UUID):
        return value.hex
    raise TypeError(f"{value!r} cannot be a member of a list.")
