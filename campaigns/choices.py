"""The words of a campaign: statuses, outcomes, causes. Groups of states live here and are never listed again."""

from django.db import models


class CampaignStatus(models.TextChoices):
    DRAFT = "draft", "Draft"
    SCHEDULED = "scheduled", "Scheduled"
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    COMPLETED = "completed", "Completed"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"

    @property
    def colour(self) -> str:
        return CAMPAIGN_COLOURS[self]

    @property
    def layout(self) -> str:
        """Which of the three detail layouts shows this status: draft, active or ended."""
        if self is CampaignStatus.DRAFT:
            return "draft"
        return "active" if self in ACTIVE_STATUSES else "ended"


ACTIVE_STATUSES = (CampaignStatus.SCHEDULED, CampaignStatus.RUNNING, CampaignStatus.PAUSED)
OPEN_CAMPAIGN_STATUSES = (CampaignStatus.RUNNING, CampaignStatus.PAUSED)  # its people may still be called
ENDED_STATUSES = (CampaignStatus.COMPLETED, CampaignStatus.FAILED, CampaignStatus.CANCELLED)
EDITABLE_STATUSES = (CampaignStatus.DRAFT, CampaignStatus.PAUSED)
CAMPAIGN_COLOURS = {
    CampaignStatus.DRAFT: "gray",
    CampaignStatus.SCHEDULED: "indigo",
    CampaignStatus.RUNNING: "teal",
    CampaignStatus.PAUSED: "yellow",
    CampaignStatus.COMPLETED: "blue",
    CampaignStatus.FAILED: "darkred",
    CampaignStatus.CANCELLED: "red",
}


class Priority(models.IntegerChoices):
    HIGH = 0, "High"
    NORMAL = 1, "Normal"
    LOW = 2, "Low"

    @property
    def word(self) -> str:
        return self.name.lower()

    @property
    def colour(self) -> str:
        return {"HIGH": "red", "NORMAL": "gray", "LOW": "blue"}[self.name]


class Rank(models.IntegerChoices):
    """The order in which due people are called; one smallint so that one index gives the whole order."""

    CALLBACK = 0
    BY_HAND = 1
    HIGH = 2
    NORMAL = 3
    LOW = 4

    @classmethod
    def of(cls, priority: int) -> "Rank":
        return cls(priority + 2)


class TriggerMode(models.TextChoices):
    MANUAL = "manual", "Manual"
    SCHEDULED = "scheduled", "Scheduled"


class CampaignMode(models.TextChoices):
    SINGLE_DAY = "single_day", "Single Day"
    MULTI_DAY = "multi_day", "Multi Day"


class Rotation(models.TextChoices):
    ROUND_ROBIN = "round_robin", "Round robin"
    LOWEST_SPAM = "lowest_spam", "Lowest spam"
    LEAST_USED_TODAY = "least_used_today", "Least used today"
    WEIGHTED = "weighted", "Weighted"


class AmdMode(models.TextChoices):
    OFF = "off", "Off"
    TEXT = "text", "Text (fast)"
    ML = "ml", "ML (accurate)"


class SecondaryContacts(models.TextChoices):
    OFF = "off", "Off"
    AFTER_PRIMARY = "after_primary", "After the primary"


class PoolStatus(models.TextChoices):
    ACTIVE = "active", "Active"
    DISABLED = "disabled", "Disabled"


class ContactStatus(models.TextChoices):
    PENDING = "pending", "Pending"
    DIALING = "dialing", "Dialing"
    CALLED = "called", "Called"
    RETRY = "retry", "Retry"
    COMPLETED = "completed", "Completed"
    FAILED = "failed", "Failed"
    NO_CONVERSATION = "no_conversation", "No Conversation"
    EXCLUDED = "excluded", "Excluded"

    @property
    def colour(self) -> str:
        return CONTACT_COLOURS[self]


