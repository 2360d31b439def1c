"""The contact list with its filters and bulk acts, and one person: add, look at, edit."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.listing import listing
from accounts.roles import Permission, may
from accounts.tenancy import WorkspaceRequest, get_in, page
from campaigns import audience
from campaigns.choices import CampaignStatus, ContactStatus
from campaigns.models import Campaign
from contacts import people as persons
from contacts import queries, tagging
from contacts.forms.hold import HoldForm
from contacts.forms.person import PersonForm
from contacts.models import Contact, Suppression
from contacts.person import countries, read_tags
from contacts.queries import Filters

SORTS = {
    "name": ("name",),
    "number": ("phone_number",),
    "company": ("company", "name"),
    "country": ("country", "name"),
    "added": ("created_at",),
}
CALLS_SHOWN = 50
PIECE = 2_000


@page(Permission.READ)
def people(request: WorkspaceRequest) -> HttpResponse:
    filters = Filters.of(request.GET)
    campaigns = _campaigns(request)
    context = {
        "listing": listing(request, queries.people(request.workspace, filters), SORTS, "name"),
        "filters": filters,
        "selects": _selects(request, filters, campaigns),
        "keep": [("sort", request.GET["sort"])] if "sort" in request.GET else [],
        "clear": f"{reverse('contacts:list')}" if filters.any else "",
        "now": timezone.now(),
        "drafts": [campaign for campaign in campaigns if campaign.status == CampaignStatus.DRAFT],
        "tabs": tabs("contacts:list"),
    }
    return render(request, "contacts/list.html", context)


def tabs(current: str) -> list[tuple[str, str, bool]]:
    places = (("People", "contacts:list"), ("Files", "contacts:uploads"), ("Suppression list", "contacts:suppression"))
    return [(words, reverse(name), name == current) for words, name in places]


def _campaigns(request: WorkspaceRequest) -> list[Campaign]:
    rows = Campaign.objects.filter(workspace=request.workspace, archived_at=None, set_up_at__isnull=False)
    return list(rows.only("name", "status").order_by("name"))


def _selects(request: WorkspaceRequest, filters: Filters, campaigns: list[Campaign]) -> list[dict[str, Any]]:
    names = countries()
    in_use = [(code, names.get(code, code)) for code in queries.countries_of(request.workspace)]
    return [
        {"name": "tag", "label": "Tag", "value": filters.tag, "text": True},
        {"name": "company", "label": "Company", "value": filters.company, "text": True},
        {"name": "country", "label": "Country", "value": filters.country, "options": in_use},
        {
            "name": "campaign",
            "label": "Campaign",
            "value": filters.campaign,
            "options": [(campaign.pk, campaign.name) for campaign in campaigns],
        },
        {"name": "status", "label": "Status", "value": filters.status, "options": ContactStatus.choices},
        {
            "name": "suppressed",
            "label": "Suppressed",
            "value": filters.suppressed,
            "options": [("yes", "Suppressed"), ("no", "Not suppressed")],
        },
    ]


@require_POST
@page(Permission.CONTACTS)
def bulk(request: WorkspaceRequest) -> HttpResponse:
    """Tag, untag or add to a draft campaign: those ticked, or all that match the filters of the list."""
    filters = Filters.of(QueryDict(request.POST.get("query", "")))
    chosen = queries.people(request.workspace, filters)
    if request.POST.get("all") != "1":
        ids = [pk for pk in request.POST.getlist("ids") if pk.isdecimal() and len(pk) < 19]
        chosen = queries.people(request.workspace, Filters()).filter(pk__in=ids)
    act = {"tag": _tag, "untag": _untag, "campaign": _enrol, "hold": _hold, "unhold": _unhold}.get(
        request.POST.get("action", "")
    )
    if act is None:
        messages.error(request, "Choose what to do with these people.")
    else:
        act(request, chosen)
    return redirect(f"{reverse('contacts:list')}?{request.POST.get('query', '')}")


def _tag(request: WorkspaceRequest, chosen: Any) -> None:
    _retag(request, chosen, "add")


def _untag(request: WorkspaceRequest, chosen: Any) -> None:
    _retag(request, chosen, "remove")


def _hold(request: WorkspaceRequest, chosen: Any) -> None:
    form = HoldForm(request.POST, zone=request.workspace.timezone)
    if not form.is_valid():
        messages.error(request, f"Nobody was held. {form.sentence}")
        return
    asked = form.cleaned_data
    until, reason, now = asked["until"], asked["reason"], timezone.now()
    count = persons.hold_all(chosen, until, reason, now=now, actor=request.user)
    messages.success(request, f"{_people(count)} held. Calls under way go on.")


def _unhold(request: WorkspaceRequest, chosen: Any) -> None:
    held = chosen.filter(held_until__isnull=False)
    count = persons.hold_all(held, None, "", now=timezone.now(), actor=request.user)
    messages.success(request, f"{_people(count)} may be called again.")


def _retag(request: WorkspaceRequest, chosen: Any, which: str) -> None:
    try:
        tags = read_tags(request.POST.get("tags", ""))
    except ValueError as error:
        messages.error(request, str(error))
        return
    if not tags:
        messages.error(request, "Name at least one tag.")
        return
    words = {"add": [], "remove": [], which: tags}
    count = tagging.retag(chosen, **words, now=timezone.now())
    messages.success(request, f"{_people(count)} changed.")


def _enrol(request: WorkspaceRequest, chosen: Any) -> None:
    """Into a draft's list, in pieces of their own. People on the list already stay as they are."""
    wanted = request.POST.get("campaign", "")
    drafts = Campaign.objects.filter(workspace=request.workspace, status=CampaignStatus.DRAFT, archived_at=None)
    campaign = drafts.filter(pk=wanted).first() if wanted.isdecimal() and len(wanted) < 19 else None
    if campaign is None or not may(request.role, Permission.RUN):
        messages.error(request, "Choose a draft campaign.")
        return
    added = barred = last = 0
    while ids := list(chosen.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:PIECE]):
        with transaction.atomic():
            made = audience.enrol(campaign, [audience.Enrolment(pk) for pk in ids], timezone.now())
        added, barred, last = added + made.added, barred + made.suppressed, ids[-1]
    skipped = f" {_people(barred)} left out: on the suppression list." if barred else ""
    messages.success(request, f"{_people(added)} added to {campaign.name}.{skipped}")


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"


