"""Single moves of a campaign contact, which every writer of this package is made of."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from accounts import rows as table
from campaigns.choices import ContactStatus, Rank
from campaigns.models import (
    Call,
    Callback,
    Campaign,
    CampaignContact,
    ContactMove,
)
from contacts import suppression
from contacts.models import SuppressionReason

SAID_BY_CARRIER = "Said on a call"
OF_A_RUN = ("attempt_number", "callbacks")  # counted from each run's begin
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


def tell(rows: Iterable[CampaignContact], action: str, now: datetime, actor_name: str = "") -> None:
    """Keep what these people have become, as moves that no verdict gave."""
    people = list(rows)
    if not people:
        return
    runs = dict(Campaign.objects.filter(pk__in={row.campaign_id for row in people}).values_list("pk", "run"))
    table.insert(
        [
            ContactMove(
                campaign_contact_id=row.pk,
                at=now,
                run=runs[row.campaign_id],
                action=action,
                status=row.status,
                reason=row.reason,
                next_attempt_at=row.next_attempt_at,
                actor_name=actor_name[:200],
            )
            for row in people
        ]
    )


def tell_of(ids: Sequence[int], run: int, action: str, now: datetime, actor_name: str = "") -> None:
    """As `tell`, for people of one campaign by their ids and as their rows are now, in one statement."""
    marks = ", ".join(["%s"] * len(ids))
    statement = f"""INSERT INTO {ContactMove._meta.db_table}
        (campaign_contact_id, at, run, action, status, reason, next_attempt_at, actor_name)
        SELECT id, %s, %s, %s, status, reason, next_attempt_at, %s FROM {CampaignContact._meta.db_table}
        WHERE id IN ({marks}) ORDER BY id"""  # noqa: S608 - names of tables and marks, no value
    at = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(statement, [at, run, action, actor_name[:200], *ids])


def write(rows: Sequence[CampaignContact], *further: str) -> None:
    """Write what `CHANGING` names, and `further` fields, of locked rows; of one that is there twice, the last."""
    table.update_locked(list({row.pk: row for row in rows}.values()), [*CHANGING, *further])


def replace_verdicts(ids: Sequence[int], now: datetime) -> None:
    """The verdicts that these people wait for will not come. Who asked not to be called is heard nevertheless."""
    calls = Call.objects.filter(campaign_contact__in=ids, ended_at__isnull=False, concluded_at__isnull=True)
    suppress_who_asked(calls, now)
    calls.update(concluded_at=now, conclude_by=None, verdict="by_hand")  # analysis still looks: goals count
    cancel_callbacks(ids, now)


def cancel_callbacks(ids: Iterable[int], now: datetime) -> None:
    """What these people asked for will not come: a campaign waits for every callback that is pending."""
    pending = Callback.objects.filter(campaign_contact__in=list(ids), done_at__isnull=True)
    pending.update(status="cancelled", done_at=now)


def suppress_who_asked(calls: "QuerySet[Call]", now: datetime) -> None:
    """Whoever said on one of these calls that nobody should call them, goes on the suppression list."""
    asked = calls.filter(report__do_not_call=True).order_by("id").values_list("workspace", "phone_number")
    for workspace, number in list(asked):
        suppression.add(workspace, [number], SuppressionReason.ASKED, SAID_BY_CARRIER, now)
