"""The Add Contacts panel: people of the workspace who are not in the campaign yet, or a file of new ones."""

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.roles import Permission
from accounts.tenancy import WorkspaceRequest, page
from campaigns import audience, locks, uploads
from campaigns.forms.upload import UploadForm
from campaigns.models import Campaign, CampaignUpload
from campaigns.queries.paging import page as page_of
from campaigns.queries.paging import total
from campaigns.queries.people import matching_contacts, not_yet_in
from campaigns.views.frame import back, frame, the_campaign
from campaigns.wording import many
from contacts.importing import progress
from contacts.importing.detection import MAX_BYTES, BadFile
from contacts.importing.load import NotStaged
from contacts.models import Contact

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
        "total": total(rows, shown=found),
        "q": asked.get("q", ""),
        "tag": asked.get("tag", ""),
        "query": asked.urlencode(),
    }
    return _shown(request, campaign, "existing", context)


@require_http_methods(["GET", "POST"])
@page(Permission.RUN)
def import_file(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """Import CSV: the file is staged (counted, previewed) and waits for a word; it is added to the list."""
    campaign = the_campaign(request, pk)
    locked = locks.list_locked(campaign)
    if locked:
        return _shown(request, campaign, "locked", {"locked": locked}, status=409)
    form = UploadForm(request.POST or None, request.FILES or None, workspace=request.workspace)
    if request.method == "POST" and _received(request, campaign, form):
        return _to_contacts(request, campaign)
    context = {"form": form, "max_bytes": MAX_BYTES}
    return _shown(request, campaign, "file", context, status=422 if form.errors and not _by_script(request) else 200)


def _by_script(request: WorkspaceRequest) -> bool:
    return bool(request.htmx)  # type: ignore[attr-defined]


def _received(request: WorkspaceRequest, campaign: Campaign, form: UploadForm) -> bool:
    """Take the file in; False with the sentence at its field."""
    if not form.is_valid():
        return False
    country = form.cleaned_data["default_country"]
    try:
        link = uploads.receive(
            campaign, form.cleaned_data["file"], user=request.user, now=timezone.now(), default_country=country
        )
    except (BadFile, uploads.ListLocked) as problem:
        form.add_error("file", problem.sentence)
        return False
    if link.upload.problem:
        form.add_error("file", f"{link.upload.file_name}: {link.upload.problem}")
        return False
    messages.success(request, f"{link.upload.file_name} is here. Look at its figures, then add its people.")
    return True


@require_POST
@page(Permission.RUN)
def upload_act(request: WorkspaceRequest, pk: int, link_pk: int, action: str) -> HttpResponse:
    """Turn a staged file into contacts (begin), or stop a file that is on its way (cancel)."""
    campaign = the_campaign(request, pk)
    link = get_object_or_404(campaign.uploads.select_related("upload"), pk=link_pk)
    if action == "begin":
        _begin(request, link)
    elif action == "cancel":
        with transaction.atomic():
            stopped = progress.cancel(link.upload, timezone.now())
        if stopped:
            messages.success(request, f"{link.upload.file_name} is cancelled. People it added already stay.")
    else:
        raise Http404
    return back(request, campaign)


def _begin(request: WorkspaceRequest, link: CampaignUpload) -> None:
    try:
        uploads.begin(link, timezone.now())
    except uploads.ListLocked as locked:
        messages.error(request, locked.sentence)
    except NotStaged as problem:
        messages.error(request, problem.sentence)
    else:
        messages.success(request, f"{link.upload.file_name} is being turned into contacts.")


def _matching(campaign: Campaign, asked: QueryDict) -> "QuerySet[Contact]":
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
            ids = list(rows.order_by("id").values_list("id", flat=True)[:PIECE])
            done += _enrol(campaign, ids)
            more = len(ids) == PIECE
            if not more:
                break
    else:
        asked = [request.POST["one"]] if request.POST.get("one") else request.POST.getlist("ids")
        ticked = [int(pk) for pk in asked if pk.isascii() and pk.isdigit() and len(pk) < 19][:PIECE]
        done += _enrol(campaign, list(rows.filter(pk__in=ticked).order_by("id").values_list("id", flat=True)))
    if more:
        left = rows.count()
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
    if _by_script(request):
        answer = HttpResponse(status=204)
        answer["HX-Redirect"] = reverse("campaigns:contacts", args=[campaign.pk])
        return answer
    return redirect("campaigns:contacts", campaign.pk)


def _shown(
    request: WorkspaceRequest, campaign: Campaign, tab: str, context: dict[str, object], status: int = 200
) -> HttpResponse:
    """Into the panel, or as a page of its own without script."""
    context |= {"campaign": campaign, "add_tab": tab, "add_template": f"campaigns/detail/add/{tab}.html"}
    if _by_script(request):
        return render(request, "campaigns/detail/add/_panel.html", context, status=status)
    return render(
        request, "campaigns/detail/add/page.html", frame(request, campaign, "contacts") | context, status=status
    )
