"""Call windows as people write them: times, days, exceptions; read into values, each mistake one plain sentence."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.choices import WEEKDAYS
from campaigns.dialing.values import Span, Window

DAY_MINUTES = 1440
_NEAR = timedelta(days=366)  # of the first and last year no neighbouring date can be told


class InvalidWindow(ValueError):
    """The window cannot be used. Its text is one sentence for people."""


def parse(start: str, end: str, timezone: str, days: Sequence[str]) -> Window:
    """One span on each of `days`. "24:00" is a valid end; an end before the start runs past midnight.

    Raises InvalidWindow for an unknown zone or day, a text that is no time, equal times, and no day at all.
    """
    first, last = _minutes(start, "start"), _minutes(end, "end")
    if first == last:
        raise InvalidWindow("The window's start and end are the same time: choose two different times.")
    unknown = [day for day in days if day not in WEEKDAYS]
    if unknown:
        raise InvalidWindow(f"“{unknown[0]}” is not a day: use {', '.join(WEEKDAYS)}.")
    if not days:
        raise InvalidWindow("The window has no day: choose at least one.")
    zone(timezone)
    span = (first, last if last > first else last + DAY_MINUTES)
    return Window(timezone, tuple((span,) if day in days else () for day in WEEKDAYS))


def zone(name: str) -> ZoneInfo:
    """The zone of this IANA name. Raises InvalidWindow when there is none."""
    try:
        return zone_info(name)
    except (ValueError, OSError, LookupError, TypeError):
        raise InvalidWindow(f"“{name}” is not a time zone: choose an IANA name such as Europe/Berlin.") from None


def scheduled(timezone: str, days: Mapping[str, Any], exceptions: Sequence[Mapping[str, Any]]) -> Window:
    """A window of several spans a day: `days` maps mon … sun to [["09:00", "12:00"], …]; `exceptions` are
    {"date": "2026-12-25", "spans": […]}, whose spans replace that date's (none: a holiday).

    Raises InvalidWindow for whatever cannot be read, for spans that overlap, and for a week without a single span.
    """
    zone(timezone)
    if not isinstance(days, Mapping):
        raise InvalidWindow("The days of a schedule are written as {“mon”: [[“09:00”, “18:00”]]}.")
    if not isinstance(exceptions, list | tuple):
        raise InvalidWindow("The exceptions of a schedule are a list.")
    unknown = [day for day in days if day not in WEEKDAYS]
    if unknown:
        raise InvalidWindow(f"“{unknown[0]}” is not a day: use {', '.join(WEEKDAYS)}.")
    week = tuple(_spans(days.get(day, ()), day) for day in WEEKDAYS)
    if not any(week):
        raise InvalidWindow("The schedule is never open: give at least one day a span.")
    for day, next_day in pairwise([*zip(WEEKDAYS, week, strict=True), (WEEKDAYS[0], week[0])]):
        _not_into(day, next_day)
    return Window(timezone, week, _exceptions(exceptions, week))


def _exceptions(given: Sequence[Mapping[str, Any]], week: tuple[tuple[Span, ...], ...]) -> dict[date, tuple[Span, ...]]:
    found: dict[date, tuple[Span, ...]] = {}
    for exception in given:
        on = _date(exception)
        if on in found:
            raise InvalidWindow(f"{on} is there twice: keep one exception a date.")
        found[on] = _spans(exception.get("spans", ()), str(on))
    for on in found:
        around = [on + timedelta(days=number) for number in (-1, 0, 1)]
        for day, next_day in pairwise([(str(day), found.get(day, week[day.weekday()])) for day in around]):
            _not_into(day, next_day)
    return found


def _spans(given: Any, whose: str) -> tuple[Span, ...]:
    pairs: Any = given if isinstance(given, list | tuple) else [None]
    if not all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs):
        raise InvalidWindow(f"The spans of {whose} are not a list of pairs such as [“09:00”, “12:00”].")
    found = sorted(_span(str(start), str(end)) for start, end in pairs)
    for (_, end), (start, _) in pairwise(found):
        if start < end:
            raise InvalidWindow(f"Two spans of {whose} overlap: let one end before the next begins.")
    return tuple(found)


def _span(start: str, end: str) -> Span:
    first, last = _minutes(start, "start"), _minutes(end, "end")
    if first == last:
        raise InvalidWindow(f"A span starts and ends at {start}: choose two different times.")
    return first, last if last > first else last + DAY_MINUTES


def _not_into(day: tuple[str, tuple[Span, ...]], next_day: tuple[str, tuple[Span, ...]]) -> None:
    """A span past midnight may not run into the next day's first one."""
    if day[1] and next_day[1] and day[1][-1][1] - DAY_MINUTES > next_day[1][0][0]:
        raise InvalidWindow(f"The last span of {day[0]} runs past midnight into the first of {next_day[0]}.")


def _date(exception: Mapping[str, Any]) -> date:
    given = exception.get("date") if isinstance(exception, Mapping) else None
    if not given:
        raise InvalidWindow("An exception has no date: write it as 2026-12-25.")
    try:
        on = date.fromisoformat(str(given))
        if str(on) != str(given) or on <= date.min + _NEAR or on >= date.max - _NEAR:
            raise ValueError(given)
        return on
    except ValueError:
        raise InvalidWindow(f"“{given}” is not a date: write an exception's date as 2026-12-25.") from None


def _minutes(text: str, which: str) -> int:
    parts = str(text).split(":")
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() and len(part) == 2 for part in parts):
        raise InvalidWindow(f"“{text}” is not a time: write the window's {which} as HH:MM.")
    hour, minute = int(parts[0]), int(parts[1])
    if (hour, minute) == (24, 0) and which == "end":
        return DAY_MINUTES
    if hour > 23 or minute > 59:
        raise InvalidWindow(f"“{text}” is not a time of day: write the window's {which} as HH:MM.")
    return hour * 60 + minute


@lru_cache(maxsize=1024)
def zone_info(name: str) -> ZoneInfo:
    """The zone of a name that is known to be one; read once."""
    return ZoneInfo(name)
