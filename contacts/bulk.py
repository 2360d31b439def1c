"""One act on many people, in pieces that each commit with their progress (`contacts.models.BulkAction`).

What the act is, and who the people are, its own module knows: it hands `find` and `act` to `run`. A worker killed at
any point loses nothing and does nobody twice: the people of a piece, `last_id` and the counts move in one transaction,
and whoever comes next goes on behind `last_id`.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.jobs import JobStatus, Replaced, end, hold, mine, queue
from accounts.models import User, Workspace
from accounts.pace import Pace
from contacts.models import BulkAction

AT_ONCE = 2_000  # so many people are done within the request; more of them by a job
PIECE, PIECE_ON_SQLITE = 2_000, 500  # people in one transaction, at most
SLICE_SECONDS = 20.0  # then the job queues again, behind whatever else waits for the work cluster


@dataclass(slots=True)
class Step:
    """What came of one piece."""

    done: int = 0
    skipped: Counter[str] = field(default_factory=Counter)  # sentence → how many


# The next people's ids behind `after`, ascending, at most so many; outside any transaction.
Find = Callable[[BulkAction, int, int], Sequence[int]]
# Locks what has to be locked before the job's own row. May raise Closed.
Lock = Callable[[BulkAction], object]
# Does the act on these people, within the piece's transaction. May raise Closed.
Act = Callable[[BulkAction, Sequence[int], datetime], Step]


class Closed(Exception):
    """Raised by Act: nobody further can be done. Its message is a sentence; what is done stays."""


def begin(
    workspace: Workspace,
    action: str,
    words: str,
    *,
    total: int,
    tasks: str,
    now: datetime,
    user: User | None = None,
    filters: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
) -> BulkAction:
    """A new act, queued. Joins the caller's transaction. `tasks`: the module whose `act(bulk id, turn)` moves it on."""
    bulk = BulkAction.objects.create(
        workspace=workspace,
        action=action,
        words=words[:200],
        total=total,
        tasks=tasks,
        created_by=user,
        filters=dict(filters or {}),
        params=dict(params or {}),
        started_at=now,
        heartbeat_at=now,
    )
    queue(bulk, now)
    return bulk


def finished(
    workspace: Workspace,
    action: str,
    words: str,
    *,
    total: int,
    now: datetime,
    user: User | None = None,
    params: Mapping[str, Any] | None = None,
) -> BulkAction:
    """The row of an act on few people, which the caller does at once, in the same transaction."""
    return BulkAction.objects.create(
        workspace=workspace,
        action=action,
        words=words[:200],
        total=total,
        created_by=user,
        params=dict(params or {}),
        status=JobStatus.DONE,
        started_at=now,
        heartbeat_at=now,
        finished_at=now,
    )


def run(
    bulk_id: int, turn: int, find: Find, act: Act, *, lock: Lock | None = None, seconds: float = SLICE_SECONDS
) -> int:
    """Act for a slice of time, then queue the rest; how many people. Commits piece by piece."""
    bulk = mine(BulkAction, bulk_id, turn)
    if bulk is None:
        return 0
    before, stop, pace = bulk.seen, monotonic() + seconds, Pace(PIECE, PIECE_ON_SQLITE)
    try:
        while ids := find(bulk, bulk.last_id, pace.rows):
            pace.rest()
            begun = monotonic()
            _piece(bulk, ids, act, lock)
            pace.note(len(ids), monotonic() - begun)
            if monotonic() > stop:
                with transaction.atomic():
                    hold(bulk, last_id=bulk.last_id)
                    queue(bulk, timezone.now())
                return bulk.seen - before
        end(bulk, JobStatus.DONE, timezone.now())
    except Replaced:
        pass  # another worker goes on with it, or it was cancelled
    except Closed as closed:
        end(bulk, JobStatus.FAILED, timezone.now(), str(closed))
    return bulk.seen - before


def _piece(bulk: BulkAction, ids: Sequence[int], act: Act, lock: Lock | None) -> None:
    with transaction.atomic():
        if lock is not None:
            lock(bulk)
        hold(bulk, last_id=bulk.last_id)
        now = timezone.now()
        step = act(bulk, ids, now)
        moved = {
            "last_id": ids[-1],
            "done": bulk.done + step.done,
            "skipped": dict(Counter(bulk.skipped) + step.skipped),
        }
        BulkAction.objects.filter(pk=bulk.pk).update(heartbeat_at=now, stalls=0, **moved)
    for name, value in moved.items():
        setattr(bulk, name, value)


def cancel(bulk: BulkAction, now: datetime) -> bool:
    """Stop at the next piece; whoever is done stays done. False when there was nothing left to stop."""
    running = BulkAction.objects.filter(pk=bulk.pk, status__in=BulkAction.IN_WORK)
    stopped = running.update(status=JobStatus.CANCELLED, finished_at=now)
    bulk.refresh_from_db()
    return bool(stopped)
