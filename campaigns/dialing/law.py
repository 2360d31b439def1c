"""The safe-hours table as the rules read it."""

import json
from collections.abc import Mapping
from functools import lru_cache

from campaigns.dialing import spans
from campaigns.dialing.values import LegalHours, SafeHours, Span
from contacts.legal_hours import Row, default_table


def legal(table: Mapping[tuple[str, str], Row]) -> SafeHours:
    """A table of rows in values. Raises spans.InvalidWindow for hours that are no hours."""
    shipped = default_table()
    return {place: _shipped()[place] if row is shipped.get(place) else _legal(row) for place, row in table.items()}


@lru_cache(maxsize=1)
def _shipped() -> SafeHours:
    return {place: _legal(row) for place, row in default_table().items()}


def _legal(row: Row) -> LegalHours:
    return LegalHours(row.country, row.region, week(row.days), row.source, row.as_of)


def week(days: Mapping[str, object]) -> tuple[tuple[Span, ...], ...]:
    """The spans of seven days; a week without any is a ban. Raises spans.InvalidWindow."""
    return _week(json.dumps(days))


@lru_cache(maxsize=1024)
def _week(written: str) -> tuple[tuple[Span, ...], ...]:
    days = json.loads(written)
    return spans.scheduled("UTC", days, ()).days if any(days.values()) else ((),) * 7
