"""The rows of the campaign list: who matches, and the figures of one page of them, in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import (
    Case,
    DateTimeField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Lower

from accounts.models import Workspace
from campaigns import policies
from campaigns.choices import CampaignStatus, TriggerMode
from campaigns.dialing import window as windows
from campaigns.dialing.values import Hours
from campaigns.models import Call, Campaign, CampaignHours, CampaignRun, CampaignUpload, PoolNumber
from campaigns.queries.counts import StatusCounts, status_counts_of
from campaigns.queries.live import live_counts_of
from contacts.models import UploadStatus
from telephony.models import Agent, Number


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows the list; "" and None narrow nothing."""

    search: str = ""
    status: str = ""
    agent: int | None = None
    tag: str = ""
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """One campaign of the list with its figures."""

    campaign: Campaign
    counts: StatusCounts
    staged: int  # rows of files that are no contacts yet
    live: int
    numbers: list[Number]  # the pool in its order
    started: datetime | None  # the start time if one is set, else the first start
    is_open: bool | None  # the call window, now; None: it cannot be told (an invalid window, no contact's own time)

    @property
    def has_calls(self) -> bool:
        return self.campaign.has_calls  # type: ignore[attr-defined]


def matching(workspace: Workspace, filters: Filters) -> "QuerySet[Campaign]":
    """The campaigns of a workspace that match, with what the list sorts by: sort_name, sort_status, sort_date."""
    rows = Campaign.objects.filter(workspace=workspace, archived_at__isnull=not filters.archived)
    if filters.search:
        rows = rows.filter(name__icontains=filters.search)
    if filters.status:
        rows = rows.filter(status=filters.status)
    if filters.agent is not None:
        rows = rows.filter(agent=filters.agent)
    if filters.tag:
        rows = rows.filter(tags__contains=f"|{filters.tag}|")
    first = CampaignRun.objects.filter(campaign=OuterRef("pk"), run=1).values("started_at")
    scheduled = When(trigger_mode=TriggerMode.SCHEDULED, then=F("starts_at"))
    order = [When(status=status, then=Value(place)) for place, status in enumerate(CampaignStatus)]
    return rows.select_related("agent", "workspace", "schedule").annotate(
        started=Coalesce(Case(scheduled, output_field=DateTimeField()), Subquery(first)),
        sort_name=Lower("name"),
        sort_status=Case(*order, output_field=IntegerField()),
        sort_date=Coalesce("started", "created_at"),
        has_calls=Exists(Call.objects.filter(campaign=OuterRef("pk"))),
    )


def listed(workspace: Workspace, campaigns: Sequence[Campaign], now: datetime) -> list[Listed]:
    """The figures of these rows of `matching`, in five queries however many there are."""
    ids = [campaign.pk for campaign in campaigns]
    counts, live = status_counts_of(ids), live_counts_of(workspace, ids)
    pools, staged, keys = _pools(ids), _staged(ids), _own_hours(ids)
    return [
        Listed(
            campaign=campaign,
            counts=counts.get(campaign.pk, StatusCounts()),
            staged=staged.get(campaign.pk, 0),
            live=live.get(campaign.pk, 0),
            numbers=pools.get(campaign.pk, []),
            started=campaign.started,  # type: ignore[attr-defined]
            is_open=_is_open(campaign, keys.get(campaign.pk, []), now),
        )
        for campaign in campaigns
    ]


def agents(workspace: Workspace) -> list[tuple[int, str]]:
    """(id, name) for the filter."""
    return list(Agent.objects.filter(workspace=workspace).values_list("pk", "name"))


def tags(workspace: Workspace) -> list[str]:
    """Every tag of the workspace's campaigns, for the filter."""
    texts = Campaign.objects.filter(workspace=workspace).exclude(tags="").order_by().values_list("tags", flat=True)
    return sorted({tag for text in texts.distinct() for tag in text.split("|") if tag})


def _pools(ids: list[int]) -> dict[int, list[Number]]:
    found: dict[int, list[Number]] = {}
    for entry in PoolNumber.objects.filter(campaign__in=ids).select_related("number").order_by("position", "id"):
        found.setdefault(entry.campaign_id, []).append(entry.number)
    return found


def _staged(ids: list[int]) -> dict[int, int]:
    waiting = CampaignUpload.objects.filter(campaign__in=ids, upload__status=UploadStatus.STAGED)
    return dict(waiting.order_by().values_list("campaign").annotate(Sum("upload__valid_rows")))


def _own_hours(ids: list[int]) -> dict[int, list[Hours]]:
    """The hours keys of the campaigns that read the window in each contact's zone."""
    rows = CampaignHours.objects.filter(campaign__in=ids, campaign__contact_local_time=True).select_related("hours_key")
    found: dict[int, list[Hours]] = {}
    for row in rows:
        found.setdefault(row.campaign_id, []).append(policies.hours(row.hours_key))
    return found


def _is_open(campaign: Campaign, own: list[Hours], now: datetime) -> bool | None:
    """By its own window alone: safe hours are the workspace's."""
    try:
        policy = replace(policies.policy(campaign, {}), safe=None)
    except windows.InvalidWindow:
        return None
    if policy.contact_local and not own:
        return None
    return any(windows.is_open(policy, hours, now) for hours in own or [Hours()])
