"""The contacts tab: who is in the campaign, how each one stands and why, and moving them by hand."""

import json
from collections import Counter
from typing import cast
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.figures import thousands
from accounts.roles import Permission
from accounts.tenancy import WorkspaceRequest, page
from campaigns import audience, locks
from campaigns.blockers import blockers
from campaigns.choices import Priority
from campaigns.models import Campaign, CampaignContact
from campaigns.queries import people
from campaigns.queries.calls import calls_of_person
from campaigns.queries.counts import StatusCounts
from campaigns.queries.people import PeopleFilter
from campaigns.transitions import BY_HAND_FROM, HandMove
from campaigns.views.detail import upload_context
from campaigns.views.frame import frame, the_campaign
from campaigns.wording import many
from goals.queries import best_results, goals_of, primary_of

PIECE = 4000  # contacts moved in one request; a longer list goes on by itself, with progress
DONE = {
    HandMove.RETRY: "will be called again",
    HandMove.SET_PENDING: "set to pending",
    HandMove.SET_COMPLETED: "set to completed",
    HandMove.EXCLUDE: "excluded",
}
ACTS = (
    {"label": "Retry", "icon": "refresh", "value": "retry"},
    {"label": "Set to pending", "icon": "clock", "value": "set_pending"},
    {
        "label": "Set to completed",
        "icon": "check",
        "value": "set_completed",
        "confirm": "They count as completed and are not called again. A pending callback is cancelled.",
    },
    {
        "label": "Exclude",
        "icon": "user-off",
        "value": "exclude",
        "confirm": "They are not called again in this campaign. A pending callback is cancelled.",
        "danger": True,
    },
)


@page(Permission.READ)
def contacts(request: WorkspaceRequest, pk: int) -> HttpResponse:
    campaign = the_campaign(request, pk)
    wanted = _wanted(request.GET)
    context = frame(request, campaign, "contacts")
    counts = cast(StatusCounts, context["counts"])
    rows = people.people(campaign, wanted, request.GET.get("at", ""))
    total = people.people_total(campaign, wanted, rows) if wanted.narrows else None
    shown = people.person_rows(campaign, rows.rows)
    primary = primary_of(campaign)
    best = best_results(primary, [row.person.pk for row in shown])
    why = blockers(campaign, rows.rows, timezone.now())
    for row in shown:
        row.goal, row.why = best.get(row.person.pk), why[row.person.pk]
    context |= {
        "wanted": wanted,
        "page": rows,
        "listing": shown,
        "sort": wanted.order,
        "primary": primary,
        "total": total,
        "match_count": total.count if total else counts.total,
        "whole": counts.total,
        "filters": _filters(campaign, wanted),
        "keep": [("sort", wanted.order), *(("status", status) for status in wanted.status)],
        "chips": [(f"Tag: {wanted.tag}", _without(request, "tag"))] if wanted.tag else [],
        "clear": "?" if wanted.narrows else "",
        "acts": ACTS,
        "by_hand": campaign.status in BY_HAND_FROM and campaign.archived_at is None,
        "locked": locks.list_locked(campaign),
        "query": request.GET.urlencode(),
        "zone": campaign.zone,
        **upload_context(campaign),
    }
    return render(request, "campaigns/detail/contacts.html", context)


def _wanted(asked: QueryDict) -> PeopleFilter:
    return PeopleFilter.read(asked.dict(), asked.getlist("status"))


def _without(request: WorkspaceRequest, name: str) -> str:
    kept = request.GET.copy()
    for gone in (name, "at"):
        kept.pop(gone, None)
    return f"?{kept.urlencode()}"


