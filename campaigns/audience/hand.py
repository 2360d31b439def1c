"""What people do to campaign contacts by hand: whole pieces of a list in a few statements."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Greatest

from campaigns.audience import families
from campaigns.audience.moves import OF_A_RUN, replace_verdicts, tell_of
from campaigns.choices import ContactStatus, Rank
from campaigns.models import Campaign, CampaignContact, CampaignRun
from campaigns.transitions import HandMove, hand_refusal
from contacts import suppression

PIECE = 2_000  # people moved in one transaction: the campaign's lock is held for a fraction of a second
NOT_NEEDED = "Somebody else of the family was reached. Use Retry to call this person nevertheless."


@dataclass(slots=True)
class ByHand:
    done: int = 0
    skipped: Counter[str] = field(default_factory=Counter)  # sentence → how many


def by_hand(campaign: Campaign, ids: Iterable[int], action: str, *, now: datetime, actor_name: str = "") -> ByHand:
    """retry, set_pending, set_completed or exclude, for these campaign contacts. Raises KeyError for another word.

    Commits in pieces. A contact that is being dialed is skipped; on `called` the move replaces the awaited verdict;
    a pending callback is cancelled. The campaign is locked meanwhile: it cannot end while somebody is brought back.
    """
    result, wanted = ByHand(), list(ids)
    for start in range(0, len(wanted), PIECE):
        with transaction.atomic():
            moved = move_piece(campaign.pk, wanted[start : start + PIECE], action, now=now, actor_name=actor_name)
        result.done += moved.done
        result.skipped.update(moved.skipped)
    return result


def move_piece(campaign_id: int, ids: Sequence[int], action: str, *, now: datetime, actor_name: str = "") -> ByHand:
    """As `by_hand`, for a few thousand people in the caller's transaction. It takes as many statements for one of them
    as for all."""
    columns, result = _COLUMNS[action], ByHand()
    campaign = Campaign.objects.select_for_update(no_key=True).get(pk=campaign_id)
    refused = hand_refusal(action, campaign.status, ContactStatus.PENDING)
    if refused:
        result.skipped[refused] += len(ids)
        return result
    moved, contacts = _movable(campaign, ids, action, result)
    if moved:
        CampaignContact.objects.filter(pk__in=moved).update(**columns(campaign, now))
        replace_verdicts(moved, now)
        tell_of(moved, campaign.run, action, now, actor_name)
        families.follow(campaign, contacts, now)
        _tell_not_needed(moved, action, result)
    return result


def _movable(campaign: Campaign, ids: Sequence[int], action: str, result: ByHand) -> tuple[list[int], list[int]]:
    """Those who may be moved, locked, and their contacts; the others are counted in `result` with the reason."""
    rows = CampaignContact.objects.filter(campaign=campaign, pk__in=ids).order_by("id").select_for_update(of=("self",))
    people = list(rows.values_list("pk", "contact_id", "status", "contact__phone_number"))
    barred: set[str] = set()
    if action in (HandMove.RETRY, HandMove.SET_PENDING):
        barred = suppression.listed(campaign.workspace_id, [phone for *_, phone in people])
    moved, contacts = [], []
    for pk, contact, status, phone in people:
        why = hand_refusal(action, campaign.status, status, suppressed=phone in barred)
        if why:
            result.skipped[why] += 1
        else:
            moved.append(pk)
            contacts.append(contact)
    result.done += len(moved)
    return moved, contacts


def _tell_not_needed(moved: list[int], action: str, result: ByHand) -> None:
    """The list place of a secondary is behind its primary: where somebody of the family was reached there is none."""
    if action != HandMove.SET_PENDING:
        return
    undone = CampaignContact.objects.filter(pk__in=moved, reason=families.NOT_NEEDED).count()
    if undone:
        result.done -= undone
        result.skipped[NOT_NEEDED] += undone


def _retry(campaign: Campaign, now: datetime) -> dict[str, Any]:
    again = {"status": ContactStatus.RETRY, "reason": families.BY_HAND, "rank": Rank.BY_HAND, "next_attempt_at": now}
    return {**again, **_new_count(campaign)}


def _set_pending(campaign: Campaign, now: datetime) -> dict[str, Any]:
    """Back to the list place: due when the run began, or at the adding if that was later. In the first run, and in a
    draft, everybody's adding gives the order."""
    due: Any = F("added_at")
    if campaign.run > 1:
        runs = CampaignRun.objects.filter(campaign=campaign, run=campaign.run)
        due = Greatest(F("added_at"), Value(runs.values_list("started_at", flat=True).get()))
    again = {"status": ContactStatus.PENDING, "reason": "by_hand", "rank": Rank.of(0) + F("priority")}
    return {**again, "next_attempt_at": due, **_new_count(campaign)}


def _set_completed(campaign: Campaign, now: datetime) -> dict[str, Any]:
    return {"status": ContactStatus.COMPLETED, "reason": "by_hand", **_NO_TIME}


def _exclude(campaign: Campaign, now: datetime) -> dict[str, Any]:
    return {"status": ContactStatus.EXCLUDED, "reason": "by_hand", **_NO_TIME}


def _new_count(campaign: Campaign) -> dict[str, Any]:
    """A new count towards the maximum. Attempt numbers and callbacks run on within a run; who was done in an earlier
    one, and so was not brought back by the restart, begins this one's."""
    anew: dict[str, Any] = {"due_at": None, "look_at": None, "attempts": 0, "voicemails": 0}
    if campaign.run > 1:
        here = {name: Case(When(run=campaign.run, then=F(name)), default=Value(0)) for name in OF_A_RUN}
        anew |= {**here, "run": campaign.run}
    return anew


_NO_TIME = {"next_attempt_at": None, "due_at": None, "look_at": None}
_COLUMNS: dict[str, Callable[[Campaign, datetime], dict[str, Any]]] = {
    HandMove.RETRY: _retry,
    HandMove.SET_PENDING: _set_pending,
    HandMove.SET_COMPLETED: _set_completed,
    HandMove.EXCLUDE: _exclude,
}