@page(Permission.CONTACTS)
def add(request: WorkspaceRequest) -> HttpResponse:
    return _edit(request, None)


@page(Permission.CONTACTS)
def edit(request: WorkspaceRequest, pk: int) -> HttpResponse:
    return _edit(request, get_in(request.workspace, Contact, pk=pk))


def _edit(request: WorkspaceRequest, contact: Contact | None) -> HttpResponse:
    form = PersonForm(request.POST or None, contact=contact, workspace=request.workspace)
    if request.method == "POST" and form.is_valid():
        kept = form.keep(request.workspace, request.user, timezone.now())
        if kept is not None:
            messages.success(request, f"{kept.display_name} saved.")
            return redirect("contacts:detail", kept.pk)
    if request.method == "POST" and contact is not None:
        contact.refresh_from_db()
    status = 422 if request.method == "POST" else 200
    return render(request, "contacts/form.html", {"form": form, "contact": contact}, status=status)


@page(Permission.READ)
def detail(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """Everything about one person: every campaign, call and goal result."""
    contact = get_in(request.workspace, Contact.objects.select_related("primary", "hours_key"), pk=pk)
    memberships = contact.campaign_contacts.select_related("campaign__schedule").prefetch_related("goal_results__goal")
    calls = contact.calls.select_related("campaign", "number", "agent").order_by("-launched_at", "-pk")
    shown = list(calls[: CALLS_SHOWN + 1])
    context = {
        "contact": contact,
        "held": contact.held_until is not None and contact.held_until > timezone.now(),
        "hold_form": HoldForm(zone=request.workspace.timezone),
        "suppression": Suppression.objects.filter(
            workspace=request.workspace, phone_number=contact.phone_number
        ).first(),
        "lists": memberships.order_by("-pk"),
        "calls": shown[:CALLS_SHOWN],
        "more_calls": len(shown) > CALLS_SHOWN,
        "secondaries": contact.secondaries.order_by("pk")[:20],
        "all_calls": f"{reverse('campaigns:conversations')}?{urlencode({'q': contact.phone_number})}",
    }
    return render(request, "contacts/detail.html", context)
