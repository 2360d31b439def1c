"""Contact files: drop one, see it staged, load it, watch, and fetch the rows that were not taken.

The pages of campaigns include `contacts/upload/_file.html` and post to the same addresses.
"""

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.listing import listing
from accounts.live import live_context, live_part
from accounts.roles import Permission
from accounts.tenancy import WorkspaceRequest, get_in, page
from campaigns import uploads as campaign_uploads
from campaigns.models import Campaign
from contacts.forms.upload import UploadForm
from contacts.importing import detection, load, progress, rejected, staging
from contacts.importing.detection import BadFile
from contacts.models import Upload, UploadStatus
from contacts.views.people import tabs

SORTS = {"file": ("file_name",), "sent": ("created_at",)}
WIDE = ("duplicate_lines",)
MOVING = (UploadStatus.STAGING, UploadStatus.LOADING)


@page(Permission.READ)
def files(request: WorkspaceRequest) -> HttpResponse:
    rows = Upload.objects.filter(workspace=request.workspace).select_related("created_by", "campaign_upload__campaign")
    context = {
        "listing": listing(request, rows.defer("preview", "mapping", *WIDE), SORTS, "-sent"),
        "tabs": tabs("contacts:uploads"),
    }
    return render(request, "contacts/upload/list.html", context)


@page(Permission.CONTACTS)
def new(request: WorkspaceRequest) -> HttpResponse:
    """Drop a file; with ?campaign= it is for that campaign's list, which it adds to."""
    campaign = _campaign(request)
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    form = UploadForm(*posted, workspace=request.workspace)
    if posted:
        if getattr(request, "too_large", False):
            form.is_valid()
            form.errors["file"] = form.error_class([detection.TOO_LARGE])
            return _drop(request, form, campaign, 413)
        upload = _received(request, form, campaign) if form.is_valid() else None
        if upload is not None:
            return _to(request, upload)
    return _drop(request, form, campaign, 422 if posted else 200)


def _campaign(request: WorkspaceRequest) -> Campaign | None:
    wanted = request.POST.get("campaign") or request.GET.get("campaign") or ""
    if not wanted:
        return None
    return get_in(request.workspace, Campaign, pk=wanted if wanted.isdecimal() and len(wanted) < 19 else 0)


def _received(request: WorkspaceRequest, form: UploadForm, campaign: Campaign | None) -> Upload | None:
    """The upload; None when it was refused, with the sentence at the file."""
    given: dict[str, Any] = {"default_country": form.cleaned_data["default_country"]}
    given |= {"user": request.user, "now": timezone.now()}
    try:
        if campaign is None:
            upload = staging.receive(request.workspace, form.cleaned_data["file"], **given)
        else:
            upload = campaign_uploads.receive(campaign, form.cleaned_data["file"], **given).upload
    except (BadFile, campaign_uploads.ListLocked) as refusal:
        form.add_error("file", refusal.sentence)
        return None
    if upload.status == UploadStatus.FAILED:
        form.add_error("file", f"{upload.file_name}: {upload.problem}")
        return None
    return upload


def _drop(request: WorkspaceRequest, form: UploadForm, campaign: Campaign | None, status: int) -> HttpResponse:
    return render(request, "contacts/upload/new.html", {"form": form, "campaign": campaign}, status=status)


def _to(request: WorkspaceRequest, upload: Upload) -> HttpResponse:
    address = reverse("contacts:upload", args=[upload.pk])
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


@page(Permission.READ)
def one(request: WorkspaceRequest, pk: int) -> HttpResponse:
    upload = _one(request, pk)
    address = reverse("contacts:upload_part", args=[pk])
    live = live_context(address, every=1, over=upload.status not in MOVING)
    return render(request, "contacts/upload/one.html", {"upload": upload, **live, "tabs": tabs("contacts:uploads")})


@page(Permission.READ)
def part(request: WorkspaceRequest, pk: int) -> HttpResponse:
    upload = _one(request, pk)
    over = upload.status not in MOVING
    return live_part(request, "contacts/upload/_file.html", {"upload": upload}, every=1, over=over)


def _one(request: WorkspaceRequest, pk: int) -> Upload:
    rows = Upload.objects.select_related("campaign_upload__campaign", "created_by").defer(*WIDE)
    return get_in(request.workspace, rows, pk=pk)


@require_POST
@page(Permission.CONTACTS)
def start(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """The staged file becomes contacts, and people of its campaign's list if it came for one."""
    upload = _one(request, pk)
    link = getattr(upload, "campaign_upload", None)
    try:
        if link is not None:
            campaign_uploads.begin(link, timezone.now())
        else:
            with transaction.atomic():
                load.begin(upload, timezone.now())
    except (load.NotStaged, campaign_uploads.ListLocked) as refusal:
        messages.error(request, refusal.sentence)
    return _back(request, upload)


@require_POST
@page(Permission.CONTACTS)
def cancel(request: WorkspaceRequest, pk: int) -> HttpResponse:
    upload = _one(request, pk)
    with transaction.atomic():
        stopped = progress.cancel(upload, timezone.now())
    if not stopped:
        messages.info(request, "Nothing was left to cancel: the file is finished.")
    return _back(request, upload)


def _back(request: WorkspaceRequest, upload: Upload) -> HttpResponse:
    """To the page that asked (`next`), if it is one of ours."""
    asked = request.POST.get("next", "")
    if asked and url_has_allowed_host_and_scheme(asked, allowed_hosts=None):
        return redirect(asked)
    return redirect("contacts:upload", upload.pk)


@page(Permission.CONTACTS)  # type: ignore[arg-type]
def rejected_rows(request: WorkspaceRequest, pk: int) -> StreamingHttpResponse:
    """Lines, cells and reasons as a CSV that can be mended and uploaded again."""
    upload = _one(request, pk)
    answer = StreamingHttpResponse(rejected.as_csv(upload), content_type="text/csv; charset=utf-8")
    stem = upload.file_name.rsplit(".", 1)[0] or "contacts"
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(stem)}-rejected.csv"
    return answer
