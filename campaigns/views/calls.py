"""Conversations of the workspace, and the page of one call."""

from django.http import HttpResponse
from django.shortcuts import render

from accounts.roles import Permission
from accounts.tenancy import WorkspaceRequest, get_in, page
from campaigns.choices import CallState, Cause, Outcome
from campaigns.clearances import clearance_rows
from campaigns.models import Call, Campaign
from campaigns.queries.calls import ANSWERED, CallFilter, call_page, call_total, conversations, journey
from goals.queries import results_of_call
from telephony.models import Agent


@page(Permission.READ)
def conversation_list(request: WorkspaceRequest) -> HttpResponse:
    """Answered calls, newest first, people and machines."""
    wanted = CallFilter.read(request.GET)
    rows = conversations(request.workspace, wanted)
    found = call_page(rows, request.GET.get("at", ""))
    context = {
        "page": found,
        "wanted": wanted,
        "total": call_total(rows, found),
        "filters": _filters(request, wanted),
        "clear": "?" if wanted.narrows else "",
        "chips": _chips(request, wanted),
    }
    return render(request, "campaigns/conversations.html", context)


def _chips(request: WorkspaceRequest, wanted: CallFilter) -> list[tuple[str, str]]:
    """Filters that no select shows: words, and the address without them."""
    shown = {"disposition": wanted.disposition, "since": wanted.since, "until": wanted.until, "attempt": wanted.attempt}
    found = []
    for name, value in shown.items():
        if value:
            kept = request.GET.copy()
            for gone in (name, "at"):
                kept.pop(gone, None)
            found.append((f"{name.capitalize()}: {value}", f"?{kept.urlencode()}"))
    return found


def _filters(request: WorkspaceRequest, wanted: CallFilter) -> list[dict[str, object]]:
    campaigns = Campaign.objects.filter(workspace=request.workspace, run__gt=0, archived_at__isnull=True)
    return [
        {
            "name": "campaign",
            "label": "Campaign",
            "value": wanted.campaign or "",
            "options": list(campaigns.order_by("-id").values_list("id", "name")[:200]),
        },
        {
            "name": "agent",
            "label": "Agent",
            "value": wanted.agent or "",
            "options": list(Agent.objects.filter(workspace=request.workspace).values_list("id", "name")),
        },
        {
            "name": "outcome",
            "label": "Answered by",
            "value": wanted.outcome if wanted.outcome in ANSWERED else "",
            "options": [(Outcome.HUMAN.value, "A person"), (Outcome.MACHINE.value, "A machine")],
        },
    ]


@page(Permission.READ)
def call(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """Everything that is known of one call: events, what was said and by whom it was found, why it was placed, cost."""
    shown = Call.objects.select_related(
        "campaign", "campaign_contact", "contact", "agent", "carrier", "number", "report", "workspace"
    )
    row = get_in(request.workspace, shown, pk=pk)
    report = getattr(row, "report", None)
    context = {
        "call": row,
        "report": report,
        "state": CallState(row.state),
        "outcome": Outcome(row.outcome) if row.outcome else None,
        "cause": Cause(row.cause),
        "events": journey(row),
        "clearance": clearance_rows(row.clearance),
        "results": results_of_call(row),
        "zone": row.campaign.zone if row.campaign else request.workspace.timezone,
        "contact_name": row.contact.display_name if row.contact else row.phone_number,
        "siblings": list(
            Call.objects.filter(campaign_contact=row.campaign_contact_id).order_by("sequence", "id")
            if row.campaign_contact_id
            else []
        ),
    }
    return render(request, "campaigns/call.html", context)
