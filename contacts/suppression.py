"""The only writer of the suppression list: numbers that nobody in a workspace calls.

Campaigns pull what is new here (`spread_at` is empty until they did); this module knows nothing of them. Whoever claims
or launches a call asks the list itself, so a number counts from the commit that lists it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import IntegrityError, transaction

from accounts import audit, rows, statements
from accounts.models import AuditEvent, User
from contacts.models import Suppression

PIECE = 2_000
TRIES = 3
REMOVED = "suppression.remove"
SOURCE_LENGTH = NOTE_LENGTH = 200


class ReasonMissing(ValueError):
    """Somebody wants a number to be called again and does not say why."""

    sentence = "Say why these people may be called again: the reason is kept in the audit trail."


class Entry(NamedTuple):
    """A number (E.164) with what is to stand beside it; `reason` is a SuppressionReason."""

    phone_number: str
    reason: str
    source: str
    note: str
    at: datetime


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
    count = 0
    for start in range(0, len(wanted), PIECE):
        entries = [Entry(number, reason, source, note, at) for number in wanted[start : start + PIECE]]
        with transaction.atomic():
            count += _add_piece(workspace_id, entries)
    return count


def _add_piece(workspace_id: int, entries: Sequence[Entry]) -> int:
    known = listed(workspace_id, [entry.phone_number for entry in entries])
    fresh = [entry for entry in entries if entry.phone_number not in known]
    Suppression.objects.bulk_create(
        [
            Suppression(
                workspace_id=workspace_id,
                phone_number=entry.phone_number,
                reason=entry.reason,
                source=entry.source[:SOURCE_LENGTH],
                note=entry.note[:NOTE_LENGTH],
                at=entry.at,
            )
            for entry in fresh
        ],
        ignore_conflicts=True,
    )
    return len(fresh)


def put(workspace_id: int, entries: Sequence[Entry]) -> set[str]:
    """As `add`, for thousands of numbers, each once, with what every one of them says for itself; those that were new.

    The caller holds the transaction. Raises IntegrityError when somebody else lists one of them at this moment: roll
    back, and try again.
    """
    known = _among(workspace_id, [entry.phone_number for entry in entries])
    fresh = sorted(entry for entry in entries if entry.phone_number not in known)
    rows.insert_ready(
        Suppression,
        ("workspace_id", "phone_number", "reason", "source", "note", "at"),
        (
            (
                workspace_id,
                entry.phone_number,
                str(entry.reason),
                entry.source[:SOURCE_LENGTH],
                entry.note[:NOTE_LENGTH],
                rows.at(entry.at),
            )
            for entry in fresh
        ),
    )
    return {entry.phone_number for entry in fresh}


def put_safely(workspace_id: int, entries: Sequence[Entry]) -> set[str]:
    """As `put`, in a transaction of its own, or a savepoint of the caller's; tried again when somebody else lists one
    of them at this moment."""
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                return put(workspace_id, entries)
        except IntegrityError:
            continue
    with transaction.atomic():
        return put(workspace_id, entries)


def _among(workspace_id: int, numbers: Sequence[str]) -> set[str]:
    listed = statements.among("phone_number", "numbers")
    statement = f"SELECT phone_number FROM contacts_suppression WHERE workspace_id = %(workspace)s AND {listed}"  # noqa: S608
    found = statements.select(statement, {"workspace": workspace_id, "numbers": list(numbers)})
    return {number for (number,) in found}


def remove(
    entries: Iterable[Suppression],
    *,
    reason: str,
    actor: User | None,
    actor_name: str = "",
    now: datetime | None = None,
) -> int:
    """Take entries of one workspace off the list, each with a line in the audit trail; how many were there.

    Raises ReasonMissing for a blank reason. Commits pieces of its own, or joins the caller's transaction. People
    excluded because of the entry stay excluded: adding them to a campaign again makes them pending.
    """
    if not reason.strip():
        raise ReasonMissing(ReasonMissing.sentence)
    ids, count = sorted(entry.pk for entry in entries), 0
    for start in range(0, len(ids), PIECE):
        with transaction.atomic():
            count += _remove_piece(ids[start : start + PIECE], reason.strip(), actor, actor_name, now)
    return count


def _remove_piece(ids: list[int], reason: str, actor: User | None, actor_name: str, now: datetime | None) -> int:
    there = list(Suppression.objects.filter(pk__in=ids).order_by("id").select_for_update())
    for workspace in {entry.workspace_id for entry in there}:
        told = [(entry.phone_number, _told(entry, reason)) for entry in there if entry.workspace_id == workspace]
        audit.record_each(workspace, REMOVED, "suppression", told, actor=actor, actor_name=actor_name, at=now)
    Suppression.objects.filter(pk__in=[entry.pk for entry in there]).delete()
    return len(there)


def _told(entry: Suppression, reason: str) -> dict[str, object]:
    return {
        "reason": reason,
        "listed_because": entry.reason,
        "listed_words": entry.get_reason_display(),
        "listed_at": entry.at.isoformat(),
        "source": entry.source,
        "note": entry.note,
    }


def removals(workspace_id: int, number: str) -> list[AuditEvent]:
    """When this number was taken off the list, by whom and why, the latest first; `detail` says how it had come."""
    events = AuditEvent.objects.filter(workspace=workspace_id, object_type="suppression", object_id=number)
    return list(events.filter(action=REMOVED).order_by("-at", "-id")[:20])


def listed(workspace_id: int, numbers: Iterable[str]) -> set[str]:
    """Those of `numbers` (E.164) that are on the workspace's list."""
    wanted = list(numbers)
    return _among(workspace_id, wanted) if wanted else set()
