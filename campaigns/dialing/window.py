"""When a campaign may dial. Pure rules over wall clocks; nothing here reads the time of day by itself.

Open is judged on a zone's wall clock at an instant, start ≤ time < end: an hour that the clocks repeat counts twice,
one that they skip never comes. A span that runs past midnight belongs to the date on which it starts.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from campaigns.dialing.spans import DAY_MINUTES, InvalidWindow, parse, scheduled, zone, zone_info
from campaigns.dialing.values import Hours, LegalHours, Policy, SafeHours, Span, Window

__all__ = [
    "DAY_MINUTES",
    "HORIZON", "InvalidWindow", "closes", "day_of", "is_open", "next_opening", "open_in", "open_until", "parse",
    "safe_row", "scheduled", "spans_on", "window_date", "zone", "zones_of",
]  # fmt: skip

HORIZON = timedelta(days=14)  # nobody without an allowed moment in this time is waited for
_DAY = timedelta(days=1)
_REACH = 2  # days on either side of a date in which its spans may lie, in any zone

Interval = tuple[datetime, datetime]  # UTC, start ≤ t < end
Dates = tuple[tuple[date, tuple[Span, ...]], ...]  # local dates with the spans that start on them


def open_in(window: Window, timezone: str, at: datetime) -> bool:
    """Whether the window is open by the wall clock of `timezone` at `at`."""
    return window_date(window, timezone, at) is not None


def window_date(window: Window, timezone: str, at: datetime) -> date | None:
    """The date to which an open instant belongs (past midnight: that of the start); None when the window is closed."""
    local = at.astimezone(zone_info(timezone))
    today, minute = local.date(), local.hour * 60 + local.minute
    if any(start <= minute < end for start, end in spans_on(window, today)):
        return today
    minute += DAY_MINUTES
    yesterday = today - _DAY
    return yesterday if any(start <= minute < end for start, end in spans_on(window, yesterday)) else None


def spans_on(window: Window, day: date) -> tuple[Span, ...]:
    """The spans that start on this date."""
    if window.exceptions and day in window.exceptions:
        return window.exceptions[day]
    return window.days[day.weekday()]


def zones_of(policy: Policy, hours: Hours) -> tuple[str, ...]:
    """The zones in which a person's window is read: all of them must be open. None known: never open."""
    return hours.zones if policy.contact_local else (policy.window.timezone,)


def is_open(policy: Policy, hours: Hours, at: datetime, day: date | None = None) -> bool:
    """Whether a person with these hours may be called at `at`: by the campaign's window (with `day`, only in the spans
    of that window date), and by safe hours where the workspace keeps to them."""
    dates = [window_date(policy.window, zone, at) for zone in zones_of(policy, hours)]
    if not dates or any(found is None or day not in (None, found) for found in dates):
        return False
    return policy.safe is None or _is_safe(policy.safe, hours, at)


def safe_row(table: SafeHours, hours: Hours) -> LegalHours | None:
    """The row of a person's region, else of their country, else of all other countries; None: no country is known, and
    nobody is called there."""
    if not hours.country:
        return None
    return table.get((hours.country, hours.region)) or table.get((hours.country, "")) or table.get(("", ""))


def _is_safe(table: SafeHours, hours: Hours, at: datetime) -> bool:
    """Whether the law allows a call now in every zone in which the person may live."""
    row = safe_row(table, hours)
    if row is None or not hours.zones:
        return False
    return any(start <= at < end for start, end in _legal_day(row.days, hours.zones, at.astimezone(UTC).date()))


def day_of(policy: Policy, hours: Hours, at: datetime) -> date | None:
    """The window date of a launch to such a person at `at`: the earliest, should the zones disagree."""
    dates = [window_date(policy.window, zone, at) for zone in zones_of(policy, hours)]
    return min((found for found in dates if found is not None), default=None)


def next_opening(
    policy: Policy, hours: Hours, after: datetime, horizon: timedelta = HORIZON, day: date | None = None
) -> datetime | None:
    """The first instant from `after` on at which `is_open` holds; None when there is none before `after + horizon`."""
    for start, end in _open_spans(policy, hours, after, horizon, day):
        if end > after:
            return max(start, after)
    return None


def open_until(policy: Policy, hours: Hours, at: datetime, day: date | None = None) -> datetime | None:
    """When the opening that holds at `at` closes; None when it is closed at `at`."""
    closing = None
    for start, end in _open_spans(policy, hours, at, HORIZON, day):
        if start > (closing or at):
            break
        if end > at:
            closing = end
    return closing


def closes(policy: Policy, hours: Hours, day: date) -> datetime | None:
    """When the last span of that date closes for such a person; None when that date has no open instant for them."""
    zones = zones_of(policy, hours)
    spans = _common([_on(spans_on(policy.window, day), zone, day) for zone in zones]) if zones else []
    if spans and policy.safe is not None:
        row = safe_row(policy.safe, hours)
        if row is None or not hours.zones:
            return None
        legal = _legal(row.days, (day + number * _DAY for number in range(-_REACH, _REACH + 2)))
        spans = _common([spans, *(_instants(legal, zone) for zone in hours.zones)])
    return spans[-1][1] if spans else None


