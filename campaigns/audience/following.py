"""Campaign contacts follow their people: where they live now, and how urgent they are."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import F, Q

from accounts import rows as table
from campaigns.choices import WAITING_STATUSES, CampaignStatus, Rank
from campaigns.models import Campaign, CampaignContact, CampaignHours, FormerPlace
from contacts.models import Contact

_BY_PRIORITY = (Rank.HIGH, Rank.NORMAL, Rank.LOW)


def keep_up(people: Iterable[Contact], now: datetime) -> int:
    """Take over the hours key and the priority of these people into every campaign; how many campaign contacts changed.

    Due times stay: who is due where it is closed now waits. A place by hand or as a callback is kept.
    """
    of = {contact.pk: contact for contact in people}
    other = ~Q(hours_key=F("contact__hours_key")) | ~Q(priority=F("contact__priority"))
    found = CampaignContact.objects.filter(other, contact__in=of).order_by("id")
    rows = list(found.select_for_update(of=("self",)))
    _remember(rows, now)
    for row in rows:
        contact = of[row.contact_id]
        row.hours_key_id = contact.hours_key_id
        if row.status in WAITING_STATUSES and row.rank in _BY_PRIORITY:
            row.rank = Rank.of(contact.priority)
        row.priority = contact.priority
    # The keys come first: whoever looks for open keys finds the people of each.
    places = sorted({(row.campaign_id, row.hours_key_id) for row in rows})
    CampaignHours.objects.bulk_create(
        [CampaignHours(campaign_id=campaign, hours_key_id=key) for campaign, key in places], ignore_conflicts=True
    )
    table.update(rows, ["hours_key", "priority", "rank"])
    return len(rows)


def _remember(rows: Sequence[CampaignContact], now: datetime) -> None:
    """What is about to change, where somebody may have been called by it."""
    drafts = Campaign.objects.filter(pk__in={row.campaign_id for row in rows}, status=CampaignStatus.DRAFT)
    unseen = set(drafts.values_list("pk", flat=True)) if rows else set()
    table.insert(
        [
            FormerPlace(campaign_contact=row, until=now, hours_key_id=row.hours_key_id, priority=row.priority)
            for row in rows
            if row.campaign_id not in unseen
        ]
    )
