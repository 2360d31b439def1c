"""The only writer of campaign contacts: enrol, by hand, and what dialing makes of them.

Every function that writes expects the caller's transaction and locks rows by id, as everywhere.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import F, Q

from accounts import rows as table
from campaigns.choices import OPEN_STATUSES, WAITING_STATUSES, CampaignStatus, Cause, ContactStatus, Rank
from campaigns.dialing.values import Verdict
from campaigns.models import (
    Call,
    Callback,
    Campaign,
    CampaignContact,
    CampaignContactDetail,
    CampaignHours,
    CampaignRun,
)
from campaigns.transitions import hand_refusal
from contacts import suppression
from contacts.models import Contact, Suppression, SuppressionReason

SAID_BY_CARRIER = "Said on a call"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One person for a campaign's list, with the variables that this list gives."""

    contact_id: int
    variables: dict[str, object] = field(default_factory=dict)
    upload_id: int | None = None
    line: int | None = None


@dataclass(slots=True)
class Enrolled:
    added: int = 0
    updated: int = 0  # known here: variables changed, or an excluded person set to pending
    unchanged: int = 0
    suppressed: int = 0
    excluded: int = 0  # stays excluded: sticky exclusion
    by_contact: dict[int, str] = field(default_factory=dict)  # contact id → one of the words above


@dataclass(slots=True)
class ByHand:
    done: int = 0
    skipped: Counter[str] = field(default_factory=Counter)  # sentence → how many


def enrol(campaign: Campaign, people: Sequence[Enrolment], now: datetime) -> Enrolled:
    """Put people on the campaign's list, in the order given; each contact once. The caller holds the transaction.

    A known person only gets new variables; an excluded one goes back to pending unless exclusion is sticky.
    A suppressed person is not added.
    """
    ids = [person.contact_id for person in people]
    found = Contact.objects.filter(workspace_id=campaign.workspace_id, pk__in=ids)
    contacts = {c.pk: c for c in found.values_list("pk", "phone_number", "hours_key_id", "priority", named=True)}
    barred = suppression.listed(campaign.workspace_id, [c.phone_number for c in contacts.values()])
    rows = (
        CampaignContact.objects.filter(campaign=campaign, contact__in=ids)
        .order_by("id")
        .select_for_update(of=("self",))
    )
    known = {row.contact_id: row for row in rows.select_related("detail")}
    result = Enrolled()
    fresh: list[tuple[Enrolment, CampaignContact]] = []
    told: list[CampaignContactDetail] = []
    for person in people:
        contact = contacts[person.contact_id]
        row = known.get(contact.pk)
        if contact.phone_number in barred:
            word = "suppressed"
        elif row is None:
            fresh.append((person, _fresh(campaign, contact, now)))
            word = "added"
        else:
            word = _again(campaign, row, person, now, told)
        setattr(result, word, getattr(result, word) + 1)
        result.by_contact[contact.pk] = word
    _insert(campaign, fresh)
    table.update(told, ["variables"])
    return result


def _fresh(campaign: Campaign, contact: Any, now: datetime) -> CampaignContact:
    return CampaignContact(
        campaign_id=campaign.pk,
        contact_id=contact.pk,
        hours_key_id=contact.hours_key_id,
        priority=contact.priority,
        rank=Rank.of(contact.priority),
        next_attempt_at=now,
        added_at=now,
        run=campaign.run,
    )


def _insert(campaign: Campaign, fresh: list[tuple[Enrolment, CampaignContact]]) -> None:
    table.insert([row for _, row in fresh])
    made = CampaignContact.objects.filter(campaign=campaign, contact__in=[row.contact_id for _, row in fresh])
    ids = dict(made.values_list("contact_id", "pk"))
    details = [
        CampaignContactDetail(
            campaign_contact_id=ids[row.contact_id],
            variables=person.variables,
            upload_id=person.upload_id,
            line=person.line,
        )
        for person, row in fresh
    ]
    table.insert(details)
    CampaignHours.objects.bulk_create(
        [CampaignHours(campaign=campaign, hours_key_id=key) for key in sorted({row.hours_key_id for _, row in fresh})],
        ignore_conflicts=True,
    )


def _again(
    campaign: Campaign, row: CampaignContact, person: Enrolment, now: datetime, told: list[CampaignContactDetail]
) -> str:
    """Add somebody who is on the list already. Details with new variables go to `told`, to be written at once."""
    word = "unchanged"
    if person.variables and row.detail.variables != {**row.detail.variables, **person.variables}:
        row.detail.variables = {**row.detail.variables, **person.variables}
        told.append(row.detail)
        word = "updated"
    if row.status != ContactStatus.EXCLUDED or row.reason == "not_needed":
        return word
    if campaign.sticky_exclusion:
        return "excluded"
    row.added_at = now if campaign.has_run else row.added_at
    _reset(row, row.added_at)
    row.save()
    return "updated"


