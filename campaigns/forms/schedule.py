"""A shared schedule: its name, its zone, the hours of each day, and the dates on which other hours hold."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.fields import ZoneField
from accounts.models import User
from accounts.spans import SpansField, WeekForm
from campaigns import schedules
from campaigns.models import Schedule

EMPTY_ROWS = 3
MOST_ROWS = 200


class ScheduleForm(WeekForm):
    """Exceptions are rows of three fields; a row without a date is left out. Saving gives further empty rows."""

    name = forms.CharField(max_length=120, help_text="Clear to everybody: whose hours, which country.")
    timezone = ZoneField(label="Time zone", help_text="All times and dates below are read in it.")
    field_order = ["name", "timezone"]

    def __init__(self, data: Any = None, *, schedule: Schedule) -> None:
        self.schedule = schedule
        initial: dict[str, object] = {"name": schedule.name, "timezone": schedule.timezone}
        super().__init__(data, initial={**initial, **self.initial_days(schedule.days)})
        self.rows = [self._row(number) for number in range(self._count())]

    def _count(self) -> int:
        kept = len(self.schedule.exceptions)
        if self.is_bound:
            sent = sum(1 for name in self.data if name.startswith("date_"))
            return min(max(sent, EMPTY_ROWS), MOST_ROWS)
        return min(kept + EMPTY_ROWS, MOST_ROWS)

    def _row(self, number: int) -> list[forms.BoundField]:
        known = self.schedule.exceptions
        kept = known[number] if number < len(known) else {}
        date = forms.DateField(
            required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), label="Date"
        )
        parts: dict[str, forms.Field] = {
            "date": date,
            "spans": SpansField(label="Hours"),
            "note": forms.CharField(required=False, max_length=120, label="Note"),
        }
        for part, field in parts.items():
            field.widget.attrs.update(
                {"class": "form-control", "aria-label": f"{field.label} of exception {number + 1}"}
            )
            self.fields[f"{part}_{number}"] = field
            self.initial[f"{part}_{number}"] = kept.get(part)
        return [self[f"{part}_{number}"] for part in parts]

    @property
    def exceptions(self) -> list[dict[str, object]]:
        found = []
        for number in range(len(self.rows)):
            date, spans, note = (self.cleaned_data.get(f"{part}_{number}") for part in ("date", "spans", "note"))
            if date:
                found.append({"date": date.isoformat(), "spans": spans or [], "note": note or ""})
        return sorted(found, key=lambda exception: str(exception["date"]))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for number in range(len(self.rows)):
            filled = cleaned.get(f"spans_{number}") or cleaned.get(f"note_{number}")
            if filled and not cleaned.get(f"date_{number}") and f"date_{number}" not in self.errors:
                self.add_error(f"date_{number}", "Give the date, or empty the row.")
        return cleaned

    def keep(self, actor: User) -> Schedule | None:
        """The saved schedule; None when the rules refuse it, with the sentence on the form."""
        row = Schedule(pk=self.schedule.pk, workspace=self.schedule.workspace, created_at=self.schedule.created_at)
        row.name, row.timezone = self.cleaned_data["name"], self.cleaned_data["timezone"]
        row.days, row.exceptions = self.days, self.exceptions
        try:
            return schedules.save(row, actor=actor)
        except ValidationError as problem:
            for name, sentences in problem.message_dict.items():
                self.add_error(name if name in self.fields else None, sentences)
            return None
