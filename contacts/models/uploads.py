"""Files that people, or numbers that must not be called, come in."""

from datetime import datetime

from django.db import models

from accounts.jobs import Job
from accounts.models import Workspace
from contacts.models.people import Contact


class Rejection(models.TextChoices):
    """Why a row of a file did not become a contact; also the name of the count on Upload."""

    INVALID = "invalid", "Invalid"
    DUPLICATE = "duplicate", "Duplicate"
    SUPPRESSED = "suppressed", "Suppressed"


class UploadStatus(models.TextChoices):
    STAGING = "staging", "Reading"
    UNMAPPED = "unmapped", "Choose columns"
    STAGED = "staged", "Ready to load"
    LOADING = "loading", "Loading"
    LOADED = "loaded", "Loaded"
    UNDOING = "undoing", "Undoing"
    UNDONE = "undone", "Undone"
    CANCELLED = "cancelled", "Cancelled"
    FAILED = "failed", "Failed"

    @property
    def colour(self) -> str:
        return UPLOAD_COLOURS[self]


UPLOAD_COLOURS = {
    UploadStatus.STAGING: "yellow",
    UploadStatus.UNMAPPED: "indigo",
    UploadStatus.STAGED: "indigo",
    UploadStatus.LOADING: "yellow",
    UploadStatus.LOADED: "green",
    UploadStatus.UNDOING: "yellow",
    UploadStatus.UNDONE: "slate",
    UploadStatus.CANCELLED: "slate",
    UploadStatus.FAILED: "red",
}
# What is worth a look in rows that are taken all the same; the sentences come with the lines.
WARNING_WORDS = {
    "timezone": "Time zone not known",
    "priority": "Priority not known",
    "extension": "Extension not dialed",
    "variables": "Further variables not readable",
    "suppressed": "On the suppression list",
    "elsewhere": "In another live campaign",
    "primary": "Not tied to the primary named",
}
COUNTS = ("added", "updated", "unchanged", *Rejection.values)


class FileKind(models.TextChoices):
    CSV = "csv", "CSV"
    EXCEL = "xlsx", "Excel"
    JSON = "json", "JSON"


class Purpose(models.TextChoices):
    """What becomes of the rows of a file."""

    CONTACTS = "contacts", "Contacts"
    SUPPRESSION = "suppression", "Suppression list"


