"""Instants and words as scenarios and traces write them."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
MOMENT = timedelta(microseconds=1)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def when(text: str) -> datetime:
    """2026-03-02T03:30:00Z and its like, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


@lru_cache(maxsize=2048)
def minutes(text: str) -> int:
    """09:30 as minutes of the day; 24:00 is 1440."""
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def day_of(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def same(word: str) -> str:
    """A disposition as it is compared."""
    return word.strip().lower().replace(" ", "_").replace("-", "_")
