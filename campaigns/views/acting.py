"""Start, pause, resume and the other moves of a campaign, from its page and from the list."""

from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.roles import Permission, may
from accounts.tenancy import WorkspaceRequest, page
from campaigns import auditing, cloning, lifecycle
from campaigns.fields import LARGEST_PILOT
from campaigns.models import Campaign
from campaigns.queries.acts import adding
from campaigns.transitions import TABLE, Action
from campaigns.views.frame import HERE, NEEDS_DELETE, back, the_campaign

DOUBLE_PRESS = timedelta(seconds=5)
DONE = {
    Action.START: "Started.",
    Action.PAUSE: "Paused. Calls in flight finish; nothing new is dialed.",
    Action.RESUME: "Resumed.",
    Action.STOP: "Stopped. Live calls finish and get their verdicts.",
    Action.CANCEL: "Cancelled. No further call is placed.",
    Action.RESTART: "A new run is ready. Review it, then resume.",
    Action.ARCHIVE: "Archived.",
    Action.UNARCHIVE: "Restored.",
    Action.DELETE: "Deleted.",
}


@require_POST
@page(Permission.RUN)
def act(request: WorkspaceRequest, pk: int, action: str) -> HttpResponse:
    """One move. A refusal is one sentence on the page one came from, with every blocker behind it."""
    if action not in {known.value for known in HERE}:
        raise Http404
    campaign, wanted = the_campaign(request, pk), Action(action)
    if wanted in NEEDS_DELETE and not may(request.role, Permission.DELETE):
        raise PermissionDenied("Deleting and archiving needs the manager role.")
    pilot, problem = _pilot(request) if wanted is Action.START else (None, "")
    if problem:
        messages.error(request, problem)
        return back(request, campaign)
    try:
        lifecycle.act(campaign, action, actor=request.user, now=timezone.now(), pilot=pilot)
    except lifecycle.Refused as refused:
        if _just_done(campaign, wanted):
            return back(request, campaign)
        messages.error(request, refused.sentence)
        for blocker in refused.blockers[1:]:
            messages.error(request, blocker)
        return back(request, campaign)
    messages.success(request, DONE[wanted])
    return redirect("campaigns:list") if wanted is Action.DELETE else back(request, campaign)


@require_POST
@page(Permission.RUN)
def check_again(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """Have the campaign's calls checked against the rules, in the background."""
    campaign = the_campaign(request, pk)
    auditing.ask(campaign)
    messages.success(request, "The calls are being checked. Reload the report in a moment.")
    return redirect("campaigns:report", campaign.pk)


@require_POST
@page(Permission.RUN)
def clone(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """A new draft of the same configuration; its contacts too where that was ticked."""
    campaign = the_campaign(request, pk)
    with_contacts = "contacts" in request.POST or "contacts" in request.GET
    once = request.POST.get("once", "").replace("\0", "")
    asked = {"with_contacts": with_contacts, "now": timezone.now(), "once": once}
    try:
        draft = cloning.clone(campaign, actor=request.user, **asked)  # type: ignore[arg-type]
    except cloning.Moving as moving:
        messages.error(request, moving.sentence)
        return back(request, campaign)
    copying = " Its contacts are being copied." if adding(draft) else ""
    messages.success(request, f"“{draft.name}” is a draft. It dials nothing until you start it.{copying}")
    return redirect("campaigns:detail", draft.pk)


def _just_done(campaign: Campaign, action: Action) -> bool:
    """Whether the same move was made a moment ago: the second press of a button, which nobody has to hear of."""
    campaign.refresh_from_db(fields=["status", "status_at"])
    recent = campaign.status_at is not None and timezone.now() - campaign.status_at < DOUBLE_PRESS
    return recent and campaign.status in TABLE[action].to


def _pilot(request: WorkspaceRequest) -> tuple[int | None, str]:
    asked = request.POST.get("pilot", "").strip()
    if not asked:
        return None, ""
    if not (asked.isascii() and asked.isdigit() and len(asked) < 19 and 1 <= int(asked) <= LARGEST_PILOT):
        return None, "A pilot needs a whole number of calls, at least 1."
    return int(asked), ""
