"""What was worked out about a campaign beside its way: the latest forecast, the latest audit."""

from django.db import models

from campaigns.models.campaign import Campaign


class Forecast(models.Model):
    """The latest forecast of a campaign. `campaigns.forecasting` is the only writer.

    of      a fingerprint of what it was made from: another one means that it is out of date
    result  the figures as the pages show them; empty while it is being made
    """

    campaign = models.OneToOneField(Campaign, models.CASCADE, primary_key=True, related_name="forecast")
    of = models.CharField(max_length=64)
    asked_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict, blank=True)
    error = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"forecast of {self.campaign}"


class Audit(models.Model):
    """The latest audit of a campaign's calls. `campaigns.auditing` is the only writer."""

    campaign = models.OneToOneField(Campaign, models.CASCADE, primary_key=True, related_name="audit")
    at = models.DateTimeField()
    launches = models.PositiveIntegerField()
    violations = models.PositiveIntegerField()
    sentences = models.JSONField(default=list, blank=True, help_text="The first hundred violations, a sentence each.")
    unjudged = models.JSONField(default=list, blank=True, help_text="What could not be judged: no row keeps it.")

    def __str__(self) -> str:
        return f"{self.violations} violations in {self.launches} launches"
