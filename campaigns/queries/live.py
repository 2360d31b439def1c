"""The calls that are going on now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet

from accounts.models import Workspace
from campaigns.choices import CallState, Direction
from campaigns.models import Call, Campaign

LIVE_ROWS = 50  # shown at once; the count says how many there are


@dataclass(frozen=True, slots=True)
class LiveCall:
    call: Call
    seconds: int  # since it was answered, else since it was launched

    @property
    def state(self) -> CallState:
        return CallState(self.call.state)


def _live(workspace: int) -> "QuerySet[Call]":
    # Both conditions: the partial index of open calls is on concluded_at, and a live call is an open one.
    return Call.objects.filter(workspace_id=workspace, concluded_at__isnull=True, ended_at__isnull=True)


def live_calls(campaign: Campaign, now: datetime, limit: int = LIVE_ROWS) -> list[LiveCall]:
    """The campaign's live calls, the longest first."""
    rows = (
        _live(campaign.workspace_id)
        .filter(campaign=campaign)
        .select_related("contact", "number", "carrier")
        .order_by("launched_at", "id")[:limit]
    )
    return [LiveCall(c, max(0, int((now - (c.answered_at or c.launched_at)).total_seconds()))) for c in rows]


def live_count(campaign: Campaign, direction: Direction = Direction.OUTBOUND) -> int:
    """Outbound ones take the campaign's slots; people who call us do not."""
    return _live(campaign.workspace_id).filter(campaign=campaign, direction=direction).count()


def live_counts_of(workspace: Workspace, campaigns: Iterable[int]) -> dict[int, int]:
    """Live outbound calls of several campaigns in one query; a campaign without any has no entry."""
    rows = _live(workspace.pk).filter(campaign_id__in=list(campaigns), direction=Direction.OUTBOUND).order_by()
    return dict(rows.values_list("campaign_id").annotate(Count("id")))
