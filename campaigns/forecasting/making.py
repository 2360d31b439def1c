"""One forecast from rows to figures. Reads only."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from campaigns.choices import CampaignStatus, TriggerMode
from campaigns.forecasting import assumptions, figures
from campaigns.forecasting.assumptions import Assumptions
from campaigns.forecasting.figures import Result
from campaigns.forecasting.foresight import Foresight
from campaigns.forecasting.outcomes import Draw, Outcomes
from campaigns.forecasting.reading import Standing, read
from campaigns.models import Campaign

AT_MOST = 20_000  # people; of a longer list a sample
Change = Callable[[Standing], Standing]


def outcomes(campaign: Campaign, assumed: Assumptions) -> Outcomes:
    return Outcomes(campaign.pk, ZoneInfo(campaign.zone), assumed, assumptions.own_calls(campaign.workspace_id))


def begins(campaign: Campaign, now: datetime) -> datetime:
    """When it dials: now, as if Start or Resume were pressed, or at the start time that lies ahead; a restarted
    campaign has had it."""
    waits = campaign.status in (CampaignStatus.DRAFT, CampaignStatus.SCHEDULED, CampaignStatus.PAUSED)
    if not waits or campaign.run > 1 or campaign.trigger_mode != TriggerMode.SCHEDULED or campaign.starts_at is None:
        return now
    return max(campaign.starts_at, now)


def foretell(campaign: Campaign, now: datetime, draw: Draw, *, most: int = AT_MOST) -> Result:
    """The figures, given what each call brings. Raises InvalidWindow."""
    standing = read(campaign, now, most=most)
    return run(standing, draw, begins(campaign, now))


def run(standing: Standing, draw: Draw, starts_at: datetime) -> Result:
    foresight = Foresight(standing, draw, starts_at)
    return figures.figures(foresight, foresight.run())
