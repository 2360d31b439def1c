"""The parts of the active layout. Each refreshes by itself; the page renders the same parts with the same contexts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone

from accounts.live import live_part
from accounts.roles import Permission
from accounts.tenancy import WorkspaceRequest, page
from campaigns import charts, dispatch, queries, tiles
from campaigns.choices import ContactStatus, Direction
from campaigns.models import Campaign
from campaigns.queries import calls, hours
from campaigns.queries.live import LIVE_ROWS
from campaigns.views.frame import is_moving, the_campaign
from goals.models import GoalKind
from goals.queries import GoalFigures, best_results, goal_figures, primary_of

TASKS = 12
SHORTEST = timedelta(minutes=30)  # of a run that has just begun: two bars would say nothing
LINE = timedelta(hours=1)  # the time line of a campaign that dials now
Context = dict[str, object]
SEEN = "status"  # what the browser believes the status to be


@dataclass(frozen=True, slots=True)
class Part:
    template: str
    context: Callable[[Campaign, datetime], Context]
    moving: float  # seconds between two looks while calls are made
    still: float  # and while none are


def kpis(campaign: Campaign, now: datetime) -> Context:
    counts = queries.status_counts(campaign)
    primary = next((figures for figures in goal_figures(campaign) if figures.goal.kind == GoalKind.PRIMARY), None)
    shown = tiles.active_tiles(
        counts,
        queries.recent_tallies(campaign),
        live=queries.live_count(campaign),
        limit=campaign.concurrency_limit,
        budget=campaign.budget_cap,
        currency=campaign.workspace.currency,
        goal=goal_tile(primary),
    )
    return {"tiles": shown, "statuses": tiles.status_parts(counts), "total": counts.total}


def goal_tile(figures: GoalFigures | None) -> tiles.GoalTile | None:
    if figures is None:
        return None
    return tiles.GoalTile(figures.goal.name, figures.achieved, figures.goal.target, figures.progress.fraction)


def health(campaign: Campaign, now: datetime) -> Context:
    return {"reasons": dispatch.why(campaign, now), "live": queries.live_count(campaign)}


def live(campaign: Campaign, now: datetime) -> Context:
    rows = queries.live_calls(campaign, now)
    if len(rows) >= LIVE_ROWS:
        count, inbound = (queries.live_count(campaign, direction) for direction in Direction)
    else:
        inbound = sum(row.call.direction == Direction.INBOUND for row in rows)
        count = len(rows) - inbound
    return {"rows": rows, "count": count, "inbound": inbound, "more": count + inbound - len(rows)}


def line(campaign: Campaign, now: datetime) -> Context:
    """The last hour; of a campaign that has rested for longer its whole run."""
    run = campaign.runs.last()
    started = run.started_at if run else now
    started = min(started, now - SHORTEST)
    recent = hours.time_line(campaign, max(started, now - LINE), now)
    shown = recent if recent.most or now - started <= LINE else hours.time_line(campaign, started, now)
    return {"line": charts.time_line(shown), "step": shown.step, "zone": campaign.zone}


def breakdown(campaign: Campaign, now: datetime) -> Context:
    tallied = queries.recent_tallies(campaign)
    attempts = tallied.by_attempt()
    return {
        "calls": tallied,
        "goals": goal_figures(campaign),
        "dispositions": queries.dispositions(campaign),
        "attempts": attempts,
        "attempt_rows": charts.attempt_rows(attempts),
        "legend": charts.outcome_legend(attempts),
        "most": max((attempt.ended for attempt in attempts), default=0),
    }


def tasks(campaign: Campaign, now: datetime) -> Context:
    """The people called last, each once, with how they stand now."""
    rows = calls.latest_by_person(campaign, TASKS)
    people = [(row, row.campaign_contact) for row in rows if row.campaign_contact is not None]
    best = best_results(primary_of(campaign), [person.pk for _, person in people])
    return {
        "rows": [(row, ContactStatus(person.status), best.get(person.pk)) for row, person in people],
        "zone": campaign.zone,
    }


def pool(campaign: Campaign, now: datetime) -> Context:
    return {"numbers": queries.pool_figures(campaign, now, queries.recent_tallies(campaign))}


PARTS: Mapping[str, Part] = {
    "kpis": Part("campaigns/detail/parts/kpis.html", kpis, 1, 5),
    "health": Part("campaigns/detail/parts/health.html", health, 2, 5),
    "live": Part("campaigns/detail/parts/live.html", live, 1, 5),
    "line": Part("campaigns/detail/parts/line.html", line, 5, 30),
    "breakdown": Part("campaigns/detail/parts/breakdown.html", breakdown, 3, 15),
    "pool": Part("campaigns/detail/parts/pool.html", pool, 3, 15),
    "tasks": Part("campaigns/detail/parts/tasks.html", tasks, 2, 15),
}


def all_parts(campaign: Campaign, now: datetime, moving: bool) -> dict[str, Context]:
    """Every part's context, for the first rendering within the page."""
    return {name: _context(name, campaign, now, moving) for name in PARTS}


def _context(name: str, campaign: Campaign, now: datetime, moving: bool) -> Context:
    part = PARTS[name]
    address = reverse("campaigns:part", args=[campaign.pk, name])
    return {
        **part.context(campaign, now),
        "campaign": campaign,
        "now": now,
        "live_url": f"{address}?{SEEN}={campaign.status}",
        "live_every": part.moving if moving else part.still,
        "live_over": False,
    }


@page(Permission.READ)
def part(request: WorkspaceRequest, pk: int, name: str) -> HttpResponse:
    """One part as an answer to its own poll. When the status has changed meanwhile, the whole page is asked anew."""
    if name not in PARTS:
        raise Http404
    campaign, now = the_campaign(request, pk), timezone.now()
    if request.GET.get(SEEN, campaign.status) != campaign.status:
        answer = HttpResponse(status=204)
        answer["HX-Refresh"] = "true"
        return answer
    moving = is_moving(campaign, queries.live_count(campaign))
    context = _context(name, campaign, now, moving)
    return live_part(request, PARTS[name].template, {"part": context}, every=1, over=campaign.state.layout != "active")
