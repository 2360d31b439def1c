"""The figures that pages need, counted as calls end. `manage.py recount` proves them."""

from django.db import models

from accounts.models import Workspace
from campaigns.choices import Direction, Outcome
from campaigns.models.campaign import Campaign
from telephony.models import Agent, Number


class Tally(models.Model):
    """One cell: ended calls that share all of these. `campaigns.tallies` is the only writer, with the calls' own end.

    weekday, hour  of the launch by the wall clock of the campaign's window: 0 is Monday
    answered       calls with talk; spoke: conversations in which the person spoke
    talk_seconds   of the calls in which the person spoke
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="tallies", db_index=False)
    run = models.PositiveSmallIntegerField()
    attempt = models.PositiveSmallIntegerField(help_text="0 for an inbound call.")
    # Calls keep numbers and agents from being deleted; a tally goes with the last of them.
    number = models.ForeignKey(Number, models.CASCADE, related_name="tallies")
    agent = models.ForeignKey(Agent, models.CASCADE, related_name="tallies")
    weekday = models.PositiveSmallIntegerField()
    hour = models.PositiveSmallIntegerField()
    direction = models.CharField(max_length=8, choices=Direction.choices, default=Direction.OUTBOUND)
    outcome = models.CharField(max_length=9, choices=Outcome.choices)
    calls = models.PositiveIntegerField(default=0)
    answered = models.PositiveIntegerField(default=0)
    spoke = models.PositiveIntegerField(default=0)
    talk_seconds = models.PositiveBigIntegerField(default=0)
    cost = models.DecimalField(max_digits=16, decimal_places=4, default=0)

    class Meta:
        verbose_name_plural = "tallies"
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "run", "attempt", "number", "agent", "weekday", "hour", "direction", "outcome"],
                name="one_row_per_cell",
            )
        ]
        indexes = [models.Index(fields=["workspace", "outcome"], name="tally_of_workspace")]

    def __str__(self) -> str:
        return f"{self.campaign} #{self.run}.{self.attempt} {self.outcome}: {self.calls}"
