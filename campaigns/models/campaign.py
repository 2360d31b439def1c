"""A campaign's settings, its status with history, and its runs."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User, Workspace, known_timezone
from campaigns import fields
from campaigns.choices import (
    CALL_INTERVALS,
    RING_TIMEOUTS,
    WEEKDAYS,
    AmdMode,
    CampaignMode,
    CampaignStatus,
    Priority,
    Rotation,
    SecondaryContacts,
    TriggerMode,
)
from campaigns.dialing import window
from campaigns.models.schedule import Schedule
from telephony.models import Agent


def all_week() -> list[str]:
    return list(WEEKDAYS)


def between(low: int, high: int) -> list[Callable[[Any], None]]:
    return [MinValueValidator(low), MaxValueValidator(high)]


class Campaign(models.Model):
    """Fields and rules are those of the specification, section 2.

    `status`, `status_at` and `status_reason` have one writer: `campaigns.lifecycle`. `set_up_at` is empty while
    the wizard that made the draft has not been finished.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="campaigns")
    name = models.CharField(max_length=120)
    agent = models.ForeignKey(Agent, models.RESTRICT, related_name="campaigns")
    notes = models.TextField(blank=True)
    priority = models.PositiveSmallIntegerField(choices=Priority.choices, default=Priority.NORMAL)
    tags = models.TextField(blank=True, help_text="“|spring|renewal|”")

    status = models.CharField(
        max_length=10, choices=CampaignStatus.choices, default=CampaignStatus.DRAFT, editable=False
    )
    status_at = models.DateTimeField(null=True, editable=False)
    status_reason = models.CharField(max_length=300, blank=True, editable=False)
    run = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="The present run; 0 before the first Start."
    )
    set_up_at = models.DateTimeField(null=True, editable=False)
    archived_at = models.DateTimeField(null=True, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, editable=False, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    trigger_mode = models.CharField("trigger", max_length=10, choices=TriggerMode.choices, default=TriggerMode.MANUAL)
    starts_at = models.DateTimeField(null=True, blank=True)
    mode = models.CharField(max_length=10, choices=CampaignMode.choices, default=CampaignMode.SINGLE_DAY)
    always_on = models.BooleanField(default=False)
    concurrency_limit = models.PositiveIntegerField(default=50, validators=[MinValueValidator(1)])
    call_interval_seconds = models.PositiveSmallIntegerField(
        default=0, choices=[(s, f"{s} s" if s < 60 else f"{s // 60} min") if s else (0, "None") for s in CALL_INTERVALS]
    )
    ring_timeout_seconds = models.PositiveSmallIntegerField(default=30, choices=[(s, f"{s} s") for s in RING_TIMEOUTS])
    amd_mode = models.CharField(
        "answering machine detection", max_length=4, choices=AmdMode.choices, default=AmdMode.TEXT
    )

    window_start = models.CharField(max_length=5, default="09:00")
    window_end = models.CharField(max_length=5, default="18:00")
    window_timezone = models.CharField("time zone", max_length=64, default="UTC", validators=[known_timezone])
    window_days = models.JSONField("working days", default=all_week)
    schedule = models.ForeignKey(
        Schedule, models.RESTRICT, null=True, blank=True, related_name="campaigns", help_text="In place of the window."
    )
    contact_local_time = models.BooleanField(default=False)

    max_attempts = models.PositiveSmallIntegerField(default=3, validators=between(1, 11))
    retry_delay_minutes = models.PositiveIntegerField(default=30, validators=between(1, 43_200))
    retry_on = models.JSONField(default=list, blank=True)
    retry_dispositions = models.JSONField(default=list, blank=True)
    max_voicemail_attempts = models.PositiveSmallIntegerField(null=True, blank=True, validators=between(1, 11))
    goal_based_retry = models.BooleanField(default=False)
    stop_after_connect = models.BooleanField(default=False)
    stop_after_connect_seconds = models.PositiveSmallIntegerField(default=30, validators=between(1, 3600))
    redial_short_connect = models.BooleanField(default=False)
    redial_short_connect_seconds = models.PositiveSmallIntegerField(default=15, validators=between(1, 3600))
    completion_timeout_minutes = models.PositiveIntegerField(default=0, validators=between(0, 43_200))
    callback_detection = models.BooleanField(default=False)
    sticky_exclusion = models.BooleanField(default=False)
    secondary_contacts = models.CharField(
        max_length=13, choices=SecondaryContacts.choices, default=SecondaryContacts.OFF
    )

    rotation_strategy = models.CharField(max_length=16, choices=Rotation.choices, default=Rotation.ROUND_ROBIN)
    prefer_country_match = models.BooleanField(default=False)
    spam_threshold = models.PositiveSmallIntegerField(default=7, validators=between(1, 9))
    max_calls_per_number_per_day = models.PositiveSmallIntegerField(default=100, validators=between(1, 1000))

    budget_cap = models.DecimalField(
        max_digits=14, decimal_places=4, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    pilot_size = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    max_error_rate = models.PositiveSmallIntegerField(null=True, blank=True, default=50, validators=between(1, 100))
    metadata = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "name"],
                condition=Q(archived_at__isnull=True),
                name="one_campaign_per_name",
                violation_error_message="Another campaign has this name. Choose a different one.",
            ),
            models.CheckConstraint(condition=Q(always_on=False) | Q(mode="multi_day"), name="always_on_is_multi_day"),
        ]
        indexes = [
            models.Index(fields=["workspace", "status"], name="campaign_by_status"),
            models.Index(fields=["workspace", "-created_at", "-id"], name="campaign_page"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        fields.check(self, timezone.now())

    @property
    def state(self) -> CampaignStatus:
        return CampaignStatus(self.status)

    @property
    def zone(self) -> str:
        """The time zone of its call window, in which its days and hours are told; UTC where nobody knows that zone."""
        name = self.schedule.timezone if self.schedule_id and self.schedule else self.window_timezone
        try:
            return window.zone(name).key
        except window.InvalidWindow:
            return "UTC"

    @property
    def has_run(self) -> bool:
        """Whether it was ever started: name, agent and contacts are locked then."""
        return self.run > 0


class CampaignTransition(models.Model):
    """One move of a campaign's status. Written by `campaigns.lifecycle` in the transaction of the move."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="transitions")
    at = models.DateTimeField()
    actor = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    actor_name = models.CharField(max_length=200)
    action = models.CharField(max_length=20)
    from_status = models.CharField(max_length=10, choices=CampaignStatus.choices)
    to_status = models.CharField(max_length=10, choices=CampaignStatus.choices)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["campaign", "-id"], name="transition_page")]

    def __str__(self) -> str:
        return f"{self.from_status} → {self.to_status}"


class CampaignRun(models.Model):
    """One run of a campaign: from Start or Restart to its end. Single day, pilot and error rate look here."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="runs")
    run = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    resumed_at = models.DateTimeField(null=True)
    pilot_lifted_at = models.DateTimeField(null=True)
    first_launch_at = models.DateTimeField(null=True)
    day = models.DateField(null=True, help_text="The window date of the first launch.")
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["run"]
        constraints = [models.UniqueConstraint(fields=["campaign", "run"], name="one_row_per_run")]

    def __str__(self) -> str:
        return f"{self.campaign} #{self.run}"

    @property
    def only_day(self) -> date | None:
        """The day on which a single-day campaign dials in this run; None before its first launch, and for others."""
        return self.day if self.campaign.mode == CampaignMode.SINGLE_DAY else None
