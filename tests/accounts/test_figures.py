from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from accounts import figures

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (999, "999"), (41322, "41\u202f322"), (-1200, "−1\u202f200"), (Decimal("1234.50"), "1\u202f234.50")],
)
def test_thousands_are_parted_by_thin_spaces(value, text):
    assert figures.thousands(value) == text


@pytest.mark.parametrize(
    "written", [figures.thousands, figures.percent, figures.clock, figures.span, figures.money, figures.size]
)
def test_what_is_unknown_is_a_dash_and_never_a_zero(written):
    assert written(None) == "–"


@pytest.mark.parametrize(
    ("share", "decimals", "text"),
    [
        (0, 0, "0%"),
        (1, 0, "100%"),
        (0.256, 0, "26%"),
        (0.2564, 1, "25.6%"),
        (0.001, 0, "<1%"),
        (0.9999, 0, ">99%"),
        (0.0004, 1, "<0.1%"),
    ],
)
def test_a_share_is_shown_as_none_or_all_only_when_it_is(share, decimals, text):
    assert figures.percent(share, decimals) == text


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (65, "1:05"), (65.9, "1:05"), (3725, "1:02:05")])
def test_talk_time_reads_like_a_clock(seconds, text):
    assert figures.clock(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (45, "45 s"),
        (60, "1 min"),
        (90, "1 min 30 s"),
        (1830, "30 min"),
        (7800, "2 h 10 min"),
        (273_600, "3 d 4 h"),
    ],
)
def test_a_stretch_of_time_has_its_two_largest_units(seconds, text):
    assert figures.span(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0.00 USD"), (Decimal("0.0120"), "0.012 USD"), (Decimal("0.0800"), "0.08 USD"), (1234.5, "1\u202f234.50 USD")],
)
def test_small_amounts_keep_their_places(value, text):
    assert figures.money(value, "USD") == text


@pytest.mark.parametrize(("octets", "text"), [(0, "0 B"), (999, "999 B"), (80_200_000, "80.2 MB"), (5e12, "5000.0 GB")])
def test_sizes_of_files(octets, text):
    assert figures.size(octets) == text


@pytest.mark.parametrize(
    ("away", "text"),
    [
        (timedelta(0), "now"),
        (timedelta(minutes=-3, seconds=-10), "3 min ago"),
        (timedelta(hours=2, minutes=5), "in 2 h"),
        (timedelta(days=-8), "8 d ago"),
    ],
)
def test_how_long_ago_something_was(away, text):
    assert figures.ago(NOW + away, NOW) == text


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (NOW, "Today 14:00 Europe/Berlin"),
        (NOW - timedelta(hours=15), "Yesterday 23:00 Europe/Berlin"),
        (NOW + timedelta(hours=11), "Tomorrow 01:00 Europe/Berlin"),
        (NOW + timedelta(days=9), "Wed 10 Jun 14:00 Europe/Berlin"),
        (NOW.replace(year=2024), "Sat 1 Jun 2024 14:00 Europe/Berlin"),
    ],
)
def test_a_time_names_its_day_and_its_zone(at, text):
    assert figures.day_and_time(at.astimezone(ZoneInfo("Europe/Berlin")), NOW, "Europe/Berlin") == text


@pytest.mark.parametrize(
    ("name", "text"), [("Nova", "N"), ("Leo van Dam", "LD"), ("jean-luc", "JL"), ("", "?"), ("… ", "?")]
)
def test_initials(name, text):
    assert figures.initials(name) == text


def test_a_colour_stays_with_its_name():
    assert figures.hue("Nova") == figures.hue("Nova")
    assert {figures.hue(f"Agent {n}") for n in range(50)} == set(range(figures.HUES))


@pytest.mark.parametrize(("country", "text"), [("DE", "🇩🇪"), ("us", "🇺🇸"), ("", ""), ("USA", ""), ("1!", "")])
def test_flags(country, text):
    assert figures.flag(country) == text


def test_a_sparkline_needs_two_values():
    assert figures.polyline([1]) == ""
    assert figures.polyline([0, 2]) == "0.0,23.0 100.0,1.0"
