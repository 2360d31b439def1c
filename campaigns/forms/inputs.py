"""Form fields of campaigns: numbers that repair themselves in the wizard, and wall-clock times."""

import re
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.fields import DurationField

LOCAL_TIME = "%Y-%m-%dT%H:%M"
TOO_SMALL = re.compile(r"-\d+|0+")  # whole numbers below 1


class RepairedField(forms.IntegerField):
    """A whole number of the wizard: blank becomes `blank`, below 1 becomes `below`; in the browser on leaving it."""

    def __init__(self, *, blank: int, below: int | None = None, **options: Any):
        self.blank, self.below = blank, blank if below is None else below
        super().__init__(required=False, min_value=1, **options)
        self.required = True  # said to be so by the page; a blank never stays blank
        self.widget.attrs.update(_repairs(self.blank, self.below))

    def clean(self, value: Any) -> int:
        if value is None or not str(value).strip():
            return self.blank
        number = self.to_python(value)
        return super().clean(self.below if number is not None and number < 1 else value)


class RepairedDuration(DurationField):
    """A stretch of time of the wizard, in minutes: blank or below 1 becomes `blank` minutes."""

    def __init__(self, *, blank: int, **options: Any):
        self.blank = blank
        super().__init__(least=1, **options)
        self.widget.widgets[0].attrs.update(_repairs(blank, blank))

    def clean(self, value: Any) -> int:
        number = str(value[0] if value else "").strip()
        if not number or TOO_SMALL.fullmatch(number):
            return self.blank
        return super().clean(value)


def _repairs(blank: int, below: int) -> dict[str, object]:
    """What static/js/forms.js does on leaving the field."""
    return {"data-blank-becomes": blank, "data-least": 1, "data-below-becomes": below, "inputmode": "numeric"}


class LocalTimeInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None):
        super().__init__(attrs, format=LOCAL_TIME)


class LocalTimeField(forms.Field):
    """A wall-clock time without a zone: the form knows in which zone it is meant."""

    widget = LocalTimeInput

    def to_python(self, value: Any) -> datetime | None:
        if not value:
            return None
        for form in (LOCAL_TIME, f"{LOCAL_TIME}:%S", "%Y-%m-%d %H:%M"):
            try:
                return datetime.strptime(str(value).strip(), form)  # noqa: DTZ007  the zone is another field
            except ValueError:
                continue
        raise ValidationError("Enter date and time, such as 2026-03-02 09:00.")
