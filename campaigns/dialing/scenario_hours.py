"""The schedules and the safe-hours table of a scenario file."""

from datetime import date
from typing import Any

from campaigns.dialing import law, spans
from campaigns.dialing.fields import Fields
from campaigns.dialing.values import LegalHours, SafeHours, Window
from contacts.legal_hours import default_table

_CLOSED = Window("UTC", ((),) * 7)


def read_schedule(item: Fields, timezone: str) -> Window:
    """A schedule: `timezone`, `days` with spans, `exceptions`. A mistake is noted in `item`, and it is never open."""
    zone = item.zone("timezone", timezone) or timezone
    days, exceptions = item.raw("days", {}), item.raw("exceptions", [])
    item.text("name", "")
    item.finish()
    if not isinstance(days, dict) or not isinstance(exceptions, list):
        item.mistake("", "needs days as an object and exceptions as a list")
        return _CLOSED
    try:
        return spans.scheduled(zone, days, exceptions)
    except spans.InvalidWindow as error:
        item.mistake("", str(error).rstrip("."))
        return _CLOSED


def read_safe_hours(workspace: Fields) -> SafeHours | None:
    """true: the table that is shipped with the product; a list: these rows and no others; false: none is kept to."""
    given = workspace.raw("safe_hours", False)
    if isinstance(given, bool):
        return law.legal(default_table()) if given else None
    if not isinstance(given, list):
        workspace.mistake("safe_hours", "must be true, false or a list of rows")
        return None
    rows = [_row(each) for each in workspace.items("safe_hours")]
    return {(row.country, row.region): row for row in rows}


def _row(item: Fields) -> LegalHours:
    country, region, source = item.text("country", ""), item.text("region", ""), item.text("source", "")
    days: Any = item.raw("days", {})
    as_of = item.text("as_of", None)
    item.finish()
    try:
        return LegalHours(country, region, law.week(days), source, date.fromisoformat(as_of) if as_of else None)
    except (spans.InvalidWindow, ValueError, AttributeError, TypeError) as error:
        item.mistake("", str(error).rstrip("."))
        return LegalHours(country, region, ((),) * 7, source)
