"""People, what we may call them at, who must not be called, and the files they came in."""

from django.db import models
from django.db.models import Q

from accounts.models import Workspace, known_timezone


class ZoneSource(models.TextChoices):
    GIVEN = "given", "Given"
    NUMBER = "number", "From the number"
    UNKNOWN = "unknown", "Unknown"


class HoursKey(models.Model):
    """Country, region and the zones a number may lie in: all that legal hours and contact-local windows depend on.

    One row per distinct combination, never an offset: offsets change with the seasons.
    """

    id = models.SmallAutoField(primary_key=True)
    country = models.CharField(max_length=2, blank=True)
    region = models.CharField(max_length=3, blank=True)
    zones = models.TextField(blank=True, help_text="IANA names, sorted, separated by blanks.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["country", "region", "zones"], name="one_hours_key")]

    def __str__(self) -> str:
        return " ".join(filter(None, [self.country, self.region, self.zones])) or "unknown"

    @property
    def zones_list(self) -> list[str]:
        return self.zones.split()


class Contact(models.Model):
    """A person: one phone number of a workspace. `contacts.people` is the only writer of a single row,
    `contacts.importing.load` of many."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="contacts")
    phone_number = models.CharField(max_length=16, help_text="E.164")
    name = models.CharField(max_length=200, blank=True)
    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    company = models.CharField(max_length=200, blank=True)
    # Kept as it was written: lists hold addresses that a strict check refuses, and nobody is left uncalled for it.
    email = models.CharField("e-mail", max_length=254, blank=True)
    country = models.CharField(max_length=2, blank=True)
    timezone = models.CharField("time zone", max_length=64, blank=True, validators=[known_timezone])
    zone_source = models.CharField(max_length=8, choices=ZoneSource.choices, default=ZoneSource.UNKNOWN)
    hours_key = models.ForeignKey(HoursKey, models.PROTECT, related_name="+")
    priority = models.PositiveSmallIntegerField(default=1, choices=[(0, "High"), (1, "Normal"), (2, "Low")])
    # "|vip|b2b|": one indexed text that both databases can search, in place of a table of a million pairs.
    tags = models.TextField(blank=True)
    external_id = models.CharField("external id", max_length=120, blank=True)
    variables = models.JSONField(
        default=dict, blank=True, help_text="The latest; those of an upload stay with its campaign."
    )
    primary = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="secondaries")
    held_until = models.DateTimeField(null=True, blank=True)
    held_reason = models.CharField(max_length=200, blank=True)
    consent_note = models.TextField(blank=True)
    consent_source = models.CharField(max_length=200, blank=True)
    # The file that added or changed this person last.
    upload = models.ForeignKey("Upload", models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    spread_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When the campaigns took over the last change; empty: not yet."
    )

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["workspace", "phone_number"], name="one_contact_per_number")]
        indexes = [
            models.Index(fields=["workspace", "name", "id"], name="contact_by_name"),
            # reader: campaigns.audience, which pulls changed holds and zones
            models.Index(fields=["workspace"], condition=Q(spread_at__isnull=True), name="contact_to_spread"),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        return self.name or f"{self.first_name} {self.last_name}".strip() or self.phone_number

    @property
    def tag_list(self) -> list[str]:
        return [tag for tag in self.tags.split("|") if tag]


class SafeHours(models.Model):
    """A workspace's own row of the safe-hours table, in place of the shipped one. Written by `contacts.safe_hours`.

    days  {"mon": [["08:00", "21:00"]], …} in the called person's own zone; a day that is missing is closed
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="safe_hours_rows")
    country = models.CharField(max_length=2, blank=True, help_text="Empty: every country without a row.")
    region = models.CharField(max_length=3, blank=True)
    days = models.JSONField(default=dict, blank=True)
    source = models.CharField(max_length=300)
    as_of = models.DateField(null=True, blank=True, help_text="When the source was read.")
    changed_by = models.CharField(max_length=200, blank=True, editable=False)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "safe hours"
        ordering = ["country", "region"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "country", "region"], name="one_safe_hours_row_per_place")
        ]

    def __str__(self) -> str:
        return " ".join(filter(None, [self.country or "every other country", self.region]))


class SuppressionReason(models.TextChoices):
    ASKED = "asked", "Asked not to be called"
    BY_HAND = "by_hand", "Added by hand"
    IMPORTED = "imported", "From an imported list"
    REGISTRY = "registry", "On a do-not-call registry"
    COMPLAINT = "complaint", "Complaint"


