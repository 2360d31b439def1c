"""The hours of a week as people write and read them: “09:00–12:00, 13:00–18:00” on each day."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.fields import WEEK

Spans = list[list[str]]
DAY_NAMES = {"mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday"}
DAY_NAMES |= {"sat": "Saturday", "sun": "Sunday"}
CLOSED = {"", "-", "–", "closed", "none"}
SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*(?:-|–|—|to)\s*(\d{1,2}):(\d{2})")


def read(text: str) -> Spans:
    """“9:00-12:00, 13:00-18:00” as [["09:00", "12:00"], ["13:00", "18:00"]]; nothing, or “closed”, as []."""
    if text.strip().lower() in CLOSED:
        return []
    found = []
    for part in re.split(r"[,;]", text):
        match = SPAN.fullmatch(part.strip())
        if match is None:
            raise ValidationError(f"“{part.strip()[:40]}” is not a span. Write 09:00–12:00, 13:00–18:00.")
        first, first_minute, last, last_minute = match.groups()
        found.append([f"{int(first):02}:{first_minute}", f"{int(last):02}:{last_minute}"])
    return found


def written(spans: Sequence[Sequence[str]]) -> str:
    """“09:00–12:00, 13:00–18:00”; "" for none."""
    return ", ".join(f"{start}–{end}" for start, end in spans)


def in_words(days: Mapping[str, Sequence[Sequence[str]]]) -> str:
    """“Mon–Fri 09:00–18:00; Sat 10:00–14:00”; days that follow each other with equal hours are drawn together."""
    runs: list[tuple[list[str], str]] = []
    for day, label in WEEK:
        hours = written(days.get(day, ()))
        if runs and runs[-1][1] == hours:
            runs[-1][0].append(label)
        else:
            runs.append(([label], hours))
    told = [f"{_days(labels)} {hours}" for labels, hours in runs if hours]
    return "; ".join(told) or "Never"


def _days(labels: list[str]) -> str:
    if len(labels) == len(WEEK):
        return "Every day"
    return labels[0] if len(labels) == 1 else f"{labels[0]}–{labels[-1]}"


class SpansField(forms.CharField):
    """The spans of one day. Empty: closed, which is an answer like any other."""

    needed = True  # not marked as optional on pages

    def __init__(self, **options: Any):
        super().__init__(**{"required": False, "max_length": 200, **options})
        self.widget.attrs.update({"placeholder": "Closed", "autocomplete": "off", "inputmode": "text"})

    def prepare_value(self, value: Any) -> Any:
        return written(value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> Any:
        return read(super().clean(value) or "")


class WeekForm(forms.Form):
    """Seven fields, mon … sun, beside what a form of its own asks for. `days` is what was written."""

    mon, tue, wed, thu, fri, sat, sun = (SpansField(label=DAY_NAMES[day]) for day, _ in WEEK)

    @staticmethod
    def initial_days(days: Mapping[str, Sequence[Sequence[str]]]) -> dict[str, object]:
        return {day: [list(span) for span in days.get(day, ())] for day, _ in WEEK}

    @property
    def days(self) -> dict[str, Spans]:
        return {day: self.cleaned_data[day] for day, _ in WEEK if self.cleaned_data.get(day)}

    @property
    def day_fields(self) -> list[forms.BoundField]:
        return [self[day] for day, _ in WEEK]