def _open_spans(
    policy: Policy, hours: Hours, after: datetime, horizon: timedelta, day: date | None
) -> Iterator[Interval]:
    """The openings that end after `after` and start before the horizon, in order, cut at the midnights of UTC."""
    zones = zones_of(policy, hours)
    row = safe_row(policy.safe, hours) if policy.safe is not None else None
    if not zones or (policy.safe is not None and (row is None or not hours.zones)):
        return
    limit = after + horizon
    first = after.astimezone(UTC).date()
    for number in range((limit.astimezone(UTC).date() - first).days + 1):
        around = first + number * _DAY
        found: Sequence[Interval] = _in_utc_day(_dates(policy.window, around, day), zones, around)
        if row is not None and found:
            found = _common([found, _legal_day(row.days, hours.zones, around)])
        for start, end in found:
            if end > after and start < limit:
                yield start, end


def _dates(window: Window, utc_day: date, day: date | None) -> Dates:
    return tuple((each, spans_on(window, each)) for each in ([day] if day else _near(utc_day)))


def _legal(week: tuple[tuple[Span, ...], ...], days: Iterable[date]) -> Dates:
    return tuple((day, week[day.weekday()]) for day in days)


def _near(utc_day: date) -> list[date]:
    return [utc_day + number * _DAY for number in range(-_REACH, _REACH)]


@lru_cache(maxsize=65536)
def _legal_day(week: tuple[tuple[Span, ...], ...], zones: tuple[str, ...], utc_day: date) -> tuple[Interval, ...]:
    """When the law allows calls in every zone within this day of UTC."""
    return _in_utc_day(_legal(week, _near(utc_day)), zones, utc_day)


@lru_cache(maxsize=65536)
def _in_utc_day(dates: Dates, zones: tuple[str, ...], utc_day: date) -> tuple[Interval, ...]:
    """When these dates' spans are open in every zone within this day of UTC, cut at its midnights."""
    floor = datetime(utc_day.year, utc_day.month, utc_day.day, tzinfo=UTC)
    whole = [(floor, floor + _DAY)]
    return tuple(_common([whole, *(_instants(dates, zone) for zone in zones)]))


def _instants(dates: Dates, timezone: str) -> list[Interval]:
    return _joined(interval for day, spans in dates for interval in _on(spans, timezone, day))


@lru_cache(maxsize=65536)
def _on(spans: tuple[Span, ...], timezone: str, day: date) -> tuple[Interval, ...]:
    """The instants that these spans of a local date cover: plain addition within each stretch of constant offset."""
    if not spans:
        return ()
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    found = []
    for begin, until, offset in _stretches(timezone, day):
        for start, end in spans:
            low = max(begin, midnight + timedelta(minutes=start) - offset)
            high = min(until, midnight + timedelta(minutes=end) - offset)
            if low < high:
                found.append((low, high))
    return tuple(_joined(found))


@lru_cache(maxsize=65536)
def _stretches(timezone: str, day: date) -> tuple[tuple[datetime, datetime, timedelta], ...]:
    """The days around a local date, cut where the zone's offset changes: (from, until, offset) in UTC."""
    name = zone_info(timezone)
    middle = datetime(day.year, day.month, day.day, tzinfo=UTC)
    found = []
    for number in range(-_REACH, _REACH + 2):
        begin, until = middle + number * _DAY, middle + (number + 1) * _DAY
        change = _change(name, begin, until)
        edges = [begin, change, until] if change else [begin, until]
        found += [(a, b, _offset(name, a)) for a, b in pairwise(edges)]
    return tuple(found)


def _change(name: ZoneInfo, begin: datetime, until: datetime) -> datetime | None:
    """The instant in [begin, until) at which the offset changes, to the second; None when it does not."""
    before = _offset(name, begin)
    if before == _offset(name, until - timedelta(seconds=1)):
        return None
    low, high = 0, int((until - begin).total_seconds()) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(name, begin + timedelta(seconds=middle)) == before:
            low = middle
        else:
            high = middle
    return begin + timedelta(seconds=high)


def _offset(name: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(name).utcoffset() or timedelta(0)


def _common(zones: Sequence[Sequence[Interval]]) -> list[Interval]:
    """What lies in an interval of every zone."""
    found = list(zones[0])
    for other in zones[1:]:
        pairs = [(max(a, c), min(b, d)) for a, b in found for c, d in other]
        found = sorted((low, high) for low, high in pairs if low < high)
    return found


def _joined(intervals: Iterable[Interval]) -> list[Interval]:
    found: list[Interval] = []
    for start, end in sorted(intervals):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found
