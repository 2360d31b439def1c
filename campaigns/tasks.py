"""What django-q2 runs for campaigns: the dial runners. Their work is rows; a lost or doubled task does no harm."""

import logging

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.utils import timezone
from django_q.models import OrmQ
from django_q.tasks import async_task

from analytics.analysis import analyse_due
from campaigns import auditing, lease
from campaigns.models import Campaign
from campaigns.runner import Runner
from config.processes import draining
from goals.results import achieving_calls

log = logging.getLogger(__name__)


def cluster_of(slot: int) -> str:
    """Slots alternate between the dial clusters, so that one stands by when the other is killed."""
    return settings.DIAL_CLUSTERS[slot % len(settings.DIAL_CLUSTERS)]


def dial(slot: int) -> dict[str, int]:
    """Run one slot for a slice and queue the successor. A doubled task finds the slot taken and ends."""
    runner = Runner(slot, settings.DIAL_SLOTS, analyse_due, draining.is_draining)
    try:
        ran = runner.run()
    except DatabaseError:
        # The database was away for a moment: the successor goes on where the rows stand.
        log.exception("slot %s: the slice broke off", slot)
        close_old_connections()
        ran = True
    if ran and not draining.is_draining() and _waiting(slot) <= 1:
        _queue(slot)
    return dict(runner.counts)


def ensure_runners() -> int:
    """See to it that every slot has a runner; how many had none. Called each minute and at Start."""
    close_old_connections()
    now = timezone.now()
    missing = [slot for slot in range(settings.DIAL_SLOTS) if not lease.is_alive(f"slot:{slot}", now)]
    for slot in missing:
        if _waiting(slot) < len(settings.DIAL_CLUSTERS):
            _queue(slot)
    return len(missing)


def start_cluster(name: str) -> None:
    """A cluster has just started: its slots are queued at once, whatever a killed predecessor left."""
    if name in settings.DIAL_CLUSTERS:
        OrmQ.objects.filter(key=name).delete()
        for slot in range(settings.DIAL_SLOTS):
            if cluster_of(slot) == name:
                _queue(slot)


def audit_ended() -> int:
    """Audit the campaigns that have ended since they were audited last; how many. Called every few minutes."""
    now = timezone.now()
    campaigns = auditing.due(now)
    for campaign in campaigns:
        auditing.audit(campaign, now, achieving_calls)
    return len(campaigns)


def audit_campaign(campaign_id: int) -> None:
    """Audit one campaign, because somebody asked for it. One that is gone meanwhile needs none."""
    campaign = Campaign.objects.select_related("agent", "workspace").filter(pk=campaign_id).first()
    if campaign is not None:
        auditing.audit(campaign, timezone.now(), achieving_calls)


def _queue(slot: int) -> None:
    async_task("campaigns.tasks.dial", slot, cluster=cluster_of(slot))


def _waiting(slot: int) -> int:
    """The slot's tasks that are queued or under way."""
    return sum(1 for task in OrmQ.objects.filter(key=cluster_of(slot)) if tuple(task.args() or ()) == (slot,))
