"""The campaign list, and what is done to several campaigns at once."""

from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4
from zoneinfo import ZoneInfo, available_timezones

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts import ids
from accounts.figures import day_and_time
from accounts.listing import listing
from accounts.live import live_context, live_part
from accounts.roles import Permission, may
from accounts.tenancy import WorkspaceRequest, page
from campaigns import lifecycle, locks
from campaigns.choices import CampaignStatus
from campaigns.models import Campaign
from campaigns.queries import listed as rows_of
from campaigns.queries.listed import Filters, Listed
from campaigns.transitions import Action
from campaigns.views.frame import open_moves
from campaigns.wording import call_window, full_moment, many

SORTS = {"name": ("sort_name",), "status": ("sort_status", "sort_name"), "date": ("sort_date",)}
MOVING, STILL = 3, 20  # seconds between two looks of the table
BULK = {
    Action.PAUSE: "paused",
    Action.RESUME: "resumed",
    Action.CANCEL: "cancelled",
    Action.ARCHIVE: "archived",
}


@require_safe
@page(Permission.READ)
def campaign_list(request: WorkspaceRequest) -> HttpResponse:
    filters = _filters(request)
    context = {
        **_table(request, filters),
        "filters": filters,
        "filtered": filters != Filters(archived=filters.archived),
        "bar": _filter_bar(request, filters),
        "archived": filters.archived,
        "tabs": [("Campaigns", "?", not filters.archived), ("Archived", "?archived=1", filters.archived)],
    }
    return render(request, "campaigns/list.html", context)


@require_safe
@page(Permission.READ)
def campaign_rows(request: WorkspaceRequest) -> HttpResponse:
    """The table alone, as an answer to its own poll."""
    context = _table(request, _filters(request))
    return live_part(request, "campaigns/_rows.html", context, every=context["live_every"])


def _table(request: WorkspaceRequest, filters: Filters) -> dict[str, Any]:
    """The rows of the page that the address asks for; the table asks again sooner while something moves."""
    now = timezone.now()
    found = listing(request, rows_of.matching(request.workspace, filters), SORTS, "-date")
    rows = rows_of.listed(request.workspace, list(found), now)
    moving = any(row.live or row.campaign.status == CampaignStatus.RUNNING for row in rows)
    query = request.GET.urlencode()
    address = f"{reverse('campaigns:rows')}{'?' if query else ''}{query}"
    return {
        "listing": found,
        "rows": [_row(request, row, now) for row in rows],
        "acts": _bulk_acts(request),
        "here": _home(request),
        "once": uuid4().hex,
        **live_context(address, every=MOVING if moving else STILL),
    }


@require_POST
@page(Permission.RUN)
def bulk(request: WorkspaceRequest) -> HttpResponse:
    """Pause, resume, cancel or archive those ticked, or all that match; says how many were and why others were not."""
    action = request.POST.get("action", "")
    if action not in BULK or (action == Action.ARCHIVE and not may(request.role, Permission.DELETE)):
        messages.error(request, "Choose what to do: pause, resume, cancel or archive.")
        return redirect(_home(request))
    rows = rows_of.matching(request.workspace, _filters(request))
    if request.POST.get("all") != "1":
        rows = rows.filter(pk__in=ids.several(request.POST.getlist("ids")))
    done, refused = 0, Counter[str]()
    for campaign in rows.order_by("pk"):
        try:
            lifecycle.act(campaign, action, actor=request.user)
            done += 1
        except (lifecycle.Refused, Campaign.DoesNotExist) as refusal:
            refused[getattr(refusal, "sentence", "It does not exist any more.")] += 1
    _tell(request, BULK[Action(action)], done, refused)
    return redirect(_home(request))


def _tell(request: WorkspaceRequest, word: str, done: int, refused: Counter[str]) -> None:
    if done:
        messages.success(request, f"{many(done, 'campaign')} {word}.")
    elif not refused:
        messages.error(request, "No campaign was ticked.")
    for sentence, count in refused.most_common():
        messages.error(request, f"{many(count, 'campaign')} not {word}: {sentence}")


