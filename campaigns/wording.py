"""How campaigns speak of counts, lists, weekdays and moments, so that page, API and admin say the same."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from accounts.figures import MINUTE, day_and_time, in_sentence, span, thousands
from campaigns.choices import WEEKDAYS

if TYPE_CHECKING:
    from campaigns.models import Campaign

# An outcome that can be retried, as the settings name it.
OUTCOME_WORDS = {
    "no_answer": "No answer (no_answer)",
    "busy": "Line busy (busy)",
    "rejected": "Declined (rejected)",
    "rnr": "Rang, no response (RNR)",
    "machine": "Voicemail or machine (machine)",
    "error": "Technical failure (error)",
    "timeout": "No final word (timeout)",
}


def many(number: int, noun: str, plural: str = "") -> str:
    """“1 contact”, “2 contacts”, “0 contacts”."""
    return f"{thousands(number)} {noun if number == 1 else plural or noun + 's'}"


def minutes(number: int) -> str:
    """“30 min”, “2 h 10 min”, “3 d”."""
    return span(number * MINUTE)


def listed(parts: Sequence[str], last: str = "and") -> str:
    """“a”, “a and b”, “a, b and c”."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def weekdays(days: Iterable[str]) -> str:
    """“Every day”, “Mon–Fri”, “Mon, Wed–Fri”; runs of two and more are drawn together."""
    ticked = set(days)
    if ticked >= set(WEEKDAYS):
        return "Every day"
    runs: list[list[str]] = []
    for number, day in enumerate(WEEKDAYS):
        if day in ticked:
            if runs and number and WEEKDAYS[number - 1] == runs[-1][-1]:
                runs[-1].append(day)
            else:
                runs.append([day])
    return ", ".join(r[0].title() if len(r) == 1 else f"{r[0].title()}–{r[-1].title()}" for r in runs)


def call_window(campaign: "Campaign") -> str:
    """“Mon–Fri, 09:00–18:00”, or “Schedule “Office”” where one is linked; without the zone."""
    if campaign.schedule is not None:
        return f"Schedule “{campaign.schedule.name}”"
    return f"{weekdays(campaign.window_days or ())}, {campaign.window_start}–{campaign.window_end}"


def moment(at: datetime, zone: str, now: datetime) -> str:
    """“Today 09:00 Europe/Berlin”, “Mon 23 Nov 09:00 Europe/Berlin”."""
    return day_and_time(at.astimezone(ZoneInfo(zone)), now, zone)


def then(at: datetime, zone: str, now: datetime) -> str:
    """A moment in the middle of a sentence: “today 09:00 Europe/Berlin”."""
    return in_sentence(moment(at, zone, now))


def full_moment(at: datetime, zone: str) -> str:
    """“Mon 23 Nov 2026 09:00 Europe/Berlin”: for what is read later than today."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b %Y %H:%M} {zone}"
