"""How a campaign's list stands, counted as it changes. `manage.py recount` proves it."""

from django.db import models

from campaigns.choices import ContactStatus
from campaigns.models.campaign import Campaign


class Standing(models.Model):
    """So many contacts of one campaign in one status; PostgreSQL has several rows for them, whose sum counts.

    The database itself writes them, in the transaction that changes campaign contacts: `campaigns.standing` says how,
    and makes the indexes. No constraint ties them to the campaign, for they come to nothing with its contacts.
    """

    campaign = models.ForeignKey(Campaign, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)
    status = models.CharField(max_length=15, choices=ContactStatus.choices)
    contacts = models.IntegerField()

    class Meta:
        verbose_name = "standing of a list"
        verbose_name_plural = "standings of lists"

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.status}: {self.contacts}"
