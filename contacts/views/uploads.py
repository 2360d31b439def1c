"""Contact files: drop one, say how it is read, see it staged, load it, watch, undo, and fetch the rows not taken.

The pages of campaigns include `contacts/upload/_file.html` and post to the same addresses.
"""

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST

from accounts.live import live_context, live_part
from accounts.returning import asked_for
from accounts.roles import Permission, may
from accounts.tenancy import WorkspaceRequest, get_in, page
from campaigns import files, undoing
from campaigns.uploads import ListLocked
from contacts.forms.upload import ColumnsForm
from contacts.importing import rejected
from contacts.importing.detection import BadFile
from contacts.importing.load import NotStaged
from contacts.importing.staging import TooLate
from contacts.models import Upload, UploadStatus
from contacts.views.tabs import tabs

WAITING = (UploadStatus.UNMAPPED, UploadStatus.STAGED)
UNREADABLE = 422


@page(Permission.READ)
def one(request: WorkspaceRequest, pk: int) -> HttpResponse:
    return _page(request, find(request, pk))


def _page(request: WorkspaceRequest, upload: Upload, form: ColumnsForm | None = None) -> HttpResponse:
    """The file's own page; with a refused `form`, as it was sent."""
    live = live_context(reverse("contacts:upload_part", args=[upload.pk]), every=1, over=not upload.is_moving)
    context = {**shown(request, upload, form), **live, "tabs": tabs("contacts:uploads")}
    return render(request, "contacts/upload/one.html", context, status=UNREADABLE if form else 200)


@page(Permission.READ)
def part(request: WorkspaceRequest, pk: int) -> HttpResponse:
    upload = find(request, pk)
    return live_part(request, "contacts/upload/_file.html", shown(request, upload), every=1, over=not upload.is_moving)


def find(request: WorkspaceRequest, pk: int) -> Upload:
    rows = Upload.objects.select_related("campaign_upload__campaign", "created_by")
    return get_in(request.workspace, rows, pk=pk)


def shown(request: WorkspaceRequest, upload: Upload, form: ColumnsForm | None = None) -> dict[str, object]:
    """What `contacts/upload/_file.html` needs to show a file to this person."""
    mine = may(request.role, files.permission(upload))
    context: dict[str, object] = {"upload": upload, "next": asked_for(request)}
    if upload.status in WAITING:
        context["listed"] = files.replaced_by(upload)
        context["columns_form"] = (form or ColumnsForm(upload=upload)) if mine else None
    if mine:
        context["undo"] = files.undo_of(upload)
    return context


@require_POST
@page(Permission.CONTACTS)
def choose(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """How the file is to be read, by hand: it is counted again, or shown again with what is missing."""
    upload = find(request, pk)
    form = ColumnsForm(request.POST, upload=upload)
    if not form.is_valid():
        return _page(request, upload, form)
    try:
        files.choose(upload, form.asked, timezone.now())
    except TooLate as refusal:
        messages.error(request, refusal.sentence)
    except BadFile as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, upload, form)
    if upload.status == UploadStatus.FAILED:
        return redirect("contacts:upload", upload.pk)
    return back(request, upload)


@require_POST
@page(Permission.CONTACTS)
def start(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """The staged file becomes contacts, and people of its campaign's list if it came for one."""
    upload = find(request, pk)
    try:
        files.begin(upload, timezone.now())
    except (NotStaged, ListLocked) as refusal:
        messages.error(request, refusal.sentence)
    return back(request, upload)


@require_POST
@page(Permission.CONTACTS)
def cancel(request: WorkspaceRequest, pk: int) -> HttpResponse:
    upload = find(request, pk)
    if not files.cancel(upload, timezone.now()):
        messages.info(request, "Nothing was left to cancel: the file is finished.")
    return back(request, upload)


@require_POST
@page(Permission.CONTACTS)
def undo(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """The loaded file is taken back, in the background."""
    upload = find(request, pk)
    try:
        undoing.begin_undo(upload, now=timezone.now(), actor=request.user)
    except undoing.NotUndoable as refusal:
        messages.error(request, refusal.sentence)
    return back(request, upload)


def back(request: WorkspaceRequest, upload: Upload) -> HttpResponse:
    """To the page that asked (`next`), if it is one of ours."""
    return redirect(asked_for(request) or reverse("contacts:upload", args=[upload.pk]))


@page(Permission.CONTACTS)  # type: ignore[arg-type]
def rejected_rows(request: WorkspaceRequest, pk: int) -> StreamingHttpResponse:
    """Lines, cells and reasons as a CSV that can be mended and uploaded again."""
    upload = find(request, pk)
    answer = StreamingHttpResponse(rejected.as_csv(upload), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = content_disposition_header(True, rejected.file_name(upload))
    return answer
