"""Workspaces, people, roles, API tokens and the audit trail: what every other app stands on."""

from zoneinfo import available_timezones

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models

from accounts.roles import Role


def known_timezone(value: str) -> None:
    """Raise ValidationError unless `value` is an IANA zone name. An unknown zone is never read as open."""
    if value not in available_timezones():
        raise ValidationError("“%(value)s” is not a known time zone. Pick one from the list.", params={"value": value})


class PeopleManager(BaseUserManager["User"]):
    """Makes accounts that sign in with their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractUser):
    """A person. May belong to several workspaces, with a role in each."""

    username = None  # type: ignore[assignment]
    email = models.EmailField("e-mail address", unique=True)
    timezone = models.CharField("display time zone", max_length=64, default="UTC", validators=[known_timezone])

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []
    objects = PeopleManager()  # type: ignore[assignment,misc]

    def __str__(self) -> str:
        return self.get_full_name() or self.email


class Workspace(models.Model):
    """One customer of this installation. Everything that is dialed, owned or counted belongs to exactly one."""

    name = models.CharField(max_length=120)
    timezone = models.CharField("time zone", max_length=64, default="UTC", validators=[known_timezone])
    currency = models.CharField(max_length=3, default="USD")
    default_country = models.CharField(max_length=2, default="US", help_text="Reads numbers without a country code.")
    balance = models.DecimalField(
        max_digits=14, decimal_places=4, null=True, blank=True, help_text="Empty: no balance is kept."
    )
    calls_per_day = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="The most calls to one phone number in 24 hours. Empty: no limit."
    )
    calls_per_week = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="The most calls to one phone number in 7 days. Empty: no limit."
    )
    safe_hours = models.BooleanField(default=True, help_text="Keep to each country's legal calling hours.")
    deep_figures_restricted = models.BooleanField(
        default=False, help_text="Show latency and deep telephony figures to owner, manager and support only."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.VIEWER)

    class Meta:
        ordering = ["workspace__name", "id"]
        constraints = [models.UniqueConstraint(fields=["workspace", "user"], name="one_membership")]

    def __str__(self) -> str:
        return f"{self.user} · {self.workspace} · {self.get_role_display()}"


class ApiToken(models.Model):
    """A program's key to one workspace. Only a hash is kept; `prefix` lets people recognise it."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=120)
    prefix = models.CharField(max_length=12, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.OPERATOR)
    scopes = models.JSONField(default=list, blank=True, help_text="Empty: everything that the role may.")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, editable=False, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "API token"
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class KeptAnswer(models.Model):
    """What a program was told when it created something under an Idempotency-Key (accounts.rest.idempotency), or sent
    somebody to an intake (campaigns.intake_repeats)."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.JSONField(null=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="one_answer_per_key")]
        # reader: the removal of old answers, workspace by workspace
        indexes = [models.Index(fields=["workspace", "at"], name="answer_by_age")]

    def __str__(self) -> str:
        return f"{self.status} under {self.key}"


class AuditEvent(models.Model):
    """Who did what to which object. Append-only: `accounts.audit.record` is the only writer, nothing changes a row."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="audit_events")
    at = models.DateTimeField()
    actor = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    actor_name = models.CharField(max_length=200, help_text="Kept by name: the person or token may be deleted later.")
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=40)
    object_name = models.CharField(max_length=200)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["workspace", "-at", "-id"], name="audit_page"),
            models.Index(fields=["workspace", "object_type", "object_id", "-at"], name="audit_object"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name}: {self.action} {self.object_name}"
