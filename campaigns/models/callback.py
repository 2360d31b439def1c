"""A person asked to be called back."""

from django.db import models
from django.db.models import Q

from campaigns.choices import CallbackStatus
from campaigns.models.audience import CampaignContact
from campaigns.models.call import Call


class Callback(models.Model):
    """One asked-for callback; at most one is pending per campaign contact. Written by `campaigns.callbacks`."""

    campaign_contact = models.ForeignKey(CampaignContact, models.CASCADE, related_name="asked_callbacks")
    run = models.PositiveSmallIntegerField()
    asked_call = models.ForeignKey(Call, models.CASCADE, related_name="callbacks")
    words = models.CharField(max_length=300, blank=True)
    asked_for = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    found_by = models.CharField(max_length=60, help_text="How the time was found.")
    status = models.CharField(max_length=9, choices=CallbackStatus.choices, default=CallbackStatus.PENDING)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign_contact"], condition=Q(done_at__isnull=True), name="one_pending_callback"
            )
        ]

    def __str__(self) -> str:
        return f"callback {self.due_at:%Y-%m-%d %H:%M}"
