"""Safe hours on top of a campaign's window, judged in every zone in which a person may live."""

from datetime import UTC, date, datetime

import pytest

from campaigns.dialing import window
from campaigns.dialing.values import Hours, LegalHours, Policy

WORKDAYS = {day: [["09:00", "20:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
DAILY = {day: [["08:00", "21:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
NEW_YORK, LOS_ANGELES = "America/New_York", "America/Los_Angeles"


def row(country="", region="", days=DAILY) -> LegalHours:
    week = window.scheduled("UTC", days, []).days if days else ((),) * 7
    return LegalHours(country, region, week, f"source of {country}{region}")


TABLE = {
    (found.country, found.region): found
    for found in [
        row(), row("US"), row("US", "FL", {**DAILY, "sun": [["12:00", "20:00"]]}), row("DE", "", WORKDAYS),
        row("XX", "", {}),
    ]
}  # fmt: skip


def policy(start="00:00", end="24:00", zone="UTC", safe=TABLE, local=False, days=tuple(DAILY)) -> Policy:
    return Policy("k", 1, window.parse(start, end, zone, list(days)), contact_local=local, safe=safe)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("country", "region", "source"),
    [
        ("US", "FL", "source of USFL"),  # the state's own
        ("US", "CA", "source of US"),  # a state without a row
        ("US", "", "source of US"),  # a number that does not tell the state
        ("DE", "BY", "source of DE"),
        ("FR", "", "source of "),  # a country without a row
    ],
)
def test_the_row_of_a_region_stands_over_that_of_its_country(country, region, source):
    assert window.safe_row(TABLE, Hours(country, region, ("UTC",))).source == source


@pytest.mark.parametrize(
    ("hours", "at", "is_open"),
    [
        (Hours("US", "NY", (NEW_YORK,)), "2026-03-02T12:59:59", False),  # 07:59:59
        (Hours("US", "NY", (NEW_YORK,)), "2026-03-02T13:00", True),
        (Hours("US", "NY", (NEW_YORK,)), "2026-03-03T01:59:59", True),  # 20:59:59
        (Hours("US", "NY", (NEW_YORK,)), "2026-03-03T02:00", False),
        (Hours("US", "NY", (NEW_YORK,)), "2026-03-09T12:00", True),  # 08:00 in summer time
        (Hours("US", "FL", (NEW_YORK,)), "2026-03-08T15:59", False),  # Sunday 11:59
        (Hours("US", "FL", (NEW_YORK,)), "2026-03-08T16:00", True),
        (Hours("US", "", (NEW_YORK, LOS_ANGELES)), "2026-03-02T15:59", False),  # 07:59 in the west
        (Hours("US", "", (NEW_YORK, LOS_ANGELES)), "2026-03-02T16:00", True),
        (Hours("US", "", (NEW_YORK, LOS_ANGELES)), "2026-03-03T02:00", False),  # 21:00 in the east
        (Hours("IN", "", ("Asia/Kolkata",)), "2026-03-02T02:29:59", False),  # 07:59:59, half an hour apart
        (Hours("IN", "", ("Asia/Kolkata",)), "2026-03-02T02:30", True),
        (Hours("DE", "", ("Europe/Berlin",)), "2026-03-07T12:00", False),  # Saturday
        (Hours("XX", "", ("UTC",)), "2026-03-02T12:00", False),  # a ban
    ],
)
def test_whether_somebody_may_be_called_where_they_live(hours, at, is_open):
    assert window.is_open(policy(), hours, utc(at)) is is_open


@pytest.mark.parametrize("hours", [Hours(), Hours("", "", ("UTC",)), Hours("US"), Hours("XX", "", ("UTC",))])
def test_without_country_or_zones_and_under_a_ban_nobody_is_ever_called(hours):
    noon = utc("2026-03-02T18:00")
    assert not window.is_open(policy(), hours, noon)
    assert window.next_opening(policy(), hours, noon) is None
    assert window.open_until(policy(), hours, noon) is None
    assert window.closes(policy(), hours, date(2026, 3, 2)) is None
    plain = policy(safe=None)
    assert window.is_open(plain, hours, noon)


def test_two_zones_whose_legal_hours_never_meet():
    apart = Hours("US", "", ("Pacific/Guam", NEW_YORK))  # 14 or 15 hours apart, 13 hours a day
    table = {("US", ""): row("US", "", {day: [["09:00", "18:00"]] for day in DAILY})}
    assert window.next_opening(policy(safe=table), apart, utc("2026-03-02T00:00")) is None
    assert window.closes(policy(safe=table), apart, date(2026, 3, 2)) is None


def test_safe_hours_come_on_top_of_the_campaigns_window():
    berlin = Hours("DE", "", ("Europe/Berlin",))
    early = policy("06:00", "10:00", "Europe/Berlin")
    assert window.next_opening(early, berlin, utc("2026-03-02T05:00")) == utc("2026-03-02T08:00")  # 09:00
    assert window.open_until(early, berlin, utc("2026-03-02T08:00")) == utc("2026-03-02T09:00")  # 10:00
    assert window.next_opening(early, berlin, utc("2026-03-06T09:00")) == utc("2026-03-09T08:00")  # over the weekend
    night = policy("21:00", "24:00", "Europe/Berlin")
    assert window.next_opening(night, berlin, utc("2026-03-02T00:00")) is None


def test_the_window_in_the_campaigns_zone_and_the_law_in_the_persons():
    tokyo = Hours("JP", "", ("Asia/Tokyo",))
    berlin = policy("09:00", "18:00", "Europe/Berlin")
    assert window.is_open(berlin, tokyo, utc("2026-03-02T11:59"))  # 12:59 and 20:59
    assert not window.is_open(berlin, tokyo, utc("2026-03-02T12:00"))  # 13:00 and 21:00
    assert window.closes(berlin, tokyo, date(2026, 3, 2)) == utc("2026-03-02T12:00")


def test_the_law_of_the_next_date_holds_after_midnight():
    """A window of Friday that runs into Saturday is Friday's; whether the law allows it is Saturday's."""
    berlin = Hours("DE", "", ("Europe/Berlin",))
    long = policy("18:00", "10:00", "Europe/Berlin", days=("thu", "fri"))
    saturday = utc("2026-03-07T08:30")
    assert window.day_of(long, berlin, saturday) == date(2026, 3, 6)
    assert not window.is_open(long, berlin, saturday)
    assert window.closes(long, berlin, date(2026, 3, 6)) == utc("2026-03-06T19:00")
    assert window.closes(long, berlin, date(2026, 3, 5)) == utc("2026-03-06T09:00")


def test_only_in_the_spans_of_a_single_day():
    berlin, day = Hours("DE", "", ("Europe/Berlin",)), date(2026, 3, 2)
    rules = policy("08:00", "24:00", "Europe/Berlin")
    assert window.is_open(rules, berlin, utc("2026-03-02T18:59"), day)
    assert window.next_opening(rules, berlin, utc("2026-03-02T19:00"), day=day) is None
    assert window.next_opening(rules, berlin, utc("2026-03-02T19:00")) == utc("2026-03-03T08:00")
