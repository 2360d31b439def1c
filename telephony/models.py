"""Agents, carriers, numbers, and the events that carriers send. The wire itself is in `telephony.providers`."""

import uuid
from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Floor

from accounts.models import Workspace, known_timezone


class NumberDirection(models.TextChoices):
    OUTBOUND = "outbound", "Outbound"
    INBOUND = "inbound", "Inbound only"
    BOTH = "both", "Both"


class Carrier(models.Model):
    """An account or trunk through which calls are placed. `credentials` is encrypted text (telephony.credentials)."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="carriers")
    name = models.CharField(max_length=120)
    provider = models.CharField(max_length=30)
    settings = models.JSONField(
        default=dict, blank=True, help_text="The provider's open settings, such as its address."
    )
    credentials = models.TextField(blank=True, editable=False)
    hook_key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    max_cps = models.DecimalField("calls per second", max_digits=5, decimal_places=1, default=Decimal(1))
    max_channels = models.PositiveIntegerField("channels", default=10, validators=[MinValueValidator(1)])
    cost_per_minute = models.DecimalField(
        max_digits=10, decimal_places=4, default=Decimal(0), validators=[MinValueValidator(0)]
    )
    enabled = models.BooleanField(default=True)
    disabled_at = models.DateTimeField(null=True, blank=True, editable=False)
    disabled_reason = models.CharField(max_length=300, blank=True, editable=False)
    rest_until = models.DateTimeField(null=True, blank=True, editable=False)
    rest_seconds = models.PositiveSmallIntegerField(default=0, editable=False)
    last_error = models.CharField(max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="one_carrier_per_name"),
            models.CheckConstraint(
                condition=Q(max_cps__gte=Decimal("0.1"), max_cps__lt=1) | Q(max_cps__gte=1, max_cps=Floor("max_cps")),
                name="cps_whole_or_tenths",
                violation_error_message="Calls per second is a whole number, or 0.1 to 0.9.",
            ),
            models.CheckConstraint(condition=Q(max_channels__gte=1), name="channels_at_least_one"),
        ]

    def __str__(self) -> str:
        return self.name


class Number(models.Model):
    """A caller number (DID) of a carrier."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="numbers")
    carrier = models.ForeignKey(Carrier, models.PROTECT, related_name="numbers")
    phone_number = models.CharField(max_length=16, help_text="E.164")
    label = models.CharField(max_length=120, blank=True)
    direction = models.CharField(max_length=8, choices=NumberDirection.choices, default=NumberDirection.OUTBOUND)
    country = models.CharField(max_length=2, blank=True)
    spam_score = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(10)])
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["phone_number"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "phone_number"], name="one_number_per_workspace"),
            models.CheckConstraint(condition=Q(spam_score__lte=10), name="spam_score_0_to_10"),
        ]

    def __str__(self) -> str:
        return f"{self.phone_number} ({self.label})" if self.label else self.phone_number

    @property
    def spam_colour(self) -> str:
        if self.spam_score >= 7:
            return "red"
        return "yellow" if self.spam_score >= 5 else "green"


class SpamScore(models.Model):
    """A change of a number's spam score. `telephony.numbers.set_spam_score` is the only writer of score and history."""

    number = models.ForeignKey(Number, models.CASCADE, related_name="spam_history")
    score = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.number}: {self.score}"


class NumberDay(models.Model):
    """Launches from a number on one day of its workspace. Moved in the transaction that records or withdraws a call."""

    number = models.ForeignKey(Number, models.CASCADE, related_name="days")
    day = models.DateField()
    calls = models.PositiveIntegerField(default=0)
    last_launched_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["number", "day"], name="one_row_per_number_and_day")]

    def __str__(self) -> str:
        return f"{self.number} {self.day}: {self.calls}"


class Agent(models.Model):
    """An AI voice agent that holds the conversation; it lives at a provider."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="agents")
    name = models.CharField(max_length=120)
    avatar = models.FileField(upload_to="avatars/", blank=True)
    provider = models.CharField(max_length=30)
    provider_agent_id = models.CharField("agent id at the provider", max_length=120, blank=True)
    language = models.CharField(max_length=20, default="en")
    timezone = models.CharField("time zone", max_length=64, default="UTC", validators=[known_timezone])
    callback_enabled = models.BooleanField("callbacks", default=False)
    default_number = models.ForeignKey(Number, models.SET_NULL, null=True, blank=True, related_name="+")
    default_variables = models.JSONField(default=dict, blank=True)
    notes = models.TextField(blank=True)
    cost_per_minute = models.DecimalField(
        max_digits=10, decimal_places=4, default=Decimal(0), validators=[MinValueValidator(0)]
    )
    tested_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="one_agent_per_name")]

    def __str__(self) -> str:
        return self.name


class ProviderEvent(models.Model):
    """What a carrier told us, stored before it is worked on. `telephony.inbox` is the only writer.

    `work_at`: when to work on it; null once applied; later than now while it is parked. `event` is the
    CallEvent as JSON, `payload` the raw body.
    """

    # Nothing asks for all events of a workspace; those of a carrier are found by their keys.
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    carrier = models.ForeignKey(Carrier, models.CASCADE, related_name="events", db_index=False)
    event_key = models.CharField(max_length=120)
    reference = models.UUIDField(null=True)
    provider_call_id = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=12)
    at = models.DateTimeField()
    event = models.JSONField()
    payload = models.JSONField()
    received_at = models.DateTimeField()
    work_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["carrier", "event_key"], name="one_event_per_key")]
        indexes = [
            # reader: telephony.inbox.take
            models.Index(
                fields=["workspace", "work_at", "id"], condition=Q(work_at__isnull=False), name="event_to_work"
            ),
            models.Index(fields=["reference"], name="event_by_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference or self.provider_call_id}"
