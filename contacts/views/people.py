"""The contact list with its filters, and one person: add, look at, edit."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Permission
from accounts.tenancy import WorkspaceRequest, get_in, page
from campaigns import locks
from campaigns.choices import ContactStatus
from campaigns.models import Callback, Campaign, CampaignContactDetail
from campaigns.queries.people import Talks, talks_of
from contacts import queries
from contacts.forms.hold import HoldForm
from contacts.forms.person import PersonForm
from contacts.models import Contact, Suppression, Upload, UploadChange
from contacts.person import countries
from contacts.queries import Filters
from contacts.suppression import removals
from contacts.views.acts import strip_context, strip_live
from contacts.views.tabs import tabs

UNREADABLE = 422
CALLS_SHOWN = 50


@page(Permission.READ)
def people(request: WorkspaceRequest) -> HttpResponse:
    filters = Filters.of(request.GET)
    asked = request.GET.get("sort", "name")
    shown, total, sort = queries.listed(request.workspace, filters, asked, request.GET.get("at", ""))
    barred = queries.barred_among(request.workspace.pk, [contact.phone_number for contact in shown.rows])
    for contact in shown.rows:
        contact.is_suppressed = contact.phone_number in barred  # type: ignore[attr-defined]
    campaigns = _campaigns(request)
    strip = strip_context(request)
    context = {
        "page": shown,
        "listing": shown.rows,
        "total": total,
        "sort": sort,
        "filters": filters,
        "short": filters.wanted.short,
        "selects": _selects(request, filters, campaigns),
        "keep": [("sort", request.GET["sort"])] if "sort" in request.GET else [],
        "clear": reverse("contacts:list") if filters.any else "",
        "query": _query(request),
        "now": timezone.now(),
        "open_lists": [campaign for campaign in campaigns if not locks.list_locked(campaign)],
        "tabs": tabs("contacts:list"),
        **strip,
        **strip_live(strip),
    }
    return render(request, "contacts/list.html", context)


def _query(request: WorkspaceRequest) -> str:
    kept = request.GET.copy()
    kept.pop("at", None)
    return kept.urlencode()


def _campaigns(request: WorkspaceRequest) -> list[Campaign]:
    rows = Campaign.objects.filter(workspace=request.workspace, archived_at=None, set_up_at__isnull=False)
    return list(rows.only("name", "status", "always_on", "archived_at").order_by("name"))


def _selects(request: WorkspaceRequest, filters: Filters, campaigns: list[Campaign]) -> list[dict[str, Any]]:
    names = countries()
    in_use = [(code, names.get(code, code)) for code in queries.countries_of(request.workspace)]
    asked: list[tuple[str, str, list[tuple[Any, Any]] | None]] = [
        ("tag", "Tag", None),
        ("company", "Company begins", None),
        ("country", "Country", in_use),
        ("campaign", "Campaign", [(campaign.pk, campaign.name) for campaign in campaigns]),
        ("status", "Status", list(ContactStatus.choices)),
        ("suppressed", "Suppressed", [("yes", "Suppressed"), ("no", "Not suppressed")]),
        ("held", "Held", [("yes", "Held"), ("no", "Not held")]),
    ]
    return [
        {"name": name, "label": label, "value": getattr(filters, name), "options": options, "text": options is None}
        for name, label, options in asked
    ]


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
    return shown(request, find(request, pk))


def find(request: WorkspaceRequest, pk: int) -> Contact:
    return get_in(request.workspace, Contact.objects.select_related("primary", "hours_key"), pk=pk)


def shown(request: WorkspaceRequest, contact: Contact, form: HoldForm | None = None) -> HttpResponse:
    """Everything about one person: every campaign, call and goal result; with a refused `form`, as it was sent."""
    memberships = contact.campaign_contacts.select_related("campaign__schedule").prefetch_related("goal_results__goal")
    lists = list(memberships.order_by("-pk"))
    talks = talks_of([row.pk for row in lists])
    calls = contact.calls.select_related("campaign", "number", "agent", "report").order_by("-launched_at", "-pk")
    newest = list(calls[: CALLS_SHOWN + 1])
    context = {
        "contact": contact,
        "held": contact.held_until is not None and contact.held_until > timezone.now(),
        "hold_form": form or HoldForm(zone=request.workspace.timezone),
        "suppression": Suppression.objects.filter(
            workspace=request.workspace, phone_number=contact.phone_number
        ).first(),
        "removals": removals(request.workspace.pk, contact.phone_number),
        "lists": [(row, talks.get(row.pk, Talks())) for row in lists],
        "callbacks": Callback.objects.filter(campaign_contact__contact=contact)
        .select_related("campaign_contact__campaign__schedule")
        .order_by("-due_at")[:CALLS_SHOWN],
        "files": _files(contact),
        "calls": newest[:CALLS_SHOWN],
        "more_calls": len(newest) > CALLS_SHOWN,
        "secondaries": contact.secondaries.order_by("pk")[:20],
        "all_calls": f"{reverse('campaigns:conversations')}?{urlencode({'q': contact.phone_number})}",
    }
    return render(request, "contacts/detail.html", context, status=UNREADABLE if form else 200)


def _files(contact: Contact) -> list[Upload]:
    """The files this person came in, the newest first."""
    details = CampaignContactDetail.objects.filter(campaign_contact__contact=contact, upload__isnull=False)
    changed = UploadChange.objects.filter(contact=contact)
    ids = {contact.upload_id, *details.values_list("upload", flat=True), *changed.values_list("upload", flat=True)}
    rows = Upload.objects.filter(pk__in=[pk for pk in ids if pk]).only("file_name", "created_at", "workspace")
    return list(rows.order_by("-pk"))
