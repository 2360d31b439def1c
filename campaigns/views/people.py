"""The contacts tab: who is in the campaign, how each one stands and why; and one person with everything known."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from accounts.roles import Permission
from accounts.tenancy import WorkspaceRequest, page
from campaigns import locks
from campaigns.blockers import blockers
from campaigns.choices import Priority
from campaigns.models import Campaign, CampaignContact
from campaigns.queries import people
from campaigns.queries.calls import calls_of_person
from campaigns.queries.counts import StatusCounts
from campaigns.queries.people_filter import ATTEMPT_WORDS, LAST_OUTCOMES, PeopleFilter, countries_in
from campaigns.transitions import BY_HAND_FROM
from campaigns.views.detail import upload_context
from campaigns.views.frame import frame, the_campaign
from campaigns.views.moving import acts_context
from contacts.person import countries
from goals.models import Goal
from goals.queries import best_results, goals_of, primary_of

ACTS = (
    {"label": "Retry", "icon": "refresh", "value": "retry"},
    {"label": "Set to pending", "icon": "clock", "value": "set_pending"},
    {
        "label": "Set to completed",
        "icon": "check",
        "value": "set_completed",
        "confirm": "{count} chosen. They count as completed and are not called again. A pending callback is cancelled.",
        "confirm_one": "This person counts as completed and is not called again. A pending callback is cancelled.",
    },
    {
        "label": "Exclude",
        "icon": "user-off",
        "value": "exclude",
        "confirm": "{count} chosen. They are not called again in this campaign. A pending callback is cancelled.",
        "confirm_one": "This person is not called again in this campaign. A pending callback is cancelled.",
        "danger": True,
    },
)


@page(Permission.READ)
def contacts(request: WorkspaceRequest, pk: int) -> HttpResponse:
    campaign = the_campaign(request, pk)
    wanted = PeopleFilter.of(request.GET)
    context = frame(request, campaign, "contacts")
    counts = cast(StatusCounts, context["counts"])
    known, primary = _known(counts, wanted), primary_of(campaign)
    rows, total = people.people_and_total(campaign, wanted, request.GET.get("at", ""), known=known)
    context |= {
        "wanted": wanted,
        "page": rows,
        "listing": _shown(campaign, rows.rows, primary),
        "sort": wanted.order,
        "primary": primary,
        "total": total,
        "filters": _filters(campaign, wanted),
        "keep": [("sort", wanted.order), *(("status", status) for status in wanted.status)],
        "chips": [(f"Tag: {wanted.tag}", _without(request, "tag"))] if wanted.tag else [],
        "clear": "?" if wanted.narrows else "",
        "acts": ACTS,
        "by_hand": campaign.status in BY_HAND_FROM and campaign.archived_at is None,
        "locked": locks.list_locked(campaign),
        "query": request.GET.urlencode(),
        "zone": campaign.zone,
        "strip": acts_context(campaign),
        **upload_context(campaign),
    }
    return render(request, "campaigns/detail/contacts.html", context)


def _known(counts: StatusCounts, wanted: PeopleFilter) -> int | None:
    """How many fit, where the counts by status say it exactly."""
    if replace(wanted, status=(), order="place").narrows:
        return None
    return counts.of(wanted.statuses) if wanted.status else counts.total


def _shown(campaign: Campaign, rows: Sequence[CampaignContact], primary: Goal | None) -> list[people.PersonRow]:
    """With goal, and why they are not called: the same number of queries however many they are."""
    shown = people.person_rows(campaign, rows)
    best = best_results(primary, [row.person.pk for row in shown])
    suppressed = {row.person.contact.phone_number for row in shown if row.suppressed}
    why = blockers(campaign, rows, timezone.now(), suppressed)
    for row in shown:
        row.goal, row.why = best.get(row.person.pk), why[row.person.pk]
    return shown


def _without(request: WorkspaceRequest, name: str) -> str:
    kept = request.GET.copy()
    for gone in (name, "at"):
        kept.pop(gone, None)
    return f"?{kept.urlencode()}"


def _filters(campaign: Campaign, wanted: PeopleFilter) -> list[dict[str, object]]:
    names = countries()
    of = [(code, names.get(code, code)) for code in countries_in(campaign)]
    selects: list[tuple[str, str, str, Sequence[tuple[str, str]]]] = [
        ("priority", "Priority", wanted.priority, [(priority.word, priority.label) for priority in Priority]),
        ("called", "Called", wanted.called, [("yes", "Called"), ("no", "Never called")]),
        ("attempts", "Attempts", wanted.attempts, list(ATTEMPT_WORDS.items())),
        ("outcome", "Last call", wanted.outcome, LAST_OUTCOMES),
        ("country", "Country", wanted.country, of),
        ("barred", "Suppressed or held", wanted.barred, [("suppressed", "Suppressed"), ("held", "Held")]),
    ]
    found: list[dict[str, object]] = [{"name": "tag", "label": "Tag", "value": wanted.tag, "text": True}]
    for name, label, value, options in selects:
        found.append({"name": name, "label": label, "value": value, "options": options})
    return found


@page(Permission.READ)
def person(request: WorkspaceRequest, pk: int, person_pk: int) -> HttpResponse:
    """One person: why not called, calls, goals, variables. Into the panel, or as a page of its own."""
    campaign = the_campaign(request, pk)
    rows = CampaignContact.objects.select_related("contact", "hours_key", "detail").filter(campaign=campaign)
    row = get_object_or_404(rows, pk=person_pk)
    found = [(goal, best_results(goal, [row.pk]).get(row.pk)) for goal in goals_of(campaign)]
    context = {
        "campaign": campaign,
        "row": people.person_rows(campaign, [row])[0],
        "why": blockers(campaign, [row], timezone.now())[row.pk],
        "calls": calls_of_person(row),
        "moves": people.moves_of(row),
        "callbacks": row.asked_callbacks.order_by("-due_at", "-pk"),
        "acts": ACTS,
        "by_hand": campaign.status in BY_HAND_FROM and campaign.archived_at is None,
        "goals": [(goal, best, best.score if best else None) for goal, best in found],
        "variables": row.detail.variables if hasattr(row, "detail") else {},
        "zone": campaign.zone,
    }
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "campaigns/detail/parts/person.html", context)
    return render(request, "campaigns/detail/person.html", frame(request, campaign, "contacts") | context)
