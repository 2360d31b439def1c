"""Calls: one row a dial attempt, and beside it what the carrier said of the conversation."""

import uuid

from django.db import models
from django.db.models import Q

from accounts.models import Workspace
from campaigns.choices import CallState, Cause, Direction, Outcome
from campaigns.models.audience import CampaignContact
from campaigns.models.campaign import Campaign
from contacts.models import Contact
from telephony.models import Agent, Carrier, Number


class Call(models.Model):
    """One dial attempt. The dialing steps create it, `campaigns.outcomes` moves it forward; nothing moves it back.

    due_at, cause  give back what the contact of a withdrawn call had; launched_at − due_at is its lateness. Of an
                   inbound call: when the retry was due in whose place it stands; empty where it stands in no place
    sent_at        the mark: committed before the carrier is told
    told_at        the carrier's answer had come by then, so our request had arrived; empty as long as it is not known
    check_at       when somebody looks at this live call; empty only once it has ended
    analyse_at     when post-call analysis may look; conclude_by: when the verdict comes without it
    clearance      what was checked when the call was claimed, with the values
    """

    # Without an index of its own: an index below begins with it. A call is written six times.
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="calls", db_index=False)
    campaign = models.ForeignKey(Campaign, models.CASCADE, null=True, related_name="calls", db_index=False)
    campaign_contact = models.ForeignKey(
        CampaignContact, models.CASCADE, null=True, related_name="calls", db_index=False
    )
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, related_name="calls")
    agent = models.ForeignKey(Agent, models.RESTRICT, related_name="calls")
    carrier = models.ForeignKey(Carrier, models.RESTRICT, related_name="calls", db_index=False)
    number = models.ForeignKey(Number, models.RESTRICT, related_name="calls")
    direction = models.CharField(max_length=8, choices=Direction.choices, default=Direction.OUTBOUND)
    phone_number = models.CharField(max_length=16)
    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    provider_call_id = models.CharField(max_length=120, blank=True)
    run = models.PositiveSmallIntegerField(default=0)
    attempt = models.PositiveSmallIntegerField(null=True)
    sequence = models.PositiveIntegerField(null=True)
    cause = models.CharField(max_length=8, choices=Cause.choices)
    due_at = models.DateTimeField(null=True)
    due_rank = models.PositiveSmallIntegerField(null=True)
    state = models.PositiveSmallIntegerField(choices=CallState.choices, default=CallState.QUEUED)
    outcome = models.CharField(max_length=9, choices=Outcome.choices, blank=True)
    reason = models.CharField(max_length=120, blank=True)
    launched_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    ringing_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    talk_seconds = models.PositiveIntegerField(default=0)
    spoke = models.BooleanField(default=False, help_text="The person spoke; without a transcript an answer counts.")
    continues = models.BooleanField(
        default=False, help_text="An inbound call within a conversation that another call began; both count as one."
    )
    cost = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    reserved = models.DecimalField(
        max_digits=12, decimal_places=4, default=0, help_text="What a budget keeps back for this call while it is live."
    )
    check_at = models.DateTimeField(null=True)
    unanswered_since = models.DateTimeField(null=True, help_text="First look-up that the provider did not answer.")
    analyse_at = models.DateTimeField(null=True)
    conclude_by = models.DateTimeField(null=True)
    concluded_at = models.DateTimeField(null=True)
    verdict = models.CharField(max_length=60, blank=True, help_text="The status and reason that the verdict gave.")
    clearance = models.JSONField(default=dict)

    class Meta:
        ordering = ["-launched_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "phone_number"],
                condition=Q(ended_at__isnull=True, direction="outbound"),
                name="one_live_call_per_person",
            ),
            models.UniqueConstraint(fields=["campaign_contact", "sequence"], name="one_call_per_sequence"),
            models.UniqueConstraint(
                fields=["campaign_contact", "run", "attempt"],
                condition=~Q(outcome="cancelled"),
                name="one_call_per_attempt",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, outcome="") | (Q(ended_at__isnull=False) & ~Q(outcome="")),
                name="ended_has_outcome",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, check_at__isnull=False)
                | Q(ended_at__isnull=False, check_at__isnull=True),
                name="live_has_check",
            ),
        ]
        indexes = [
            # reader: the board, and whether a campaign has ended
            models.Index(
                fields=["workspace", "campaign", "carrier"], condition=Q(concluded_at__isnull=True), name="call_open"
            ),
            # reader: who is live elsewhere
            models.Index(fields=["contact"], condition=Q(ended_at__isnull=True), name="call_live_contact"),
            # reader: the sliding second of a carrier
            models.Index(fields=["carrier", "launched_at"], name="call_by_carrier"),
            # reader: frequency cap
            models.Index(fields=["workspace", "phone_number", "launched_at"], name="call_by_phone"),
            # reader: recover
            models.Index(fields=["workspace", "check_at"], condition=Q(check_at__isnull=False), name="call_to_check"),
            # reader: post-call analysis
            models.Index(fields=["analyse_at"], condition=Q(analyse_at__isnull=False), name="call_to_analyse"),
            # reader: late verdicts
            models.Index(
                fields=["workspace", "conclude_by"], condition=Q(conclude_by__isnull=False), name="call_to_conclude"
            ),
            # reader: the error rate's last 50
            models.Index(fields=["campaign", "-ended_at"], condition=Q(ended_at__isnull=False), name="call_ended"),
            # reader: a campaign's calls, newest first
            models.Index(fields=["campaign", "-launched_at", "-id"], name="call_of_campaign"),
            models.Index(fields=["workspace", "-launched_at", "-id"], name="call_of_workspace"),
        ]

    def __str__(self) -> str:
        return f"{self.phone_number} #{self.attempt or '–'}"

    @property
    def status_word(self) -> str:
        """What people read: the outcome once ended, else how far it has come."""
        return Outcome(self.outcome).label if self.outcome else CallState(self.state).label


class CallReport(models.Model):
    """What the carrier said of the conversation, kept as said, beside our own analysis, never under its name."""

    call = models.OneToOneField(Call, models.CASCADE, primary_key=True, related_name="report")
    transcript = models.JSONField(
        default=list, help_text="[{speaker: agent|contact, text, at: seconds from the answer}]"
    )
    summary = models.TextField(blank=True)
    disposition = models.CharField(max_length=60, blank=True)
    success = models.BooleanField(null=True)
    do_not_call = models.BooleanField(default=False)
    callback_asked = models.BooleanField(default=False)
    callback_words = models.CharField(max_length=300, blank=True)
    callback_at = models.DateTimeField(null=True)
    recording_url = models.URLField(max_length=500, blank=True)
    received_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.disposition or "report"
