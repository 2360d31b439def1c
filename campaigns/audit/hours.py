"""When somebody may be called: the window and the safe hours together, as intervals of each UTC day."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.audit.table import Week
from campaigns.audit.times import DAYS, MINUTE, minutes

ONE_DAY = timedelta(days=1)
HORIZON = timedelta(days=14)
STEP = 15  # minutes; clocks change at no finer mark
Spans = list[tuple[int, int]]
Dates = frozenset[frozenset[date]]  # of each zone, the dates whose spans hold the instant
Interval = tuple[int, int, Dates]
SHUT: Dates = frozenset()


class Window:
    """Spans by date: a campaign's own window, or a linked schedule with its exceptions."""

    def __init__(self, days: Week, exceptions: Mapping[str, Sequence[Sequence[str]]]):
        self.days = {day: [(minutes(a), minutes(b)) for a, b in spans] for day, spans in days.items()}
        self.exceptions = {day: [(minutes(a), minutes(b)) for a, b in spans] for day, spans in exceptions.items()}

    def marks(self) -> list[int]:
        """Every minute of the day at which a span begins or ends."""
        every = [*self.days.values(), *self.exceptions.values()]
        return [minute for spans in every for span in spans for minute in span]

    def on(self, day: date) -> Spans:
        """The spans that begin on a date."""
        found = self.exceptions.get(day.isoformat())
        return self.days.get(DAYS[day.weekday()], []) if found is None else found

    def holds(self, local_day: date, minute: int) -> set[date]:
        """The dates whose spans hold a minute of a local day; past midnight a span belongs to the day before."""
        found = set()
        for start, end in self.on(local_day):
            if (start <= minute < end) if start < end else minute >= start:
                found.add(local_day)
        before = local_day - ONE_DAY
        for start, end in self.on(before):
            if start >= end and minute < end:
                found.add(before)
        return found


def window_of(campaign: Mapping[str, Any], schedules: Mapping[str, Mapping[str, Any]]) -> Window:
    ref = campaign.get("schedule")
    if ref:
        schedule = schedules[ref]
        exceptions = {each["date"]: each.get("spans", []) for each in schedule.get("exceptions", [])}
        return Window(schedule.get("days", schedule.get("spans", {})), exceptions)
    own = campaign.get("window", {})
    span = [own.get("start", "09:00"), own.get("end", "18:00")]
    return Window({day: [span] for day in own.get("days", DAYS)}, {})


def zone_of(campaign: Mapping[str, Any], schedules: Mapping[str, Mapping[str, Any]], workspace: str) -> str:
    if campaign.get("schedule"):
        return str(schedules[campaign["schedule"]].get("timezone", workspace))
    return str(campaign.get("window", {}).get("timezone", workspace))


class Hours:
    """One group of people: the zones their window is read in, and the zones and row of their safe hours."""

    def __init__(self, window: Window, zones: Sequence[str], safe: Week | None, homes: Sequence[str]):
        self.window, self.zones = window, tuple(zones)
        self.safe = Window(safe, {}) if safe is not None else None
        self.homes = tuple(homes) if safe is not None else ()
        self.possible = bool(self.zones) and (safe is None or bool(self.homes))
        marks = [m for each in (window, self.safe) if each is not None for m in each.marks()]
        self.grain = next(grain for grain in (STEP, 5, 1) if all(mark % grain == 0 for mark in marks))
        self.kept: dict[date, tuple[list[int], list[Interval]]] = {}

    def dates(self, at: datetime) -> Dates:
        """The window dates that an instant belongs to, one for each zone; empty when closed."""
        starts, intervals = self._day(at.date())
        minute = at.hour * 60 + at.minute
        place = bisect_right(starts, minute) - 1
        if place < 0 or minute >= intervals[place][1]:
            return SHUT
        return intervals[place][2]

    def date_of(self, at: datetime) -> date | None:
        """The window date of an open instant, the earliest where zones differ."""
        return min((min(zone) for zone in self.dates(at)), default=None)

    def is_open(self, at: datetime, day: date | None = None) -> bool:
        """`day`: the only date on which a single-day run may dial."""
        return _fits(self.dates(at), day)

    def next_open(self, at: datetime, day: date | None = None, horizon: timedelta = HORIZON) -> datetime | None:
        """The first open instant from `at` on; None when there is none within the horizon."""
        if not self.possible:
            return None
        if self.is_open(at, day):
            return at
        today = at.date()
        while True:
            midnight = datetime(today.year, today.month, today.day, tzinfo=UTC)
            if midnight >= at + horizon:
                return None
            for start, _, dates in self._day(today)[1]:
                opens = midnight + start * MINUTE
                if at < opens < at + horizon and _fits(dates, day):
                    return opens
            today += ONE_DAY

    def _day(self, day: date) -> tuple[list[int], list[Interval]]:
        found = self.kept.get(day)
        if found is None:
            intervals = self._sweep(day)
            found = self.kept[day] = ([start for start, _, _ in intervals], intervals)
        return found

    def _sweep(self, day: date) -> list[Interval]:
        """The open intervals of a UTC day, in steps that no span begins or ends between."""
        intervals: list[Interval] = []
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        zones = [ZoneInfo(zone) for zone in self.zones]
        homes = [ZoneInfo(zone) for zone in self.homes]
        for quarter in range(0, 1440, STEP) if self.possible else ():
            at = midnight + quarter * MINUTE
            local = [at.astimezone(zone) for zone in zones]
            home = [at.astimezone(zone) for zone in homes]
            for minute in range(0, STEP, self.grain):
                dates = self._dates([t + minute * MINUTE for t in local], [t + minute * MINUTE for t in home])
                now = quarter + minute
                if dates and intervals and intervals[-1][1] == now and intervals[-1][2] == dates:
                    intervals[-1] = (intervals[-1][0], now + self.grain, dates)
                elif dates:
                    intervals.append((now, now + self.grain, dates))
        return intervals

    def _dates(self, local: list[datetime], home: list[datetime]) -> Dates:
        for here in home:
            if self.safe is None or not self.safe.holds(here.date(), here.hour * 60 + here.minute):
                return SHUT
        found: set[frozenset[date]] = set()
        for here in local:
            dates = self.window.holds(here.date(), here.hour * 60 + here.minute)
            if not dates:
                return SHUT
            found.add(frozenset(dates))
        return frozenset(found)


def _fits(dates: Dates, day: date | None) -> bool:
    return bool(dates) and (day is None or all(day in zone for zone in dates))
