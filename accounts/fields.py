"""Form fields that several pages share: a time zone, JSON, a duration in its unit, the days of a week."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.forms.fields import InvalidJSONInput

from accounts.json_values import refusal
from accounts.models import known_timezone

FIRST_ZONES = (
    ("Asia/Kolkata", "Kolkata (IST)"),
    ("Asia/Dubai", "Dubai (GST)"),
    ("Asia/Singapore", "Singapore (SGT)"),
    ("Asia/Tokyo", "Tokyo (JST)"),
    ("Europe/London", "London"),
    ("Europe/Berlin", "Berlin"),
    ("America/New_York", "New York"),
    ("America/Chicago", "Chicago"),
    ("America/Los_Angeles", "Los Angeles"),
    ("UTC", "UTC"),
)
UNITS = (("minutes", "minutes"), ("hours", "hours"), ("days", "days"))
MINUTES_IN = {"minutes": 1, "hours": 60, "days": 1440}
WEEK = (
    ("mon", "Mon"),
    ("tue", "Tue"),
    ("wed", "Wed"),
    ("thu", "Thu"),
    ("fri", "Fri"),
    ("sat", "Sat"),
    ("sun", "Sun"),
)


@cache
def zones() -> tuple[tuple[str, str], ...]:
    """Every IANA zone as (name, words): the ten most used first, then the rest by name."""
    first = dict(FIRST_ZONES)
    rest = sorted(name for name in available_timezones() if name not in first and name != "localtime")
    return (*FIRST_ZONES, *((name, name.replace("_", " ")) for name in rest))


class ZoneInput(forms.TextInput):
    """A text field that searches the list of zones as one types (components/zones.html)."""

    template_name = "components/zone_input.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["zones"] = zones()
        context["list_id"] = f"{context['widget']['attrs'].get('id', name)}-zones"
        context["widget"]["attrs"]["list"] = context["list_id"]
        context["widget"]["attrs"].setdefault("autocomplete", "off")
        return context


class ZoneField(forms.CharField):
    """An IANA zone name; also takes the words of the list ("Kolkata (IST)"). An unknown zone is refused."""

    widget = ZoneInput

    def __init__(self, **kwargs: Any):
        super().__init__(**{"max_length": 64, **kwargs})

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return text
        names = {words.lower(): name for name, words in zones()} | {name.lower(): name for name, _ in zones()}
        name = names.get(text.lower(), text)
        known_timezone(name)
        return name


class DurationWidget(forms.MultiWidget):
    def __init__(self, attrs: dict[str, Any] | None = None):
        number = forms.NumberInput(attrs={"class": "form-control", "min": 0, "step": 1, "inputmode": "numeric"})
        unit = forms.Select(attrs={"class": "form-select", "aria-label": "Unit"}, choices=UNITS)
        super().__init__([number, unit], attrs)

    def decompress(self, value: int | None) -> list[Any]:
        """The largest unit in which the minutes are a whole number."""
        if value is None:
            return [None, "minutes"]
        for unit in ("days", "hours"):
            if value and value % MINUTES_IN[unit] == 0:
                return [value // MINUTES_IN[unit], unit]
        return [value, "minutes"]


class KeptJsonField(forms.JSONField):
    """JSON as every database keeps it; other JSON is refused, and shown again as it was typed."""

    def to_python(self, value: Any) -> Any:
        try:
            read = super().to_python(value)
        except (ValueError, RecursionError):  # a number of thousands of digits, thousands of brackets
            raise ValidationError(self.error_messages["invalid"], code="invalid", params={"value": value}) from None
        if sentence := refusal(read):
            raise ValidationError(sentence)
        return read

    def bound_data(self, data: Any, initial: Any) -> Any:
        try:
            shown = super().bound_data(data, initial)
        except (ValueError, RecursionError):
            return InvalidJSONInput(data)
        return InvalidJSONInput(data) if refusal(shown) else shown


class DurationField(forms.MultiValueField):
    """A number with its unit, as whole minutes from `least` to `most`."""

    widget = DurationWidget

    def __init__(self, *, least: int = 0, most: int = 43_200, **kwargs: Any):
        self.least, self.most = least, most
        super().__init__((forms.IntegerField(min_value=0), forms.ChoiceField(choices=UNITS)), **kwargs)
        self.widget.widgets[0].attrs["aria-label"] = self.label or "Number"

    def compress(self, values: list[Any]) -> int | None:
        if not values:
            return None
        minutes = values[0] * MINUTES_IN[values[1]]
        if not self.least <= minutes <= self.most:
            raise ValidationError(f"Give a time from {_words(self.least)} to {_words(self.most)}.")
        return minutes


def _words(minutes: int) -> str:
    number, unit = DurationWidget().decompress(minutes)
    return f"{number} {unit if number != 1 else unit.removesuffix('s')}"


class WeekdaysField(forms.MultipleChoiceField):
    """Some of the seven days, as ["mon", …] in the week's order. No day at all is refused."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any):
        kwargs.setdefault("error_messages", {"required": "Choose at least one day."})
        super().__init__(choices=WEEK, **kwargs)

    def clean(self, value: Any) -> list[str]:
        chosen = super().clean(value)
        return [day for day, _ in WEEK if day in chosen]
