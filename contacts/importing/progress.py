"""Whose turn it is to move a file on: queueing, signs of life, cancelling, and files whose worker died."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django_q.tasks import async_task

from contacts.models import Upload, UploadStatus

STALLED_AFTER = timedelta(seconds=30)
MOST_STALLS = 10
GAVE_UP = "Loading stopped again and again after row {}. See the log of the work cluster, then upload the file again."
IN_WORK = {UploadStatus.STAGING: "stage_upload", UploadStatus.LOADING: "load_upload"}


class Replaced(Exception):
    """Another worker moves this file on, or it was cancelled: walk away."""


def queue(upload: Upload, task: str, now: datetime) -> None:
    """Hand the file to the work cluster, and take the turn from every task queued before.

    Joins the caller's transaction: the task is a row of the same database, and appears when it commits.
    """
    Upload.objects.filter(pk=upload.pk).update(turn=F("turn") + 1, heartbeat_at=now)
    upload.refresh_from_db(fields=["turn", "heartbeat_at"])
    _hand_over(upload, task)


def _hand_over(upload: Upload, task: str) -> None:
    async_task(f"{upload.tasks}.{task}", upload.pk, upload.turn, cluster="work", task_name=f"{task} {upload.pk}")


def beat(upload: Upload, **columns: object) -> None:
    """A sign of life, with figures of progress. Raises Replaced when the turn has gone to another."""
    mine = Upload.objects.filter(pk=upload.pk, turn=upload.turn, status=upload.status)
    if not mine.update(heartbeat_at=timezone.now(), **columns):
        raise Replaced


def cancel(upload: Upload, now: datetime) -> bool:
    """Stop at the next piece; what is loaded stays. False when there was nothing left to stop.

    Joins the caller's transaction.
    """
    open_ones = Upload.objects.filter(
        pk=upload.pk, status__in=[UploadStatus.STAGING, UploadStatus.STAGED, UploadStatus.LOADING]
    )
    if not open_ones.update(status=UploadStatus.CANCELLED, finished_at=now):
        return False
    upload.refresh_from_db()
    transaction.on_commit(lambda: discard_file(upload))
    return True


def discard_file(upload: Upload) -> None:
    """The file itself is of no use any more: people's data is not kept without need."""
    if upload.file:
        upload.file.delete(save=False)
        Upload.objects.filter(pk=upload.pk).update(file="")


def queue_stalled(now: datetime) -> int:
    """Files in work without a sign of life for half a minute are queued again; how many.

    They keep their turn: the task may still stand in the queue, and must not lose its place to this one. A file
    that stalls again and again without getting on has failed.
    """
    count = 0
    stalled = Upload.objects.filter(status__in=IN_WORK, heartbeat_at__lt=now - STALLED_AFTER)
    for upload in stalled.defer("preview", "duplicate_lines"):
        same = Upload.objects.filter(pk=upload.pk, status=upload.status, heartbeat_at=upload.heartbeat_at)
        with transaction.atomic():
            if upload.stalls >= MOST_STALLS:
                same.update(status=UploadStatus.FAILED, problem=GAVE_UP.format(upload.rows_done), finished_at=now)
            elif same.update(heartbeat_at=now, stalls=F("stalls") + 1):
                _hand_over(upload, IN_WORK[UploadStatus(upload.status)])
                count += 1
    return count


def discard_finished() -> int:
    """Files on disk whose upload is over, but whose worker ended before it removed them; how many."""
    over = Upload.objects.filter(status__in=[UploadStatus.LOADED, UploadStatus.CANCELLED, UploadStatus.FAILED])
    left = list(over.exclude(file="").defer("preview", "duplicate_lines"))
    for upload in left:
        discard_file(upload)
    return len(left)
