"""The numbers a campaign dials from, and its turns on the carriers it shares."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from campaigns.choices import PoolStatus
from campaigns.models.campaign import Campaign
from telephony.models import Carrier, Number


class PoolNumber(models.Model):
    """A number in a campaign's pool. Excluded is no status of its own: it is read off the spam score."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="pool")
    number = models.ForeignKey(Number, models.RESTRICT, related_name="pools")
    position = models.PositiveSmallIntegerField(help_text="0 is the primary number; ties in rotation go by it.")
    status = models.CharField(max_length=8, choices=PoolStatus.choices, default=PoolStatus.ACTIVE)
    weight = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1), MaxValueValidator(100)])
    calls_in_run = models.PositiveIntegerField(default=0, editable=False)
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["campaign", "number"], name="one_place_in_pool")]

    def __str__(self) -> str:
        return f"{self.number} in {self.campaign}"


class CarrierTurn(models.Model):
    """When a campaign last launched on a carrier: whose turn it is among campaigns that share one."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="turns")
    carrier = models.ForeignKey(Carrier, models.CASCADE, related_name="+")
    last_launched_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "carrier"], name="one_turn_per_carrier")]

    def __str__(self) -> str:
        return f"{self.campaign} on {self.carrier}"
