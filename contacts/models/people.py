"""People, and the legal hours of where they may be."""

from django.db import models
from django.db.models import Q

from accounts.models import Workspace, known_timezone
from contacts.searching import searched


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

    # Without an index of its own: contact_by_place begins with it.
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="contacts", db_index=False)
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
    # Never written: the database makes it. What is in it, and how it is asked: contacts.searching.
    search = models.GeneratedField(expression=searched(), output_field=models.TextField(), db_persist=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["workspace", "phone_number"], name="one_contact_per_number")]
        indexes = [
            # readers: the orders of the contact list; the number's is that of the constraint
            models.Index(fields=["workspace", "name", "id"], name="contact_by_name"),
            models.Index(fields=["workspace", "company", "id"], name="contact_by_company"),
            models.Index(fields=["workspace", "id"], name="contact_by_place"),
            # reader: the list of one country; which countries there are
            models.Index(fields=["workspace", "country", "name", "id"], name="contact_by_country"),
            # reader: the list of those who are held
            models.Index(
                fields=["workspace", "held_until"], condition=Q(held_until__isnull=False), name="contact_held"
            ),
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
