"""Campaign contacts who will not be called any more, and those whom a restart brings back."""

from collections.abc import Sequence
from datetime import datetime

from django.db import models
from django.db.models import F, Q

from campaigns.audience.moves import CHANGING, finish, replace_verdicts
from campaigns.choices import OPEN_STATUSES, WAITING_STATUSES, ContactStatus, Rank
from campaigns.models import (
    Call,
    Campaign,
    CampaignContact,
)
from contacts.models import Suppression


def exclude_suppressed(workspace_id: int, numbers: Sequence[str], now: datetime) -> int:
    """Suppression spreads: in every campaign these people become excluded, unless final or being dialed."""
    rows = CampaignContact.objects.filter(
        contact__workspace_id=workspace_id, contact__phone_number__in=numbers, status__in=[*WAITING_STATUSES, "called"]
    ).order_by("id")
    people = list(rows.select_for_update(of=("self",)))
    for row in people:
        finish(row, ContactStatus.EXCLUDED, "suppressed")
    CampaignContact.objects.bulk_update(people, CHANGING, batch_size=500)
    replace_verdicts(people, now)
    return len(people)


def fail(rows: "models.QuerySet[CampaignContact]", reason: str) -> int:
    """Waiting contacts that can never be called become failed with this reason."""
    return rows.filter(status__in=WAITING_STATUSES).update(
        status=ContactStatus.FAILED, reason=reason, next_attempt_at=None, due_at=None, look_at=None
    )


def fail_exhausted(campaign: Campaign) -> int:
    """A retry without callback whose attempts reach the present maximum has had its last call."""
    rows = CampaignContact.objects.filter(
        campaign=campaign, status=ContactStatus.RETRY, attempts__gte=campaign.max_attempts
    )
    return fail(rows.exclude(rank=Rank.CALLBACK), "max_attempts")


def rest(campaign: Campaign) -> int:
    """A single day is over: those not reached keep their status, without a due time."""
    return CampaignContact.objects.filter(campaign=campaign, next_attempt_at__isnull=False).update(next_attempt_at=None)


def restart(campaign: Campaign, run: int, now: datetime) -> int:
    """Everybody not completed or excluded goes back to pending for a new run, those excluded as not needed too; who
    is suppressed by now becomes excluded. Returns how many there are to call."""
    back = ~Q(status__in=[ContactStatus.COMPLETED, ContactStatus.EXCLUDED]) | Q(reason="not_needed")
    people = CampaignContact.objects.filter(back, campaign=campaign).update(
        status=ContactStatus.PENDING,
        reason="restart",
        rank=F("priority") + 2,
        next_attempt_at=now,
        due_at=None,
        look_at=None,
        run=run,
        attempts=0,
        attempt_number=0,
        voicemails=0,
        callbacks=0,
    )
    Call.objects.filter(campaign=campaign, ended_at__isnull=False, concluded_at__isnull=True).update(
        concluded_at=now, conclude_by=None, verdict="restart"
    )
    suppressed = Suppression.objects.filter(workspace=campaign.workspace_id).values("phone_number")
    out = CampaignContact.objects.filter(
        campaign=campaign, status=ContactStatus.PENDING, contact__phone_number__in=suppressed
    ).update(status=ContactStatus.EXCLUDED, reason="suppressed", next_attempt_at=None)
    return people - out


def unfinished(campaign: Campaign) -> "models.QuerySet[CampaignContact]":
    """Named by their statuses, not by what they are not: so the index finds the first one."""
    return CampaignContact.objects.filter(campaign=campaign, status__in=OPEN_STATUSES)
