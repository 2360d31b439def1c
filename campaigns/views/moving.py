"""Acts on people of the contacts tab: those ticked at once, all that match by a job whose strip shows how far it is."""

from collections import Counter
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts import ids
from accounts.figures import thousands
from accounts.live import live_part
from accounts.roles import Permission, may
from accounts.tenancy import WorkspaceRequest, page
from campaigns import bulk
from campaigns.bulk import ENROL, ON_PEOPLE, Asked, Refused
from campaigns.models import Campaign, CampaignAction
from campaigns.queries.acts import COPY, latest
from campaigns.queries.people_filter import PeopleFilter
from campaigns.transitions import HandMove
from campaigns.views.frame import the_campaign
from campaigns.wording import many
from contacts import acts
from contacts import bulk as jobs
from contacts.bulk import AT_ONCE
from contacts.forms.hold import HoldForm

DONE = {
    HandMove.RETRY: "will be called again",
    HandMove.SET_PENDING: "set to pending",
    HandMove.SET_COMPLETED: "set to completed",
    HandMove.EXCLUDE: "excluded",
    "tag": "tagged",
    "untag": "without these tags now",
    "hold": "held",
    "unhold": "no longer held",
    ENROL: "added",
    COPY: "copied",
    "campaign": "added",  # from the contact list
}
NO_ACT = "Choose what to do: retry, set to pending, set to completed, exclude, tag or hold."


@require_POST
@page(Permission.RUN)
def move(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """The ticked people, or all that match the list's filters (`all`), or the one whose button it was (`one`)."""
    campaign, query = the_campaign(request, pk), request.POST.get("query", "")
    one = request.POST.get("one", "")
    action = (request.POST.get("does") or HandMove.RETRY) if one else request.POST.get("action", "")
    try:
        asked = _asked(request, action)
        if request.POST.get("all") and not one:
            made = bulk.move_all(campaign, asked, PeopleFilter.of(QueryDict(query)), timezone.now())
        else:
            chosen = numbers([one] if one else request.POST.getlist("ids"))
            made = bulk.at_once(campaign, asked, chosen, timezone.now())
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        if isinstance(made, jobs.Step):  # of a job the strip tells
            say(request, action, made)
    return to_list(request, campaign, query)


def _asked(request: WorkspaceRequest, action: str) -> Asked:
    """Raises Refused with a sentence where the act or what it needs is missing."""
    if action not in {*HandMove, *ON_PEOPLE}:
        raise Refused(NO_ACT)
    if action in ON_PEOPLE and not may(request.role, Permission.CONTACTS):
        raise Refused("Your role does not allow changing contacts.")
    return Asked(action, request.user, str(request.user), _params(request, action))


def _params(request: WorkspaceRequest, action: str) -> dict[str, Any]:
    given = {"tags": request.POST.get("tags", "")}
    if action == "hold":
        form = HoldForm(request.POST, zone=request.workspace.timezone)
        if not form.is_valid():
            raise Refused(f"Nobody was held. {form.sentence}")
        given = {"until": form.cleaned_data["until"].isoformat(), "reason": form.cleaned_data["reason"]}
    try:
        return acts.checked(action, given, timezone.now())
    except acts.Refused as refusal:
        raise Refused(refusal.sentence) from None


def numbers(texts: list[str]) -> list[int]:
    """Those that are ids, at most `AT_ONCE` of them."""
    return ids.several(texts)[:AT_ONCE]


def say(request: WorkspaceRequest, action: str, step: jobs.Step) -> None:
    if step.done:
        messages.success(request, f"{many(step.done, 'person', 'people')} {DONE[action]}.")
    for why, count in step.skipped.items():
        messages.warning(request, f"{thousands(count)} skipped: {why}")
    if not step.done and not step.skipped:
        messages.warning(request, "Nobody was chosen. Tick the people first.")


def to_list(request: WorkspaceRequest, campaign: Campaign, query: str = "") -> HttpResponse:
    """Back to the list as it was."""
    kept = QueryDict(query).urlencode()
    address = reverse("campaigns:contacts", args=[campaign.pk]) + (f"?{kept}" if kept else "")
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def acts_context(campaign: Campaign) -> dict[str, object]:
    """The act on this list that was asked for last: its progress while it runs, then what came of it."""
    action = latest(campaign)
    job = action.bulk if action else None
    return {
        "act": job,
        "act_done": DONE.get(job.action, "done") if job else "",
        "act_skipped": Counter(job.skipped).most_common() if job else [],
        "live_url": reverse("campaigns:acts", args=[campaign.pk]),
        "live_every": 1,
        "live_over": job is None or not job.is_moving,
    }


@page(Permission.READ)
def strip(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """The strip; asks itself again while a job works on the list."""
    campaign = the_campaign(request, pk)
    context = {"campaign": campaign, **acts_context(campaign)}
    over = bool(context["live_over"])
    return live_part(request, "campaigns/detail/parts/acts.html", context, every=1, over=over)


@require_POST
@page(Permission.RUN)
def cancel(request: WorkspaceRequest, pk: int, act_pk: int) -> HttpResponse:
    """Stop a job at its next piece; whoever is done stays done."""
    campaign = the_campaign(request, pk)
    action = get_object_or_404(CampaignAction.objects.select_related("bulk"), campaign=campaign, bulk=act_pk)
    if jobs.cancel(action.bulk, timezone.now()):
        messages.success(request, "Stopped. Those done so far stay as they are now.")
    else:
        messages.info(request, "There was nothing left to stop.")
    return to_list(request, campaign)
