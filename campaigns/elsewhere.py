"""Whom live campaigns may still call: told of a file's people while it is staged, before anybody is added."""

from campaigns.choices import ACTIVE_STATUSES, OPEN_STATUSES
from campaigns.models import Campaign, CampaignContact
from contacts.models import Upload


def called_elsewhere(upload: Upload, numbers: list[str]) -> set[str]:
    """Those of the numbers that wait or are called in a campaign that is scheduled, running or paused, other than the
    file's own."""
    others = Campaign.objects.filter(workspace=upload.workspace_id, status__in=ACTIVE_STATUSES)
    live = list(others.exclude(uploads__upload=upload.pk).values_list("pk", flat=True))
    if not live:
        return set()
    found = CampaignContact.objects.filter(
        campaign__in=live,
        status__in=OPEN_STATUSES,
        contact__workspace=upload.workspace_id,
        contact__phone_number__in=numbers,
    )
    return set(found.order_by().values_list("contact__phone_number", flat=True))
