"""The safe-hours table as the rules read it."""

import json
from collections.abc import Mapping
from functools import lru_cache

from campaigns.dialing import spans
from campaigns.dialing.values import LegalHours, SafeHours, Span
from contacts.legal_hours import Row


def legal(table: Mapping[tuple[str, str], Row]) -> SafeHours:
    """A table of rows in values. Raises spans.InvalidWindow for hours that are no hours."""
    return {place: LegalHours(*place, week(row.days), row.source, row.as_of) for place, row in table.items()}


def week(days: Mapping[str, object]) -> tuple[tuple[Span, ...], ...]:
    """The spans of seven days; a week without any is a ban. Raises spans.InvalidWindow."""
    return _week(json.dumps(days))


@lru_cache(maxsize=1024)
def _week(written: str) -> tuple[tuple[Span, ...], ...]:
    days = json.loads(written)
    return spans.scheduled("UTC", days, ()).days if any(days.values()) else ((),) * 7
