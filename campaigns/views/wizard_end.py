"""The wizard's last two steps: the contact file, and the review that finishes the set-up."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from campaigns import files, locks, readiness, uploads
from campaigns.models import Campaign
from campaigns.queries.counts import status_counts
from campaigns.queries.uploads import latest_upload
from campaigns.views.forecast import forecast_context
from campaigns.wizard import kept, steps, summary
from campaigns.wizard.place import REFUSED, Place, frame
from contacts.forms.upload import ColumnsForm, UploadForm
from contacts.models import UploadStatus
from contacts.views import drop
from contacts.views.drop import UNREADABLE


def upload_step(place: Place) -> HttpResponse:
    """A file is received, staged and shown; Next goes on once there is a list, or none is needed."""
    request, campaign = place.request, place.row
    form = UploadForm(workspace=request.workspace)
    if request.method != "POST":
        return _show_upload(place, form)
    locked = locks.not_editable(campaign) or (locks.list_locked(campaign) if request.FILES else "")
    if locked:
        messages.error(request, locked)
        return _show_upload(place, form, REFUSED)
    go = request.POST.get("go", "next")
    form = UploadForm(request.POST, request.FILES, workspace=request.workspace)
    if refused := drop.refuse_unread(request, form):
        return _show_upload(place, form, refused)
    if go == "remove":
        _take_back(campaign)
        return redirect(place.address(place.step))
    if (request.FILES or go == "upload") and drop.received(request, form, campaign, replaces=True) is None:
        return _show_upload(place, form, UNREADABLE)
    if go == "back":
        return redirect(place.address(steps.DIALER))
    lacks = steps.UPLOAD.lacks(campaign)
    # A file whose columns must be chosen is shown with the question, whichever button sent it.
    if go == "upload" or (lacks and request.FILES):
        return drop.to(request, place.address(place.step))
    if lacks:
        form.is_valid()
        form.errors["file"] = form.error_class([lacks])
        return _show_upload(place, form, UNREADABLE)
    return redirect(place.address(steps.REVIEW))


def _take_back(campaign: Campaign) -> None:
    """The files that wait are not wanted after all; contacts that exist stay."""
    for link in campaign.uploads.filter(upload__status__in=uploads.ON_ITS_WAY).select_related("upload"):
        uploads.cancel(link, timezone.now())


def _show_upload(place: Place, form: UploadForm, status: int = 200) -> HttpResponse:
    campaign, lacks = place.row, steps.UPLOAD.lacks(place.row)
    form.fields["file"].required = bool(lacks)
    upload = latest_upload(campaign)
    waits = upload is not None and upload.status in (UploadStatus.STAGED, UploadStatus.UNMAPPED)
    context = {
        **frame(place),
        "form": form,
        "upload": upload,
        "missing_file": "the columns of the file" if upload and upload.status == UploadStatus.UNMAPPED else "",
        "next_step": place.address(place.step),
        "columns_form": ColumnsForm(upload=upload) if upload and waits else None,
        "listed": files.replaced_by(upload) if upload else 0,
        "contacts": status_counts(campaign).total,
        "list_locked": locks.list_locked(campaign),
    }
    return drop.shown(place.request, "campaigns/wizard/upload.html", context, status)


def review_step(place: Place) -> HttpResponse:
    """Everything at once, read-only; the button finishes the set-up."""
    request, campaign = place.request, place.row
    if request.method == "POST":
        problems = _problems(campaign)
        if not problems:
            return _finish(place)
        for sentence in problems:
            messages.error(request, sentence)
    facts = readiness.gather(campaign, timezone.now())
    context = {
        **frame(place),
        "parts": [(part, place.address(part.step)) for part in summary.parts(campaign, facts.pool)],
        "estimate": summary.estimate(campaign, facts.people, facts.pool),
        "forecast": forecast_context(campaign, facts.now),
        "facts": facts,
        "upload": latest_upload(campaign),
        "upload_address": place.address(steps.UPLOAD),
        "unsaved": [(steps.NAMED[name].label, place.address(steps.NAMED[name])) for name in _unsaved(place)],
        "open_rows": [row for row in readiness.rows_of(facts) if row.state != readiness.PASSED],
    }
    return render(request, "campaigns/wizard/review.html", context, status=REFUSED if request.method == "POST" else 200)


def _unsaved(place: Place) -> list[str]:
    return [name for name in kept.unsaved(place.request.session, str(place.row.pk)) if name in steps.NAMED]


def _problems(campaign: Campaign) -> list[str]:
    """All steps once more: what is missing or does not fit (any more)."""
    shut = locks.not_editable(campaign)
    if shut:
        return [shut]
    found = [step.lacks(campaign) for step in steps.STEPS]
    try:
        campaign.full_clean()
    except ValidationError as problems:
        found += problems.messages
    return [sentence for sentence in found if sentence]


def _finish(place: Place) -> HttpResponse:
    campaign, request = place.row, place.request
    made = Campaign.objects.filter(pk=campaign.pk, set_up_at=None).update(set_up_at=timezone.now())
    if made:
        messages.success(request, f"“{campaign.name}” is created. It dials nothing until you press Start.")
    elif campaign.set_up_at:
        messages.success(request, "Saved.")
    return redirect("campaigns:detail", campaign.pk)