def _filters(campaign: Campaign, wanted: PeopleFilter) -> list[dict[str, object]]:
    found = campaign.hours.exclude(hours_key__country="").values_list("hours_key__country", flat=True).distinct()
    return [
        {
            "name": "priority",
            "label": "Priority",
            "value": wanted.priority,
            "options": [(priority.word, priority.label) for priority in Priority],
        },
        {
            "name": "called",
            "label": "Called",
            "value": wanted.called,
            "options": [("yes", "Called"), ("no", "Never called")],
        },
        {
            "name": "country",
            "label": "Country",
            "value": wanted.country,
            "options": [(code, code) for code in sorted(found.order_by())],
        },
    ]


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
        "goals": [(goal, best, best.score if best else None) for goal, best in found],
        "variables": row.detail.variables if hasattr(row, "detail") else {},
        "zone": campaign.zone,
    }
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "campaigns/detail/parts/person.html", context)
    return render(request, "campaigns/detail/person.html", frame(request, campaign, "contacts") | context)


@require_POST
@page(Permission.RUN)
def move(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """Retry, set to pending, set to completed or exclude: the ticked people, or all that match the list's filters.

    A long list goes on in pieces: each answer asks for the next one, and a page that is left simply stops there.
    """
    campaign, action = the_campaign(request, pk), request.POST.get("action", "")
    query, one = request.POST.get("query", ""), request.POST.get("one", "")
    if one:  # the button of a row
        action = HandMove.RETRY
    if action not in set(HandMove):
        messages.error(request, "Choose what to do: retry, set to pending, set to completed or exclude.")
        return _to_list(request, campaign, query)
    everybody = bool(request.POST.get("all")) and not one
    ids = _piece(campaign, query, _whole(request, "after")) if everybody else _ticked(request)
    moved = audience.by_hand(campaign, ids, action, now=timezone.now(), actor_name=str(request.user))
    done = moved.done + _whole(request, "done")
    skipped = Counter(moved.skipped) + _carried(request)
    if everybody and len(ids) == PIECE:
        total = _whole(request, "total") or people.matching(campaign, _wanted(QueryDict(query))).count()
        context = {
            "action": action,
            "after": ids[-1],
            "done": done,
            "skipped": json.dumps(skipped),
            "seen": done + skipped.total(),
            "total": total,
            "query": query,
            "label": f"{many(done, 'person', 'people')} {DONE[HandMove(action)]}",
        }
        return render(request, "campaigns/detail/moving.html", frame(request, campaign, "contacts") | context)
    _say(request, HandMove(action), done, skipped)
    return _to_list(request, campaign, query)


def _ticked(request: WorkspaceRequest) -> list[int]:
    asked = [request.POST["one"]] if request.POST.get("one") else request.POST.getlist("ids")
    return [int(pk) for pk in asked if pk.isascii() and pk.isdigit() and len(pk) < 19]


def _piece(campaign: Campaign, query: str, after: int) -> list[int]:
    rows = people.matching(campaign, _wanted(QueryDict(query))).filter(pk__gt=after)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:PIECE])


def _whole(request: WorkspaceRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _carried(request: WorkspaceRequest) -> Counter[str]:
    """What earlier pieces skipped; shown only."""
    try:
        found = json.loads(request.POST.get("skipped", "{}"))
        return Counter({str(why)[:200]: int(count) for why, count in found.items()})
    except (ValueError, AttributeError, TypeError):
        return Counter()


def _say(request: WorkspaceRequest, action: HandMove, done: int, skipped: Counter[str]) -> None:
    if done:
        messages.success(request, f"{many(done, 'person', 'people')} {DONE[action]}.")
    for why, count in skipped.items():
        messages.warning(request, f"{thousands(count)} skipped: {why}")
    if not done and not skipped:
        messages.warning(request, "Nobody was chosen. Tick the people first.")


def _to_list(request: WorkspaceRequest, campaign: Campaign, query: str) -> HttpResponse:
    kept = QueryDict(query)
    address = reverse("campaigns:contacts", args=[campaign.pk])
    if kept:
        address += "?" + urlencode([(name, value) for name, values in kept.lists() for value in values])
    if request.htmx:  # type: ignore[attr-defined]
        answer = HttpResponse(status=204)
        answer["HX-Redirect"] = address
        return answer
    return redirect(address)
