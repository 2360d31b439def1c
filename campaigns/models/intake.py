"""People who come in by a form or another system: an address per campaign, and what came."""

from django.db import models

from campaigns.models.campaign import Campaign
from contacts.models import Contact


class Intake(models.Model):
    """A campaign's intake address. Whoever knows `secret` may add people to an always-on list, and nothing else.

    mapping  contact field or “variable:NAME” → where it is in what comes, as dotted words: “data.phone”; {}: by names
    """

    campaign = models.OneToOneField(Campaign, models.CASCADE, related_name="intake")
    secret = models.CharField(max_length=64, unique=True, editable=False)
    enabled = models.BooleanField(default=True)
    mapping = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"intake of {self.campaign}"


class IntakeDelivery(models.Model):
    """One request that came in, with what became of it. Of one that could not be read at all, `payload` has the first
    letters, as LETTERS."""

    LETTERS = "unreadable"

    intake = models.ForeignKey(Intake, models.CASCADE, related_name="deliveries")
    at = models.DateTimeField()
    payload = models.JSONField()
    status = models.PositiveSmallIntegerField(help_text="What was answered, as an HTTP status.")
    said = models.CharField(max_length=300, help_text="What was answered, in one sentence.")
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name_plural = "intake deliveries"
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["intake", "-at"], name="intake_page")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.status}"

    @property
    def is_readable(self) -> bool:
        """Whether there are places in it that fields can be mapped from."""
        return list(self.payload) != [self.LETTERS]
