"""What an audit of a real run cannot judge, because no row keeps it: said beside the result."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from accounts.models import AuditEvent
from campaigns.models import Campaign, CampaignContact
from campaigns.tracing.numbers import Numbers

NAMED = 5


def unjudged(campaign: Campaign, start: datetime, unfollowed: Iterable[str], numbers: Numbers) -> Iterator[str]:
    """Each as a phrase that stands after “not judged:”."""
    workspace = campaign.workspace
    if workspace.balance is not None:
        yield "what the workspace's balance was at each call"
    for name in unfollowed:
        yield f"turns beside “{name}”, which made too many calls to be read along"
    since = AuditEvent.objects.filter(workspace=workspace, at__gt=start)
    if workspace.safe_hours and since.filter(action__in=["safe_hours.set", "safe_hours.reset"]).exists():
        yield "safe hours as they were before the table's last change"
    if since.filter(action="workspace.edit", detail__has_key="timezone").exists():
        yield "numbers' daily caps before the workspace's time zone changed"
    if since.filter(action="number.delete").exists():
        yield "numbers that were deleted since"
    mixed = CampaignContact.objects.filter(campaign=campaign, pk__in=list(numbers.mixed)).order_by("id")
    phones = list(mixed.values_list("contact__phone_number", flat=True))
    if phones:
        more = f" and {len(phones) - NAMED:,} more" if len(phones) > NAMED else ""
        yield f"people who had another number, or were merged, as no row keeps it: {', '.join(phones[:NAMED])}{more}"
