"""A file takes the place of a draft's whole list: the earlier list is put aside, and comes back when it is undone.

It begins once the file is staged and holds a valid row, in pieces that each commit by themselves under the campaign's
lock: whoever comes next goes on where the list stands, and any number of workers do no harm. Until all of it lies aside
the file cannot be loaded and the campaign cannot start, so the people of both lists are never called together.

Locks are taken in this order: campaign, then upload, then the rows of the list.
"""

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone
from django_q.tasks import async_task

from accounts import jobs
from accounts.pace import Pace
from campaigns.audience import aside
from campaigns.choices import CampaignStatus
from campaigns.models import Campaign, CampaignContact, CampaignUpload, PutAside
from campaigns.queries.acts import adding, copied_to
from contacts import bulk
from contacts.importing import progress
from contacts.importing.mapping import is_mended
from contacts.models import Upload, UploadStatus

log = logging.getLogger(__name__)

AT_ONCE = 2  # pieces put aside while somebody waits for the page
DROPPED_AT_ONCE = 50  # pieces of lists that will not come back, in one sweep
WAITING = (UploadStatus.STAGING, UploadStatus.UNMAPPED, UploadStatus.STAGED)
GIVEN_UP = (UploadStatus.CANCELLED, UploadStatus.FAILED)
STARTED = "The campaign was started before this file took the place of its list. Clone the campaign to call this one."
ALL_BARRED = "Nobody in this file can be called: all its numbers are on the suppression list. The list stays as it is."


def is_fresh_draft(campaign: Campaign) -> bool:
    return campaign.status == CampaignStatus.DRAFT and not campaign.has_run


def in_motion(campaign: Campaign, links: Iterable[CampaignUpload]) -> str:
    """Why the campaign's list is not what it will be in a moment; "" when it stands still. `links`: with upload."""
    given_up = []
    for link in links:
        name, status = link.upload.file_name, link.upload.status
        if status == UploadStatus.UNDOING:
            return f"{name} is being taken back, and the list is not whole until then. Wait a moment."
        if not link.replaces:
            continue
        if status == UploadStatus.STAGING:
            return f"{name} is still being read, and will replace the list. Wait a moment, or cancel the file."
        if status == UploadStatus.STAGED and link.aside_at is None:
            return f"The earlier list is being put aside for {name}. Wait a moment."
        if status in GIVEN_UP and not link.upload.rows_done:
            given_up.append(link.pk)
    if given_up and not campaign.has_run and PutAside.objects.filter(link__in=given_up).exists():
        return "The earlier list is being brought back. Wait a moment."
    return ""


def list_in_motion(campaign: Campaign) -> str:
    """As `in_motion`, read from the database."""
    links = campaign.uploads.select_related("upload")
    names = ("file_name", "status", "rows_done")
    return in_motion(campaign, links.only("replaces", "aside_at", "campaign", *(f"upload__{name}" for name in names)))


def take_place(upload_id: int, pieces: int | None = None) -> bool:
    """Put the earlier list aside for this staged file; whether nothing is left to do. Commits piece by piece.

    With `pieces` at most so many, and the rest in the background. Nothing for a file that replaces no list.
    """
    link = CampaignUpload.objects.filter(upload=upload_id, replaces=True, aside_at=None).first()
    if link is None:
        return True
    done, pace = 0, Pace(aside.PIECE)
    while pieces is None or done < pieces:
        with transaction.atomic():
            goes_on = _piece(link, timezone.now())
        if not goes_on:
            return not _waits(link)
        done += 1
        pace.rest()
    _queue(upload_id, timezone.now())
    return False


def _piece(link: CampaignUpload, now: datetime) -> bool:
    """One piece; whether there may be another."""
    campaign = Campaign.objects.select_for_update(no_key=True).filter(pk=link.campaign_id).first()
    found = CampaignUpload.objects.select_related("upload").filter(pk=link.pk).first()
    if campaign is None or found is None or not _waits(found):
        return False
    if is_mended(found.upload.columns):
        # Rows that were rejected and mended belong to the list that is there.
        CampaignUpload.objects.filter(pk=link.pk).update(replaces=False)
        return False
    if copied_to(campaign):
        return False  # `tend` comes back to it
    if not is_fresh_draft(campaign):
        if progress.cancel(found.upload, now):
            Upload.objects.filter(pk=found.upload_id).update(problem=STARTED)
        return False
    if found.aside_to is None and not _has_somebody(found.upload):
        progress.refuse(found.upload, ALL_BARRED, now)
        return False
    others = CampaignUpload.objects.filter(campaign=campaign).exclude(pk=link.pk)
    if others.filter(upload__status=UploadStatus.UNDOING).exists():
        return False  # its end begins this anew
    if found.aside_to is None:
        _open(found, others, now)
    moved = aside.put_aside(campaign, found) or aside.take_over(found, _given_up(others))
    Upload.objects.filter(pk=found.upload_id).update(heartbeat_at=now)
    if not moved:
        CampaignUpload.objects.filter(pk=link.pk).update(aside_at=now)
    return bool(moved)


