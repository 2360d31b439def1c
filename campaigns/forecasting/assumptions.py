"""What a forecast assumes of calls that nobody has made yet: the workspace's own calls, or figures that people edit."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from django.db.models import Sum

from campaigns.choices import Direction, Outcome
from campaigns.models import Tally

ENOUGH = 200  # own calls, before their shares are believed
ENOUGH_HERE = 50  # own calls of one attempt at one hour, before they speak for it
SHARES = ("human", "machine", "no_answer", "rnr", "busy", "rejected", "error")
Weights = Mapping[str, int]


class BadAssumptions(ValueError):
    """The figures do not fit; the text is a sentence for people."""


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Shares of outcomes in percent; together 100."""

    human: int = 30
    machine: int = 20
    no_answer: int = 25
    rnr: int = 10
    busy: int = 8
    rejected: int = 5
    error: int = 2
    ring_seconds: int = 15
    talk_seconds: int = 60  # of a person; it varies between a half and one and a half of it
    machine_seconds: int = 10
    goal_percent: int = 20  # of the conversations that achieve the primary goal
    own_calls: bool = True  # the workspace's own calls, where there are enough of them, in place of the shares

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


DEFAULTS = Assumptions()


def read(given: Mapping[str, Any], base: Assumptions = DEFAULTS) -> Assumptions:
    """The assumptions that a form, a program or a stored forecast gives; what is missing is as in `base`.
    Raises BadAssumptions."""
    values = asdict(base)
    for field in fields(Assumptions):
        if field.name not in given:
            continue
        values[field.name] = _value(field.name, given[field.name])
    if sum(values[name] for name in SHARES) != 100:
        raise BadAssumptions("The shares of the outcomes must add up to 100%.")
    return Assumptions(**values)


def _value(name: str, given: Any) -> int | bool:
    if name == "own_calls":
        return str(given).lower() in ("true", "on", "1")
    try:
        value = int(given)
    except (TypeError, ValueError):
        raise BadAssumptions(f"{name}: give a whole number.") from None
    most = 3600 if name.endswith("_seconds") else 100
    if not 0 <= value <= most:
        raise BadAssumptions(f"{name}: give a number from 0 to {most}.")
    return value


@dataclass(frozen=True, slots=True)
class OwnCalls:
    """The workspace's ended calls: how often each outcome came, by attempt and hour, and how long people talked."""

    calls: int = 0
    cells: Mapping[tuple[int, int], Weights] | None = None  # (attempt, hour) → outcome → calls
    attempts: Mapping[int, Weights] | None = None
    all: Weights | None = None
    talk_seconds: int = 0  # of a call in which the person spoke, on average
    spoke_percent: int = 100  # of the calls that a person answered

    @property
    def enough(self) -> bool:
        return self.calls >= ENOUGH


def own_calls(workspace_id: int) -> OwnCalls:
    """Read from the tallies in one query."""
    rows = (
        Tally.objects.filter(workspace=workspace_id, direction=Direction.OUTBOUND)
        .exclude(outcome=Outcome.CANCELLED)
        .order_by()
        .values_list("attempt", "hour", "outcome")
        .annotate(n=Sum("calls"), spoken=Sum("spoke"), talk=Sum("talk_seconds"))
    )
    cells: dict[tuple[int, int], Counter[str]] = {}
    attempts: dict[int, Counter[str]] = {}
    every: Counter[str] = Counter()
    spoken = talk = 0
    for attempt, hour, outcome, calls, spoke, seconds in rows:
        cells.setdefault((attempt, hour), Counter())[outcome] += calls
        attempts.setdefault(attempt, Counter())[outcome] += calls
        every[outcome] += calls
        if outcome == Outcome.HUMAN:
            spoken, talk = spoken + spoke, talk + seconds
    human = every[Outcome.HUMAN]
    return OwnCalls(
        calls=sum(every.values()),
        cells=cells,
        attempts=attempts,
        all=every,
        talk_seconds=round(talk / spoken) if spoken else 0,
        spoke_percent=round(100 * spoken / human) if human else 100,
    )