def _reset(row: CampaignContact, due: datetime, rank: int | None = None) -> None:
    """Back among those to be called, with a new count towards the maximum; attempt numbers run on."""
    row.status, row.reason = ContactStatus.PENDING, ""
    row.rank = Rank.of(row.priority) if rank is None else rank
    row.next_attempt_at, row.due_at, row.look_at = due, None, None
    row.attempts = row.voicemails = 0


def empty_list(campaign: Campaign) -> int:
    """Take everybody off a draft's list; how many there were."""
    assert campaign.status == CampaignStatus.DRAFT and not campaign.has_run
    count, _ = CampaignContact.objects.filter(campaign=campaign).delete()
    CampaignHours.objects.filter(campaign=campaign).delete()
    return count


# ── by hand ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def by_hand(campaign: Campaign, ids: Iterable[int], action: str, *, now: datetime) -> ByHand:
    """retry, set_pending, set_completed or exclude, for these campaign contacts. Raises KeyError for another word.

    Commits in pieces. A contact that is being dialed is skipped; on `called` the move replaces the awaited verdict;
    a pending callback is cancelled.
    """
    move = _MOVES[action]
    result = ByHand()
    wanted = list(ids)
    refused = hand_refusal(action, campaign.status, ContactStatus.PENDING)
    if refused:
        result.skipped[refused] = len(wanted)
        return result
    for start in range(0, len(wanted), 2000):
        with transaction.atomic():
            _piece(campaign, wanted[start : start + 2000], action, move, now, result)
    return result


def _piece(
    campaign: Campaign, ids: list[int], action: str, move: Callable[..., None], now: datetime, result: ByHand
) -> None:
    rows = CampaignContact.objects.filter(campaign=campaign, pk__in=ids).order_by("id").select_for_update(of=("self",))
    people = list(rows.select_related("contact"))
    barred: set[str] = set()
    if action in ("retry", "set_pending"):
        barred = suppression.listed(campaign.workspace_id, [p.contact.phone_number for p in people])
    moved = []
    started = _started(campaign)
    for row in people:
        why = hand_refusal(action, campaign.status, row.status, suppressed=row.contact.phone_number in barred)
        if why:
            result.skipped[why] += 1
        else:
            move(row, now, started)
            moved.append(row)
    table.update(moved, _CHANGING)
    _replace_verdicts(moved, now)
    result.done += len(moved)


def _replace_verdicts(rows: list[CampaignContact], now: datetime) -> None:
    """The verdicts that these people wait for will not come. Who asked not to be called is heard nevertheless."""
    ids = [row.pk for row in rows]
    calls = Call.objects.filter(campaign_contact__in=ids, ended_at__isnull=False, concluded_at__isnull=True)
    asked = calls.filter(report__do_not_call=True).order_by("id").values_list("workspace", "phone_number")
    for workspace, number in list(asked):
        suppression.add(workspace, [number], SuppressionReason.ASKED, SAID_BY_CARRIER, now)
    calls.update(concluded_at=now, conclude_by=None, verdict="by_hand")  # analysis still looks: goals count
    Callback.objects.filter(campaign_contact__in=ids, done_at__isnull=True).update(status="cancelled", done_at=now)


def _started(campaign: Campaign) -> datetime | None:
    """When a later run began: nobody in it is due before. In the first, everybody's adding gives the order."""
    if campaign.run <= 1:
        return None
    return CampaignRun.objects.values_list("started_at", flat=True).get(campaign=campaign, run=campaign.run)


def _retry(row: CampaignContact, now: datetime, started: datetime | None) -> None:
    _reset(row, now, Rank.BY_HAND)
    row.status, row.reason = ContactStatus.RETRY, "by_hand"


def _set_pending(row: CampaignContact, now: datetime, started: datetime | None) -> None:
    """Back to its list place: due when the run began, or at its adding if that was later."""
    _reset(row, max(row.added_at, started) if started else row.added_at)
    row.reason = "by_hand"


def _finish(row: CampaignContact, status: str, reason: str) -> None:
    row.status, row.reason = status, reason
    row.next_attempt_at = row.due_at = row.look_at = None


def _set_completed(row: CampaignContact, now: datetime, started: datetime | None) -> None:
    _finish(row, ContactStatus.COMPLETED, "by_hand")


def _exclude(row: CampaignContact, now: datetime, started: datetime | None) -> None:
    _finish(row, ContactStatus.EXCLUDED, "by_hand")


_MOVES: dict[str, Callable[[CampaignContact, datetime, datetime | None], None]] = {
    "retry": _retry,
    "set_pending": _set_pending,
    "set_completed": _set_completed,
    "exclude": _exclude,
}
_CHANGING = ["status", "reason", "rank", "next_attempt_at", "due_at", "look_at", "attempts", "voicemails"]


# ── what dialing makes of them ───────────────────────────────────────────────────────────────────────────────────────