WAITING_STATUSES = (ContactStatus.PENDING, ContactStatus.RETRY)
OPEN_STATUSES = (*WAITING_STATUSES, ContactStatus.DIALING, ContactStatus.CALLED)
FINAL_STATUSES = (
    ContactStatus.COMPLETED,
    ContactStatus.FAILED,
    ContactStatus.NO_CONVERSATION,
    ContactStatus.EXCLUDED,
)
CONTACT_COLOURS = {
    ContactStatus.PENDING: "gray",
    ContactStatus.DIALING: "yellow",
    ContactStatus.CALLED: "violet",
    ContactStatus.RETRY: "cyan",
    ContactStatus.COMPLETED: "green",
    ContactStatus.FAILED: "red",
    ContactStatus.NO_CONVERSATION: "gray",
    ContactStatus.EXCLUDED: "slate",
}


class CallState(models.IntegerChoices):
    """How far a call has come. It never moves back, whatever the order in which events arrive."""

    QUEUED = 0, "Queued"
    INITIATED = 1, "Initiated"
    RINGING = 2, "Ringing"
    IN_PROGRESS = 3, "In progress"
    ENDED = 4, "Ended"


class Outcome(models.TextChoices):
    HUMAN = "human", "Completed"
    MACHINE = "machine", "Completed (machine)"
    NO_ANSWER = "no_answer", "Unanswered"
    RNR = "rnr", "Unanswered (rang)"
    BUSY = "busy", "Busy"
    REJECTED = "rejected", "Rejected"
    ERROR = "error", "Failed"
    TIMEOUT = "timeout", "Failed (timeout)"
    CANCELLED = "cancelled", "Cancelled"

    @property
    def colour(self) -> str:
        return OUTCOME_COLOURS[self]


OUTCOME_COLOURS = {
    Outcome.HUMAN: "green",
    Outcome.MACHINE: "violet",
    Outcome.NO_ANSWER: "gray",
    Outcome.RNR: "slate",
    Outcome.BUSY: "yellow",
    Outcome.REJECTED: "orange",
    Outcome.ERROR: "red",
    Outcome.TIMEOUT: "darkred",
    Outcome.CANCELLED: "gray",
}
RETRYABLE_OUTCOMES = (
    Outcome.NO_ANSWER,
    Outcome.BUSY,
    Outcome.REJECTED,
    Outcome.RNR,
    Outcome.MACHINE,
    Outcome.ERROR,
    Outcome.TIMEOUT,
)
RECOMMENDED_RETRY_ON = (Outcome.NO_ANSWER, Outcome.BUSY, Outcome.RNR, Outcome.ERROR, Outcome.TIMEOUT)


class Cause(models.TextChoices):
    """Why a call was placed."""

    FIRST = "first", "First call"
    RETRY = "retry", "Retry"
    BY_HAND = "by_hand", "Retry by hand"
    CALLBACK = "callback", "Callback"
    TEST = "test", "Test call"
    INBOUND = "inbound", "Inbound"


class Direction(models.TextChoices):
    OUTBOUND = "outbound", "Outbound"
    INBOUND = "inbound", "Inbound"


class CallbackStatus(models.TextChoices):
    PENDING = "pending", "Pending"
    CALLED = "called", "Called"
    MISSED = "missed", "Missed"
    CANCELLED = "cancelled", "Cancelled"


class GoalWord(models.TextChoices):
    """What a conversation, or all of a contact's, came to for a goal; best first."""

    ACHIEVED = "achieved", "Achieved"
    PARTIALLY_ACHIEVED = "partially_achieved", "Partially achieved"
    NOT_ACHIEVED = "not_achieved", "Not achieved"
    UNKNOWN = "unknown", "Unknown"


CALL_INTERVALS = (0, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800)
RING_TIMEOUTS = (10, 15, 20, 25, 30, 45, 60)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CALLBACKS_PER_RUN = 5
