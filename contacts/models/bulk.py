"""One act on many people."""

from django.db import models

from accounts.jobs import Job, JobStatus
from accounts.models import Workspace


class BulkAction(Job):
    """One act on many people, in pieces by key: tag, hold, add to a campaign, move by hand, also when that is 400,000.

    action, params  what to do, and with what; whoever moves it on (`tasks`) knows the words
    filters         who: the filters of the list it was asked for on, or {"ids": […]}
    words           what it does, as people read it: “Tag 40 000 people: vip”
    last_id         the key of the last person done; moves in the transaction of each piece, with done and skipped
    skipped         sentence → how many
    """

    IN_WORK = {JobStatus.RUNNING: "act"}

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="bulk_actions")
    action = models.CharField(max_length=20)
    params = models.JSONField(default=dict, blank=True)
    filters = models.JSONField(default=dict, blank=True)
    words = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=JobStatus.choices, default=JobStatus.RUNNING)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    skipped = models.JSONField(default=dict, blank=True)
    last_id = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["workspace", "-created_at"], name="bulk_action_page"),
            # reader: the sweep that queues a stalled one again
            models.Index(fields=["status", "heartbeat_at"], name="bulk_action_stalled"),
        ]

    def __str__(self) -> str:
        return self.words

    @property
    def state(self) -> JobStatus:
        return JobStatus(self.status)

    @property
    def seen(self) -> int:
        return self.done + sum(self.skipped.values())

    @property
    def rows_a_second(self) -> int:
        """How fast it goes; 0 when that cannot be told."""
        if not self.seen or not self.started_at or not self.heartbeat_at:
            return 0
        return round(self.seen / max(0.1, (self.heartbeat_at - self.started_at).total_seconds()))

    @property
    def seconds_left(self) -> int:
        return max(0, self.total - self.seen) // self.rows_a_second if self.rows_a_second else 0
