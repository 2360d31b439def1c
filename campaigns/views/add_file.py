"""The Add Contacts panel's Import tab, and what becomes of a campaign's files."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.roles import Permission
from accounts.tenancy import WorkspaceRequest, page
from campaigns import locks, uploads
from campaigns.models import Campaign, CampaignUpload
from campaigns.views.adding import by_script, shown, to
from campaigns.views.frame import back, the_campaign
from contacts.forms.upload import UploadForm
from contacts.importing.load import NotStaged
from contacts.models import Upload, UploadStatus
from contacts.views import drop


@require_http_methods(["GET", "POST"])
@page(Permission.RUN)
def import_file(request: WorkspaceRequest, pk: int) -> HttpResponse:
    """Import a file: it is staged (counted, previewed) and waits for a word; it is added to the list."""
    campaign = the_campaign(request, pk)
    locked = locks.list_locked(campaign)
    if locked:
        return shown(request, campaign, "locked", {"locked": locked}, status=409)
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    form = UploadForm(*posted, workspace=request.workspace)
    if posted and not drop.refuse_unread(request, form):
        upload = drop.received(request, form, campaign)
        if upload is not None:
            return _to_file(request, campaign, upload)
    status = 422 if form.errors and not by_script(request) else 200
    return shown(request, campaign, "file", {"form": form}, status=status)


def _to_file(request: WorkspaceRequest, campaign: Campaign, upload: Upload) -> HttpResponse:
    """To the list, which shows the file; to the file itself where its columns must be chosen first."""
    if upload.status != UploadStatus.UNMAPPED:
        messages.success(request, f"{upload.file_name} is here. Look at its figures, then add its people.")
        return to(request, reverse("campaigns:contacts", args=[campaign.pk]))
    back_here = urlencode({"next": reverse("campaigns:contacts", args=[campaign.pk])})
    return to(request, f"{reverse('contacts:upload', args=[upload.pk])}?{back_here}")


@require_POST
@page(Permission.RUN)
def upload_act(request: WorkspaceRequest, pk: int, link_pk: int, action: str) -> HttpResponse:
    """Turn a staged file into contacts (begin), or stop a file that is on its way (cancel)."""
    campaign = the_campaign(request, pk)
    link = get_object_or_404(campaign.uploads.select_related("upload"), pk=link_pk)
    if action == "begin":
        _begin(request, link)
    elif action == "cancel":
        _cancel(request, link)
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


def _cancel(request: WorkspaceRequest, link: CampaignUpload) -> None:
    """Says what becomes of the list: a file that brought nobody gives back the one it has replaced."""
    replaced = link.put_aside.exists()
    if not uploads.cancel(link, timezone.now()):
        messages.info(request, "There was nothing left to stop.")
        return
    upload = Upload.objects.only("file_name", "rows_done").get(pk=link.upload_id)
    if upload.rows_done:
        what = "People it added already stay."
    else:
        what = "The earlier list comes back." if replaced else "Nobody in it is added."
    messages.success(request, f"{upload.file_name} is cancelled. {what}")
