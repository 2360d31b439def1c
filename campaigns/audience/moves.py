"""Single moves of a campaign contact, which every writer of this package is made of."""

from datetime import datetime

from campaigns.choices import ContactStatus, Rank
from campaigns.models import (
    Call,
    Callback,
    CampaignContact,
)
from contacts import suppression
from contacts.models import SuppressionReason

SAID_BY_CARRIER = "Said on a call"
CHANGING = ["status", "reason", "rank", "next_attempt_at", "due_at", "look_at", "attempts", "voicemails"]


def reset(row: CampaignContact, due: datetime, rank: int | None = None) -> None:
    """Back among those to be called, with a new count towards the maximum; attempt numbers run on."""
    row.status, row.reason = ContactStatus.PENDING, ""
    row.rank = Rank.of(row.priority) if rank is None else rank
    row.next_attempt_at, row.due_at, row.look_at = due, None, None
    row.attempts = row.voicemails = 0


def finish(row: CampaignContact, status: str, reason: str) -> None:
    row.status, row.reason = status, reason
    row.next_attempt_at = row.due_at = row.look_at = None


def replace_verdicts(rows: list[CampaignContact], now: datetime) -> None:
    """The verdicts that these people wait for will not come. Who asked not to be called is heard nevertheless."""
    ids = [row.pk for row in rows]
    calls = Call.objects.filter(campaign_contact__in=ids, ended_at__isnull=False, concluded_at__isnull=True)
    asked = calls.filter(report__do_not_call=True).order_by("id").values_list("workspace", "phone_number")
    for workspace, number in list(asked):
        suppression.add(workspace, [number], SuppressionReason.ASKED, SAID_BY_CARRIER, now)
    calls.update(concluded_at=now, conclude_by=None, verdict="by_hand")  # analysis still looks: goals count
    Callback.objects.filter(campaign_contact__in=ids, done_at__isnull=True).update(status="cancelled", done_at=now)
