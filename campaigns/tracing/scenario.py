"""The scenario of a real run: who and what there was when it began, and every change since."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db.models import Max, QuerySet

from accounts.models import AuditEvent
from campaigns.choices import Direction, Outcome
from campaigns.dialing.trace import moment
from campaigns.models import Call, Campaign, ContactMove
from campaigns.tracing import acts, history
from campaigns.tracing.history import Change, Given
from campaigns.tracing.lines import ELSEWHERE
from campaigns.tracing.numbers import Numbers
from campaigns.tracing.people import people, said_to_us
from telephony.models import Agent, Carrier, Number, SpamScore

Begun = Mapping[Campaign, datetime]  # the campaigns of a trace, with when each began; the audited one first


def scenario_of(
    begun: Begun,
    until: datetime,
    others: QuerySet[Call],
    achieved: Mapping[Campaign, Collection[int]],
    had: Numbers,
) -> tuple[Given, list[Change]]:
    """The scenario as it was at the start, and what changed since, each with its time."""
    campaigns = list(begun)
    workspace = campaigns[0].workspace
    start = _start(begun, others)
    rules, changes = history.rules(workspace, start)
    schedules, moved = history.schedules(workspace, start)
    changes += moved
    told = [_campaign(campaign, begun[campaign], achieved[campaign], changes, had) for campaign in campaigns]
    keys = _numbers(campaigns, others, changes, [entry for one, _ in told for entry in one["numbers"]])
    numbers = _telephony("number", _as_numbers(keys, start), workspace.pk, start, changes)
    agents = _telephony("agent", _agents(campaigns), workspace.pk, start, changes)
    carriers = _telephony("carrier", _carriers(numbers, changes), workspace.pk, start, changes)
    actions = [action for _, done in told for action in done]
    actions += acts.suppressed(campaigns, workspace.pk, until, had) + acts.holds(campaigns, workspace.pk, had)
    actions += acts.scores(keys, start)
    barred = [a for a in actions if a["action"] == "suppress" and a["at"] <= (moment(start) or "")]
    return {
        "clock": {"start": moment(start), "until": moment(until)},
        "workspace": {
            "timezone": workspace.timezone,
            **rules,
            "suppressed": [action["phone_number"] for action in barred],
        },
        "agents": agents,
        "carriers": carriers,
        "numbers": numbers,
        "schedules": schedules,
        "campaigns": [
            *({**one, "judged": place == 0, "followed": True} for place, (one, _) in enumerate(told)),
            {"ref": ELSEWHERE, "judged": False, "numbers": [], "contacts": []},
        ],
        "actions": sorted(actions, key=lambda action: datetime.fromisoformat(action["at"])),
    }, sorted(changes, key=lambda change: change[0])


def _start(begun: Begun, others: QuerySet[Call]) -> datetime:
    """Before anything that the trace tells."""
    moves = ContactMove.objects.filter(campaign_contact__campaign__in=list(begun))
    earliest = (
        others.order_by("launched_at").values_list("launched_at", flat=True).first(),
        moves.order_by("at").values_list("at", flat=True).first(),
    )
    return min([*begun.values(), *(at for at in earliest if at is not None)])


def _campaign(
    campaign: Campaign, begin: datetime, achieved: Collection[int], changes: list[Change], had: Numbers
) -> tuple[Given, list[Given]]:
    """A campaign as it began, and what was done to it; changes of its settings and pool are added to the others."""
    settings, edits = history.settings(campaign)
    pool, swaps = history.pool(campaign)
    changes += edits + swaps
    present, added, moved = people(campaign, begin, achieved, had)
    ref = str(campaign.pk)
    done = acts.of_campaign(campaign, had) + said_to_us(campaign, achieved) + moved
    done += [
        {"at": moment(at), "campaign": ref, "action": "add_contacts", "contacts": [person]} for at, person in added
    ]
    given = {
        "ref": ref,
        "agent": str(campaign.agent_id),
        **settings,
        "numbers": pool,
        "contacts": present,
    }
    return given, done


# ── telephony ──


def _telephony(kind: str, rows: Sequence[Given], workspace: int, start: datetime, changes: list[Change]) -> list[Given]:
    found = []
    for row in rows:
        first, since = history.telephony(workspace, kind, int(row["ref"]), row, start)
        found.append(first)
        changes += since
    return found


def _agents(campaigns: Collection[Campaign]) -> list[Given]:
    rows = Agent.objects.filter(pk__in={campaign.agent_id for campaign in campaigns}).order_by("id")
    return [
        {"ref": str(row.pk), "callback_enabled": row.callback_enabled, "cost_per_minute": str(row.cost_per_minute)}
        for row in rows
    ]


def _carriers(numbers: Sequence[Given], changes: Sequence[Change]) -> list[Given]:
    """The carriers that these numbers are or were on."""
    keys = {int(number["carrier"]) for number in numbers}
    keys |= {int(change["values"]["carrier"]) for _, change in changes if "number" in change}
    return [
        {
            "ref": str(row.pk),
            "max_cps": str(row.max_cps),
            "max_channels": row.max_channels,
            "cost_per_minute": str(row.cost_per_minute),
        }
        for row in Carrier.objects.filter(pk__in=keys).order_by("id")
    ]


def _numbers(
    campaigns: Collection[Campaign], others: QuerySet[Call], changes: Sequence[Change], pools: Sequence[Given]
) -> set[int]:
    """Every number that was in a pool or in a call."""
    edited = [entry for _, change in changes for entry in change["values"].get("numbers", [])]
    keys = {int(entry["ref"]) for entry in (*pools, *edited)}
    for calls in (Call.objects.filter(campaign__in=list(campaigns)), others):
        keys |= set(calls.order_by().values_list("number", flat=True).distinct())
    return keys


def _as_numbers(keys: Collection[int], start: datetime) -> list[Given]:
    before = Call.objects.filter(number__in=keys, launched_at__lt=start, direction=Direction.OUTBOUND)
    before = before.exclude(outcome=Outcome.CANCELLED)
    last = dict(before.values_list("number").annotate(at=Max("launched_at")))
    return [
        {
            "ref": str(row.pk),
            "number": row.phone_number,
            "carrier_id": row.carrier_id,
            "direction": row.direction,
            "spam_score": _score_at(row, start),
            "country": row.country,
            "last_used": moment(last.get(row.pk)),
        }
        for row in Number.objects.filter(pk__in=keys).order_by("id")
    ]


def _score_at(number: Number, at: datetime) -> int:
    before = SpamScore.objects.filter(number=number, at__lte=at).order_by("-at", "-id").first()
    if before is not None:
        return before.score
    changed = AuditEvent.objects.filter(
        workspace=number.workspace_id, object_type="number", object_id=str(number.pk), action="number.spam"
    )
    first = changed.order_by("id").first()
    return int(first.detail.get("from", 0)) if first is not None else number.spam_score