def _has_somebody(upload: Upload) -> bool:
    barred = upload.warnings.get("suppressed", {}).get("count", 0)
    return bool(upload.valid_rows > barred)


def _waits(link: CampaignUpload) -> bool:
    return CampaignUpload.objects.filter(
        pk=link.pk, replaces=True, aside_at=None, upload__status=UploadStatus.STAGED
    ).exists()


def _open(link: CampaignUpload, others: "QuerySet[CampaignUpload]", now: datetime) -> None:
    """Files and acts of the earlier list bring nobody any more; it ends with the last person who is on it now."""
    while (act := adding(link.campaign)) is not None:
        bulk.cancel(act, now)
    earlier = Q(upload__status=UploadStatus.LOADING) | Q(upload__status__in=WAITING, pk__lt=link.pk)
    for other in others.filter(earlier).select_related("upload").order_by("pk"):
        progress.cancel(other.upload, now)
    last = CampaignContact.objects.filter(campaign=link.campaign_id).aggregate(last=Max("pk"))["last"]
    link.aside_to = last or 0
    CampaignUpload.objects.filter(pk=link.pk).update(aside_to=link.aside_to)


def _given_up(links: "QuerySet[CampaignUpload]") -> list[int]:
    """Files that brought nobody, and under which people may lie all the same."""
    found = links.filter(replaces=True, upload__status__in=GIVEN_UP, upload__rows_done=0)
    return list(found.values_list("pk", flat=True))


def give_up(link: CampaignUpload, now: datetime) -> bool:
    """A file that replaces the list is not wanted after all: the earlier list comes back, as a job that is queued here.
    False where nobody lies aside for it, or people of it are loaded. Joins the caller's transaction, which holds the
    campaign."""
    if not link.replaces or not PutAside.objects.filter(link=link).exists():
        return False
    states = (UploadStatus.STAGED, UploadStatus.LOADING, *GIVEN_UP)
    waiting = Upload.objects.filter(pk=link.upload_id, status__in=states, rows_done=0)
    if not waiting.update(status=UploadStatus.UNDOING, stalls=0):
        return False
    upload = Upload.objects.get(pk=link.upload_id)
    jobs.queue(upload, now)
    transaction.on_commit(lambda: progress.discard_file(upload))
    return True


def tend(now: datetime) -> int:
    """What a worker left that ended in the middle is taken up again; how many files. Called each minute."""
    quiet = now - jobs.STALLED_AFTER
    count = 0
    halted = CampaignUpload.objects.filter(replaces=True, aside_at=None, upload__status=UploadStatus.STAGED)
    for pk in list(halted.filter(upload__heartbeat_at__lt=quiet).values_list("upload", flat=True)):
        _queue(pk, now)
        count += 1
    lying = PutAside.objects.order_by().values("link").distinct()
    orphans = CampaignUpload.objects.filter(
        pk__in=lying, upload__status__in=GIVEN_UP, upload__rows_done=0, campaign__run=0
    )
    # Where another file replaces the list at this moment, it takes these people over.
    taken = halted.values("campaign")
    for link in orphans.exclude(campaign__in=taken):
        with transaction.atomic():
            Campaign.objects.select_for_update(no_key=True).get(pk=link.campaign_id)
            count += give_up(link, now)
    _drop_of_started(lying)
    if count:
        log.warning("took up %s replaced lists again whose worker gave no sign of life", count)
    return count


def _drop_of_started(lying: "QuerySet[PutAside, Any]") -> None:
    """Once a campaign has started, its earlier lists stay away: nobody's data is kept without need."""
    for link in CampaignUpload.objects.filter(pk__in=lying, campaign__run__gt=0):
        for _ in range(DROPPED_AT_ONCE):
            with transaction.atomic():
                if not aside.drop(link):
                    break


def queue_waiting(campaign_id: int, now: datetime) -> None:
    """Files that waited until another one was taken back replace the list now."""
    rows = CampaignUpload.objects.filter(campaign=campaign_id, replaces=True, aside_at=None)
    for pk in rows.filter(upload__status=UploadStatus.STAGED).values_list("upload", flat=True):
        _queue(pk, now)


def _queue(upload_id: int, now: datetime) -> None:
    Upload.objects.filter(pk=upload_id).update(heartbeat_at=now)
    async_task("campaigns.upload_tasks.put_aside", upload_id, cluster="work", task_name=f"put_aside {upload_id}")
