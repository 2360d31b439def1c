"""Exports: ask for one, watch it, fetch it."""

from typing import Any
from urllib.parse import parse_qs

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts import audit, ids
from accounts.jobs import JobStatus
from accounts.live import live_context, live_part
from accounts.paging import total
from accounts.roles import Permission
from accounts.tenancy import WorkspaceRequest, get_in, page
from analytics.asked import tell
from analytics.exporting import job, sources
from analytics.history import NEWEST, Filters, campaigns, last, listed, moving
from analytics.models import Export, ExportFormat, ExportKind
from campaigns.models import Campaign

TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.CSV_SEMICOLON: "text/csv; charset=utf-8",
    ExportFormat.JSON: "application/json",
    ExportFormat.EXCEL: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
LAST = 5  # in the history of a panel
CHOICES = {  # what may be had of a campaign, and of the workspace
    True: (ExportKind.CONTACTS, ExportKind.CALLS, ExportKind.RESULTS),
    False: (ExportKind.PEOPLE, ExportKind.CALLS, ExportKind.SUPPRESSIONS),
}
LABELS = {
    ExportKind.CONTACTS: ("Contacts", "One row a contact, with status, figures, goal results and what bars a call."),
    ExportKind.CALLS: ("Calls", "One row a dial attempt, with what was checked before it."),
    ExportKind.RESULTS: ("Results", "One row a conversation and goal, with score and quotation."),
    ExportKind.PEOPLE: ("All contacts", "One row a person, with fields and variables."),
    ExportKind.SUPPRESSIONS: ("Suppression list", "One row a number, with reason, source and date."),
}
# What the filters of a page come to where another list than its own is chosen.
OF_THEM = "Calls and results are those of these people."
OTHERS_WHOLE = "The other lists are exported whole."
CONVERSATIONS = ("Conversations", "One row an answered call, with what was checked before it.")


@page(Permission.EXPORT)
def exports(request: WorkspaceRequest) -> HttpResponse:
    """Every export of the workspace that fits the filters, the newest first."""
    context = _listed(request)
    context["selects"] = _selects(request)
    live = live_context(
        f"{reverse('analytics:exports_part')}?{request.GET.urlencode()}", every=1, over=not context["moving"]
    )
    return render(request, "analytics/exports.html", context | live)


@page(Permission.EXPORT)
def exports_part(request: WorkspaceRequest) -> HttpResponse:
    context = _listed(request)
    return live_part(request, "analytics/_list.html", context, every=1, over=not context["moving"])


def _listed(request: WorkspaceRequest) -> dict[str, object]:
    filters = Filters.of(request.GET)
    found = listed(request.workspace, filters, request.GET.get("sort", ""), request.GET.get("at", ""))
    return {
        "page": found.page,
        "total": found.total,
        "listing": found,
        "filters": filters,
        "keep": [("sort", found.sort)] if found.sort != NEWEST else [],
        "moving": moving(found.page.rows),
    }


def _selects(request: WorkspaceRequest) -> list[dict[str, Any]]:
    filters = Filters.of(request.GET)
    return [
        {"name": "kind", "label": "What", "value": filters.kind, "options": ExportKind.choices},
        {"name": "format", "label": "Format", "value": filters.format, "options": ExportFormat.choices},
        {"name": "status", "label": "Status", "value": filters.status, "options": JobStatus.choices},
        {"name": "campaign", "label": "Campaign", "value": filters.campaign, "options": campaigns(request.workspace)},
    ]


@page(Permission.EXPORT)
def export_new(request: WorkspaceRequest) -> HttpResponse:
    """Choose what and how; then it is made. Into the panel, or as a page of its own.

    `of` and `query` (an address's filters) are those of the page one comes from: they narrow that kind, and what there
    is of a campaign's contacts.
    """
    given = request.POST if request.method == "POST" else request.GET
    campaign = _campaign(request, given.get("campaign", ""))
    offered = CHOICES[campaign is not None]
    kind = given.get("kind", "") if given.get("kind", "") in offered else offered[0].value
    fmt = given.get("format", "") if given.get("format", "") in ExportFormat.values else ExportFormat.CSV.value
    of, query = given.get("of", kind), given.get("query", "")
    asked = parse_qs(query) if given.get("filtered", "yes") == "yes" else {}
    filters = sources.asked_on(of, kind, asked, in_campaign=campaign is not None)
    if request.method == "POST":
        made = job.ask(
            request.workspace, kind, fmt, campaign=campaign, filters=filters, actor=request.user, now=timezone.now()
        )
        return _asked(request, made, campaign)
    return _panel(request, campaign, {"kind": kind, "format": fmt, "of": of, "query": query, "filters": filters})


