"""Which campaigns and calls a trace tells, and all their lines in the order of time."""

import heapq
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from django.db.models import Max, Q, QuerySet

from campaigns.choices import ENDED_STATUSES, Direction
from campaigns.dialing.trace import moment
from campaigns.models import Call, Campaign, CampaignContact, CampaignTransition, ContactMove, PoolNumber
from campaigns.tracing import calls as told
from campaigns.tracing import contacts
from campaigns.tracing.history import Change
from campaigns.tracing.lines import ELSEWHERE, MOMENT, SETTINGS, Line, Timed
from campaigns.tracing.numbers import Numbers, numbers_of
from campaigns.tracing.scenario import scenario_of
from campaigns.tracing.unjudged import unjudged

Achieved = Callable[[Campaign], Iterable[int]]  # ids of the calls that achieved the primary goal
BEFORE = timedelta(days=8)  # calls of other campaigns that frequency caps may still count
FOLLOWED = 100_000  # calls of rivals that are worth reading to know whose turn it was


@dataclass(frozen=True, slots=True)
class Traced:
    """The scenario, and the lines: to be read once. `unjudged`: what no row keeps, as phrases."""

    scenario: dict[str, Any]
    lines: Iterator[Line]
    unjudged: list[str] = field(default_factory=list)


def trace(campaign: Campaign, now: datetime, achieved: Achieved) -> Traced:
    """What the campaign did until now. `campaign.agent` and `.workspace` should be loaded. Of a campaign that goes on,
    trace and lines are read within `statements.one_moment`: else its end is younger than its beginning.

    Campaigns that ran at the same time on the same carriers are told with their people, so that it is known when it was
    their turn; other calls on these carriers and numbers, and with these people, are told as calls elsewhere.
    """
    begin, until = _began(campaign, now), _until(campaign, now)
    rivals, unfollowed = _rivals(campaign, begin, until)
    begun = {campaign: begin} | {rival: _began(rival, now) for rival in rivals}
    calls = Call.objects.filter(workspace=campaign.workspace_id, launched_at__lte=until)
    others = _others(list(begun), calls, min(begun.values()))
    won = {one: set(achieved(one)) for one in begun}
    had = numbers_of(list(begun))
    scenario, changes = scenario_of(begun, until, others, won, had)
    streams = [*_elsewhere(others, until), _settings(changes)]
    for one in begun:
        streams += _streams(one, calls.filter(campaign=one), until, had)
    left_out = list(unjudged(campaign, begin, unfollowed, had))
    finals = contacts.finals(campaign, until, had)
    return Traced(scenario, chain(_in_order(streams, until), finals), left_out)


def _began(campaign: Campaign, now: datetime) -> datetime:
    """When the first Start was; a draft begins now."""
    first = CampaignTransition.objects.filter(campaign=campaign).order_by("id").first()
    return first.at if first else now


def _until(campaign: Campaign, now: datetime) -> datetime:
    """The clock's end: a moment after the last thing that happened, and now unless the campaign has ended. While it
    goes on, a launch may lie ahead of now, and what happened since now was read is in its contacts already."""
    last = Call.objects.filter(campaign=campaign).aggregate(
        a=Max("launched_at"), b=Max("ended_at"), c=Max("concluded_at")
    )
    open_call = Call.objects.filter(campaign=campaign, concluded_at__isnull=True).exists()
    moved = ContactMove.objects.filter(campaign_contact__campaign=campaign).aggregate(at=Max("at"))
    known = [at for at in (*last.values(), *moved.values(), campaign.status_at) if at is not None]
    if campaign.state.layout != "ended" or open_call or not known:
        return max([now, *(at + 2 * MOMENT for at in known)])
    return max(known) + timedelta(seconds=1)


def _rivals(campaign: Campaign, begin: datetime, until: datetime) -> tuple[list[Campaign], list[str]]:
    """Campaigns that were live at the same time on the same carriers: those to follow, and the names of those that made
    too many calls for it."""
    carriers = PoolNumber.objects.filter(campaign=campaign).values("number__carrier")
    started = CampaignTransition.objects.filter(at__lte=until).values("campaign")
    rows = Campaign.objects.filter(workspace=campaign.workspace_id, pk__in=started).exclude(pk=campaign.pk)
    rows = rows.filter(pk__in=PoolNumber.objects.filter(number__carrier__in=carriers).values("campaign"))
    rows = rows.exclude(Q(status__in=ENDED_STATUSES) & Q(status_at__lt=begin))
    followed: list[Campaign] = []
    left_out: list[str] = []
    read = 0
    for rival in rows.select_related("agent", "workspace").order_by("id"):
        count = Call.objects.filter(campaign=rival, launched_at__lte=until).count()
        if read + count > FOLLOWED:
            left_out.append(rival.name)
        else:
            followed.append(rival)
            read += count
    return followed, left_out


def _others(campaigns: Collection[Campaign], calls: QuerySet[Call], begin: datetime) -> QuerySet[Call]:
    """Calls of the workspace that had to do with these campaigns' carriers, numbers or people."""
    pool = PoolNumber.objects.filter(campaign__in=list(campaigns))
    people = CampaignContact.objects.filter(campaign__in=list(campaigns)).values("contact")
    touching = Q(number__in=pool.values("number")) | Q(carrier__in=pool.values("number__carrier"))
    near = calls.filter(launched_at__gte=begin - BEFORE).filter(touching | Q(contact__in=people))
    return near.exclude(campaign__in=list(campaigns))


def _elsewhere(others: QuerySet[Call], until: datetime) -> list[Iterator[Timed]]:
    outbound = others.filter(direction=Direction.OUTBOUND)
    inbound = others.filter(direction=Direction.INBOUND)
    return [
        told.launches(outbound, ELSEWHERE),
        told.ends(outbound, ELSEWHERE),
        told.inbound(inbound, ELSEWHERE, until),
    ]


def _streams(campaign: Campaign, calls: QuerySet[Call], until: datetime, had: Numbers) -> list[Iterator[Timed]]:
    outbound, ref = calls.filter(direction=Direction.OUTBOUND), str(campaign.pk)
    return [
        told.launches(outbound, ref),
        told.ends(outbound, ref),
        told.inbound(calls.filter(direction=Direction.INBOUND), ref, until),
        contacts.verdicts(campaign),
        contacts.moves(campaign, had),
        contacts.restarts(campaign),
        contacts.transitions(campaign),
    ]


def _settings(changes: Iterable[Change]) -> Iterator[Timed]:
    for place, (at, change) in enumerate(changes):
        yield at, SETTINGS, place, {"type": "settings", "at": moment(at), **change}


def _in_order(streams: Iterable[Iterator[Timed]], until: datetime) -> Iterator[Line]:
    """What happened to others after the campaign's end is no part of its run."""
    for at, _, _, line in heapq.merge(*streams, key=lambda timed: timed[:3]):
        if at <= until:
            yield line
