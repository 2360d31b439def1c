"""The Analytics tab: the dashboard's figures, goals with their results, and the goals in the archive."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.roles import Permission
from accounts.tenancy import WorkspaceRequest, page
from campaigns import charts, queries, tiles
from campaigns.queries import hours
from campaigns.views.frame import frame, the_campaign
from goals.queries import goal_figures, goals_of


@page(Permission.READ)
def analytics(request: WorkspaceRequest, pk: int) -> HttpResponse:
    campaign = the_campaign(request, pk)
    heat, calls = hours.heatmap(campaign), queries.tallies(campaign)
    attempts = calls.by_attempt()
    context = frame(request, campaign, "analytics") | {
        "now": timezone.now(),
        "calls": calls,
        "tiles": tiles.conversation_tiles(calls),
        "goals": goal_figures(campaign),
        "archived": goals_of(campaign, archived=True),
        "heat": heat,
        "heat_title": charts.heat_title(heat),
        "heat_columns": charts.heat_columns(heat),
        "heat_rows": charts.heat_rows(heat),
        "attempt_rows": charts.attempt_rows(attempts),
        "legend": charts.outcome_legend(attempts),
        "most": max((attempt.ended for attempt in attempts), default=0),
        "attempts": attempts,
        "dispositions": queries.dispositions(campaign),
    }
    return render(request, "campaigns/detail/analytics.html", context)
