"""Who must not be called."""

from django.db import models
from django.db.models import Q

from accounts.models import Workspace


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
            # reader: the page filtered by reason
            models.Index(fields=["workspace", "reason", "-at", "-id"], name="suppression_by_reason"),
            # reader: campaigns.audience, which excludes the numbers' campaign contacts
            models.Index(fields=["workspace"], condition=Q(spread_at__isnull=True), name="suppression_to_spread"),
        ]

    def __str__(self) -> str:
        return self.phone_number
