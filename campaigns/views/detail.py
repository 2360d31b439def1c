"""The page of one campaign. The status picks its layout; a tab that does not fit shows that layout with a sentence."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.figures import percent, thousands
from accounts.live import live_part
from accounts.roles import Permission
from accounts.tenancy import WorkspaceRequest, page
from analytics.reports import Report
from analytics.reports import report as make_report
from campaigns import charts, locks, tiles
from campaigns.models import Audit, Campaign
from campaigns.queries.calls import CallFilter, call_page, call_total, campaign_calls
from campaigns.queries.shares import Share
from campaigns.queries.uploads import linked_uploads
from campaigns.views.draft import audience_context, draft_context
from campaigns.views.forecast import forecast_context
from campaigns.views.frame import frame, the_campaign
from campaigns.views.parts import Look, all_parts, goal_tile

NO_REPORT = {
    "draft": "There is no report yet: it is written once the campaign has run and ended.",
    "active": "The report is written when the campaign has ended. These are the figures so far.",
}
RESULTS = 25  # calls a page of the report's table


@page(Permission.READ)
def overview(request: WorkspaceRequest, pk: int) -> HttpResponse:
    return lifecycle_page(request, the_campaign(request, pk), "overview")


@page(Permission.READ)
def report(request: WorkspaceRequest, pk: int) -> HttpResponse:
    campaign = the_campaign(request, pk)
    return lifecycle_page(request, campaign, "report", NO_REPORT.get(campaign.state.layout, ""))


def lifecycle_page(request: WorkspaceRequest, campaign: Campaign, tab: str, sentence: str = "") -> HttpResponse:
    """The layout of the campaign's status, with one sentence above it when the tab does not fit."""
    now, layout = timezone.now(), campaign.state.layout
    context = frame(request, campaign, tab) | {"sentence": sentence, "now": now} | upload_context(campaign)
    if layout == "draft":
        context |= draft_context(campaign, now)
        context["live_url"] = f"{context['live_url']}?whole"
    elif layout == "active":
        context["parts"] = all_parts(Look(campaign, now))
        context["forecast"] = forecast_context(campaign, now)
    else:
        context |= ended_context(request, campaign)
    return render(request, f"campaigns/detail/{layout}.html", context)


def upload_context(campaign: Campaign) -> dict[str, object]:
    """The campaign's files, and whether one of them is on its way: then its part asks again each second."""
    links = linked_uploads(campaign)
    busy = any(link.upload.is_moving for link in links)
    return {
        "uploads": links,
        "list_open": not locks.list_locked(campaign),
        "live_url": reverse("campaigns:uploads", args=[campaign.pk]),
        "live_every": 1,
        "live_over": not busy,
    }


def ended_context(request: HttpRequest, campaign: Campaign) -> dict[str, object]:
    made = make_report(campaign, timezone.now())
    wanted = CallFilter.read(request.GET)
    calls = campaign_calls(campaign, wanted)
    results = call_page(calls, request.GET.get("at", ""), RESULTS)
    return {
        "report": made,
        "tiles": report_tiles(made, campaign),
        "funnel_title": _funnel_title(made),
        "funnel": [
            {
                "label": step.label,
                "count": step.count,
                "share": step.share.fraction,
                "of_last": step.of_last.fraction if step.of_last else None,
            }
            for step in made.funnel
        ],
        "attempt_rows": charts.attempt_rows(made.attempts),
        "legend": charts.outcome_legend(made.attempts),
        "most": max((attempt.ended for attempt in made.attempts), default=0),
        "result_filters": _result_filters(made, wanted),
        "result_clear": "?#results" if wanted.narrows else "",
        "anchor": "#results",
        "heat": made.heatmap,
        "heat_title": charts.heat_title(made.heatmap),
        "heat_columns": charts.heat_columns(made.heatmap),
        "heat_rows": charts.heat_rows(made.heatmap),
        "audit": Audit.objects.filter(campaign=campaign).first(),
        "pool": {"numbers": made.numbers, "campaign": campaign, "live_over": True},
        "wanted": wanted,
        "results": results,
        "results_total": call_total(calls, results),
    }


def report_tiles(made: Report, campaign: Campaign) -> list[tiles.Tile]:
    """The headline: how many, how well, for how much."""
    goal = goal_tile(made.primary)
    return tiles.report_tiles(
        made.contacts, made.calls, made.reached, made.cost.budget, campaign.workspace.currency, goal
    )


def _funnel_title(made: Report) -> str:
    if not made.contacts.total:
        return "Nobody was in the list"
    reached = Share(made.reached.connected, made.contacts.total)
    return f"{percent(reached.fraction)} of the contacts were reached, {thousands(made.reached.conversation)} spoke"


def _result_filters(made: Report, wanted: CallFilter) -> list[dict[str, object]]:
    outcomes = [(row.outcome.value, row.outcome.label) for row in made.calls.outcomes if row.calls]
    attempts = [(row.attempt, f"Attempt {row.attempt}") for row in made.attempts]
    dispositions = [(word, word.replace("_", " ").capitalize()) for word, _ in made.dispositions]
    found: list[dict[str, object]] = [
        {"name": "outcome", "label": "Outcome", "value": wanted.outcome, "options": outcomes},
        {"name": "attempt", "label": "Attempt", "value": wanted.attempt or "", "options": attempts},
        {"name": "disposition", "label": "Disposition", "value": wanted.disposition, "options": dispositions},
    ]
    return [one for one in found if one["options"]]


@page(Permission.READ)
def audience(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """Whom a draft would call, asked for by its page once it is there: counting a long list takes a moment."""
    campaign = the_campaign(request, pk)
    context = {"campaign": campaign, **audience_context(campaign)}
    return render(request, "campaigns/detail/parts/audience.html", context)


@page(Permission.READ)
def uploads(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """The files that are on their way into the list; asks itself again while one is read or loaded."""
    campaign = the_campaign(request, pk)
    context = {"campaign": campaign, **upload_context(campaign)}
    over = bool(context["live_over"])
    return live_part(request, "campaigns/detail/parts/uploads.html", context, every=1, over=over)
