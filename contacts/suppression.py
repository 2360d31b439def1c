"""The only writer of the suppression list: numbers that nobody in a workspace calls.

Campaigns pull what is new here (`spread_at` is empty until they did); this module knows nothing of them.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from contacts.models import Suppression

PIECE = 2_000


class ReasonMissing(ValueError):
    """Somebody wants a number to be called again and does not say why."""

    sentence = "Say why these people may be called again: the reason is kept in the audit trail."


def add(
    workspace_id: int,
    numbers: Iterable[str],
    reason: str,
    source: str,
    at: datetime,
    note: str = "",
) -> int:
    """Put E.164 numbers on the list; how many were new. A listed number keeps its first reason, source and date.

    `reason` is a SuppressionReason, `source` who or what says so. Joins the caller's
    transaction, or commits pieces of its own.
    """
    wanted = sorted(set(numbers))
    return sum(
        _add_piece(workspace_id, wanted[start : start + PIECE], reason, source[:200], at, note[:200])
        for start in range(0, len(wanted), PIECE)
    )


def _add_piece(workspace_id: int, numbers: list[str], reason: str, source: str, at: datetime, note: str) -> int:
    with transaction.atomic():
        known = listed(workspace_id, numbers)
        fresh = [number for number in numbers if number not in known]
        Suppression.objects.bulk_create(
            [
                Suppression(
                    workspace_id=workspace_id, phone_number=number, reason=reason, source=source, note=note, at=at
                )
                for number in fresh
            ],
            ignore_conflicts=True,
        )
    return len(fresh)


def remove(entries: Iterable[Suppression], *, reason: str, actor: User | None, actor_name: str = "") -> int:
    """Take entries off the list, each with a line in the audit trail. Raises ReasonMissing for a blank reason.

    People excluded because of the entry stay excluded: adding them to a campaign again makes them pending.
    """
    if not reason.strip():
        raise ReasonMissing(ReasonMissing.sentence)
    count = 0
    for entry in entries:
        with transaction.atomic():
            detail: dict[str, object] = {
                "reason": reason.strip(),
                "listed_because": entry.reason,
                "listed_at": entry.at.isoformat(),
                "source": entry.source,
            }
            audit.record(
                entry.workspace_id, "suppression.remove", entry, actor=actor, actor_name=actor_name, detail=detail
            )
            count += Suppression.objects.filter(pk=entry.pk).delete()[0]
    return count


def listed(workspace_id: int, numbers: Iterable[str]) -> set[str]:
    """Those of `numbers` (E.164) that are on the workspace's list."""
    wanted = list(numbers)
    rows = Suppression.objects.filter(workspace_id=workspace_id)
    found: set[str] = set()
    for start in range(0, len(wanted), PIECE):
        piece = wanted[start : start + PIECE]
        found.update(rows.filter(phone_number__in=piece).values_list("phone_number", flat=True))
    return found
