"""Files whose work is over or whose worker died: cancelling, sweeping, and what is left on disk."""

from datetime import datetime

from django.db import transaction
from django.db.models import DateTimeField, F, Value
from django.db.models.functions import Coalesce, Greatest

from accounts import jobs
from contacts.importing import ready
from contacts.models import Upload, UploadStatus

GAVE_UP = "Work on it stopped again and again. See the log of the work cluster, then upload the file again."
OPEN = (UploadStatus.STAGING, UploadStatus.UNMAPPED, UploadStatus.STAGED, UploadStatus.LOADING)
# The file itself is needed as long as rows of it may still be read.
OVER = (UploadStatus.LOADED, UploadStatus.UNDOING, UploadStatus.UNDONE, UploadStatus.CANCELLED, UploadStatus.FAILED)


def cancel(upload: Upload, now: datetime) -> bool:
    """Stop at the next piece; what is loaded stays. False when there was nothing left to stop.

    Joins the caller's transaction.
    """
    open_ones = Upload.objects.filter(pk=upload.pk, status__in=OPEN)
    # Not before the last piece, which may have committed while this waited: who is changed later is "changed since".
    ended = Greatest(Coalesce(F("heartbeat_at"), now), Value(now, DateTimeField()))
    if not open_ones.update(status=UploadStatus.CANCELLED, finished_at=ended):
        return False
    upload.refresh_from_db()
    transaction.on_commit(lambda: discard_file(upload))
    return True


def refuse(upload: Upload, sentence: str, now: datetime) -> None:
    """A staged file turns out to be of no use: it fails, with this sentence. Joins the caller's transaction."""
    staged = Upload.objects.filter(pk=upload.pk, status=UploadStatus.STAGED)
    if staged.update(status=UploadStatus.FAILED, problem=sentence[:300], finished_at=now):
        transaction.on_commit(lambda: discard_file(upload))


def discard_file(upload: Upload) -> None:
    """The files themselves are of no use any more: people's data is not kept without need."""
    ready.discard_others(upload)
    for kept in filter(None, (upload.file, upload.ready)):
        kept.delete(save=False)
    Upload.objects.filter(pk=upload.pk).update(file="", ready="")


def queue_stalled(now: datetime) -> int:
    """Files in work without a sign of life are queued again; how many."""
    return jobs.queue_stalled(Upload, now, GAVE_UP)


def discard_finished() -> int:
    """Files on disk whose upload is over, but whose worker ended before it removed them; how many."""
    over = Upload.objects.filter(status__in=OVER)
    left = list(over.exclude(file="", ready="").defer("preview"))
    for upload in left:
        discard_file(upload)
    return len(left)
