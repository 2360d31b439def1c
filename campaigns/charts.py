"""Figures into the shapes that the chart components draw. Pure; every shape keeps its figures as text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from accounts.figures import percent, thousands
from campaigns.choices import WEEKDAYS, Outcome
from campaigns.dialing.values import Window
from campaigns.dialing.window import DAY_MINUTES
from campaigns.queries.hours import Heatmap, Hour, TimeLine
from campaigns.queries.tallies import Attempt

HEAT_STEPS = 5
LINE_WIDTH, LINE_HEIGHT = 600, 120  # the box of the time line's drawing
FORMATS = {"minute": "%H:%M", "hour": "%a %H:%M", "day": "%d %b"}
MARKS = 5  # labels below the time line


@dataclass(frozen=True, slots=True)
class Bar:
    """Launches as a bar, the answered part of it standing in front. Coordinates in the drawing's box."""

    x: float
    width: float
    top: float
    height: float
    answered_top: float
    answered_height: float
    title: str


@dataclass(frozen=True, slots=True)
class Mark:
    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    most: int
    rows: tuple[tuple[str, int, int], ...]  # the same as a table, empty steps left out


def time_line(line: TimeLine) -> Line:
    most, count = max(line.most, 1), max(len(line.buckets), 1)
    step, form = LINE_WIDTH / count, FORMATS[line.step]
    bars, rows = [], []
    for place, bucket in enumerate(line.buckets):
        if not bucket.launched:
            continue
        tall, answered = (n / most * LINE_HEIGHT for n in (bucket.launched, bucket.answered))
        words = (
            f"{bucket.at.strftime(form)}: {thousands(bucket.launched)} launched, {thousands(bucket.answered)} answered"
        )
        bars.append(
            Bar(
                round(place * step, 2),
                round(max(step - 1, step * 0.8), 2),
                round(LINE_HEIGHT - tall, 2),
                round(tall, 2),
                round(LINE_HEIGHT - answered, 2),
                round(answered, 2),
                words,
            )
        )
        rows.append((bucket.at.strftime(form), bucket.launched, bucket.answered))
    return Line(tuple(bars), tuple(_marks(line, step, form)), line.most, tuple(rows))


def _marks(line: TimeLine, step: float, form: str) -> Iterable[Mark]:
    every = max(1, ceil(len(line.buckets) / MARKS))
    for place in range(0, len(line.buckets), every):
        yield Mark(round((place + 0.5) * step / LINE_WIDTH * 100, 2), line.buckets[place].at.strftime(form))


def heat_columns(heat: Heatmap) -> list[str]:
    first, last = heat.bounds
    return [str(hour) for hour in range(first, last + 1)]


def heat_rows(heat: Heatmap) -> list[dict[str, object]]:
    """Rows of components/heatmap.html: the answer rate of each hour, in steps of the highest one."""
    highest = max((hour.share.fraction or 0 for hour in heat.hours), default=0)
    return [{"label": day, "cells": [_cell(day, hour, highest) for hour in hours]} for day, hours in heat.rows]


def _cell(day: str, hour: Hour, highest: float) -> dict[str, object]:
    if not hour.launched:
        return {"step": None, "text": "", "title": ""}
    share = hour.share.fraction or 0
    span = f"{day} {hour.hour}–{hour.hour + 1}"
    return {
        "step": ceil(share / highest * HEAT_STEPS) if highest else 0,
        "text": percent(share).removesuffix("%"),
        "title": f"{span}: {thousands(hour.answered)} of {thousands(hour.launched)} launches answered",
    }


def heat_title(heat: Heatmap) -> str:
    """The chart's message; without enough calls it says so."""
    best = heat.best()
    if best is None:
        return "Answers by hour: too few calls yet to recommend any"
    return f"Best answered {best.start}–{best.end} on {best.days}: {percent(best.share.fraction)} of launches"


def attempt_rows(attempts: Sequence[Attempt]) -> list[dict[str, object]]:
    """Rows of components/stacked_bars.html: the outcomes of each attempt."""
    return [
        {
            "label": f"Attempt {attempt.attempt}",
            "total": attempt.ended,
            "parts": [
                {"label": part.outcome.label, "count": part.calls, "colour": part.outcome.colour}
                for part in attempt.outcomes
            ],
        }
        for attempt in attempts
    ]


def outcome_legend(attempts: Sequence[Attempt]) -> list[tuple[str, str]]:
    """The outcomes that occur, in the order of the specification."""
    seen = {part.outcome for attempt in attempts for part in attempt.outcomes if part.calls}
    return [(outcome.label, outcome.colour) for outcome in Outcome if outcome in seen]


def week(window: Window, now: datetime) -> dict[str, object]:
    """`days` and `now` of components/week_view.html. What runs past midnight is drawn on the next day too."""
    spans: list[list[tuple[int, int]]] = [[] for _ in WEEKDAYS]
    for day, starting in enumerate(window.days):
        for start, end in starting:
            spans[day].append((start, min(end, DAY_MINUTES)))
            if end > DAY_MINUTES:
                spans[(day + 1) % 7].append((0, end - DAY_MINUTES))
    local = now.astimezone(ZoneInfo(window.timezone))
    minute = local.hour * 60 + local.minute
    return {
        "days": [
            {"label": name.title(), "spans": _drawn(sorted(day))} for name, day in zip(WEEKDAYS, spans, strict=True)
        ],
        "now": {"label": WEEKDAYS[local.weekday()].title(), "left": minute * 100 / DAY_MINUTES},
        "zone": window.timezone,
    }


def _drawn(spans: Sequence[tuple[int, int]]) -> list[dict[str, object]]:
    return [
        {
            "left": start * 100 / DAY_MINUTES,
            "width": (end - start) * 100 / DAY_MINUTES,
            "text": f"{start // 60:02}:{start % 60:02}–{end // 60:02}:{end % 60:02}",
        }
        for start, end in spans
    ]


def forecast_line(hours: Sequence[dict[str, Any]], zone: str) -> dict[str, object]:
    """Foretold calls and cost an hour: bars of calls, the answered part in front; a table with the cost.

    Hours of rest are left out between days, so that nights take no room."""
    most = max((hour["calls"] for hour in hours), default=1) or 1
    step = LINE_WIDTH / max(len(hours), 1)
    bars, rows = [], []
    for place, hour in enumerate(hours):
        at = datetime.fromisoformat(hour["at"]).astimezone(ZoneInfo(zone)).strftime("%a %d %b %H:%M")
        tall, answered = (n / most * LINE_HEIGHT for n in (hour["calls"], hour["answered"]))
        bars.append(
            Bar(
                round(place * step, 2),
                round(max(step - 1, step * 0.8), 2),
                round(LINE_HEIGHT - tall, 2),
                round(tall, 2),
                round(LINE_HEIGHT - answered, 2),
                round(answered, 2),
                f"{at}: {thousands(hour['calls'])} calls, {thousands(hour['answered'])} answered",
            )
        )
        rows.append((at, hour["calls"], hour["answered"], Decimal(hour["cost"])))
    every = max(1, ceil(len(rows) / MARKS))
    places = range(0, len(rows), every)
    days = [rows[p][0][:-6] for p in places]
    # Where two marks fall on one day, its name alone would not tell them apart.
    texts = days if len(set(days)) == len(days) else [f"{rows[p][0][:3]} {rows[p][0][-5:]}" for p in places]
    marks = [Mark(round((p + 0.5) * step / LINE_WIDTH * 100, 2), text) for p, text in zip(places, texts, strict=True)]
    return {"bars": bars, "rows": rows, "marks": marks, "most": most}
