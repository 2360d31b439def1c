"""When calls are launched and answered: by weekday and hour, and along a time line."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Func, IntegerField, Q, QuerySet, Sum, Value

from campaigns.choices import WEEKDAYS, Direction, Outcome
from campaigns.models import Call, Campaign, Tally
from campaigns.queries.shares import Share

ENOUGH_CALLS = 100  # below it no hour is recommended
ENOUGH_IN_SPAN = 20
LEAST_HOURS = 9  # columns: one alone would be a bar across the page
SPAN_HOURS = 2
MINUTE, QUARTER = 60, 900  # seconds
LIVE = -1  # in the place of a weekday: a live call's quarter of an hour stands in the place of the hour
HUMAN = Q(outcome=Outcome.HUMAN)
BUCKETS: Sequence[tuple[timedelta, str]] = (  # what the time line shows of a stretch that long, and in which steps
    (timedelta(hours=2), "minute"),
    (timedelta(days=4), "hour"),
)


@dataclass(frozen=True, slots=True)
class Hour:
    """Launches of one weekday and hour, and how many of them a person answered."""

    weekday: int  # 0 is Monday
    hour: int
    launched: int
    answered: int

    @property
    def share(self) -> Share:
        return Share(self.answered, self.launched)


@dataclass(frozen=True, slots=True)
class Best:
    """The stretch of hours with the highest answer rate, on working days or at the weekend."""

    days: str
    start: int
    share: Share

    @property
    def end(self) -> int:
        return self.start + SPAN_HOURS


@dataclass(frozen=True, slots=True)
class Heatmap:
    """Answers by launches, weekday × hour, in the campaign's zone. Withdrawn calls are not launches."""

    hours: tuple[Hour, ...]

    @property
    def launched(self) -> int:
        return sum(hour.launched for hour in self.hours)

    @property
    def rows(self) -> list[tuple[str, list[Hour]]]:
        """(weekday, its hours), Monday first, over the hours of `bounds`."""
        first, last = self.bounds
        by_place = {(h.weekday, h.hour): h for h in self.hours}
        return [
            (name.title(), [by_place.get((day, at), Hour(day, at, 0, 0)) for at in range(first, last + 1)])
            for day, name in enumerate(WEEKDAYS)
        ]

    @property
    def bounds(self) -> tuple[int, int]:
        """The first and the last hour to draw: those with calls, and some beside them where they are few."""
        hours = [hour.hour for hour in self.hours] or [9, 17]
        first, last = min(hours), max(hours)
        missing = max(0, LEAST_HOURS - (last - first + 1))
        first = max(0, min(first - missing // 2, 24 - LEAST_HOURS)) if missing else first
        return first, max(last, first + LEAST_HOURS - 1)

    def best(self) -> Best | None:
        """None as long as there are too few calls to say."""
        if self.launched < ENOUGH_CALLS:
            return None
        spans = [self._span(name, days, at) for name, days in _DAY_GROUPS for at in self._starts(days)]
        enough = [span for span in spans if span.share.whole >= ENOUGH_IN_SPAN and span.share.part]
        return max(enough, key=lambda span: (span.share.fraction, span.share.whole), default=None)

    def _starts(self, days: Iterable[int]) -> list[int]:
        """Where a span may begin: something was launched in each of its hours."""
        used = {hour.hour for hour in self.hours if hour.weekday in days}
        return [at for at in range(24 - SPAN_HOURS + 1) if used >= set(range(at, at + SPAN_HOURS))]

    def _span(self, name: str, days: Iterable[int], start: int) -> Best:
        inside = [h for h in self.hours if h.weekday in days and start <= h.hour < start + SPAN_HOURS]
        return Best(name, start, Share(sum(h.answered for h in inside), sum(h.launched for h in inside)))


_DAY_GROUPS = (("weekdays", range(5)), ("weekends", range(5, 7)))


def _launches(campaign: Campaign) -> "QuerySet[Call]":
    return Call.objects.filter(campaign=campaign, direction=Direction.OUTBOUND).exclude(outcome=Outcome.CANCELLED)


def heatmap(campaign: Campaign) -> Heatmap:
    """Over all runs, live calls included. One statement, so that a call that ends meanwhile is counted once."""
    zone = ZoneInfo(campaign.zone)
    human = Sum("calls", filter=HUMAN, default=0)
    cells = Tally.objects.filter(campaign=campaign, direction=Direction.OUTBOUND).exclude(outcome=Outcome.CANCELLED)
    ended = cells.order_by().values_list("weekday", "hour").annotate(n=Sum("calls"), answers=human)
    calls = _launches(campaign).filter(workspace=campaign.workspace_id, concluded_at=None, ended_at=None).order_by()
    placed = calls.annotate(place=Value(LIVE, IntegerField()), slot=Slot("launched_at", QUARTER))
    live = placed.values_list("place", "slot").annotate(n=Count("id"), answers=Value(0, IntegerField()))
    rows: Iterable[tuple[int, int, int, int]] = ended.union(live, all=True)
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for weekday, hour, launched, answered in rows:
        place = (weekday, hour)
        if weekday == LIVE:
            local = datetime.fromtimestamp(hour * QUARTER, UTC).astimezone(zone)
            place = (local.weekday(), local.hour)
        before = found.get(place, (0, 0))
        found[place] = (before[0] + launched, before[1] + answered)
    return Heatmap(tuple(Hour(*place, *counts) for place, counts in sorted(found.items())))


class Slot(Func):
    """The number of the stretch of so many seconds since 1970 in which a time lies."""

    output_field = IntegerField()

    def __init__(self, at: str, seconds: int) -> None:
        super().__init__(at, seconds=int(seconds))

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(
            compiler, connection, template="CAST(strftime('%%%%s', %(expressions)s) AS INTEGER) / %(seconds)s"
        )

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = "FLOOR(EXTRACT(EPOCH FROM %(expressions)s) / %(seconds)s)::bigint"
        return self.as_sql(compiler, connection, template=template)


def _counted(rows: "QuerySet[Call]", seconds: int) -> Iterator[tuple[datetime, int, int]]:
    """(start of a stretch in UTC, launches, answers) of every stretch in which anything was launched."""
    counted = (
        rows.order_by()
        .annotate(slot=Slot("launched_at", seconds))
        .values_list("slot")
        .annotate(calls=Count("id"), answered=Count("id", filter=HUMAN))
    )
    for slot, calls, answered in counted:
        yield datetime.fromtimestamp(slot * seconds, UTC), calls, answered


@dataclass(frozen=True, slots=True)
class Bucket:
    at: datetime
    launched: int = 0
    answered: int = 0


@dataclass(frozen=True, slots=True)
class TimeLine:
    """Launches and the answers they got, in equal steps without gaps, newest last."""

    step: str  # minute, hour or day
    buckets: tuple[Bucket, ...]

    @property
    def most(self) -> int:
        return max((bucket.launched for bucket in self.buckets), default=0)


def time_line(campaign: Campaign, since: datetime, until: datetime) -> TimeLine:
    """Steps fit the stretch: minutes up to two hours, hours up to four days, then days; on the campaign's clock."""
    step = next((name for longest, name in BUCKETS if until - since <= longest), "day")
    zone = ZoneInfo(campaign.zone)
    first = _floor(since.astimezone(zone), step)
    rows = _launches(campaign).filter(launched_at__gte=first, launched_at__lte=until)
    found: dict[datetime, tuple[int, int]] = {}
    for at, launched, answered in _counted(rows, MINUTE if step == "minute" else QUARTER):
        start = _floor(at.astimezone(zone), step).astimezone(UTC)
        before = found.get(start, (0, 0))
        found[start] = (before[0] + launched, before[1] + answered)
    steps = _steps(first, until, step, zone)
    return TimeLine(step, tuple(Bucket(at, *found.get(at.astimezone(UTC), (0, 0))) for at in steps))


def _floor(at: datetime, step: str) -> datetime:
    at = at.replace(second=0, microsecond=0)
    if step == "minute":
        return at
    return at.replace(minute=0) if step == "hour" else at.replace(minute=0, hour=0, fold=0)


def _steps(first: datetime, until: datetime, step: str, zone: ZoneInfo) -> Iterable[datetime]:
    """Minutes and hours go by the instant, days by the calendar: a day may have 23 hours."""
    at = first
    while at <= until:
        yield at
        if step == "day":
            at += timedelta(days=1)
        else:
            at = (at.astimezone(UTC) + timedelta(**{f"{step}s": 1})).astimezone(zone)
