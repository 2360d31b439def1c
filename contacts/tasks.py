"""What the work cluster does for contacts. Thin: ids in, one call."""

import logging

from django.utils import timezone

from campaigns import files, replacing, undoing
from campaigns.dialing.sweep import spread_suppressions
from campaigns.elsewhere import called_elsewhere
from campaigns.settling import look_elsewhere
from contacts.importing import barring, load, progress, staging
from contacts.models import Purpose, Upload

log = logging.getLogger(__name__)


def stage_upload(upload_id: int, turn: int) -> None:
    staging.stage(upload_id, turn, called_elsewhere)
    files.go_on(upload_id, timezone.now())


def load_upload(upload_id: int, turn: int) -> int:
    if Upload.objects.filter(pk=upload_id, purpose=Purpose.SUPPRESSION).exists():
        return barring.run(upload_id, turn, spread_suppressions)
    return load.run(upload_id, turn, look_elsewhere)


def undo_upload(upload_id: int, turn: int) -> int:
    return undoing.run(upload_id, turn)


def tend_uploads() -> int:
    count = progress.queue_stalled(timezone.now())
    if count:
        log.warning("queued %s uploads again whose worker gave no sign of life", count)
    progress.discard_finished()
    replacing.tend(timezone.now())
    files.go_on_all(timezone.now())
    return count
