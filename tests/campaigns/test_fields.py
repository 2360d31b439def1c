"""The rules between a campaign's fields, as every edge meets them through `full_clean`."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from campaigns import fields
from campaigns.models import Campaign
from tests.factories import NOON


def problems(**values: object) -> list[str]:
    new_start = bool(values.pop("new_start", False))
    try:
        fields.check(Campaign(**values), NOON, new_start=new_start)
    except ValidationError as error:
        return sorted(error.message_dict)
    return []


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"mode": "multi_day", "always_on": True},
        {"window_start": "22:00", "window_end": "02:00"},
        {"window_end": "24:00"},
        {"trigger_mode": "scheduled", "starts_at": NOON - timedelta(hours=24)},
        {"starts_at": NOON - timedelta(days=9)},  # manual: the time has no effect
        {"status": "paused", "trigger_mode": "scheduled", "starts_at": NOON - timedelta(days=9)},  # not set now
        {"retry_on": ["busy", "machine", "timeout"]},
        {"redial_short_connect": True, "redial_short_connect_seconds": 60},  # the stop rule is off
        {
            "redial_short_connect": True,
            "stop_after_connect": True,
            "redial_short_connect_seconds": 30,
            "stop_after_connect_seconds": 30,
        },
        {"metadata": {"client": "Acme"}},
    ],
)
def test_what_fits(values):
    assert problems(**values) == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"always_on": True}, "always_on"),
        ({"window_timezone": "Mars/Base"}, "window_start"),
        ({"window_start": "18:00"}, "window_start"),
        ({"window_start": "24:00"}, "window_start"),
        ({"window_days": []}, "window_days"),
        ({"window_days": ["monday"]}, "window_days"),
        ({"window_days": "mon"}, "window_days"),
        ({"trigger_mode": "scheduled"}, "starts_at"),
        ({"trigger_mode": "scheduled", "starts_at": NOON - timedelta(hours=24, seconds=1)}, "starts_at"),
        (
            {
                "status": "paused",
                "trigger_mode": "scheduled",
                "starts_at": NOON - timedelta(days=9),
                "new_start": True,
            },
            "starts_at",
        ),
        ({"retry_on": ["human"]}, "retry_on"),
        ({"retry_on": "busy"}, "retry_on"),
        ({"retry_dispositions": [""]}, "retry_dispositions"),
        ({"retry_dispositions": [7]}, "retry_dispositions"),
        ({"retry_dispositions": ["x" * 61]}, "retry_dispositions"),
        (
            {"redial_short_connect": True, "stop_after_connect": True, "redial_short_connect_seconds": 31},
            "redial_short_connect_seconds",
        ),
        ({"metadata": []}, "metadata"),
    ],
)
def test_what_does_not_fit_is_told_at_its_field(values, field):
    assert problems(**values) == [field]


def test_dispositions_are_saved_plain_and_once():
    assert fields.dispositions(" Callback Requested,not-available , ,callback_requested") == [
        "callback_requested",
        "not_available",
    ]
    assert fields.dispositions("") == []