def _campaign(request: WorkspaceRequest, asked: str) -> Campaign | None:
    if not asked:
        return None
    return get_in(request.workspace, Campaign, pk=ids.one(asked) or 0)


def _asked(request: WorkspaceRequest, made: Export, campaign: Campaign | None) -> HttpResponse:
    """A small one is fetched at once; a large one is watched, and so is one that failed."""
    where = reverse("analytics:exports")
    if made.can_be_fetched:
        where = reverse("analytics:download", args=[made.pk])
    elif made.is_moving:
        messages.success(
            request, "The export is being made. It goes on by itself; fetch the file here when it is done."
        )
    elif made.problem:
        messages.error(request, made.problem)
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(status=204, headers={"HX-Redirect": where})
    return redirect(where)


def _panel(request: WorkspaceRequest, campaign: Campaign | None, asked: dict[str, object]) -> HttpResponse:
    labels = LABELS if campaign else LABELS | {ExportKind.CALLS: CONVERSATIONS}
    like = Export(
        workspace=request.workspace, campaign=campaign, kind=str(asked["kind"]), filters=asked["filters"] or {}
    )
    tell(request.workspace, [like])
    context = {
        "campaign": campaign,
        "asked": asked,
        "kinds": [(kind.value, *labels[kind]) for kind in CHOICES[campaign is not None]],
        "formats": ExportFormat.choices,
        "words": like.words,
        "reach": OF_THEM if campaign and asked["of"] == ExportKind.CONTACTS else OTHERS_WHOLE,
        "count": total(sources.rows(like), cap=100_000),
        **_history(request, campaign),
    }
    part = "analytics/_form.html" if request.htmx else "analytics/new.html"  # type: ignore[attr-defined]
    return render(request, part, context)


def _history(request: WorkspaceRequest, campaign: Campaign | None) -> dict[str, object]:
    address = reverse("analytics:history") + (f"?campaign={campaign.pk}" if campaign else "")
    return {"history": last(request.workspace, campaign, LAST), **live_context(address, every=2)}


@page(Permission.EXPORT)
def history(request: WorkspaceRequest) -> HttpResponse:
    """The last exports, as the panel shows them; it goes on asking, for a new one may be begun beside it."""
    campaign = _campaign(request, request.GET.get("campaign", ""))
    context = {"campaign": campaign, **_history(request, campaign)}
    return live_part(request, "analytics/_history.html", context, every=2)


def _one(request: WorkspaceRequest, pk: int) -> Export:
    return get_in(request.workspace, Export.objects.select_related("campaign", "created_by"), pk=pk)


@page(Permission.EXPORT)
def download(request: WorkspaceRequest, pk: int) -> Any:
    """The file itself; 410 once it has expired, 409 while there is none yet."""
    export = _one(request, pk)
    answer = file_of(export)
    if answer is None:
        gone = export.status == "done"
        return render(request, "analytics/gone.html", {"export": export}, status=410 if gone else 409)
    audit.record(request.workspace, "export.downloaded", export, actor=request.user)
    return answer


def file_of(export: Export) -> FileResponse | None:
    """The export's file as a download, under its name and type; None where there is none to fetch."""
    if not export.can_be_fetched or not job.storage().exists(str(export.file.name)):
        return None
    kind = TYPES[ExportFormat(export.format)]
    answer = FileResponse(export.file.open("rb"), as_attachment=True, filename=export.file_name, content_type=kind)
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_POST
@page(Permission.EXPORT)
def cancel(request: WorkspaceRequest, pk: int) -> HttpResponse:
    if not job.cancel(_one(request, pk), timezone.now()):
        messages.info(request, "Nothing was left to cancel: the export is finished.")
    return redirect("analytics:exports")


@require_POST
@page(Permission.EXPORT)
def discard(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """The file goes; that there was one stays in the history."""
    if job.discard(_one(request, pk), timezone.now(), actor=request.user):
        messages.success(request, "The file is deleted.")
    return redirect("analytics:exports")