def _filters(request: WorkspaceRequest) -> Filters:
    asked = request.GET
    status = asked.get("status", "")
    return Filters(
        search=asked.get("q", "").replace("\0", "").strip(),
        status=status if status in CampaignStatus.values else "",
        agent=ids.one(asked.get("agent", "")),
        tag=asked.get("tag", "").replace("\0", "").strip(),
        archived=asked.get("archived") == "1",
    )


def _filter_bar(request: WorkspaceRequest, filters: Filters) -> dict[str, object]:
    keep = [(name, request.GET[name]) for name in ("sort", "archived") if name in request.GET]
    tags = [(tag, tag) for tag in rows_of.tags(request.workspace)]
    selects: list[dict[str, Any]] = [
        {"name": "status", "label": "Status", "value": filters.status, "options": CampaignStatus.choices},
        {"name": "agent", "label": "Agent", "value": filters.agent, "options": rows_of.agents(request.workspace)},
        {"name": "tag", "label": "Tag", "value": filters.tag, "options": tags},
    ]
    narrowed = filters.search or filters.status or filters.agent is not None or filters.tag
    return {
        "filters": [select for select in selects if select["options"]],
        "keep": keep,
        "clear": f"?{urlencode(keep)}" if narrowed else "",
    }


def _row(request: WorkspaceRequest, row: Listed, now: datetime) -> dict[str, object]:
    campaign = row.campaign
    back = urlencode({"next": _home(request)})
    moves = open_moves(campaign, request.role, row.counts, row.live, has_calls=row.has_calls)
    moves = [replace(move, address=f"{move.address}?{back}", subject=f"“{campaign.name}”") for move in moves]
    return {
        "row": row,
        "campaign": campaign,
        "moves": [move for move in moves if move.action is not Action.DELETE],
        "removes": [move for move in moves if move.action is Action.DELETE],
        "may_edit": may(request.role, Permission.RUN) and not locks.not_editable(campaign),
        "edit": reverse("campaigns:edit_start", args=[campaign.pk]),
        "parts": _parts(row),
        "menu": f"status-{campaign.pk}",
        "start": _start(row, now),
        "window": call_window(campaign),
        "picture": campaign.agent.avatar.url if campaign.agent.avatar else "",
    }


def _start(row: Listed, now: datetime) -> dict[str, str]:
    """When it starts or first started, in the campaign's zone, which the schedule names; {} where nobody knows."""
    zone = row.campaign.zone
    if row.started is None or zone not in available_timezones():
        return {}
    local = row.started.astimezone(ZoneInfo(zone))
    return {"at": local.isoformat(), "short": day_and_time(local, now, ""), "full": full_moment(row.started, zone)}


def _parts(row: Listed) -> list[dict[str, object]]:
    counts = row.counts
    rest = counts.total - counts.completed - counts.failed - counts.dialing
    return [
        {"label": "Completed", "count": counts.completed, "colour": "green"},
        {"label": "Failed", "count": counts.failed, "colour": "red"},
        {"label": "Live", "count": counts.dialing, "colour": "yellow"},
        {"label": "Others", "count": rest, "colour": "gray"},
    ]


def _bulk_acts(request: WorkspaceRequest) -> list[dict[str, object]]:
    cancel = "Campaigns that end for good: {count}. No further call of theirs is ever placed; live calls finish."
    acts: list[dict[str, object]] = [
        {"label": "Pause", "icon": "player-pause", "value": Action.PAUSE},
        {"label": "Resume", "icon": "player-play", "value": Action.RESUME},
        {
            "label": "Cancel",
            "icon": "ban",
            "value": Action.CANCEL,
            "confirm": cancel,
            "danger": True,
            "button": "Cancel campaigns",
            "title": "Cancel the chosen campaigns?",
        },
        {"label": "Archive", "icon": "archive", "value": Action.ARCHIVE},
    ]
    if not may(request.role, Permission.RUN):
        return []
    return acts if may(request.role, Permission.DELETE) else acts[:-1]


def _home(request: WorkspaceRequest) -> str:
    query = request.GET.urlencode()
    return f"{reverse('campaigns:list')}{'?' if query else ''}{query}"
