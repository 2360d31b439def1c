"""What the work cluster does for acts on many people of the contact list. Thin: ids in, one call."""

import logging

from django.utils import timezone

from accounts import jobs
from campaigns import acts
from contacts.models import BulkAction

log = logging.getLogger(__name__)


def act(bulk_id: int, turn: int) -> int:
    return acts.run(bulk_id, turn)


def tend_acts() -> int:
    """Acts on many people, of any list, whose worker was killed go back to the queue."""
    count = jobs.queue_stalled(BulkAction, timezone.now())
    if count:
        log.warning("queued %s bulk actions again whose worker gave no sign of life", count)
    return count
