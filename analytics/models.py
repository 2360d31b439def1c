"""Exports: figures and lists as files."""

from django.db import models

from accounts.jobs import Job, JobStatus
from accounts.models import Workspace
from campaigns.models import Campaign


class ExportKind(models.TextChoices):
    CONTACTS = "contacts", "Contacts of a campaign"
    CALLS = "calls", "Calls"
    RESULTS = "results", "Results"
    PEOPLE = "people", "All contacts"
    SUPPRESSIONS = "suppressions", "Suppression list"


class ExportFormat(models.TextChoices):
    CSV = "csv", "CSV, comma"
    CSV_SEMICOLON = "csv_semicolon", "CSV, semicolon"
    EXCEL = "xlsx", "Excel"
    JSON = "json", "JSON"


class Export(Job):
    """A file being made of rows, then kept until it expires. `analytics.exporting` is the only writer.

    campaign   empty for exports of the whole workspace
    filters    as in the address of the page it was asked for on: name → its values
    names      the variables and goals that have columns of their own, settled when it begins
    file       while it is made the worker's own part: whoever takes over begins another one with what is committed
    written    bytes of `file` that count; `after`: the last row in them; `through`: the last row that there will be
    words      the filters as people read them, once `analytics.asked` has told them; no column
    sheets     where in `file` each sheet of an Excel file begins
    """

    IN_WORK = {JobStatus.RUNNING: "make_export"}
    words = ""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="exports")
    campaign = models.ForeignKey(Campaign, models.CASCADE, null=True, blank=True, related_name="exports")
    tasks = models.CharField(max_length=60, default="analytics.tasks", editable=False)
    kind = models.CharField(max_length=12, choices=ExportKind.choices)
    format = models.CharField(max_length=13, choices=ExportFormat.choices, default=ExportFormat.CSV)
    filters = models.JSONField(default=dict, blank=True)
    status = models.CharField(max_length=10, choices=JobStatus.choices, default=JobStatus.RUNNING)
    rows = models.PositiveIntegerField(default=0, help_text="About how many there will be, while it is made.")
    rows_done = models.PositiveIntegerField(default=0)
    names = models.JSONField(default=dict, editable=False)
    after = models.PositiveBigIntegerField(default=0, editable=False)
    through = models.PositiveBigIntegerField(default=0, editable=False)
    written = models.PositiveBigIntegerField(default=0, editable=False)
    sheets = models.JSONField(default=list, editable=False)
    file = models.FileField(upload_to="exports/%Y/%m/", max_length=300, blank=True)
    file_name = models.CharField(max_length=255)
    asked_by = models.CharField(max_length=200, blank=True, help_text="Whoever it was: a person, a program.")
    size = models.PositiveBigIntegerField(default=0)
    expires_at = models.DateTimeField(null=True, blank=True)
    expired_at = models.DateTimeField(null=True, blank=True, help_text="When its file was removed for its age.")

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["workspace", "-created_at", "-id"], name="export_page"),
            # reader: the history in a campaign's panel
            models.Index(fields=["campaign", "-created_at", "-id"], name="export_of_campaign"),
            # reader: the sweep that queues a stalled one again, and the one that removes what has expired
            models.Index(fields=["status", "heartbeat_at"], name="export_stalled"),
            models.Index(fields=["expires_at"], condition=models.Q(expires_at__isnull=False), name="export_to_expire"),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def state(self) -> JobStatus:
        return JobStatus(self.status)

    @property
    def status_word(self) -> str:
        return "Expired" if self.expired_at else self.state.label

    @property
    def colour(self) -> str:
        return "gray" if self.expired_at else self.state.colour

    @property
    def can_be_fetched(self) -> bool:
        """Whether there is a whole file to download."""
        return self.status == JobStatus.DONE and bool(self.file) and self.expired_at is None

    @property
    def rows_a_second(self) -> int | None:
        """So far; None before there is something to go by."""
        seconds = (self.heartbeat_at - self.started_at).total_seconds() if self.heartbeat_at and self.started_at else 0
        return round(self.rows_done / seconds) if self.rows_done and seconds >= 1 else None

    @property
    def seconds_left(self) -> int | None:
        left = max(0, self.rows - self.rows_done)
        return round(left / self.rows_a_second) if self.rows_a_second else None
