"""Who can never be called any more, and what changed elsewhere: taken over into the campaigns' lists."""

import logging
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from accounts.models import Workspace
from campaigns import audience, policies
from campaigns.choices import CampaignStatus
from campaigns.dialing import bars, window
from campaigns.dialing.values import SafeHours
from campaigns.models import Campaign, CampaignContact, CampaignHours
from contacts.models import Contact, Suppression

log = logging.getLogger(__name__)

PIECE = 500
CAPPED = 2000  # capped people looked at again each minute


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


def spread_contacts(workspace_id: int, now: datetime) -> int:
    """Holds, places and priorities that changed since the last look reach the campaigns. Commits; how many contacts."""
    changed = Contact.objects.filter(workspace=workspace_id, spread_at__isnull=True)
    with transaction.atomic():
        people = list(changed.order_by("id").select_for_update(no_key=True)[:PIECE])
        if not people:
            return 0
        audience.keep_up(people, now)
        audience.families.regroup([contact.pk for contact in people], now)
        audience.spread_holds({contact.pk: contact.held_until for contact in people}, now)
        Contact.objects.filter(pk__in=[contact.pk for contact in people]).update(spread_at=now)
    return len(people)


def look_again(workspace_id: int, now: datetime) -> int:
    """Held and capped people whose bar has ended take their places again. Commits; how many."""
    running = Campaign.objects.filter(workspace=workspace_id, status=CampaignStatus.RUNNING)
    ended = CampaignContact.objects.filter(campaign__in=running, look_at__lte=now)
    if not ended.exists():
        return 0
    with transaction.atomic():
        return audience.look_again(ended)


def lift_caps(workspace: Workspace, now: datetime) -> int:
    """Capped people who may be called earlier than was thought, because a cap was raised or a call withdrawn, take
    their places again. Commits; how many."""
    running = Campaign.objects.filter(workspace=workspace, status=CampaignStatus.RUNNING)
    rows = CampaignContact.objects.filter(campaign__in=running, look_at__gt=now).exclude(contact__held_until__gt=now)
    waiting = dict(rows.order_by("look_at", "id").values_list("pk", "contact__phone_number")[:CAPPED])
    still = bars.capped(workspace, waiting.values(), now)
    free = [pk for pk, phone in waiting.items() if phone not in still]
    if not free:
        return 0
    with transaction.atomic():
        return audience.look_again(CampaignContact.objects.filter(pk__in=free))


def sweep(workspace_id: int, now: datetime) -> int:
    """Fail those who had their last attempt, and those with no allowed moment in the next 14 days; see who need not
    wait any longer for a primary or a cap. Commits; how many."""
    campaigns = Campaign.objects.filter(workspace=workspace_id, status=CampaignStatus.RUNNING)
    rows = list(campaigns.select_related("agent", "workspace", "schedule"))
    table = policies.safe(rows[0].workspace) if rows else None
    failed = sum(_sweep(campaign, now, table) for campaign in rows)
    return failed + lift_caps(Workspace.objects.get(pk=workspace_id), now)


def _sweep(campaign: Campaign, now: datetime, table: SafeHours | None) -> int:
    """One campaign's trouble holds up no other."""
    try:
        return sweep_campaign(campaign, now, table)
    except window.InvalidWindow as problem:
        log.warning("campaign %s cannot be swept: %s", campaign.pk, problem)
        return 0


def sweep_campaign(campaign: Campaign, now: datetime, table: SafeHours | None = None) -> int:
    with transaction.atomic():
        released = audience.families.release(campaign, now)
        return released + audience.fail_exhausted(campaign, now) + _never_open(campaign, now, table)


def _never_open(campaign: Campaign, now: datetime, table: SafeHours | None) -> int:
    """Whoever waits, also for the end of a bar or for a primary: at once, and not when their turn comes."""
    policy = policies.policy(campaign, table)
    keys: Iterable[CampaignHours] = CampaignHours.objects.filter(campaign=campaign).select_related("hours_key")
    closed = [k.hours_key_id for k in keys if window.next_opening(policy, policies.hours(k.hours_key), now) is None]
    if not closed:
        return 0
    people = CampaignContact.objects.filter(campaign=campaign, hours_key__in=closed)
    return audience.fail(campaign, people, "never_open", now)