class Suppression(models.Model):
    """A number that nobody in this workspace calls. `contacts.suppression` is the only writer."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="suppressions")
    phone_number = models.CharField(max_length=16, help_text="E.164")
    reason = models.CharField(max_length=10, choices=SuppressionReason.choices, default=SuppressionReason.BY_HAND)
    source = models.CharField(max_length=200, blank=True, help_text="Who or what put the number here.")
    note = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    spread_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [models.UniqueConstraint(fields=["workspace", "phone_number"], name="one_suppression_per_number")]
        indexes = [
            models.Index(fields=["workspace", "-at", "-id"], name="suppression_page"),
            # reader: campaigns.audience, which excludes the numbers' campaign contacts
            models.Index(fields=["workspace"], condition=Q(spread_at__isnull=True), name="suppression_to_spread"),
        ]

    def __str__(self) -> str:
        return self.phone_number


class Rejection(models.TextChoices):
    """Why a row of a file did not become a contact; also the name of the count on Upload."""

    INVALID = "invalid", "Invalid"
    DUPLICATE = "duplicate", "Duplicate"
    SUPPRESSED = "suppressed", "Suppressed"


class UploadStatus(models.TextChoices):
    STAGING = "staging", "Reading"
    STAGED = "staged", "Ready to load"
    LOADING = "loading", "Loading"
    LOADED = "loaded", "Loaded"
    CANCELLED = "cancelled", "Cancelled"
    FAILED = "failed", "Failed"

    @property
    def colour(self) -> str:
        return UPLOAD_COLOURS[self]


UPLOAD_COLOURS = {
    UploadStatus.STAGING: "yellow",
    UploadStatus.STAGED: "indigo",
    UploadStatus.LOADING: "yellow",
    UploadStatus.LOADED: "green",
    UploadStatus.CANCELLED: "slate",
    UploadStatus.FAILED: "red",
}
COUNTS = ("added", "updated", "unchanged", *Rejection.values)


class Upload(models.Model):
    """A contact file on its way: streamed to disk, staged (counted, previewed), then loaded in pieces.

    `rows_done` moves in the transaction of each piece, so that a killed worker resumes there. The counts
    (added … invalid) always add up to `rows_done`.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="uploads")
    created_by = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
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
    # Line → line of the first row with that number. Found once, while staging: pieces of the file know nothing of
    # each other.
    duplicate_lines = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=UploadStatus.choices, default=UploadStatus.STAGING)
    problem = models.CharField(max_length=300, blank=True, help_text="Why it failed, in one sentence.")
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
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    # The module whose stage_upload and load_upload move this file on: contacts' own, or that of the app it came in by.
    tasks = models.CharField(max_length=60, default="contacts.tasks", editable=False)
    # Goes up whenever the file is queued: a task that carries an older one has been replaced, and ends.
    turn = models.PositiveIntegerField(default=0, editable=False)
    stalls = models.PositiveSmallIntegerField(default=0, editable=False, help_text="In a row, without getting on.")
    finished_at = models.DateTimeField(null=True, blank=True)

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
    def is_moving(self) -> bool:
        """Whether somebody reads or loads it now."""
        return self.status in (UploadStatus.STAGING, UploadStatus.LOADING)

    @property
    def rows_a_second(self) -> int:
        """How fast it has been loaded so far; 0 when that cannot be told."""
        if not self.started_at or not self.heartbeat_at or not self.rows_done:
            return 0
        return round(self.rows_done / max(0.1, (self.heartbeat_at - self.started_at).total_seconds()))

    @property
    def seconds_left(self) -> int:
        return (self.rows - self.rows_done) // self.rows_a_second if self.rows_a_second else 0

    @property
    def format_words(self) -> str:
        """How the file was read: "UTF-8, semicolon"."""
        encodings = {"utf-8-sig": "UTF-8", "cp1252": "Windows-1252"}
        delimiter = {",": "comma", ";": "semicolon", "\t": "tab"}.get(self.delimiter, self.delimiter)
        return f"{encodings.get(self.encoding, self.encoding.upper())}, {delimiter}"

    @property
    def columns_read(self) -> list[dict[str, str]]:
        """Every column with what becomes of it: a contact field, a variable, or nothing."""
        at = {position: name.replace("_", " ") for name, position in self._mapped("fields")}
        at |= {position: f"variable {name}" for name, position in self._mapped("variables")}
        return [{"name": name, "becomes": at.get(n, "not used")} for n, name in enumerate(self.columns)]

    def _mapped(self, kind: str) -> list[tuple[str, int]]:
        return list(self.mapping.get(kind, {}).items())


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
