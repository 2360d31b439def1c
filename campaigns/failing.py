"""When the system gives up on a running campaign: nobody to call, or nothing left to call with."""

from datetime import datetime, timedelta

from campaigns.models import Campaign, CampaignUpload
from telephony.models import Carrier

SWITCHED_OFF_FOR = timedelta(hours=24)
NO_USABLE_ROW = "The staged list held no usable row. Restart cannot help: clone the campaign and upload another file."


def no_usable_row(campaign: Campaign) -> bool:
    """Whether the campaign's files are all turned into contacts, and none of their rows became one."""
    return CampaignUpload.objects.filter(campaign=campaign).exists() and not campaign.audience.exists()


def no_carrier_left(campaign: Campaign, now: datetime) -> str:
    """Why nothing can be dialed any more: every carrier of the pool has been switched off by a permanent error for 24
    hours. Empty while one of them has not."""
    carriers = list(Carrier.objects.filter(numbers__pools__campaign=campaign).distinct())
    since = now - SWITCHED_OFF_FOR
    if not carriers or any(each.disabled_at is None or each.disabled_at > since for each in carriers):
        return ""
    last = max(carriers, key=lambda each: each.disabled_at or since)
    return f"Every carrier has been switched off for 24 hours. {last.name}: {last.disabled_reason}"
