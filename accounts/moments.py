"""Moments that people and programs give."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

LAST_YEAR = 8999
YEARS = range(1990, 2200)  # of the days that lists are asked for
TOO_FAR = f"Choose a time before the year {LAST_YEAR + 1}."


def too_far(at: datetime) -> bool:
    """Whether it lies so near the end of the calendar that other zones, and so pages and databases, may not hold it."""
    return at.year > LAST_YEAR


def within(at: datetime) -> datetime:
    """The moment, or the first or last one that lists are asked for: what lies beyond has no form in other zones."""
    first, last = (datetime(year, 1, 1, tzinfo=UTC) for year in (YEARS.start, YEARS.stop))
    return min(max(at, first), last)


def day(text: str) -> date | None:
    """2026-11-21 → the day; None for anything else."""
    try:
        found = date.fromisoformat(text) if text else None
    except ValueError:
        return None
    return found if found and found.year in YEARS else None


def midnight(of: date, zone: str) -> datetime:
    """When this day begins there."""
    return datetime.combine(of, time(), ZoneInfo(zone))
