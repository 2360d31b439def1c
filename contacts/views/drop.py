"""A contact file is dropped: kept, and shown on its own page."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts import ids
from accounts.roles import Permission
from accounts.tenancy import WorkspaceRequest, get_in, page
from campaigns import files
from campaigns.models import Campaign
from campaigns.uploads import ListLocked
from contacts.forms.upload import UploadForm
from contacts.importing import detection
from contacts.importing.detection import BadFile
from contacts.importing.receiving import DISK_FULL
from contacts.models import Upload, UploadStatus

TOO_LARGE, UNREADABLE, NO_ROOM = 413, 422, 507


@page(Permission.CONTACTS)
def new(request: WorkspaceRequest) -> HttpResponse:
    """Drop a file; with ?campaign= it is for that campaign's list, which it adds to."""
    campaign = _campaign(request)
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    form = UploadForm(*posted, workspace=request.workspace)
    if not posted:
        return _drop(request, form, campaign, 200)
    if refused := refuse_unread(request, form):
        return _drop(request, form, campaign, refused)
    upload = received(request, form, campaign)
    if upload is None:
        return _drop(request, form, campaign, UNREADABLE)
    return to(request, reverse("contacts:upload", args=[upload.pk]))


def refuse_unread(request: WorkspaceRequest, form: UploadForm) -> int:
    """The status for a file that was ended on its way in (`receiving.LimitedUpload`): too large, or no room on the
    disk; the form says so at the file. 0 for any other request."""
    too_large, full = (getattr(request, word, False) for word in ("too_large", "disk_full"))
    if not too_large and not full:
        return 0
    form.is_valid()
    form.errors["file"] = form.error_class([detection.TOO_LARGE if too_large else DISK_FULL])
    return TOO_LARGE if too_large else NO_ROOM


def received(
    request: WorkspaceRequest, form: UploadForm, campaign: Campaign | None, *, replaces: bool = False
) -> Upload | None:
    """Take in what the form holds; None when it was refused, with the sentence at the file."""
    if not form.is_valid():
        return None
    given = {"user": request.user, "now": timezone.now(), "default_country": form.cleaned_data["default_country"]}
    try:
        upload = files.receive(
            request.workspace, form.cleaned_data["file"], campaign=campaign, replaces=replaces, **given
        )
    except (BadFile, ListLocked) as refusal:
        form.add_error("file", refusal.sentence)
        return None
    if upload.status == UploadStatus.FAILED:
        form.add_error("file", f"{upload.file_name}: {upload.problem}")
        return None
    return upload


def _campaign(request: WorkspaceRequest) -> Campaign | None:
    wanted = request.POST.get("campaign") or request.GET.get("campaign") or ""
    if not wanted:
        return None
    return get_in(request.workspace, Campaign, pk=ids.one(wanted))


def _drop(request: WorkspaceRequest, form: UploadForm, campaign: Campaign | None, status: int) -> HttpResponse:
    return shown(request, "contacts/upload/new.html", {"form": form, "campaign": campaign}, status)


def shown(request: WorkspaceRequest, template: str, context: dict[str, object], status: int) -> HttpResponse:
    """A page with a drop. Sent by script, a refusal is an ordinary answer: it takes the place of the form."""
    status = 200 if request.htmx else status  # type: ignore[attr-defined]
    return render(request, template, context, status=status)


def to(request: WorkspaceRequest, address: str) -> HttpResponse:
    """Go there, whether a script asks or a page."""
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)
