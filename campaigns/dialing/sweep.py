"""Who can never be called any more, and what changed elsewhere: taken over into the campaigns' lists."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from campaigns import audience, policies
from campaigns.choices import CampaignStatus
from campaigns.dialing import window
from campaigns.models import Campaign, CampaignContact, CampaignHours
from contacts.models import Suppression

PIECE = 500


def spread_suppressions(workspace_id: int, now: datetime) -> int:
    """Numbers that were suppressed since the last look: their people become excluded everywhere. Commits."""
    fresh = Suppression.objects.filter(workspace=workspace_id, spread_at__isnull=True)
    with transaction.atomic():
        rows = dict(fresh.order_by("id").values_list("pk", "phone_number")[:PIECE])
        if not rows:
            return 0
        audience.exclude_suppressed(workspace_id, list(rows.values()), now)
        Suppression.objects.filter(pk__in=rows).update(spread_at=now)
    return len(rows)


def sweep(workspace_id: int, now: datetime) -> int:
    """Fail those who had their last attempt, and those with no allowed moment in the next 14 days. Commits."""
    campaigns = Campaign.objects.filter(workspace=workspace_id, status=CampaignStatus.RUNNING).select_related("agent")
    return sum(sweep_campaign(campaign, now) for campaign in campaigns)


def sweep_campaign(campaign: Campaign, now: datetime) -> int:
    with transaction.atomic():
        return audience.fail_exhausted(campaign) + _never_open(campaign, now)


def _never_open(campaign: Campaign, now: datetime) -> int:
    policy = policies.policy(campaign)
    keys: Iterable[CampaignHours] = CampaignHours.objects.filter(campaign=campaign).select_related("hours_key")
    closed = [k.hours_key_id for k in keys if window.next_opening(policy, policies.hours(k.hours_key), now) is None]
    if not closed:
        return 0
    people = CampaignContact.objects.filter(campaign=campaign, hours_key__in=closed, next_attempt_at__isnull=False)
    return audience.fail(people, "never_open")
