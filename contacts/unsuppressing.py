"""Many numbers leave the suppression list: all that fit a filter, in pieces, each with its line in the audit trail."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from accounts.figures import thousands
from accounts.jobs import JobStatus
from accounts.models import User, Workspace
from contacts import bulk, entries, suppression
from contacts.bulk import Step
from contacts.models import BulkAction, Suppression
from contacts.suppression import ReasonMissing

ACTION = "unsuppress"
TASKS = "contacts.unsuppressing"


def remove_matching(
    workspace: Workspace,
    filters: entries.Filters,
    reason: str,
    *,
    actor: User | None,
    actor_name: str = "",
    now: datetime,
) -> BulkAction:
    """Take all entries that fit off the list, at once, or by a job where they are many: the row says what became of
    it, or will. Commits.

    Raises ReasonMissing. Numbers that are listed later stay.
    """
    if not reason.strip():
        raise ReasonMissing(ReasonMissing.sentence)
    by = {"reason": reason.strip(), "actor_name": actor_name}
    rows = entries.entries(workspace, filters)
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[: bulk.AT_ONCE + 1])
    if len(ids) <= bulk.AT_ONCE:
        return _at_once(workspace, ids, by, actor, now)
    total = rows.count()
    return bulk.begin(
        workspace,
        ACTION,
        _words(total),
        total=total,
        tasks=TASKS,
        now=now,
        user=actor,
        filters=filters.chosen(),
        params={**by, "upto": rows.aggregate(last=Max("pk"))["last"]},
    )


def _at_once(
    workspace: Workspace, ids: Sequence[int], by: dict[str, str], actor: User | None, now: datetime
) -> BulkAction:
    total = len(ids)
    with transaction.atomic():
        row = bulk.finished(workspace, ACTION, _words(total), total=total, now=now, user=actor, params=by)
        row.done = suppression.remove(Suppression.objects.filter(pk__in=ids), actor=actor, now=now, **by)
        row.save(update_fields=["done"])
    return row


def _words(total: int) -> str:
    return f"Take {thousands(total)} {'number' if total == 1 else 'numbers'} off the suppression list"


def act(bulk_id: int, turn: int) -> int:
    """A slice of the job; how many numbers. Called by the work cluster."""
    return bulk.run(bulk_id, turn, _find, _remove)


def _find(job: BulkAction, after: int, size: int) -> Sequence[int]:
    rows = entries.entries(job.workspace, entries.Filters.of(job.filters))
    rows = rows.filter(pk__gt=after, pk__lte=job.params["upto"])
    return list(rows.order_by("pk").values_list("pk", flat=True)[:size])


def _remove(job: BulkAction, ids: Sequence[int], now: datetime) -> Step:
    rows = Suppression.objects.filter(pk__in=ids, workspace=job.workspace_id)
    by = {"actor": job.created_by, "actor_name": job.params.get("actor_name", "")}
    return Step(suppression.remove(rows, reason=job.params["reason"], now=now, **by))


def latest(workspace: Workspace) -> BulkAction | None:
    """The removal under way, or the last one."""
    return BulkAction.objects.filter(workspace=workspace, action=ACTION).order_by("-pk").first()


def under_way(workspace: Workspace) -> BulkAction | None:
    running = BulkAction.objects.filter(workspace=workspace, action=ACTION, status=JobStatus.RUNNING)
    return running.order_by("-pk").first()
