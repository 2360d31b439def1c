"""What became of campaign contacts without a call: moves by hand, suppression, holds, the end of what is possible."""

from django.db import models

from campaigns.choices import ContactStatus
from campaigns.models.audience import CampaignContact
from contacts.models import HoursKey


class ContactMove(models.Model):
    """One change of a campaign contact that no verdict gave. `campaigns.audience` writes it with the change.

    action  added, retry, set_pending, set_completed, exclude, suppressed, never_open, max_attempts, not_needed,
            after_primary, restart …
    """

    campaign_contact = models.ForeignKey(CampaignContact, models.CASCADE, related_name="moves")
    at = models.DateTimeField()
    run = models.PositiveSmallIntegerField()
    action = models.CharField(max_length=20)
    status = models.CharField(max_length=15, choices=ContactStatus.choices)
    reason = models.CharField(max_length=60, blank=True)
    next_attempt_at = models.DateTimeField(null=True)
    actor_name = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.action}: {self.status}"


class FormerPlace(models.Model):
    """Where a campaign contact lived and how urgent they were until then: the audit judges launches by it.
    `campaigns.audience` writes it when they follow a change of the person."""

    campaign_contact = models.ForeignKey(CampaignContact, models.CASCADE, related_name="former_places")
    until = models.DateTimeField()
    hours_key = models.ForeignKey(HoursKey, models.PROTECT, related_name="+", db_index=False)
    priority = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.campaign_contact_id} until {self.until}"
