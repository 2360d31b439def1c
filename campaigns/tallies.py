"""The only writer of tallies: ended calls are counted with their end, in its transaction, and can be counted anew.

A cell's weekday and hour are those of the campaign's zone as it is now: whoever changes a zone calls `recount`.
What a cell counts never changes after a call's end: whether the person spoke and what the call cost are fixed with it,
later reports do not touch them.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Count, F, Q, Sum

from accounts import statements
from campaigns.choices import Outcome
from campaigns.models import Call, Campaign, Tally
from campaigns.queries.hours import QUARTER, Slot

GATE = 0x7A11  # class of the advisory locks: movers of one campaign share its gate, a recount has it alone
_KEY = [
    "campaign_id", "run", "attempt", "number_id", "agent_id", "weekday", "hour", "direction", "outcome",
]  # fmt: skip
PLACES = Decimal("0.0001")  # of money
_SUMS = ["calls", "answered", "spoke", "talk_seconds", "cost"]


class Cell(NamedTuple):
    """What calls of one cell share, in the order of the table's key."""

    campaign: int
    run: int
    attempt: int
    number: int
    agent: int
    weekday: int
    hour: int
    direction: str
    outcome: str


@dataclass(slots=True)
class Sums:
    """What a cell counts. `spoke`: conversations, of which an inbound call that continues one is a part;
    `talk_seconds`: of all calls in which the person spoke."""

    calls: int = 0
    answered: int = 0
    spoke: int = 0
    talk_seconds: int = 0
    cost: Decimal = Decimal(0)

    def add(self, other: "Sums") -> None:
        self.calls += other.calls
        self.answered += other.answered
        self.spoke += other.spoke
        self.talk_seconds += other.talk_seconds
        self.cost += other.cost


