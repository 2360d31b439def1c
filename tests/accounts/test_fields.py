import pytest
from django import forms

from accounts.fields import DurationField, WeekdaysField, ZoneField, zones


class WindowForm(forms.Form):
    zone = ZoneField()
    delay = DurationField(least=1, most=43_200)
    days = WeekdaysField()


def form(**changed):
    data = {"zone": "Europe/Berlin", "delay_0": "30", "delay_1": "minutes", "days": ["tue", "mon"]}
    return WindowForm({**data, **changed})


def test_the_ten_most_used_zones_come_first():
    assert [name for name, _ in zones()][:3] == ["Asia/Kolkata", "Asia/Dubai", "Asia/Singapore"]
    assert len({name for name, _ in zones()}) == len(zones())


@pytest.mark.parametrize("text", ["Asia/Kolkata", "Kolkata (IST)", "kolkata (ist)", "asia/kolkata"])
def test_a_zone_may_be_given_by_name_or_by_the_words_of_the_list(text):
    filled = form(zone=text)
    assert filled.is_valid()
    assert filled.cleaned_data["zone"] == "Asia/Kolkata"


def test_an_unknown_zone_is_refused():
    assert form(zone="Mars/Olympus").errors["zone"] == [
        "“Mars/Olympus” is not a known time zone. Pick one from the list."
    ]


@pytest.mark.parametrize(
    ("number", "unit", "minutes"), [("30", "minutes", 30), ("2", "hours", 120), ("30", "days", 43_200)]
)
def test_a_duration_is_kept_in_minutes(number, unit, minutes):
    filled = form(delay_0=number, delay_1=unit)
    assert filled.is_valid()
    assert filled.cleaned_data["delay"] == minutes


@pytest.mark.parametrize(("number", "unit"), [("0", "minutes"), ("31", "days")])
def test_a_duration_out_of_range_says_the_range(number, unit):
    assert form(delay_0=number, delay_1=unit).errors["delay"] == ["Give a time from 1 minute to 30 days."]


@pytest.mark.parametrize(
    ("minutes", "shown"), [(None, [None, "minutes"]), (90, [90, "minutes"]), (120, [2, "hours"]), (2880, [2, "days"])]
)
def test_minutes_are_shown_in_their_largest_whole_unit(minutes, shown):
    assert DurationField().widget.decompress(minutes) == shown


def test_days_come_in_the_order_of_the_week_and_no_day_is_refused():
    assert form().is_valid()
    filled = form()
    filled.is_valid()
    assert filled.cleaned_data["days"] == ["mon", "tue"]
    assert form(days=[]).errors["days"] == ["Choose at least one day."]
