"""What dialing makes of campaign contacts: claimed, given back, reached, settled."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection
from django.db.models import F, QuerySet

from accounts import statements
from campaigns.audience import families
from campaigns.audience.moves import cancel_callbacks, finish, tell, write
from campaigns.choices import WAITING_STATUSES, Cause, ContactStatus, Rank
from campaigns.dialing.values import Verdict
from campaigns.models import Call, Campaign, CampaignContact
from contacts import suppression

UNDER_WAY = timedelta(seconds=10)  # a claim takes less; a carrier whose clock is ahead by more holds up nobody


# The text is one for any number of people: it is not built anew in every turn of the dialer.
_STILL_DUE = """SELECT cc.id, cc.status, cc.reason, cc.rank, cc.attempts, cc.attempt_number, cc.sequence,
    cc.next_attempt_at FROM campaigns_campaigncontact cc JOIN contacts_contact c ON c.id = cc.contact_id
    WHERE {among} AND cc.next_attempt_at <= %(now)s AND (c.held_until IS NULL OR c.held_until <= %(now)s)
    AND NOT EXISTS (SELECT 1 FROM campaigns_call just
        WHERE just.contact_id = cc.contact_id AND just.ended_at > %(now)s AND just.ended_at <= %(under_way)s)
    ORDER BY cc.id"""
_DIALING = """UPDATE campaigns_campaigncontact SET status = 'dialing', reason = '', next_attempt_at = NULL,
    attempts = attempts + 1, attempt_number = attempt_number + 1, sequence = sequence + 1 WHERE {among}"""
_CALLED = """UPDATE campaigns_campaigncontact SET status = 'called', reason = '', next_attempt_at = NULL
    WHERE status = 'dialing' AND {among}"""


class Before(NamedTuple):
    """What a claimed row was before the claim."""

    id: int
    status: str
    reason: str
    rank: int
    attempts: int
    attempt_number: int
    sequence: int
    next_attempt_at: datetime | None


def claim(ids: Sequence[int], now: datetime) -> list[Before]:
    """Those of `ids` that are still due and not held, locked, turned to dialing and counted up; the rows as they were
    before. Whose last call ended after `now`, while this claim was under way, is left to the next one: by the rows
    nobody is ever in two calls."""
    locked = " FOR UPDATE OF cc" if connection.vendor == "postgresql" else ""
    still_due = _STILL_DUE.format(among=statements.among("cc.id", "ids")) + locked
    found = statements.select(still_due, {"ids": list(ids), "now": now, "under_way": now + UNDER_WAY})
    before = [Before(*kept, statements.moment(at)) for *kept, at in found]  # type: ignore[call-arg]
    statements.select(_DIALING.format(among=statements.among("id", "ids")), {"ids": [row.id for row in before]})
    return before


def give_back(calls: Sequence[Call], now: datetime) -> None:
    """The contacts of withdrawn calls get back the status, place and due time they had, and the attempt. Who was
    suppressed while being dialed, when suppression passes by, becomes excluded."""
    ids = [call.campaign_contact_id for call in calls if call.campaign_contact_id]
    rows = CampaignContact.objects.filter(pk__in=ids, status=ContactStatus.DIALING).order_by("id").select_for_update()
    of = {call.campaign_contact_id: call for call in calls}
    people, excluded = list(rows), []
    barred = {
        (workspace, number)
        for workspace in {call.workspace_id for call in calls}
        for number in suppression.listed(workspace, [c.phone_number for c in calls if c.workspace_id == workspace])
    }
    for row in people:
        call = of[row.pk]
        first = call.cause == Cause.FIRST
        row.status = ContactStatus.PENDING if first else ContactStatus.RETRY
        row.reason = call.clearance.get("reason_before", "")
        row.next_attempt_at = call.due_at
        row.rank = call.due_rank if call.due_rank is not None else Rank.of(row.priority)
        row.attempts = max(0, row.attempts - 1)
        row.attempt_number = max(0, row.attempt_number - 1)
        if (call.workspace_id, call.phone_number) in barred:
            finish(row, ContactStatus.EXCLUDED, "suppressed")
            excluded.append(row)
    write(people, "attempt_number")
    tell(excluded, "suppressed", now)
    if excluded:
        cancel_callbacks([row.pk for row in excluded], now)
        for campaign in Campaign.objects.filter(pk__in={row.campaign_id for row in excluded}):
            families.follow(campaign, [row.contact_id for row in excluded if row.campaign_id == campaign.pk], now)


def reached(ids: Sequence[int]) -> None:
    """A person answered: called until the verdict."""
    if ids:
        statements.select(_CALLED.format(among=statements.among("id", "ids")), {"ids": list(ids)})


def called_back(pk: int, now: datetime) -> datetime | None:
    """This person called us and spoke. A pending retry waits for a verdict from now on; the due time that it had, or
    None where there was none."""
    row = CampaignContact.objects.filter(pk=pk, status=ContactStatus.RETRY).select_for_update().first()
    if row is None:
        return None
    due = row.next_attempt_at or row.due_at or now
    finish(row, ContactStatus.CALLED, "")
    write([row])
    return due


def settle(decided: Sequence[tuple[CampaignContact, Verdict]], rank_of: Callable[[Verdict, int], int]) -> None:
    """Write verdicts into locked rows."""
    for row, verdict in decided:
        row.status, row.reason = verdict.status, verdict.reason
        row.next_attempt_at, row.due_at, row.look_at = verdict.next_attempt_at, None, None
        row.rank = rank_of(verdict, row.priority)
        row.callbacks += verdict.callback
    write([row for row, _ in decided], "callbacks")


def bar(until: Mapping[int, datetime], now: datetime) -> int:
    """Due people whom something bars for a time, by id with its end, wait outside their queue. They keep the due time
    they had, so that they have their place again, and the reason of their status: what bars them is asked anew."""
    found = CampaignContact.objects.filter(pk__in=until, next_attempt_at__lte=now).order_by("id").select_for_update()
    people = list(found)
    for row in people:
        row.look_at = until[row.pk]
        row.due_at, row.next_attempt_at = row.next_attempt_at, None
    write(people)
    return len(people)


def look_again(rows: "QuerySet[CampaignContact]") -> int:
    """These barred people take their places again: the bar's end has come, or it was lifted. Who is barred by something
    else steps aside again when their turn comes."""
    barred = rows.filter(look_at__isnull=False, status__in=WAITING_STATUSES)
    ids = list(barred.order_by("id").select_for_update(of=("self",)).values_list("pk", flat=True))
    return CampaignContact.objects.filter(pk__in=ids).update(next_attempt_at=F("due_at"), due_at=None, look_at=None)


def spread_holds(until: Mapping[int, datetime | None], now: datetime) -> int:
    """People by contact, with the end of their hold now: who is barred waits for this end, or no longer."""
    barred = CampaignContact.objects.filter(contact__in=until, look_at__isnull=False)
    lifted = [contact for contact, ends in until.items() if ends is None or ends <= now]
    count = look_again(barred.filter(contact__in=lifted)) if lifted else 0
    people = list(barred.exclude(contact__in=lifted).order_by("id").select_for_update(of=("self",)))
    for row in people:
        row.look_at = until[row.contact_id]
    write(people)
    return count + len(people)


def put_off_live(workspace_id: int, now: datetime, until: datetime) -> int:
    """Due people whose number is in a live call are put off: the one refusal of a claim that no queue foresees."""
    live = Call.objects.filter(workspace=workspace_id, ended_at__isnull=True).values("phone_number")
    rows = CampaignContact.objects.filter(
        contact__workspace=workspace_id, contact__phone_number__in=live, next_attempt_at__lte=now
    )
    return rows.update(next_attempt_at=until)
