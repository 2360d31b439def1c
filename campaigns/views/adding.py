"""The Add Contacts panel: people of the workspace who are not in the campaign yet. Its other tab is `add_file`."""

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.paging import page as page_of
from accounts.paging import total
from accounts.roles import Permission
from accounts.tenancy import WorkspaceRequest, page
from campaigns import bulk, locks
from campaigns.bulk import ENROL, Asked, Refused
from campaigns.models import Campaign
from campaigns.queries.newcomers import NewcomerFilter, newcomers
from campaigns.views.frame import frame, the_campaign
from campaigns.views.moving import numbers, say
from contacts.bulk import Step
from contacts.person import countries
from contacts.queries import countries_of

SHOWN = 25


@require_http_methods(["GET", "POST"])
@page(Permission.RUN)
def add(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """Add from Existing: one, the ticked, or all that match. A locked list answers 409 with the reason."""
    campaign = the_campaign(request, pk)
    locked = locks.list_locked(campaign)
    if locked:
        return shown(request, campaign, "locked", {"locked": locked}, status=409)
    if request.method == "POST":
        return _add(request, campaign)
    wanted = NewcomerFilter.read(request.GET.dict())
    rows = newcomers(campaign, wanted)
    found = page_of(rows, ("id",), request.GET.get("at", ""), SHOWN)
    names = countries()
    context = {
        "page": found,
        "total": total(rows, shown=found),
        "wanted": wanted,
        "countries": [(code, names.get(code, code)) for code in countries_of(request.workspace)],
        "query": request.GET.urlencode(),
    }
    return shown(request, campaign, "existing", context)


def _add(request: WorkspaceRequest, campaign: Campaign) -> HttpResponse:
    asked = Asked(ENROL, request.user, str(request.user))
    one, now = request.POST.get("one", ""), timezone.now()
    try:
        if request.POST.get("all") and not one:
            wanted = NewcomerFilter.read(QueryDict(request.POST.get("query", "")).dict())
            made = bulk.enrol_all(campaign, asked, wanted, now)
        else:
            made = bulk.at_once(campaign, asked, numbers([one] if one else request.POST.getlist("ids")), now)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        if isinstance(made, Step):
            say(request, ENROL, made)
    return to(request, reverse("campaigns:contacts", args=[campaign.pk]))


def by_script(request: WorkspaceRequest) -> bool:
    return bool(request.htmx)  # type: ignore[attr-defined]


def to(request: WorkspaceRequest, address: str) -> HttpResponse:
    if by_script(request):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def shown(
    request: WorkspaceRequest, campaign: Campaign, tab: str, context: dict[str, object], status: int = 200
) -> HttpResponse:
    """Into the panel, or as a page of its own without script."""
    context |= {"campaign": campaign, "add_tab": tab, "add_template": f"campaigns/detail/add/{tab}.html"}
    if by_script(request):
        return render(request, "campaigns/detail/add/_panel.html", context, status=status)
    return render(
        request, "campaigns/detail/add/page.html", frame(request, campaign, "contacts") | context, status=status
    )
