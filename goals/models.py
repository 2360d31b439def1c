"""What a campaign wants of each contact, and what came of it."""

from django.db import models
from django.db.models import Q

from campaigns.models import Call, Campaign, CampaignContact


class GoalKind(models.TextChoices):
    PRIMARY = "primary", "Primary"
    SECONDARY = "secondary", "Secondary"


class Goal(models.Model):
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="goals")
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    kind = models.CharField(max_length=9, choices=GoalKind.choices, default=GoalKind.SECONDARY)
    target = models.PositiveIntegerField(null=True, blank=True, help_text="How many contacts should achieve it.")
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["kind", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign"], condition=Q(kind="primary", archived_at__isnull=True), name="one_primary_goal"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Result(models.IntegerChoices):
    """Best first: the least of a contact's results is the one that counts."""

    ACHIEVED = 0, "Achieved"
    PARTIALLY_ACHIEVED = 1, "Partially achieved"
    NOT_ACHIEVED = 2, "Not achieved"
    UNKNOWN = 3, "Unknown"

    @property
    def word(self) -> str:
        return self.name.lower()


class ResultSource(models.TextChoices):
    CARRIER = "carrier", "Said by the carrier"
    ANALYSIS = "analysis", "Found by analysis"


class GoalResult(models.Model):
    """What one conversation says of one goal. `goals.results` is the only writer; per contact the best one counts."""

    goal = models.ForeignKey(Goal, models.CASCADE, related_name="results")
    campaign_contact = models.ForeignKey(CampaignContact, models.CASCADE, related_name="goal_results")
    call = models.ForeignKey(Call, models.CASCADE, related_name="goal_results")
    source = models.CharField(max_length=8, choices=ResultSource.choices)
    result = models.PositiveSmallIntegerField(choices=Result.choices)
    score = models.PositiveSmallIntegerField(null=True, help_text="0 to 100")
    quotation = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["goal", "call", "source"], name="one_result_per_call_and_source"),
            models.CheckConstraint(condition=Q(score__isnull=True) | Q(score__lte=100), name="score_0_to_100"),
        ]
        indexes = [models.Index(fields=["goal", "campaign_contact", "result"], name="goal_result_best")]

    def __str__(self) -> str:
        return f"{self.goal}: {self.get_result_display()}"
