"""A file of numbers that must not be called: taken in, then shown on its own page before anything is listed."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Permission
from accounts.tenancy import WorkspaceRequest, page
from campaigns import files
from contacts.forms.suppression import SuppressionFileForm
from contacts.importing import barring
from contacts.importing.detection import BadFile
from contacts.models import Purpose, Upload, UploadStatus
from contacts.views import drop


@page(Permission.SUPPRESS)
def import_file(request: WorkspaceRequest) -> HttpResponse:
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    form = SuppressionFileForm(*posted, workspace=request.workspace)
    if not posted:
        return _drop(request, form, 200)
    if refused := drop.refuse_unread(request, form):
        return _drop(request, form, refused)
    upload = _received(request, form)
    if upload is None:
        return _drop(request, form, drop.UNREADABLE)
    return drop.to(request, reverse("contacts:upload", args=[upload.pk]))


def _received(request: WorkspaceRequest, form: SuppressionFileForm) -> Upload | None:
    """None when the file was refused, with the sentence at it."""
    if not form.is_valid():
        return None
    given = form.cleaned_data
    who = {"user": request.user, "now": timezone.now(), "default_country": given["default_country"]}
    try:
        upload = files.receive(request.workspace, given["file"], purpose=Purpose.SUPPRESSION, **who)
    except BadFile as refusal:
        form.add_error("file", refusal.sentence)
        return None
    if upload.status == UploadStatus.FAILED:
        form.add_error("file", f"{upload.file_name}: {upload.problem}")
        return None
    barring.ask(upload, given["reason"], given["note"])
    return upload


def _drop(request: WorkspaceRequest, form: SuppressionFileForm, status: int) -> HttpResponse:
    return drop.shown(request, "contacts/suppress_file.html", {"form": form}, status)
