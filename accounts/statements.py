"""Statements of our own: one text however many values, so that nothing is built anew for every turn of a dialer."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import connection


def among(column: str, name: str) -> str:
    """SQL: the column is one of the values of `select`'s list `name`, however many they are."""
    if connection.vendor == "postgresql":
        return f"{column} = ANY(%({name})s)"
    return f"{column} IN (SELECT value FROM json_each(%({name})s))"  # noqa: S608


def select(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """What a statement answers. Values are given as everywhere (times with their zone); lists go with `among`."""
    with connection.cursor() as cursor:
        cursor.execute(statement, given(values))
        return cursor.fetchall() if cursor.description else []


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
        return json.dumps(value)
    return value
