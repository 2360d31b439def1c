"""The Add Contacts panel: people of the workspace who are not in the campaign yet, or a file of new ones."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.roles import Permission
from accounts.tenancy import WorkspaceRequest, page
from campaigns import audience, locks
from campaigns.models import Campaign
from campaigns.queries.paging import page as page_of
from campaigns.queries.paging import total
from campaigns.queries.people import matching_contacts, not_yet_in
from campaigns.views.frame import frame, the_campaign
from campaigns.wording import many

SHOWN = 25
PIECE = 2000  # people enrolled in one transaction
PIECES = 5  # transactions in one request; a longer list goes on by itself, with progress


@require_http_methods(["GET", "POST"])
@page(Permission.RUN)
def add(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """Add from Existing: one, the ticked, or all that match. A locked list answers 409 with the reason."""
    campaign = the_campaign(request, pk)
    locked = locks.list_locked(campaign)
    if locked:
        return _shown(request, campaign, "locked", {"locked": locked}, status=409)
    if request.method == "POST":
        return _add(request, campaign)
    asked = request.GET
    rows = _matching(campaign, asked)
    found = page_of(rows, ("id",), asked.get("at", ""), SHOWN)
    context = {
        "page": found,
        "total": total(rows),
        "q": asked.get("q", ""),
        "tag": asked.get("tag", ""),
        "query": asked.urlencode(),
    }
    return _shown(request, campaign, "existing", context)


def _matching(campaign: Campaign, asked: QueryDict) -> "object":
    return matching_contacts(
        not_yet_in(campaign), asked.get("q", "").strip(), asked.get("tag", "").strip().replace("|", "")
    )


def _add(request: WorkspaceRequest, campaign: Campaign) -> HttpResponse:
    query = request.POST.get("query", "")
    everybody = bool(request.POST.get("all"))
    rows = _matching(campaign, QueryDict(query)) if everybody else not_yet_in(campaign)
    done, more = int(request.POST.get("done") or 0), False
    if everybody:
        for _ in range(PIECES):
            ids = list(rows.order_by("id").values_list("id", flat=True)[:PIECE])  # type: ignore[attr-defined]
            done += _enrol(campaign, ids)
            more = len(ids) == PIECE
            if not more:
                break
    else:
        ticked = [int(pk) for pk in request.POST.getlist("ids") if pk.isascii() and pk.isdigit()][:PIECE]
        done += _enrol(campaign, list(rows.filter(pk__in=ticked).order_by("id").values_list("id", flat=True)))  # type: ignore[attr-defined]
    if more:
        left = rows.count()  # type: ignore[attr-defined]
        return _shown(request, campaign, "adding", {"done": done, "total": done + left, "query": query})
    if done:
        messages.success(request, f"{many(done, 'person', 'people')} added.")
    else:
        messages.warning(request, "Nobody was added. Tick the people first.")
    return _to_contacts(request, campaign)


def _enrol(campaign: Campaign, ids: list[int]) -> int:
    if not ids:
        return 0
    with transaction.atomic():
        return audience.enrol(campaign, [audience.Enrolment(pk) for pk in ids], timezone.now()).added


def _to_contacts(request: WorkspaceRequest, campaign: Campaign) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        answer = HttpResponse(status=204)
        answer["HX-Redirect"] = reverse("campaigns:contacts", args=[campaign.pk])
        return answer
    return redirect("campaigns:contacts", campaign.pk)


def _shown(
    request: WorkspaceRequest, campaign: Campaign, tab: str, context: dict[str, object], status: int = 200
) -> HttpResponse:
    """Into the panel, or as a page of its own without script."""
    context |= {"campaign": campaign, "add_tab": tab, "add_template": f"campaigns/detail/add/{tab}.html"}
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "campaigns/detail/add/_panel.html", context, status=status)
    return render(
        request, "campaigns/detail/add/page.html", frame(request, campaign, "contacts") | context, status=status
    )