class Upload(Job):
    """A file on its way: streamed to disk, staged (counted, previewed), then loaded in pieces; perhaps undone.

    `rows_done` moves in the transaction of each piece, so that a killed worker resumes there. The counts
    (added … invalid) always add up to `rows_done`.

    asked     what a person chose in place of what was found: mapping, encoding, delimiter, default_country
    ready     the rows of the staged file as they will be written, one JSON array a line (contacts.importing.ready)
    ready_at  where the next piece begins in it, in bytes; moves with rows_done
    """

    IN_WORK = {"staging": "stage_upload", "loading": "load_upload", "undoing": "undo_upload"}

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="uploads")
    tasks = models.CharField(max_length=60, default="contacts.tasks", editable=False)
    purpose = models.CharField(max_length=11, choices=Purpose.choices, default=Purpose.CONTACTS)
    kind = models.CharField(max_length=4, choices=FileKind.choices, default=FileKind.CSV)
    sheet = models.CharField(max_length=100, blank=True, help_text="Of an Excel file: the sheet that was read.")
    asked = models.JSONField(default=dict, blank=True)
    ready = models.FileField(upload_to="uploads/%Y/%m/", max_length=300, blank=True, editable=False)
    ready_at = models.PositiveBigIntegerField(default=0, editable=False)
    warnings = models.JSONField(
        default=dict, blank=True, help_text="Kind of warning → count and the first lines with their sentence."
    )
    elsewhere = models.PositiveIntegerField(default=0, help_text="People who are in another live campaign.")
    sent_by = models.CharField(max_length=200, blank=True, help_text="Where no person sent it: the API token's name.")
    goes_on = models.BooleanField(default=False, help_text="Load it as soon as it is staged, without another word.")
    rows_undone = models.PositiveIntegerField(default=0)
    file = models.FileField(upload_to="uploads/%Y/%m/", max_length=300)
    file_name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField(default=0)
    default_country = models.CharField(max_length=2)
    encoding = models.CharField(max_length=20, blank=True)
    delimiter = models.CharField(max_length=1, blank=True)
    lines_before_header = models.PositiveSmallIntegerField(default=0)
    columns = models.JSONField(default=list, help_text="The header as read.")
    mapping = models.JSONField(default=dict, help_text="fields and variables: name → column position.")
    preview = models.JSONField(default=list, help_text="The first rows.")
    first_rejections = models.JSONField(default=list, help_text="Of the staged file: line, kind and reason.")
    status = models.CharField(max_length=10, choices=UploadStatus.choices, default=UploadStatus.STAGING)
    note = models.CharField(max_length=300, blank=True, help_text="What to know of a file that was loaded.")
    rows = models.PositiveIntegerField(default=0)
    valid_rows = models.PositiveIntegerField(default=0, help_text="People in the staged file, each once.")
    duplicate_rows = models.PositiveIntegerField(default=0)
    read_bytes = models.PositiveBigIntegerField(default=0, help_text="How far staging has come.")
    rows_done = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    duplicate = models.PositiveIntegerField(default=0)
    suppressed = models.PositiveIntegerField(default=0)
    invalid = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["workspace", "-created_at"], name="upload_page"),
            # reader: the sweep that queues a stalled load again
            models.Index(fields=["status", "heartbeat_at"], name="upload_stalled"),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def state(self) -> UploadStatus:
        return UploadStatus(self.status)

    @property
    def sender(self) -> str:
        """Who sent it, as people read it."""
        return str(self.created_by) if self.created_by_id else self.sent_by

    @property
    def invalid_rows(self) -> int:
        """Rows of the staged file that cannot be read."""
        return self.rows - self.valid_rows - self.duplicate_rows

    @property
    def counts(self) -> dict[str, int]:
        """What became of the rows that were loaded so far; the values add up to `rows_done`."""
        return {name: getattr(self, name) for name in COUNTS}

    @property
    def rejected(self) -> int:
        return sum(self.counts[kind] for kind in Rejection)

    @property
    def rows_a_second(self) -> int:
        """How fast it has been loaded so far; 0 when that cannot be told."""
        return _a_second(self.rows_done, self.started_at, self.heartbeat_at)

    @property
    def seconds_left(self) -> int:
        return (self.rows - self.rows_done) // self.rows_a_second if self.rows_a_second else 0

    @property
    def bytes_a_second(self) -> int:
        """How fast it is read; 0 when that cannot be told."""
        return _a_second(self.read_bytes, self.started_at or self.created_at, self.heartbeat_at)

    @property
    def reading_seconds_left(self) -> int:
        return (self.size - self.read_bytes) // self.bytes_a_second if self.bytes_a_second else 0

    @property
    def format_words(self) -> str:
        """How the file was read: "UTF-8, semicolon"; "Excel, sheet People"."""
        if self.kind != FileKind.CSV:
            return f"{self.get_kind_display()}{f', sheet {self.sheet}' if self.sheet else ''}"
        encodings = {"utf-8-sig": "UTF-8", "cp1252": "Windows-1252"}
        delimiter = {",": "comma", ";": "semicolon", "\t": "tab"}.get(self.delimiter, self.delimiter)
        return f"{encodings.get(self.encoding, self.encoding.upper())}, {delimiter}"

    @property
    def line_word(self) -> str:
        """What the number of a row counts in a file of this kind."""
        return {FileKind.EXCEL: "Row", FileKind.JSON: "Entry"}.get(FileKind(self.kind), "Line")

    @property
    def warned(self) -> list[dict[str, object]]:
        """Warnings by kind: words, how many, and the first lines with their sentence."""
        known = [(kind, words) for kind, words in WARNING_WORDS.items() if self.warnings.get(kind, {}).get("count")]
        return [{"kind": kind, "words": words, **self.warnings[kind]} for kind, words in known]

    @property
    def columns_read(self) -> list[dict[str, str]]:
        """Every column with what becomes of it: a contact field, a variable, or nothing."""
        at = {position: name.replace("_", " ") for name, position in self._mapped("fields")}
        at |= {position: f"variable {name}" for name, position in self._mapped("variables")}
        return [{"name": name, "becomes": at.get(n, "not used")} for n, name in enumerate(self.columns)]

    def _mapped(self, kind: str) -> list[tuple[str, int]]:
        return list(self.mapping.get(kind, {}).items())


def _a_second(done: int, since: datetime | None, until: datetime | None) -> int:
    if not since or not until or not done:
        return 0
    return round(done / max(0.1, (until - since).total_seconds()))


class RejectedRow(models.Model):
    """A row of a file that did not become a contact: its line, its cells, and why."""

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="rejected_rows")
    line = models.PositiveIntegerField()
    cells = models.JSONField()
    kind = models.CharField(max_length=10, choices=Rejection.choices)
    reason = models.CharField(max_length=300)

    class Meta:
        ordering = ["upload", "line"]
        constraints = [models.UniqueConstraint(fields=["upload", "line"], name="one_rejection_per_line")]

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


class UploadChange(models.Model):
    """What a file changed of somebody who was there: the columns as they were before. Read when the file is undone."""

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="changes")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+")
    before = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["upload", "contact"], name="one_change_per_person")]

    def __str__(self) -> str:
        return f"{self.contact_id} before file {self.upload_id}"
