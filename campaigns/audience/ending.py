"""Campaign contacts who will not be called any more, and those whom a restart brings back."""

from collections.abc import Sequence
from datetime import datetime

from django.db import models
from django.db.models import F, Q

from campaigns.audience import families
from campaigns.audience.moves import (
    cancel_callbacks,
    finish,
    replace_verdicts,
    suppress_who_asked,
    tell,
    tell_of,
    write,
)
from campaigns.choices import OPEN_STATUSES, WAITING_STATUSES, ContactStatus, Rank
from campaigns.models import (
    Call,
    Campaign,
    CampaignContact,
)
from contacts.models import Suppression

PIECE = 2000


def exclude_suppressed(workspace_id: int, numbers: Sequence[str], now: datetime) -> int:
    """Suppression spreads: in every campaign these people become excluded, unless final or being dialed."""
    concerned = CampaignContact.objects.filter(contact__workspace=workspace_id, contact__phone_number__in=numbers)
    following = families.campaigns(Campaign.objects.filter(pk__in=concerned.values("campaign")))
    rows = CampaignContact.objects.filter(
        contact__workspace_id=workspace_id, contact__phone_number__in=numbers, status__in=[*WAITING_STATUSES, "called"]
    ).order_by("id")
    people = list(rows.select_for_update(of=("self",)).values_list("pk", "campaign", "campaign__run", "contact"))
    ids = [pk for pk, *_ in people]
    CampaignContact.objects.filter(pk__in=ids).update(
        status=ContactStatus.EXCLUDED, reason="suppressed", next_attempt_at=None, due_at=None, look_at=None
    )
    for campaign_id, run in sorted({(campaign_id, run) for _, campaign_id, run, _ in people}):
        tell_of([pk for pk, of, *_ in people if of == campaign_id], run, "suppressed", now)
    replace_verdicts(ids, now)
    for campaign in following.values():
        families.follow(campaign, [contact for _, of, _, contact in people if of == campaign.pk], now)
    return len(people)


def fail(campaign: Campaign, rows: "models.QuerySet[CampaignContact]", reason: str, now: datetime) -> int:
    """Waiting contacts of a campaign that can never be called become failed with this reason."""
    families.campaigns(Campaign.objects.filter(pk=campaign.pk))
    waiting, count = rows.filter(status__in=WAITING_STATUSES).order_by("id"), 0
    while people := list(waiting.select_for_update(of=("self",))[:PIECE]):
        for row in people:
            finish(row, ContactStatus.FAILED, reason)
        write(people)
        tell(people, reason, now)
        cancel_callbacks([row.pk for row in people], now)
        families.follow(campaign, [row.contact_id for row in people], now)
        count += len(people)
    return count


def fail_exhausted(campaign: Campaign, now: datetime) -> int:
    """A retry without callback whose attempts reach the present maximum has had its last call."""
    rows = CampaignContact.objects.filter(
        campaign=campaign, status=ContactStatus.RETRY, attempts__gte=campaign.max_attempts
    )
    return fail(campaign, rows.exclude(rank=Rank.CALLBACK), "max_attempts", now)


def rest(campaign: Campaign) -> int:
    """A single day is over: those not reached keep their status, without a due time."""
    waiting = CampaignContact.objects.filter(campaign=campaign)
    waiting.filter(look_at__isnull=False).update(due_at=None, look_at=None)
    return waiting.filter(next_attempt_at__isnull=False).update(next_attempt_at=None)


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
    awaited = Call.objects.filter(campaign=campaign, ended_at__isnull=False, concluded_at__isnull=True)
    suppress_who_asked(awaited, now)
    awaited.update(concluded_at=now, conclude_by=None, verdict="restart")
    suppressed = Suppression.objects.filter(workspace=campaign.workspace_id).values("phone_number")
    out = list(
        CampaignContact.objects.filter(
            campaign=campaign, status=ContactStatus.PENDING, contact__phone_number__in=suppressed
        ).order_by("id")
    )
    for row in out:
        finish(row, ContactStatus.EXCLUDED, "suppressed")
    write(out)
    tell(out, "suppressed", now)
    return people - len(out)


def unfinished(campaign: Campaign) -> "models.QuerySet[CampaignContact]":
    """Named by their statuses, not by what they are not: so the index finds the first one."""
    return CampaignContact.objects.filter(campaign=campaign, status__in=OPEN_STATUSES)
