"""What the pages of agents, carriers and numbers show. Every figure comes from rows."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from accounts import ids
from accounts.models import Workspace
from telephony.models import Agent, Carrier, Number, NumberDay, NumberDirection

SPAM_BANDS = {
    "green": Q(spam_score__lte=4),
    "yellow": Q(spam_score__gte=5, spam_score__lte=6),
    "red": Q(spam_score__gte=7),
}
HISTORY = 20  # rows of a number's spam scores on its page


@dataclass(frozen=True)
class State:
    """How something is: a word, its colour, and a sentence when there is more to say."""

    word: str
    colour: str
    sentence: str = ""


def today(workspace: Workspace, now: datetime) -> date:
    """The workspace's day: daily caps count by it."""
    return now.astimezone(ZoneInfo(workspace.timezone)).date()


def next_day(workspace: Workspace, now: datetime) -> datetime:
    """The coming midnight of the workspace: daily caps count anew from then on."""
    return datetime.combine(today(workspace, now) + timedelta(days=1), time(), ZoneInfo(workspace.timezone))


def agents(workspace: Workspace, *, search: str = "", provider: str = "") -> QuerySet[Agent]:
    """With `campaign_count`: campaigns that are not archived."""
    rows = workspace.agents.annotate(campaign_count=Count("campaigns", Q(campaigns__archived_at=None)))
    if search:
        rows = rows.filter(Q(name__icontains=search) | Q(provider_agent_id__icontains=search))
    return rows.filter(provider=provider) if provider else rows


def carriers(workspace: Workspace, *, search: str = "") -> QuerySet[Carrier]:
    """With `number_count`. Their credentials are not read."""
    rows = workspace.carriers.defer("credentials").annotate(number_count=Count("numbers"))
    return rows.filter(name__icontains=search) if search else rows


def carrier_state(carrier: Carrier, now: datetime) -> State:
    if not carrier.enabled:
        return State("Disabled", "gray", "It places no calls until it is enabled.")
    if carrier.disabled_at:
        return State("Switched off", "darkred", carrier.disabled_reason)
    if carrier.rest_until and carrier.rest_until > now:
        return State("Resting", "yellow", carrier.last_error)
    # Once it takes requests again its last error is history: the trail of calls has it, this page need not.
    trouble = f"It failed last with: {carrier.last_error}" if carrier.rest_seconds and carrier.last_error else ""
    return State("Active", "green", trouble)


def numbers(
    workspace: Workspace, now: datetime, *, search: str = "", carrier: str = "", direction: str = "", spam: str = ""
) -> QuerySet[Number]:
    """With `calls_today` (in all campaigns) and `pool_count`: campaigns, not archived, that may dial from it."""
    day = NumberDay.objects.filter(number=OuterRef("pk"), day=today(workspace, now)).values("calls")
    rows = workspace.numbers.select_related("carrier").annotate(
        calls_today=Coalesce(Subquery(day, output_field=IntegerField()), Value(0)),
        pool_count=Count("pools", Q(pools__campaign__archived_at=None)),
    )
    if search:
        digits = "".join(letter for letter in search if letter.isdigit())
        found = Q(label__icontains=search) | (Q(phone_number__contains=digits) if digits else Q())
        rows = rows.filter(found)
    if (asked := ids.one(carrier)) is not None:
        rows = rows.filter(carrier=asked)
    if direction in NumberDirection.values:
        rows = rows.filter(direction=direction)
    return rows.filter(SPAM_BANDS[spam]) if spam in SPAM_BANDS else rows


def days_of(number: Number, now: datetime, days: int = 14) -> list[tuple[date, int]]:
    """Launches from the number on each of the last days, today last; 0 where there were none."""
    last = today(number.workspace, now)
    first = last - timedelta(days=days - 1)
    counted = dict(number.days.filter(day__range=(first, last)).values_list("day", "calls"))
    return [(first + timedelta(days=n), counted.get(first + timedelta(days=n), 0)) for n in range(days)]
