"""What the work cluster does for forecasts. Thin: an id in, one call."""

from django.utils import timezone

from campaigns import forecasting
from campaigns.models import Campaign


def make_forecast(campaign_id: int) -> None:
    campaign = Campaign.objects.select_related("agent", "workspace", "schedule").filter(pk=campaign_id).first()
    if campaign is not None:
        forecasting.make(campaign, timezone.now())
