"""What people do to campaign contacts by hand."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from campaigns.audience import families
from campaigns.audience.moves import finish, replace_verdicts, reset, tell, write
from campaigns.choices import ContactStatus, Rank
from campaigns.models import (
    Campaign,
    CampaignContact,
    CampaignRun,
)
from campaigns.transitions import hand_refusal
from contacts import suppression

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
    move = _MOVES[action]
    result = ByHand()
    wanted = list(ids)
    for start in range(0, len(wanted), 2000):
        with transaction.atomic():
            locked = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
            moved = _piece(locked, wanted[start : start + 2000], action, move, now, result)
            tell(moved, action, now, actor_name)
            families.follow(locked, [row.contact_id for row in moved], now)
            _tell_not_needed(moved, action, result)
    return result


def _tell_not_needed(moved: list[CampaignContact], action: str, result: ByHand) -> None:
    """The list place of a secondary is behind its primary: where somebody of the family was reached there is none."""
    if action != "set_pending":
        return
    ids = [row.pk for row in moved]
    undone = CampaignContact.objects.filter(pk__in=ids, reason=families.NOT_NEEDED).count()
    if undone:
        result.done -= undone
        result.skipped[NOT_NEEDED] += undone


def _piece(
    campaign: Campaign, ids: list[int], action: str, move: Callable[..., None], now: datetime, result: ByHand
) -> list[CampaignContact]:
    refused = hand_refusal(action, campaign.status, ContactStatus.PENDING)
    if refused:
        result.skipped[refused] += len(ids)
        return []
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
    write(moved)
    replace_verdicts(moved, now)
    result.done += len(moved)
    return moved


def _started(campaign: Campaign) -> datetime | None:
    """When a later run began: nobody in it is due before. In the first, everybody's adding gives the order."""
    if campaign.run <= 1:
        return None
    return CampaignRun.objects.values_list("started_at", flat=True).get(campaign=campaign, run=campaign.run)


def _retry(row: CampaignContact, now: datetime, started: datetime | None) -> None:
    reset(row, now, Rank.BY_HAND)
    row.status, row.reason = ContactStatus.RETRY, families.BY_HAND


def _set_pending(row: CampaignContact, now: datetime, started: datetime | None) -> None:
    """Back to its list place: due when the run began, or at its adding if that was later."""
    reset(row, max(row.added_at, started) if started else row.added_at)
    row.reason = "by_hand"


def _set_completed(row: CampaignContact, now: datetime, started: datetime | None) -> None:
    finish(row, ContactStatus.COMPLETED, "by_hand")


def _exclude(row: CampaignContact, now: datetime, started: datetime | None) -> None:
    finish(row, ContactStatus.EXCLUDED, "by_hand")


_MOVES: dict[str, Callable[[CampaignContact, datetime, datetime | None], None]] = {
    "retry": _retry,
    "set_pending": _set_pending,
    "set_completed": _set_completed,
    "exclude": _exclude,
}
