"""Moments that people and programs give."""

from datetime import datetime

LAST_YEAR = 8999
TOO_FAR = f"Choose a time before the year {LAST_YEAR + 1}."


def too_far(at: datetime) -> bool:
    """Whether it lies so near the end of the calendar that other zones, and so pages and databases, may not hold it."""
    return at.year > LAST_YEAR