Cells = dict[Cell, Sums]


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell that does not say what the rows say; None: there is no such cell, or there are no such calls."""

    cell: Cell
    kept: Sums | None
    counted: Sums | None


def move(calls: Sequence[Call]) -> None:
    """Count these calls, which have just ended. Those without a campaign count nowhere.

    The caller holds the transaction that ends them, has written them, and locks nothing but the workspace's balance
    afterwards. Withdrawn calls are in cells of their own, so that rates can leave them out.
    """
    calls = [call for call in calls if call.campaign_id is not None]
    if not calls:
        return
    campaigns = {call.campaign_id for call in calls if call.campaign_id is not None}
    _gate(campaigns, alone=False)
    zones = _zones(campaigns)  # after the gate: a zone that was just changed is read as it is now
    found: Cells = {}
    for call in calls:
        found.setdefault(_cell(call, zones), Sums()).add(_sums(call))
    _add(found, {call.campaign_id: call.workspace_id for call in calls})


def take_back(calls: Sequence[Call]) -> None:
    """Count these calls no more, whose attempt is about to change: `move` counts them anew. No call ends meanwhile.

    The caller holds the transaction.
    """
    calls = [call for call in calls if call.campaign_id is not None]
    campaigns = {call.campaign_id for call in calls if call.campaign_id is not None}
    _gate(campaigns, alone=True)
    zones = _zones(campaigns)
    for call in calls:
        minus = {name: F(name) - value for name, value in asdict(_sums(call)).items()}
        Tally.objects.filter(**dict(zip(_KEY, _cell(call, zones), strict=True))).update(**minus)
    Tally.objects.filter(campaign__in=campaigns, calls=0).delete()


def spent(campaign_ids: Collection[int]) -> dict[int, Decimal]:
    """What the ended calls of these campaigns cost. A campaign without any has no entry."""
    rows = Tally.objects.filter(campaign__in=list(campaign_ids)).order_by().values_list("campaign_id")
    return dict(rows.annotate(Sum("cost")))


def differences(campaign: Campaign) -> list[Difference]:
    """Where the tallies and a count of the rows disagree; no call ends meanwhile. Memory grows with cells, not calls.

    Call it inside a transaction.
    """
    _gate([campaign.pk], alone=True)
    kept, counted = _kept(campaign), _counted(campaign)
    cells = sorted(kept.keys() | counted.keys())
    return [Difference(c, kept.get(c), counted.get(c)) for c in cells if kept.get(c) != counted.get(c)]


def recount(campaign: Campaign) -> None:
    """Count the campaign's tallies anew from its calls, in its zone as it is now. Joins the caller's transaction.

    Calls that end meanwhile wait, and are counted by their own end.
    """
    with transaction.atomic():
        _gate([campaign.pk], alone=True)
        Tally.objects.filter(campaign=campaign).delete()
        _add(_counted(campaign), {campaign.pk: campaign.workspace_id})


def _gate(campaigns: Iterable[int], alone: bool) -> None:
    """On SQLite whoever writes is alone anyway."""
    if connection.vendor != "postgresql":
        return
    lock = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
    with connection.cursor() as cursor:
        for campaign in sorted(campaigns):
            # A key is 32 bits wide; campaigns that share one wait for each other, no more.
            cursor.execute(f"SELECT {lock}(%s, %s)", [GATE, campaign & 0x7FFFFFFF])


def _zones(campaigns: Iterable[int]) -> Mapping[int, ZoneInfo]:
    rows = Campaign.objects.filter(pk__in=list(campaigns)).values_list("pk", "window_timezone", "schedule__timezone")
    return {pk: ZoneInfo(of_schedule or own) for pk, own, of_schedule in rows}


def _cell(call: Call, zones: Mapping[int, ZoneInfo]) -> Cell:
    assert call.campaign_id is not None
    local = call.launched_at.astimezone(zones[call.campaign_id])
    return Cell(
        call.campaign_id,
        call.run,
        call.attempt or 0,
        call.number_id,
        call.agent_id,
        local.weekday(),
        local.hour,
        str(call.direction),
        str(call.outcome),
    )


def _sums(call: Call) -> Sums:
    spoke = call.outcome == Outcome.HUMAN and call.spoke
    talk = call.talk_seconds if spoke else 0
    return Sums(1, int(call.talk_seconds > 0), int(spoke and not call.continues), talk, call.cost or Decimal(0))


def _add(cells: Cells, workspaces: Mapping[int | None, int]) -> None:
    """One statement for every cell, in the one order that all writers keep: withdrawn calls first, then by key."""
    if not cells:
        return
    names = ["workspace_id", *_KEY, *_SUMS]
    table = Tally._meta.db_table
    changes = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in _SUMS)
    cost = Tally._meta.get_field("cost")
    rows = []
    for cell, sums in sorted(cells.items(), key=lambda item: (item[0].outcome != Outcome.CANCELLED, item[0])):
        *counts, money = astuple(sums)
        rows.append([workspaces[cell.campaign], *cell, *counts, cost.get_db_prep_save(money, connection)])
    statements.put(f"{table} ({', '.join(names)})", rows, f"({', '.join(_KEY)}) DO UPDATE SET {changes}")


def _kept(campaign: Campaign) -> Cells:
    rows = Tally.objects.filter(campaign=campaign).values_list(*_KEY, *_SUMS)
    return {Cell(*row[: len(_KEY)]): Sums(*row[len(_KEY) :]) for row in rows.iterator()}


def _counted(campaign: Campaign) -> Cells:
    """Cells by the rows: counted in the database by quarters of an hour, which every zone's hours are made of."""
    found: Cells = {}
    for cell, sums in _quarters(campaign):
        found.setdefault(cell, Sums()).add(sums)
    return found


def _quarters(campaign: Campaign) -> Iterator[tuple[Cell, Sums]]:
    zone = _zones([campaign.pk])[campaign.pk]
    spoke = Q(outcome=Outcome.HUMAN, spoke=True)
    rows = (
        Call.objects.filter(campaign=campaign, ended_at__isnull=False)
        .order_by()
        .annotate(slot=Slot("launched_at", QUARTER))
        .values_list("run", "attempt", "number_id", "agent_id", "slot", "direction", "outcome")
        .annotate(
            calls=Count("id"),
            answered=Count("id", filter=Q(talk_seconds__gt=0)),
            spoken=Count("id", filter=spoke & Q(continues=False)),
            talk=Sum("talk_seconds", filter=spoke),
            spend=Sum("cost"),
        )
    )
    for run, attempt, number, agent, slot, direction, outcome, calls, answered, spoken, talk, cost in rows.iterator():
        local = datetime.fromtimestamp(slot * QUARTER, UTC).astimezone(zone)
        cell = Cell(campaign.pk, run, attempt or 0, number, agent, local.weekday(), local.hour, direction, outcome)
        # SQLite adds in floating point: a thousand calls are enough to be off in the tenth place.
        yield cell, Sums(calls, answered, spoken, talk or 0, (cost or Decimal(0)).quantize(PLACES))
