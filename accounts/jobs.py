"""Work too long for a request: a row that says how far it is, and whose turn it is to move it on.

The row is the work. A task in the queue is only a word to look at it: whoever carries an older turn has been replaced
and walks away, and a row in work without a sign of life is queued again by the sweep. So a worker may be killed at any
point, and two on one row are harmless, as long as each piece commits together with its progress, under `hold`.
"""

from datetime import datetime, timedelta
from typing import TypeVar

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from django_q.tasks import async_task

STALLED_AFTER = timedelta(seconds=30)
MOST_STALLS = 10  # in a row, without getting on
GAVE_UP = "It stopped again and again. See the log of the work cluster, then try again."


class JobStatus(models.TextChoices):
    """Of jobs that have nothing more to say about themselves."""

    RUNNING = "running", "Running"
    DONE = "done", "Finished"
    CANCELLED = "cancelled", "Cancelled"
    FAILED = "failed", "Failed"

    @property
    def colour(self) -> str:
        return {"running": "yellow", "done": "green", "cancelled": "slate", "failed": "red"}[self]


class Job(models.Model):
    """What every job has. A subclass has `workspace`, `status`, and `IN_WORK`: the statuses in which somebody moves it
    on → the function of its module of tasks, which is called with its id and its turn.
    """

    IN_WORK: dict[str, str] = {}

    status = models.CharField(max_length=10)
    created_by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    tasks = models.CharField(max_length=60, editable=False, help_text="The module whose functions move it on.")
    problem = models.CharField(max_length=300, blank=True, help_text="Why it failed, in one sentence.")
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # Goes up whenever the job is queued: a task that carries an older one has been replaced, and ends.
    turn = models.PositiveIntegerField(default=0, editable=False)
    stalls = models.PositiveSmallIntegerField(default=0, editable=False, help_text="In a row, without getting on.")

    class Meta:
        abstract = True

    @property
    def is_moving(self) -> bool:
        """Whether somebody works on it now."""
        return self.status in self.IN_WORK


J = TypeVar("J", bound=Job)


class Replaced(Exception):
    """Another worker moves this job on, or it was cancelled: walk away."""


def queue(job: Job, now: datetime) -> None:
    """Hand the job to the work cluster in its present status, and take the turn from every task queued before.

    Joins the caller's transaction: the task is a row of the same database, and appears when it commits.
    """
    type(job)._default_manager.filter(pk=job.pk).update(turn=F("turn") + 1, heartbeat_at=now)
    job.refresh_from_db(fields=["turn", "heartbeat_at", "status"])
    _hand_over(job)


def _hand_over(job: Job) -> None:
    task = job.IN_WORK[job.status]
    async_task(f"{job.tasks}.{task}", job.pk, job.turn, cluster="work", task_name=f"{task} {job.pk}")


def mine(model: type[J], pk: int, turn: int) -> J | None:
    """The job, if this turn is still the one that counts and there is work to do."""
    return model._default_manager.filter(pk=pk, turn=turn, status__in=model.IN_WORK).first()


def beat(job: Job, **columns: object) -> None:
    """A sign of life, with figures of progress. Raises Replaced when the turn has gone to another."""
    same = type(job)._default_manager.filter(pk=job.pk, turn=job.turn, status=job.status)
    if not same.update(heartbeat_at=timezone.now(), **columns):
        raise Replaced


def hold(job: Job, **where_we_left_it: object) -> None:
    """Lock the job's row for this transaction. Raises Replaced unless it is still ours, and where we left it."""
    same = (
        type(job)
        ._default_manager.select_for_update()
        .filter(
            pk=job.pk,
            turn=job.turn,
            status=job.status,
            **where_we_left_it,
        )
    )
    if not same.values_list("pk", flat=True).first():
        raise Replaced


def end(job: Job, status: str, now: datetime, problem: str = "", **columns: object) -> bool:
    """Close the job if it is still ours; whether it was."""
    same = type(job)._default_manager.filter(pk=job.pk, turn=job.turn, status=job.status)
    return bool(same.update(status=status, problem=problem[:300], finished_at=now, heartbeat_at=now, **columns))


def queue_stalled(model: type[J], now: datetime, gave_up: str = GAVE_UP) -> int:
    """Jobs in work without a sign of life for half a minute are queued again; how many.

    They keep their turn: the task may still stand in the queue, and must not lose its place to this one. A job that
    stalls again and again without getting on has failed with `gave_up`.
    """
    count = 0
    stalled = model._default_manager.filter(status__in=model.IN_WORK, heartbeat_at__lt=now - STALLED_AFTER)
    for job in stalled.only("pk", "status", "heartbeat_at", "turn", "tasks", "stalls"):
        same = model._default_manager.filter(pk=job.pk, status=job.status, heartbeat_at=job.heartbeat_at)
        with transaction.atomic():
            if job.stalls >= MOST_STALLS:
                same.update(status=JobStatus.FAILED, problem=gave_up[:300], finished_at=now)
            elif same.update(heartbeat_at=now, stalls=F("stalls") + 1):
                _hand_over(job)
                count += 1
    return count