def claim(ids: Sequence[int], now: datetime) -> list[CampaignContact]:
    """Those of `ids` that are still due, locked, turned to dialing and counted up; the rows as they were before."""
    rows = CampaignContact.objects.filter(pk__in=ids, next_attempt_at__lte=now).order_by("id").select_for_update()
    before = list(rows)
    CampaignContact.objects.filter(pk__in=[row.pk for row in before]).update(
        status=ContactStatus.DIALING,
        reason="",
        next_attempt_at=None,
        attempts=F("attempts") + 1,
        attempt_number=F("attempt_number") + 1,
        sequence=F("sequence") + 1,
    )
    return before


def give_back(calls: Sequence[Call], now: datetime) -> None:
    """The contacts of withdrawn calls get back the status, place and due time they had, and the attempt. Who was
    suppressed while being dialed, when suppression passes by, becomes excluded."""
    ids = [call.campaign_contact_id for call in calls if call.campaign_contact_id]
    rows = CampaignContact.objects.filter(pk__in=ids, status=ContactStatus.DIALING).order_by("id").select_for_update()
    of = {call.campaign_contact_id: call for call in calls}
    people = list(rows)
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
            _finish(row, ContactStatus.EXCLUDED, "suppressed")
    CampaignContact.objects.bulk_update(people, ["attempt_number", *_CHANGING])


def reached(ids: Sequence[int]) -> None:
    """A person answered: called until the verdict."""
    CampaignContact.objects.filter(pk__in=ids, status=ContactStatus.DIALING).update(
        status=ContactStatus.CALLED, reason="", next_attempt_at=None
    )


def settle(decided: Sequence[tuple[CampaignContact, Verdict]], rank_of: Callable[[Verdict, int], int]) -> None:
    """Write verdicts into locked rows."""
    for row, verdict in decided:
        row.status, row.reason = verdict.status, verdict.reason
        row.next_attempt_at, row.due_at, row.look_at = verdict.next_attempt_at, None, None
        row.rank = rank_of(verdict, row.priority)
        row.callbacks += verdict.callback
    CampaignContact.objects.bulk_update([row for row, _ in decided], ["callbacks", *_CHANGING], batch_size=500)


def exclude_suppressed(workspace_id: int, numbers: Sequence[str], now: datetime) -> int:
    """Suppression spreads: in every campaign these people become excluded, unless final or being dialed."""
    rows = CampaignContact.objects.filter(
        contact__workspace_id=workspace_id, contact__phone_number__in=numbers, status__in=[*WAITING_STATUSES, "called"]
    ).order_by("id")
    people = list(rows.select_for_update(of=("self",)))
    for row in people:
        _finish(row, ContactStatus.EXCLUDED, "suppressed")
    CampaignContact.objects.bulk_update(people, _CHANGING, batch_size=500)
    _replace_verdicts(people, now)
    return len(people)


def fail(rows: "models.QuerySet[CampaignContact]", reason: str) -> int:
    """Waiting contacts that can never be called become failed with this reason."""
    return rows.filter(status__in=WAITING_STATUSES).update(
        status=ContactStatus.FAILED, reason=reason, next_attempt_at=None, due_at=None, look_at=None
    )


def fail_exhausted(campaign: Campaign) -> int:
    """A retry without callback whose attempts reach the present maximum has had its last call."""
    rows = CampaignContact.objects.filter(
        campaign=campaign, status=ContactStatus.RETRY, attempts__gte=campaign.max_attempts
    )
    return fail(rows.exclude(rank=Rank.CALLBACK), "max_attempts")


def put_off_live(workspace_id: int, now: datetime, until: datetime) -> int:
    """Due people whose number is in a live call are put off: the one refusal of a claim that no queue foresees."""
    live = Call.objects.filter(workspace=workspace_id, ended_at__isnull=True).values("phone_number")
    rows = CampaignContact.objects.filter(
        contact__workspace=workspace_id, contact__phone_number__in=live, next_attempt_at__lte=now
    )
    return rows.update(next_attempt_at=until)


def rest(campaign: Campaign) -> int:
    """A single day is over: those not reached keep their status, without a due time."""
    return CampaignContact.objects.filter(campaign=campaign, next_attempt_at__isnull=False).update(next_attempt_at=None)


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
    Call.objects.filter(campaign=campaign, ended_at__isnull=False, concluded_at__isnull=True).update(
        concluded_at=now, conclude_by=None, verdict="restart"
    )
    suppressed = Suppression.objects.filter(workspace=campaign.workspace_id).values("phone_number")
    out = CampaignContact.objects.filter(
        campaign=campaign, status=ContactStatus.PENDING, contact__phone_number__in=suppressed
    ).update(status=ContactStatus.EXCLUDED, reason="suppressed", next_attempt_at=None)
    return people - out


def unfinished(campaign: Campaign) -> "models.QuerySet[CampaignContact]":
    """Named by their statuses, not by what they are not: so the index finds the first one."""
    return CampaignContact.objects.filter(campaign=campaign, status__in=OPEN_STATUSES)
