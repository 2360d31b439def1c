"""Acts on many people of the list: begun here, watched in a strip above the list, and kept in a history."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts import ids
from accounts.figures import thousands
from accounts.jobs import JobStatus
from accounts.live import live_context, live_part
from accounts.paging import page as page_of
from accounts.roles import Permission, may
from accounts.tenancy import WorkspaceRequest, get_in, page
from campaigns import acts
from contacts import bulk as jobs
from contacts import unsuppressing
from contacts.acts import Refused
from contacts.forms.hold import HoldForm
from contacts.models import BulkAction
from contacts.queries import Filters
from contacts.views.tabs import tabs

JUST_NOW = timedelta(minutes=2)  # so long the strip shows what has ended
SHOWN = 5


@require_POST
@page(Permission.CONTACTS)
def begin(request: WorkspaceRequest) -> HttpResponse:
    """Tag, untag, hold, lift the hold or add to a campaign: those ticked, or all that match the filters of the list."""
    query = request.POST.get("query", "")
    everybody = request.POST.get("all") == "1"
    try:
        row = acts.begin(
            request.workspace,
            *_asked(request),
            filters=Filters.of(QueryDict(query).dict()) if everybody else None,
            ids=ids.several(request.POST.getlist("ids")),
            user=request.user,
            actor_name=str(request.user),
            now=timezone.now(),
        )
    except Refused as refused:
        messages.error(request, refused.sentence)
    else:
        _say(request, row)
    return redirect(f"{reverse('contacts:list')}{'?' if query else ''}{query}")


def _asked(request: WorkspaceRequest) -> tuple[str, dict[str, Any]]:
    """What to do, and with what. Raises Refused."""
    action, params = request.POST.get("action", ""), request.POST.dict()
    if action == acts.CAMPAIGN and not may(request.role, Permission.RUN):
        raise Refused("action", "Your role may not add people to campaigns.")
    if action == "hold":
        form = HoldForm(request.POST, zone=request.workspace.timezone)
        if not form.is_valid():
            raise Refused("until", f"Nobody was held. {form.sentence}")
        params |= {"until": form.cleaned_data["until"].isoformat()}
    if action not in acts.ACTIONS:
        raise Refused("action", "Choose what to do with these people.")
    return action, params


def _say(request: WorkspaceRequest, row: BulkAction) -> None:
    if row.is_moving:
        messages.success(request, f"{row.words}: {thousands(row.total)} people. It goes on in the background.")
        return
    if row.done:
        messages.success(request, f"{row.words}: {thousands(row.done)} {'person' if row.done == 1 else 'people'} done.")
    for why, count in row.skipped.items():
        messages.warning(request, f"{thousands(count)} skipped. {why}")
    if not row.seen:
        messages.warning(request, "Nobody was chosen. Tick the people first.")


def strip_context(request: WorkspaceRequest) -> dict[str, Any]:
    """The acts under way, and those that have just ended."""
    rows = BulkAction.objects.filter(workspace=request.workspace, tasks=acts.TASKS)
    since = timezone.now() - JUST_NOW
    newest = rows.order_by("-created_at", "-id")[:SHOWN]
    return {"acts": [row for row in newest if row.is_moving or (row.finished_at and row.finished_at > since)]}


def strip_live(context: dict[str, Any]) -> dict[str, object]:
    moving = any(row.is_moving for row in context["acts"])
    return live_context(reverse("contacts:acts_strip"), every=1, over=not moving)


@page(Permission.READ)
def strip(request: WorkspaceRequest) -> HttpResponse:
    context = strip_context(request)
    moving = any(row.is_moving for row in context["acts"])
    return live_part(request, "contacts/_acts.html", context, every=1, over=not moving)


@page(Permission.READ)
def history(request: WorkspaceRequest) -> HttpResponse:
    rows = BulkAction.objects.filter(workspace=request.workspace).select_related("created_by")
    shown = page_of(rows, ("-created_at", "-id"), request.GET.get("at", ""))
    under_way = {"acts": [row for row in strip_context(request)["acts"] if row.is_moving]}
    context = {"page": shown, "tabs": tabs("contacts:acts"), **under_way, **strip_live(under_way)}
    return render(request, "contacts/acts.html", context)


@require_POST
@page(Permission.CONTACTS)
def cancel(request: WorkspaceRequest, pk: int) -> HttpResponse:
    row = get_in(request.workspace, BulkAction, pk=pk)
    if row.action == unsuppressing.ACTION and not may(request.role, Permission.UNSUPPRESS):
        raise PermissionDenied("Stopping what takes numbers off the suppression list needs the manager role.")
    if jobs.cancel(row, timezone.now()):
        messages.success(request, f"{row.words}: cancelled after {thousands(row.seen)}. Who is done stays done.")
    elif row.state is not JobStatus.CANCELLED:
        messages.warning(request, f"{row.words}: it had ended before.")
    return redirect("contacts:acts")
