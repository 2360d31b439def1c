"""What the work cluster does for contacts. Thin: ids in, one call."""

import logging

from django.utils import timezone

from contacts.importing import load, progress, staging

log = logging.getLogger(__name__)


def stage_upload(upload_id: int, turn: int) -> None:
    staging.stage(upload_id, turn)


def load_upload(upload_id: int, turn: int) -> int:
    return load.run(upload_id, turn)


def tend_uploads() -> int:
    count = progress.queue_stalled(timezone.now())
    if count:
        log.warning("queued %s uploads again whose worker gave no sign of life", count)
    progress.discard_finished()
    return count
