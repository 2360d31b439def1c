from campaigns.models.audience import CampaignContact, CampaignContactDetail, CampaignHours, CampaignUpload
from campaigns.models.call import Call, CallReport
from campaigns.models.callback import Callback
from campaigns.models.campaign import Campaign, CampaignRun, CampaignTransition
from campaigns.models.foresight import Audit, Forecast
from campaigns.models.lease import Lease
from campaigns.models.moves import ContactMove
from campaigns.models.pool import CarrierTurn, PoolNumber
from campaigns.models.schedule import Schedule
from campaigns.models.tally import Tally

__all__ = [
    "Audit",
    "Call",
    "CallReport",
    "Callback",
    "Campaign",
    "CampaignContact",
    "CampaignContactDetail",
    "CampaignHours",
    "CampaignRun",
    "CampaignTransition",
    "CampaignUpload",
    "CarrierTurn",
    "ContactMove",
    "Forecast",
    "Lease",
    "PoolNumber",
    "Schedule",
    "Tally",
]
