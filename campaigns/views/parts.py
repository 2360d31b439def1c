"""The parts of the active layout. Each refreshes by itself; the page renders the same parts with the same contexts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

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


class Look:
    """What several parts show, asked once for all of them."""

    def __init__(self, campaign: Campaign, now: datetime) -> None:
        self.campaign, self.now = campaign, now

    @cached_property
    def live(self) -> int:
        return queries.live_count(self.campaign)

    @cached_property
    def counts(self) -> queries.StatusCounts:
        return queries.status_counts(self.campaign)

    @cached_property
    def tallies(self) -> queries.Tallies:
        return queries.recent_tallies(self.campaign)

    @cached_property
    def goals(self) -> list[GoalFigures]:
        return goal_figures(self.campaign)

    @property
    def moving(self) -> bool:
        return is_moving(self.campaign, self.live)


@dataclass(frozen=True, slots=True)
class Part:
    template: str
    context: Callable[[Look], Context]
    moving: float  # seconds between two looks while calls are made
    still: float  # and while none are


def kpis(look: Look) -> Context:
    campaign, counts = look.campaign, look.counts
    primary = next((figures for figures in look.goals if figures.goal.kind == GoalKind.PRIMARY), None)
    shown = tiles.active_tiles(
        counts,
        look.tallies,
        live=look.live,
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


def health(look: Look) -> Context:
    return {"reasons": dispatch.why(look.campaign, look.now), "live": look.live}


def live(look: Look) -> Context:
    campaign = look.campaign
    rows = queries.live_calls(campaign, look.now)
    if len(rows) >= LIVE_ROWS:
        count, inbound = (queries.live_count(campaign, direction) for direction in Direction)
    else:
        inbound = sum(row.call.direction == Direction.INBOUND for row in rows)
        count = len(rows) - inbound
    return {"rows": rows, "count": count, "inbound": inbound, "more": count + inbound - len(rows)}


def line(look: Look) -> Context:
    """The last hour; of a campaign that has rested for longer its whole run."""
    campaign, now = look.campaign, look.now
    run = campaign.runs.last()
    started = run.started_at if run else now
    started = min(started, now - SHORTEST)
    recent = hours.time_line(campaign, max(started, now - LINE), now)
    shown = recent if recent.most or now - started <= LINE else hours.time_line(campaign, started, now)
    return {"line": charts.time_line(shown), "step": shown.step, "zone": campaign.zone}


def breakdown(look: Look) -> Context:
    attempts = look.tallies.by_attempt()
    return {
        "calls": look.tallies,
        "goals": look.goals,
        "dispositions": queries.dispositions(look.campaign),
        "attempts": attempts,
        "attempt_rows": charts.attempt_rows(attempts),
        "legend": charts.outcome_legend(attempts),
        "most": max((attempt.ended for attempt in attempts), default=0),
    }


def tasks(look: Look) -> Context:
    """The people called last, each once, with how they stand now."""
    campaign = look.campaign
    rows = calls.latest_by_person(campaign, TASKS)
    people = [(row, row.campaign_contact) for row in rows if row.campaign_contact is not None]
    best = best_results(primary_of(campaign), [person.pk for _, person in people])
    return {
        "rows": [(row, ContactStatus(person.status), best.get(person.pk)) for row, person in people],
        "zone": campaign.zone,
    }


def pool(look: Look) -> Context:
    return {"numbers": queries.pool_figures(look.campaign, look.now, look.tallies)}


PARTS: Mapping[str, Part] = {
    "kpis": Part("campaigns/detail/parts/kpis.html", kpis, 1, 5),
    "health": Part("campaigns/detail/parts/health.html", health, 2, 5),
    "live": Part("campaigns/detail/parts/live.html", live, 1, 5),
    "line": Part("campaigns/detail/parts/line.html", line, 5, 30),
    "breakdown": Part("campaigns/detail/parts/breakdown.html", breakdown, 3, 15),
    "pool": Part("campaigns/detail/parts/pool.html", pool, 3, 15),
    "tasks": Part("campaigns/detail/parts/tasks.html", tasks, 2, 15),
}


def all_parts(look: Look) -> dict[str, Context]:
    """Every part's context, for the first rendering within the page."""
    return {name: _context(name, look) for name in PARTS}


def _context(name: str, look: Look) -> Context:
    part, campaign = PARTS[name], look.campaign
    address = reverse("campaigns:part", args=[campaign.pk, name])
    return {
        **part.context(look),
        "campaign": campaign,
        "now": look.now,
        "live_url": f"{address}?{SEEN}={campaign.status}",
        "live_every": part.moving if look.moving else part.still,
        "live_over": False,
    }


@page(Permission.READ)
def part(request: WorkspaceRequest, pk: int, name: str) -> HttpResponse:
    """One part as an answer to its own poll. When the status has changed meanwhile, the whole page is asked anew."""
    if name not in PARTS:
        raise Http404
    campaign = the_campaign(request, pk)
    if request.GET.get(SEEN, campaign.status) != campaign.status:
        answer = HttpResponse(status=204)
        answer["HX-Refresh"] = "true"
        return answer
    context = _context(name, Look(campaign, timezone.now()))
    return live_part(request, PARTS[name].template, {"part": context}, every=1, over=campaign.state.layout != "active")
