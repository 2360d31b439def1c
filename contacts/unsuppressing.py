"""Many numbers leave the suppression list: all that fit a filter, in pieces, each with its line in the audit trail."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Max

from accounts.jobs import JobStatus
from accounts.models import User, Workspace
from contacts import bulk, entries, suppression
from contacts.bulk import Step
from contacts.models import BulkAction, Suppression
from contacts.suppression import ReasonMissing

ACTION = "unsuppress"
TASKS = "contacts.unsuppressing"


def remove_matching(
    workspace: Workspace, filters: entries.Filters, reason: str, *, actor: User | None, now: datetime
) -> int | BulkAction:
    """Take all entries that fit off the list: how many, or the job that does it where they are many. Commits.

    Raises ReasonMissing. Numbers that are listed later stay.
    """
    if not reason.strip():
        raise ReasonMissing(ReasonMissing.sentence)
    rows = entries.entries(workspace, filters)
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[: bulk.AT_ONCE + 1])
    if len(ids) <= bulk.AT_ONCE:
        return suppression.remove(Suppression.objects.filter(pk__in=ids), reason=reason, actor=actor, now=now)
    total = rows.count()
    return bulk.begin(
        workspace,
        ACTION,
        f"Take {total:,} numbers off the suppression list".replace(",", "\u202f"),
        total=total,
        tasks=TASKS,
        now=now,
        user=actor,
        filters=filters.chosen(),
        params={"reason": reason.strip(), "upto": rows.aggregate(last=Max("pk"))["last"]},
    )


def act(bulk_id: int, turn: int) -> int:
    """A slice of the job; how many numbers. Called by the work cluster."""
    return bulk.run(bulk_id, turn, _find, _remove)


def _find(job: BulkAction, after: int, size: int) -> Sequence[int]:
    rows = entries.entries(job.workspace, entries.Filters.of(job.filters))
    rows = rows.filter(pk__gt=after, pk__lte=job.params["upto"])
    return list(rows.order_by("pk").values_list("pk", flat=True)[:size])


def _remove(job: BulkAction, ids: Sequence[int], now: datetime) -> Step:
    rows = Suppression.objects.filter(pk__in=ids, workspace=job.workspace_id)
    return Step(suppression.remove(rows, reason=job.params["reason"], actor=job.created_by, now=now))


def latest(workspace: Workspace) -> BulkAction | None:
    """The removal under way, or the last one."""
    return BulkAction.objects.filter(workspace=workspace, action=ACTION).order_by("-pk").first()


def under_way(workspace: Workspace) -> BulkAction | None:
    running = BulkAction.objects.filter(workspace=workspace, action=ACTION, status=JobStatus.RUNNING)
    return running.order_by("-pk").first()
