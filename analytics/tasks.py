"""What the work cluster does for exports. Thin: ids in, one call."""

import logging

from django.utils import timezone

from accounts import jobs
from analytics.exporting import job
from analytics.models import Export

log = logging.getLogger(__name__)


def make_export(export_id: int, turn: int) -> int:
    return job.make(export_id, turn)


def tend_exports() -> int:
    """Exports whose worker gave no sign of life go back to the queue; files whose time is over are removed."""
    now = timezone.now()
    count = jobs.queue_stalled(Export, now, job.GAVE_UP)
    if count:
        log.warning("queued %s exports again whose worker gave no sign of life", count)
    job.expire(now)
    job.sweep_orphans(now)
    return count
