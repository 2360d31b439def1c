"""Exports as lists show them, each with its `words`."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from accounts import ids
from accounts.listing import Asked
from accounts.models import Workspace
from accounts.paging import Page, Total, page, total
from analytics.asked import tell
from analytics.models import Export
from campaigns.models import Campaign

SORTS = {"-made": ("-created_at", "-id"), "made": ("created_at", "id")}  # each stands on an index
NEWEST = "-made"


@dataclass(frozen=True, slots=True)
class Filters(Asked):
    """As in the address of the list, by the words of the API; every value a text, "" for no filter."""

    kind: str = ""
    format: str = ""
    status: str = ""
    campaign: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of the list; `sort`: the order it is in."""

    page: Page[Export]
    total: Total
    sort: str


def listed(workspace: Workspace, filters: Filters, sort: str, cursor: str) -> Listed:
    """One page of the exports that fit all filters. An order that is not offered means the newest first."""
    chosen = filters.chosen()
    rows = of_workspace(workspace)
    if filters.campaign:
        rows = rows.filter(campaign=ids.one(chosen.pop("campaign")) or 0)
    rows = rows.filter(**chosen)
    sort = sort if sort in SORTS else NEWEST
    shown = page(rows, SORTS[sort], cursor)
    tell(workspace, shown.rows)
    return Listed(shown, total(rows, shown=shown), sort)


def campaigns(workspace: Workspace) -> list[tuple[int, str]]:
    """(id, name) of the campaigns that something was exported of, by name."""
    own = Exists(Export.objects.filter(campaign=OuterRef("pk")))
    return list(Campaign.objects.filter(own, workspace=workspace).order_by("name", "id").values_list("id", "name"))


def last(workspace: Workspace, campaign: Campaign | None, count: int) -> list[Export]:
    """The last so many, of the campaign where one is given, the newest first."""
    rows = of_campaign(campaign) if campaign else of_workspace(workspace)
    found = list(rows.order_by(*SORTS[NEWEST])[:count])
    tell(workspace, found)
    return found


def of_workspace(workspace: Workspace) -> "QuerySet[Export]":
    return Export.objects.filter(workspace=workspace).select_related("campaign", "created_by")


def of_campaign(campaign: Campaign) -> "QuerySet[Export]":
    return Export.objects.filter(campaign=campaign).select_related("campaign", "created_by")


def moving(rows: Iterable[Export]) -> bool:
    return any(export.is_moving for export in rows)
