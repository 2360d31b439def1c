from datetime import UTC, datetime, timedelta

import pytest

from campaigns import charts
from campaigns.dialing.window import parse
from campaigns.queries.hours import Bucket, Heatmap, Hour, TimeLine
from tests.factories import NOON


def test_the_tallest_bar_fills_the_box_and_the_answered_part_stands_in_it():
    buckets = tuple(
        Bucket(NOON + timedelta(minutes=n), launched, answered)
        for n, (launched, answered) in enumerate(((4, 1), (0, 0), (2, 2)))
    )
    line = charts.time_line(TimeLine("minute", buckets))
    assert [(bar.height, bar.answered_height) for bar in line.bars] == [(120, 30), (60, 60)]
    assert [bar.x for bar in line.bars] == [0, 400]
    assert line.bars[0].title == "12:00: 4 launched, 1 answered"
    assert line.rows == (("12:00", 4, 1), ("12:02", 2, 2))


def test_an_empty_time_line_has_no_bars():
    assert charts.time_line(TimeLine("minute", ())).bars == ()


def test_the_heatmap_spans_the_hours_that_have_calls_and_leaves_the_others_empty():
    heat = Heatmap((Hour(0, 10, 4, 2), Hour(2, 18, 10, 1)))
    assert charts.heat_columns(heat) == ["10", "11", "12", "13", "14", "15", "16", "17", "18"]
    rows = charts.heat_rows(heat)
    assert [row["label"] for row in rows] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    assert [cell["step"] for cell in rows[0]["cells"]] == [5, *[None] * 8]
    assert rows[2]["cells"][8] == {"step": 1, "text": "10", "title": "Wed 18–19: 1 of 10 launches answered"}


@pytest.mark.parametrize(("hours", "drawn"), [((12,), (8, 16)), ((0,), (0, 8)), ((23,), (15, 23)), ((1, 22), (1, 22))])
def test_few_hours_are_drawn_among_their_neighbours(hours, drawn):
    assert Heatmap(tuple(Hour(0, hour, 1, 0) for hour in hours)).bounds == drawn


def test_hours_that_nobody_answered_are_the_lowest_step():
    (row, *_) = charts.heat_rows(Heatmap((Hour(0, 10, 4, 0),)))
    assert [cell["step"] for cell in row["cells"]].count(0) == 1


@pytest.mark.parametrize(
    ("start", "end", "monday", "tuesday"),
    [
        ("09:00", "18:00", ["09:00–18:00"], []),
        ("00:00", "24:00", ["00:00–24:00"], []),
        ("22:00", "02:00", ["22:00–24:00"], ["00:00–02:00"]),
    ],
)
def test_a_window_is_drawn_as_a_week_and_past_midnight_on_the_next_day(start, end, monday, tuesday):
    week = charts.week(parse(start, end, "Europe/Berlin", ["mon"]), NOON)
    drawn = [[span["text"] for span in day["spans"]] for day in week["days"]]
    assert drawn == [monday, tuesday, [], [], [], [], []]
    assert week["now"] == {"label": "Mon", "left": 14 * 60 * 100 / 1440}


@pytest.mark.parametrize(("apart", "texts"), [(1, ["Mon 09:00", "Mon 10:00"]), (24, ["Mon 05 Jan", "Tue 06 Jan"])])
def test_marks_of_a_forecast_tell_the_hours_of_one_day_apart(apart, texts):
    first = datetime(2026, 1, 5, 9, tzinfo=UTC)
    hours = [
        {"at": (first + timedelta(hours=n * apart)).isoformat(), "calls": 3, "answered": 1, "cost": "0.1"}
        for n in range(2)
    ]
    assert [mark.text for mark in charts.forecast_line(hours, "UTC")["marks"]] == texts
