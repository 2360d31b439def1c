"""Shared schedules: several spans a day, holidays, one-off exceptions; each mistake is one plain sentence."""

from datetime import UTC, date, datetime

import pytest

from campaigns.dialing import window
from campaigns.dialing.values import Hours, Policy

DAY = [["09:00", "12:00"], ["13:00", "18:00"]]


def policy(days, exceptions=(), zone="UTC", local=False) -> Policy:
    return Policy("k", 1, window.scheduled(zone, days, exceptions), contact_local=local)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "exceptions", "sentence"),
    [
        ({}, [], "The schedule is never open: give at least one day a span."),
        ({"mon": []}, [], "The schedule is never open: give at least one day a span."),
        ({"monday": DAY}, [], "“monday” is not a day: use mon, tue, wed, thu, fri, sat, sun."),
        ({"mon": [["09:00", "09:00"]]}, [], "A span starts and ends at 09:00: choose two different times."),
        (
            {"mon": [["09:00", "12:00"], ["11:59", "18:00"]]},
            [],
            "Two spans of mon overlap: let one end before the next begins.",
        ),
        ({"mon": [["9", "12:00"]]}, [], "“9” is not a time: write the window's start as HH:MM."),
        ({"mon": [["09:00", "25:00"]]}, [], "“25:00” is not a time of day: write the window's end as HH:MM."),
        ({"mon": ["09:00"]}, [], "The spans of mon are not a list of pairs such as [“09:00”, “12:00”]."),
        ({"mon": "09:00"}, [], "The spans of mon are not a list of pairs such as [“09:00”, “12:00”]."),
        (
            {"mon": [["22:00", "02:00"]], "tue": [["01:00", "03:00"]]},
            [],
            "The last span of mon runs past midnight into the first of tue.",
        ),
        (
            {"sun": [["22:00", "02:00"]], "mon": [["01:00", "03:00"]]},
            [],
            "The last span of sun runs past midnight into the first of mon.",
        ),
        ({"mon": DAY}, [{"date": "24.12.2026", "spans": []}], "“24.12.2026” is not a date: write an exception's date "
         "as 2026-12-25."),
        ({"mon": DAY}, [{"spans": []}], "An exception has no date: write it as 2026-12-25."),
        ({"mon": DAY}, ["2026-12-25"], "An exception has no date: write it as 2026-12-25."),
        (
            {"mon": DAY},
            [{"date": "2026-12-25", "spans": []}, {"date": "2026-12-25", "spans": DAY}],
            "2026-12-25 is there twice: keep one exception a date.",
        ),
        (
            {"mon": DAY},
            [{"date": "2026-12-27", "spans": [["22:00", "10:00"]]}],
            "The last span of 2026-12-27 runs past midnight into the first of 2026-12-28.",
        ),
        (
            {"mon": [["22:00", "02:00"]]},
            [{"date": "2026-12-29", "spans": [["01:00", "03:00"]]}],
            "The last span of 2026-12-28 runs past midnight into the first of 2026-12-29.",
        ),
        ([], [], "The days of a schedule are written as {“mon”: [[“09:00”, “18:00”]]}."),
        ({"mon": DAY}, {"date": "2026-12-25"}, "The exceptions of a schedule are a list."),
    ],
)  # fmt: skip
def test_a_schedule_that_cannot_be_used_is_refused_in_one_sentence(days, exceptions, sentence):
    with pytest.raises(window.InvalidWindow) as error:
        window.scheduled("UTC", days, exceptions)
    assert str(error.value) == sentence


def test_an_unknown_zone_is_refused():
    with pytest.raises(window.InvalidWindow, match="“Mars/Base” is not a time zone"):
        window.scheduled("Mars/Base", {"mon": DAY}, [])


def test_spans_that_touch_are_no_overlap():
    both = policy({"mon": [["12:00", "18:00"], ["09:00", "12:00"]], "sun": [["20:00", "24:00"]]})
    assert window.open_until(both, Hours(), utc("2026-03-02T09:00")) == utc("2026-03-02T18:00")


def test_between_two_spans_it_is_closed_and_the_day_closes_with_the_last():
    both = policy({"mon": DAY})
    assert window.is_open(both, Hours(), utc("2026-03-02T11:59:59"))
    assert not window.is_open(both, Hours(), utc("2026-03-02T12:00"))
    assert window.next_opening(both, Hours(), utc("2026-03-02T12:00")) == utc("2026-03-02T13:00")
    assert window.open_until(both, Hours(), utc("2026-03-02T10:00")) == utc("2026-03-02T12:00")
    assert window.closes(both, Hours(), date(2026, 3, 2)) == utc("2026-03-02T18:00")
    assert window.closes(both, Hours(), date(2026, 3, 3)) is None


CHRISTMAS = [
    {"date": "2026-12-25", "spans": [], "note": "Christmas"},
    {"date": "2026-12-26", "spans": [["10:00", "14:00"]]},
]


def test_a_holiday_is_closed_and_an_exception_opens_a_day_that_is_closed_otherwise():
    rules = policy(dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), DAY), CHRISTMAS)
    assert not window.is_open(rules, Hours(), utc("2026-12-25T10:00"))  # a Friday
    assert window.next_opening(rules, Hours(), utc("2026-12-24T18:00")) == utc("2026-12-26T10:00")  # a Saturday
    assert window.closes(rules, Hours(), date(2026, 12, 25)) is None
    assert window.closes(rules, Hours(), date(2026, 12, 26)) == utc("2026-12-26T14:00")
    assert window.is_open(rules, Hours(), utc("2027-12-24T10:00"))  # only that year's


def test_the_night_before_a_holiday_still_belongs_to_its_start():
    rules = policy({day: [["22:00", "02:00"]] for day in ("thu", "fri")}, CHRISTMAS)
    assert window.window_date(rules.window, "UTC", utc("2026-12-25T01:59")) == date(2026, 12, 24)
    assert not window.is_open(rules, Hours(), utc("2026-12-25T22:00"))
    assert not window.is_open(rules, Hours(), utc("2026-12-26T01:00"))


def test_the_night_after_the_last_working_day():
    rules = policy({"fri": [["08:00", "12:00"], ["22:00", "03:00"]]}, zone="Europe/Berlin")
    saturday = utc("2026-03-28T01:30")  # 02:30
    assert window.window_date(rules.window, "Europe/Berlin", saturday) == date(2026, 3, 27)
    assert window.is_open(rules, Hours(), saturday, date(2026, 3, 27))
    assert window.closes(rules, Hours(), date(2026, 3, 27)) == utc("2026-03-28T02:00")
    assert window.next_opening(rules, Hours(), utc("2026-03-28T02:00")) == utc("2026-04-03T06:00")


def test_a_holiday_is_that_of_each_persons_own_date():
    rules = policy({"thu": [["00:00", "24:00"]], "fri": [["00:00", "24:00"]]}, CHRISTMAS, local=True)
    at = utc("2026-12-24T20:00")
    assert window.is_open(rules, Hours("US", "", ("America/New_York",)), at)
    assert not window.is_open(rules, Hours("NZ", "", ("Pacific/Auckland",)), at)  # the 25th, 09:00


def test_a_date_that_a_zone_skipped_never_opened():
    rules = policy(dict.fromkeys(("thu", "fri", "sat"), DAY), zone="Pacific/Apia")
    assert window.closes(rules, Hours(), date(2011, 12, 30)) is None  # Samoa went from the 29th to the 31st
    assert window.closes(rules, Hours(), date(2011, 12, 31)) == utc("2011-12-31T04:00")
