"""The page of one campaign. The status picks its layout; a tab that does not fit shows that layout with a sentence."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.live import live_part
from accounts.roles import Permission
from accounts.tenancy import WorkspaceRequest, page
from analytics.reports import report as make_report
from campaigns import charts, queries
from campaigns.models import Campaign
from campaigns.queries import preview
from campaigns.queries.calls import CallFilter, call_page, call_total, campaign_calls
from campaigns.queries.uploads import linked_uploads
from campaigns.views.draft import draft_context
from campaigns.views.frame import frame, the_campaign
from campaigns.views.parts import all_parts

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
    context = frame(request, campaign, tab) | {"sentence": sentence, "now": now, "uploads": linked_uploads(campaign)}
    if layout == "draft":
        context |= draft_context(campaign, now)
    elif layout == "active":
        context |= {"parts": all_parts(campaign, now, bool(context["moving"])), **_pool(campaign)}
    else:
        context |= ended_context(request, campaign)
    return render(request, f"campaigns/detail/{layout}.html", context)


def _pool(campaign: Campaign) -> dict[str, object]:
    return {"numbers": queries.pool_figures(campaign, timezone.now())}


def ended_context(request: HttpRequest, campaign: Campaign) -> dict[str, object]:
    made = make_report(campaign, timezone.now())
    wanted = CallFilter.read(request.GET)
    calls = campaign_calls(campaign, wanted)
    return {
        "report": made,
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
        "heat": made.heatmap,
        "heat_title": charts.heat_title(made.heatmap),
        "heat_columns": charts.heat_columns(made.heatmap),
        "heat_rows": charts.heat_rows(made.heatmap),
        "numbers": made.numbers,
        "wanted": wanted,
        "results": call_page(calls, request.GET.get("at", ""), RESULTS),
        "results_total": call_total(calls),
    }


@page(Permission.READ)
def audience(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """Whom a draft would call, asked for by its page once it is there: counting a long list takes a moment."""
    campaign = the_campaign(request, pk)
    uploads = [link.upload for link in linked_uploads(campaign) if link.upload.status == "staged"]
    context = {"campaign": campaign, "audience": preview.audience(campaign), "staged_files": uploads}
    return render(request, "campaigns/detail/parts/audience.html", context)


@page(Permission.READ)
def uploads(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """The files that are on their way into the list; asks itself again while one is read or loaded."""
    campaign = the_campaign(request, pk)
    links = linked_uploads(campaign)
    busy = any(link.upload.status in ("staging", "loading") for link in links)
    context = {"campaign": campaign, "uploads": links}
    return live_part(request, "campaigns/detail/parts/uploads.html", context, every=1, over=not busy)
