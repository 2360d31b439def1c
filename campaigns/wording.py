"""How campaigns speak of figures, spans of time and weekdays, so that page, API and admin say the same."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from campaigns.choices import WEEKDAYS

THIN_SPACE = "\u2009"
MINUTES_A_DAY = 1440


def figure(number: int) -> str:
    """1 234 567 with thin separators."""
    return f"{number:,}".replace(",", THIN_SPACE)


def many(number: int, noun: str, plural: str = "") -> str:
    """“1 contact”, “2 contacts”, “0 contacts”."""
    return f"{figure(number)} {noun if number == 1 else plural or noun + 's'}"


def minutes(number: int) -> str:
    """The largest unit that says it in whole numbers: 2 days, 3 h, 90 min."""
    if number and number % MINUTES_A_DAY == 0:
        return many(number // MINUTES_A_DAY, "day")
    if number and number % 60 == 0:
        return f"{number // 60} h"
    return f"{figure(number)} min"


def listed(parts: Sequence[str], last: str = "and") -> str:
    """“a”, “a and b”, “a, b and c”."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def weekdays(days: Iterable[str]) -> str:
    """“Every day”, “Mon–Fri”, “Mon, Wed–Fri”; runs of two and more are drawn together."""
    ticked = set(days)
    if len(ticked & set(WEEKDAYS)) == len(WEEKDAYS):
        return "Every day"
    runs: list[list[str]] = []
    for number, day in enumerate(WEEKDAYS):
        if day in ticked:
            if runs and number and WEEKDAYS[number - 1] == runs[-1][-1]:
                runs[-1].append(day)
            else:
                runs.append([day])
    return ", ".join(r[0].title() if len(r) == 1 else f"{r[0].title()}–{r[-1].title()}" for r in runs)


def moment(at: datetime, zone: str) -> str:
    """“Mon 23 Nov 2026, 09:00 (Europe/Berlin)”."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M} ({zone})"
