"""What a tick deals from, read from rows: running campaigns, live calls, each carrier's last second, numbers, turns."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from django.db import connection, models
from django.db.models import QuerySet

from accounts import rows as table
from accounts import statements
from accounts.models import Workspace
from campaigns import budget, policies
from campaigns.choices import CampaignMode, CampaignStatus, Direction, PoolStatus
from campaigns.dialing.values import Board, CampaignState, CarrierState, Id, NumberState, Policy, PoolEntry
from campaigns.models import Call, Campaign, CampaignRun, Schedule
from telephony.models import Agent, Carrier, NumberDirection

SLOWEST = timedelta(seconds=10)  # 0.1 CPS: one launch in ten seconds
PLACING = 0.05  # seconds that claim and mark usually take: a call that is claimed now leaves then at the earliest
# Of the mean time between two launches so much lies between any two of them, so that the wire is used evenly.
EVEN = 0.95
M = TypeVar("M", bound=models.Model)
Slots = Callable[[int, float], list[float]]  # carrier, its CPS → in how many seconds the next calls would leave


@dataclass(frozen=True, slots=True)
class Read:
    """The board, with the rows that recording needs."""

    board: Board
    campaigns: dict[int, Campaign]
    pool: dict[tuple[int, int], int]  # campaign, number → the pool number's id
    day: date  # the workspace's day, for number caps


def read(
    workspace: Workspace,
    now: datetime,
    *,
    lock: bool = True,
    among: Collection[int] | None = None,
    slots: Slots | None = None,
) -> Read:
    """Read the board of a workspace, or of these campaigns; its balance is as `workspace` was loaded with. With `lock`
    the running campaigns are locked against status changes until commit: Pause waits for us, we never pass it."""
    campaigns = _running(workspace, lock, among)
    pools, pool = _pools(campaigns)
    carriers = _carriers(workspace)
    day = now.astimezone(ZoneInfo(workspace.timezone)).date()
    live = _live(workspace)
    turns, rules, left = _turns(campaigns), _policies(workspace, campaigns), budget.left(campaigns)
    runs = _runs(campaigns)
    states = {
        c.pk: _state(c, rules[c.pk], pools[c.pk], live, turns[c.pk], runs[c.pk], left.get(c.pk)) for c in campaigns
    }
    board = Board(
        campaigns=states,
        carriers={c.pk: _carrier(c, live, launched, now, slots) for c, launched in _with_launches(carriers, now)},
        numbers=_numbers({number for _, number in pool}, day),
        balance=workspace.balance,
    )
    return Read(board, {c.pk: c for c in campaigns}, pool, day)


def alone(campaign: Campaign, policy: Policy, now: datetime) -> Board:
    """The board of one campaign whatever its status, without locks: what a forecast goes on from."""
    pool = list(campaign.pool.order_by("position", "id"))
    carriers = [_Carrier.of(c) for c in Carrier.objects.filter(numbers__pools__campaign=campaign).distinct()]
    live, turns = _live(campaign.workspace), _turns([campaign])[campaign.pk]
    run = CampaignRun.objects.filter(campaign=campaign, run=campaign.run).select_related("campaign").first()
    return Board(
        campaigns={
            campaign.pk: CampaignState(
                policy=policy,
                run=campaign.run,
                pool=tuple(
                    PoolEntry(p.number_id, p.position, p.status == PoolStatus.ACTIVE, p.weight, p.calls_in_run)
                    for p in pool
                ),
                last_launched=max(turns.values(), default=None),
                turns=turns,
                day=run.only_day if run else None,
                budget_left=budget.left([campaign]).get(campaign.pk),
            )
        },
        carriers={c.pk: _carrier(c, live, launched, now) for c, launched in _with_launches(carriers, now)},
        numbers=_numbers({p.number_id for p in pool}, now.astimezone(ZoneInfo(campaign.workspace.timezone)).date()),
        balance=campaign.workspace.balance,
    )


def running(workspace: Workspace) -> QuerySet[Campaign]:
    return Campaign.objects.filter(workspace=workspace, status=CampaignStatus.RUNNING).order_by("id")


def _running(workspace: Workspace, lock: bool, among: Collection[int] | None) -> list[Campaign]:
    """Whole rows with their agents and schedules. In plain SQL: Django would compile all of it anew each turn."""
    of_these = "" if among is None else f" AND {statements.among('id', 'among')}"
    end = " FOR NO KEY UPDATE" if lock and connection.features.has_select_for_update else ""
    values = {"workspace": workspace.pk, "running": CampaignStatus.RUNNING.value, "among": list(among or ())}
    where = f"workspace_id = %(workspace)s AND status = %(running)s{of_these} ORDER BY id{end}"
    campaigns = _whole(Campaign, where, values)
    agents = _by_id(Agent, {campaign.agent_id for campaign in campaigns})
    schedules = _by_id(Schedule, {campaign.schedule_id for campaign in campaigns if campaign.schedule_id})
    for campaign in campaigns:
        campaign.agent = agents[campaign.agent_id]
        campaign.schedule = schedules[campaign.schedule_id] if campaign.schedule_id else None
    return campaigns


def _by_id(model: type[M], ids: Collection[int]) -> dict[int, M]:
    where, values = statements.among("id", "ids"), {"ids": list(ids)}
    return {one.pk: one for one in _whole(model, where, values)} if ids else {}


def _whole(model: type[M], where: str, values: Mapping[str, Any]) -> list[M]:
    names = tuple(field.attname for field in model._meta.concrete_fields)
    # No value is pasted into the text.
    statement = f"SELECT {table.columns(model, names)} FROM {model._meta.db_table} WHERE {where}"  # noqa: S608
    return table.objects(model, names, statements.select(statement, values))


def _policies(workspace: Workspace, campaigns: list[Campaign]) -> dict[int, Policy]:
    table = policies.safe(workspace) if campaigns else None
    for campaign in campaigns:
        campaign.workspace = workspace
    return {campaign.pk: policies.policy(campaign, table) for campaign in campaigns}


_LIVE = """SELECT campaign_id, carrier_id, direction, COUNT(*) FROM campaigns_call
    WHERE workspace_id = %(workspace)s AND concluded_at IS NULL AND ended_at IS NULL
    GROUP BY campaign_id, carrier_id, direction"""


def _live(workspace: Workspace) -> list[tuple[int | None, int, str, int]]:
    return statements.select(_LIVE, {"workspace": workspace.pk})


_TURNS = "SELECT campaign_id, carrier_id, last_launched_at FROM campaigns_carrierturn WHERE {}"


def _turns(campaigns: list[Campaign]) -> dict[int, dict[Id, datetime]]:
    turns: dict[int, dict[Id, datetime]] = defaultdict(dict)
    values = {"campaigns": [campaign.pk for campaign in campaigns]}
    for campaign, carrier, at in statements.select(_TURNS.format(statements.among("campaign_id", "campaigns")), values):
        turns[campaign][carrier] = statements.moment(at)  # type: ignore[assignment]
    return turns


_POOLS = """SELECT id, campaign_id, number_id, position, status, weight, calls_in_run FROM campaigns_poolnumber
    WHERE {} ORDER BY campaign_id, position, id"""


def _pools(campaigns: list[Campaign]) -> tuple[dict[int, list[PoolEntry]], dict[tuple[int, int], int]]:
    """Each campaign's pool in its order, and the rows' ids."""
    pools: dict[int, list[PoolEntry]] = defaultdict(list)
    ids: dict[tuple[int, int], int] = {}
    values = {"campaigns": [campaign.pk for campaign in campaigns]}
    found = statements.select(_POOLS.format(statements.among("campaign_id", "campaigns")), values)
    for pk, campaign, number, position, status, weight, calls in found:
        pools[campaign].append(PoolEntry(number, position, status == PoolStatus.ACTIVE, weight, calls))
        ids[campaign, number] = pk
    return pools, ids


class _Run(NamedTuple):
    lifted: bool  # the pilot
    day: date | None


_RUNS = """SELECT c.id, r.pilot_lifted_at IS NOT NULL, r.day FROM campaigns_campaign c
    JOIN campaigns_campaignrun r ON r.campaign_id = c.id AND r.run = c.run WHERE {}"""


def _runs(campaigns: list[Campaign]) -> dict[int, _Run]:
    """Where the run that each of these campaigns is in stands. A day binds only those of a single day."""
    single = {campaign.pk for campaign in campaigns if campaign.mode == CampaignMode.SINGLE_DAY}
    values = {"campaigns": [campaign.pk for campaign in campaigns]}
    return {
        campaign: _Run(bool(lifted), date.fromisoformat(str(day)) if day and campaign in single else None)
        for campaign, lifted, day in statements.select(_RUNS.format(statements.among("c.id", "campaigns")), values)
    }


def _state(
    campaign: Campaign,
    policy: Policy,
    pool: list[PoolEntry],
    live: list[tuple[int | None, int, str, int]],
    turns: dict[Id, datetime],
    run: _Run,
    budget_left: Decimal | None,
) -> CampaignState:
    return CampaignState(
        policy=policy,
        run=campaign.run,
        pool=tuple(pool),
        live=sum(n for c, _, direction, n in live if c == campaign.pk and direction == Direction.OUTBOUND),
        last_launched=max(turns.values(), default=None),
        turns=turns,
        pilot_left=_pilot_left(campaign, run),
        day=run.day,
        budget_left=budget_left,
    )


def _pilot_left(campaign: Campaign, run: _Run) -> int | None:
    if campaign.pilot_size is None or campaign.run != 1 or run.lifted:
        return None
    return max(0, campaign.pilot_size - launched_in_run(campaign))


def launched_in_run(campaign: Campaign) -> int:
    calls = Call.objects.filter(campaign=campaign, run=campaign.run, direction=Direction.OUTBOUND)
    return calls.exclude(outcome="cancelled").count()


_CARRIERS = """SELECT id, max_cps, max_channels, enabled AND disabled_at IS NULL, rest_until, cost_per_minute
    FROM telephony_carrier WHERE workspace_id = %(workspace)s ORDER BY id"""


class _Carrier(NamedTuple):
    pk: int
    max_cps: Decimal
    max_channels: int
    enabled: bool
    rest_until: datetime | None
    rate: Decimal

    @classmethod
    def of(cls, carrier: Carrier) -> "_Carrier":
        on = carrier.enabled and carrier.disabled_at is None
        limits = carrier.max_cps, carrier.max_channels
        return cls(carrier.pk, *limits, on, carrier.rest_until, carrier.cost_per_minute)


def _carriers(workspace: Workspace) -> list[_Carrier]:
    return [
        _Carrier(pk, Decimal(str(cps)), channels, bool(enabled), statements.moment(rest), Decimal(str(rate)))
        for pk, cps, channels, enabled, rest, rate in statements.select(_CARRIERS, {"workspace": workspace.pk})
    ]


_LAUNCHED = """SELECT carrier_id, launched_at FROM campaigns_call
    WHERE {among} AND direction = 'outbound' AND launched_at > %(slowest)s
    AND (launched_at > %(second)s OR {slow}) ORDER BY launched_at"""


def _with_launches(carriers: list[_Carrier], now: datetime) -> Iterable[tuple[_Carrier, list[datetime]]]:
    values = {
        "ids": [c.pk for c in carriers],
        "slow": [c.pk for c in carriers if c.max_cps < 1],
        "slowest": now - SLOWEST,
        "second": now - timedelta(seconds=1),
    }
    among, slow = statements.among("carrier_id", "ids"), statements.among("carrier_id", "slow")
    launched: dict[int, list[datetime]] = defaultdict(list)
    for carrier, at in statements.select(_LAUNCHED.format(among=among, slow=slow), values):
        launched[carrier].append(statements.moment(at))  # type: ignore[arg-type]
    return [(c, launched[c.pk]) for c in carriers]


def _carrier(
    carrier: _Carrier,
    live: list[tuple[int | None, int, str, int]],
    launched: list[datetime],
    now: datetime,
    slots: Slots | None = None,
) -> CarrierState:
    cps = float(carrier.max_cps)
    return CarrierState(
        carrier=carrier.pk,
        max_cps=carrier.max_cps,
        max_channels=carrier.max_channels,
        live=sum(n for _, on, _, n in live if on == carrier.pk),
        launched=tuple(launched),
        enabled=carrier.enabled,
        rest_until=carrier.rest_until,
        rate=carrier.rate,
        spread=timedelta(seconds=EVEN / max(1.0, cps)) if slots else timedelta(0),
        slots=tuple(now + timedelta(seconds=max(PLACING, s)) for s in slots(carrier.pk, cps)) if slots else (),
    )


_NUMBERS = """SELECT n.id, n.carrier_id, n.country, n.spam_score, n.direction,
    (SELECT d.calls FROM telephony_numberday d WHERE d.number_id = n.id AND d.day = %(day)s),
    (SELECT d.last_launched_at FROM telephony_numberday d WHERE d.number_id = n.id ORDER BY d.day DESC LIMIT 1)
    FROM telephony_number n WHERE {among}"""


def _numbers(ids: set[int], day: date) -> dict[Id, NumberState]:
    values = {"ids": list(ids), "day": connection.ops.adapt_datefield_value(day)}
    found = statements.select(_NUMBERS.format(among=statements.among("n.id", "ids")), values)
    return {
        number: NumberState(
            number=number,
            carrier=carrier,
            country=country,
            spam_score=spam,
            calls_today=today or 0,
            last_used=statements.moment(last),
            outbound=direction != NumberDirection.INBOUND,
        )
        for number, carrier, country, spam, direction, today, last in found
    }
