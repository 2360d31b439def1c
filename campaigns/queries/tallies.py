"""How a campaign's calls went. One query gives cells; every rate, sum and breakdown is folded."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from time import monotonic
from typing import Any

from django.core.cache import cache
from django.db.models import Count, DecimalField, IntegerField, Q, Sum, Value

from campaigns.choices import Direction, Outcome
from campaigns.models import Call, CallReport, Campaign, Tally
from campaigns.queries.shares import Share

SPOKEN = Q(outcome=Outcome.HUMAN, spoke=True)
WORTH_KEEPING = 0.05  # seconds that a count took
GOOD_FOR = 20  # times as long
UNANSWERED = (Outcome.NO_ANSWER, Outcome.RNR)


@dataclass(frozen=True, slots=True)
class Cell:
    """Calls that are alike. `outcome` is empty for calls that are live; `talk` is that of the spoken ones."""

    run: int
    attempt: int | None
    number: int
    direction: str
    outcome: str
    calls: int
    spoken: int
    talk: int
    cost: Decimal


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    outcome: Outcome
    calls: int
    share: Share


@dataclass(frozen=True, slots=True)
class Attempt:
    """All calls that were somebody's n-th of a run: how well calling again works."""

    attempt: int
    ended: int
    outcomes: tuple[OutcomeCount, ...]
    answered: Share
    spoken: int


class Tallies:
    """Figures of one campaign's calls. Attempts are outbound calls that were not withdrawn; rates are shares of the
    ended ones. Conversations and spend count inbound calls too."""

    def __init__(self, cells: Iterable[Cell]) -> None:
        self.cells: Sequence[Cell] = tuple(cells)

    def only(self, keep: Callable[[Cell], bool]) -> "Tallies":
        return Tallies(cell for cell in self.cells if keep(cell))

    @cached_property
    def _attempts(self) -> list[Cell]:
        return [c for c in self.cells if c.direction == Direction.OUTBOUND and c.outcome != Outcome.CANCELLED]

    def count(self, *outcomes: Outcome) -> int:
        return sum(c.calls for c in self._attempts if c.outcome in outcomes)

    @property
    def launched(self) -> int:
        """Outbound calls, live ones included, without those withdrawn before they rang."""
        return sum(c.calls for c in self._attempts)

    @property
    def ended(self) -> int:
        return sum(c.calls for c in self._attempts if c.outcome)

    @property
    def withdrawn(self) -> int:
        return sum(c.calls for c in self.cells if c.outcome == Outcome.CANCELLED)

    @property
    def human(self) -> Share:
        return Share(self.count(Outcome.HUMAN), self.ended)

    @property
    def machine(self) -> Share:
        return Share(self.count(Outcome.MACHINE), self.ended)

    @property
    def unanswered(self) -> Share:
        return Share(self.count(*UNANSWERED), self.ended)

    @property
    def rejected(self) -> Share:
        return Share(self.count(Outcome.REJECTED), self.ended)

    @property
    def conversations(self) -> int:
        return sum(c.spoken for c in self.cells)

    @property
    def talk_seconds(self) -> int:
        return sum(c.talk for c in self.cells)

    @property
    def average_seconds(self) -> int | None:
        return round(self.talk_seconds / self.conversations) if self.conversations else None

    @property
    def spend(self) -> Decimal:
        return sum((c.cost for c in self.cells), Decimal(0))

    @property
    def outcomes(self) -> list[OutcomeCount]:
        """Every outcome but `cancelled`, in the order of the specification, zeros included."""
        shown = [outcome for outcome in Outcome if outcome is not Outcome.CANCELLED]
        return [OutcomeCount(o, self.count(o), Share(self.count(o), self.ended)) for o in shown]

    def by_attempt(self) -> list[Attempt]:
        numbers = sorted({c.attempt for c in self._attempts if c.attempt and c.outcome})
        return [self._attempt(n) for n in numbers]

    def _attempt(self, number: int) -> Attempt:
        mine = self.only(lambda cell: cell.attempt == number)
        return Attempt(number, mine.ended, tuple(mine.outcomes), mine.human, mine.conversations)


def tallies(campaign: Campaign) -> Tallies:
    """The campaign's calls in cells: the ended ones as counted at their end, the live ones counted now.

    One statement, so that a call that ends meanwhile is counted once.
    """
    names = ("run", "attempt", "number_id", "direction", "outcome")
    cells = Tally.objects.filter(campaign=campaign).order_by().values_list(*names)
    ended = cells.annotate(n=Sum("calls"), spoken=Sum("spoke"), talk=Sum("talk_seconds"), spend=Sum("cost"))
    calls = Call.objects.filter(workspace=campaign.workspace_id, campaign=campaign, concluded_at=None, ended_at=None)
    none, free = Value(0, IntegerField()), Value(Decimal(0), DecimalField(max_digits=16, decimal_places=4))
    live = calls.order_by().values_list(*names).annotate(n=Count("id"), spoken=none, talk=none, spend=free)
    rows: Iterable[tuple[Any, ...]] = ended.union(live, all=True)
    return Tallies(Cell(*row) for row in rows)


def recent_tallies(campaign: Campaign) -> Tallies:
    """As `tallies`, for parts that ask every second: counting a long history again and again would take the database
    from the dialer. A count is good for twenty times as long as it took: it costs a twentieth of the time at most."""
    key = f"tallies:{campaign.pk}"
    kept: Tallies | None = cache.get(key)
    if kept is not None:
        return kept
    began = monotonic()
    found = tallies(campaign)
    took = monotonic() - began
    if took > WORTH_KEEPING:
        cache.set(key, found, timeout=took * GOOD_FOR)
    return found


def dispositions(campaign: Campaign) -> list[tuple[str, int]]:
    """(disposition, calls) as the carrier said it, most frequent first; calls without one are left out."""
    rows = (
        CallReport.objects.filter(call__campaign=campaign)
        .exclude(disposition="")
        .order_by()
        .values_list("disposition")
        .annotate(calls=Count("call"))
    )
    return sorted(rows, key=lambda row: (-row[1], row[0]))
