"""Shared call windows: list, page, add, edit, delete."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts import spans
from accounts.listing import listing
from accounts.roles import Permission
from accounts.tenancy import WorkspaceRequest, get_in, page
from campaigns import charts, policies, schedules
from campaigns.dialing.window import InvalidWindow
from campaigns.forms.schedule import ScheduleForm
from campaigns.models import Schedule

SORTS = {"name": ("name",), "zone": ("timezone", "name"), "campaigns": ("campaign_count", "name")}
OFFICE = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
USERS_SHOWN = 20


@page(Permission.READ)
def schedule_list(request: WorkspaceRequest) -> HttpResponse:
    search = request.GET.get("q", "").replace("\0", "").strip()[:200]
    rows: QuerySet[Any] = Schedule.objects.filter(workspace=request.workspace)
    rows = rows.annotate(campaign_count=Count("campaigns"))
    found = listing(request, rows.filter(name__icontains=search) if search else rows, SORTS, "name")
    now = timezone.now()
    told = [(row, spans.in_words(row.days), next(iter(schedules.coming(row, now)), None)) for row in found]
    return render(request, "schedules/list.html", {"listing": found, "rows": told, "search": search})


@page(Permission.READ)
def schedule(request: WorkspaceRequest, pk: int) -> HttpResponse:
    row = get_in(request.workspace, Schedule, pk=pk)
    coming = schedules.coming(row, timezone.now())
    users = list(schedules.users(row)[: USERS_SHOWN + 1])
    context = {
        "schedule": row,
        "week": _week(row),
        "hours": spans.in_words(row.days),
        "coming": coming,
        "past": len(row.exceptions) - len(coming),
        "campaigns": users[:USERS_SHOWN],
        "more": len(users) > USERS_SHOWN,
    }
    return render(request, "schedules/detail.html", context)


def _week(row: Schedule) -> dict[str, object] | None:
    """None for hours that cannot be read: older than a rule, or written past the pages."""
    try:
        return charts.week(policies.schedule(row), timezone.now())
    except InvalidWindow:
        return None


@page(Permission.SETUP)
def schedule_add(request: WorkspaceRequest) -> HttpResponse:
    fresh = Schedule(workspace=request.workspace, timezone=request.workspace.timezone, days=OFFICE)
    return _edit(request, fresh)


@page(Permission.SETUP)
def schedule_edit(request: WorkspaceRequest, pk: int) -> HttpResponse:
    return _edit(request, get_in(request.workspace, Schedule, pk=pk))


def _edit(request: WorkspaceRequest, row: Schedule) -> HttpResponse:
    form = ScheduleForm(request.POST if request.method == "POST" else None, schedule=row)
    if request.method == "POST" and form.is_valid():
        kept = form.keep(request.user)
        if kept is not None:
            messages.success(request, f"“{kept.name}” saved.")
            again = request.POST.get("go") == "more"
            return redirect("campaigns:schedule_edit" if again else "campaigns:schedule", kept.pk)
    users = schedules.users(row).count() if row.pk else 0
    context = {"form": form, "schedule": row, "users": users}
    return render(request, "schedules/form.html", context, status=422 if form.is_bound else 200)


@require_POST
@page(Permission.SETUP)
def schedule_delete(request: WorkspaceRequest, pk: int) -> HttpResponse:
    row = get_in(request.workspace, Schedule, pk=pk)
    try:
        schedules.remove(row, actor=request.user)
    except schedules.StillUsed as refusal:
        messages.error(request, str(refusal))
        return redirect("campaigns:schedule", pk)
    messages.success(request, f"“{row.name}” deleted.")
    return redirect("campaigns:schedules")
