"""A campaign's people. The narrow row is what dialing reads and changes; the wide part stands beside it."""

from django.db import models
from django.db.models import Q

from campaigns.choices import ContactStatus, Rank
from campaigns.models.campaign import Campaign
from contacts.models import BulkAction, Contact, HoursKey, Upload


class CampaignContact(models.Model):
    """One contact's way through one campaign. `campaigns.audience` is the only writer.

    rank             callback, by hand, high, normal, low: one smallint, so that one index gives the whole order
    next_attempt_at  a fresh contact's is its adding: earlier than any retry of the run, so Start touches no row
    due_at, look_at  of a held or capped person: the due time it had, when the bar ends (no next_attempt_at meanwhile)
    attempts         counted in this run towards the maximum; reset by hand and by Restart
    attempt_number   of this run, not reset by hand: the next call's Call.attempt is one more
    sequence         calls ever, withdrawn ones too
    """

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="audience", db_index=False)
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="campaign_contacts")
    hours_key = models.ForeignKey(HoursKey, models.PROTECT, related_name="+", db_index=False)
    rank = models.PositiveSmallIntegerField(choices=Rank.choices, default=Rank.NORMAL)
    priority = models.PositiveSmallIntegerField(default=1)
    status = models.CharField(max_length=15, choices=ContactStatus.choices, default=ContactStatus.PENDING)
    reason = models.CharField(max_length=60, blank=True)
    next_attempt_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    look_at = models.DateTimeField(null=True)
    added_at = models.DateTimeField()
    run = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    attempt_number = models.PositiveSmallIntegerField(default=0)
    sequence = models.PositiveIntegerField(default=0)
    voicemails = models.PositiveSmallIntegerField(default=0)
    callbacks = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "contact"], name="once_in_a_campaign"),
            models.CheckConstraint(
                condition=Q(next_attempt_at__isnull=True) | Q(status__in=["pending", "retry"]),
                name="only_waiting_is_due",
            ),
        ]
        indexes = [
            # reader: campaigns.dialing.database.due; one short probe per open hours key and rank
            models.Index(
                fields=["campaign", "hours_key", "rank", "next_attempt_at", "id"],
                condition=Q(next_attempt_at__isnull=False),
                name="audience_due",
            ),
            # reader: the sweep that brings held and capped people back
            models.Index(fields=["campaign", "look_at"], condition=Q(look_at__isnull=False), name="audience_look"),
            # reader: the contacts tab in list order; it stands in for the index of the foreign key
            models.Index(fields=["campaign", "id"], name="audience_place"),
            # reader: lists and counts
            models.Index(fields=["campaign", "status", "id"], name="audience_by_status"),
            # readers: the contacts tab by country, and by priority
            models.Index(fields=["campaign", "hours_key", "id"], name="audience_by_hours"),
            models.Index(fields=["campaign", "priority", "id"], name="audience_by_priority"),
        ]

    def __str__(self) -> str:
        return f"{self.contact} in {self.campaign}"

    @property
    def state(self) -> ContactStatus:
        return ContactStatus(self.status)


class CampaignContactDetail(models.Model):
    """What only the conversation needs: the variables this campaign's upload gave, and where they came from."""

    campaign_contact = models.OneToOneField(CampaignContact, models.CASCADE, primary_key=True, related_name="detail")
    variables = models.JSONField(default=dict, blank=True)
    upload = models.ForeignKey(Upload, models.SET_NULL, null=True, related_name="+")
    line = models.PositiveIntegerField(null=True)

    def __str__(self) -> str:
        return f"variables of {self.campaign_contact_id}"


class CampaignHours(models.Model):
    """Which hours keys occur in a campaign's list: the due probes ask only for these."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="hours")
    hours_key = models.ForeignKey(HoursKey, models.CASCADE, related_name="+")

    class Meta:
        verbose_name_plural = "campaign hours"
        constraints = [models.UniqueConstraint(fields=["campaign", "hours_key"], name="one_row_per_hours_key")]

    def __str__(self) -> str:
        return f"{self.hours_key} in {self.campaign}"


class CampaignUpload(models.Model):
    """A contact file meant for a campaign. Staged until Start or the operator turns it into contacts."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="uploads")
    upload = models.OneToOneField(Upload, models.CASCADE, related_name="campaign_upload")
    replaces = models.BooleanField(default=False, help_text="The file replaces the draft's whole list.")
    aside_at = models.DateTimeField(
        null=True, blank=True, help_text="When the whole earlier list lay aside; undoing this file brings it back."
    )
    # The last row of the list that it replaces: who is added after it stays.
    aside_to = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.upload} for {self.campaign}"

    def replaces_people(self) -> bool:
        """Whether there is a list, or one lies aside, whose place the file takes."""
        return self.replaces and (self.put_aside.exists() or self.campaign.audience.exists())


class PutAside(models.Model):
    """One person of a draft's earlier list, which a file has replaced: all that it takes to bring them back.

    place    the id that the person's row had and gets again: the earlier list's order
    further  rows that hung on it: {"moves": […], "changes": […]}, where there were any
    """

    link = models.ForeignKey(CampaignUpload, models.CASCADE, related_name="put_aside")
    place = models.PositiveBigIntegerField()
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="+")
    status = models.CharField(max_length=15, choices=ContactStatus.choices)
    reason = models.CharField(max_length=60, blank=True)
    rank = models.PositiveSmallIntegerField()
    priority = models.PositiveSmallIntegerField()
    next_attempt_at = models.DateTimeField(null=True)
    added_at = models.DateTimeField()
    variables = models.JSONField(default=dict, blank=True)
    upload = models.ForeignKey(Upload, models.SET_NULL, null=True, related_name="+")
    line = models.PositiveIntegerField(null=True)
    further = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = "person put aside"
        verbose_name_plural = "people put aside"
        ordering = ["link", "place"]
        constraints = [models.UniqueConstraint(fields=["link", "place"], name="put_aside_once")]

    def __str__(self) -> str:
        return f"{self.contact_id} put aside by {self.link_id}"


class ListChange(models.Model):
    """What a file changed of somebody who was on the list: variables and status before. Read when it is undone."""

    link = models.ForeignKey(CampaignUpload, models.CASCADE, related_name="changes")
    campaign_contact = models.ForeignKey(CampaignContact, models.CASCADE, related_name="+")
    before = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["link", "campaign_contact"], name="one_list_change_per_person")]

    def __str__(self) -> str:
        return f"{self.campaign_contact_id} before {self.link_id}"


class CampaignAction(models.Model):
    """A bulk action on a campaign's list."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="bulk_actions")
    bulk = models.OneToOneField(BulkAction, models.CASCADE, related_name="campaign_action")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return str(self.bulk)
