from campaigns.models.audience import (
    CampaignAction,
    CampaignContact,
    CampaignContactDetail,
    CampaignHours,
    CampaignUpload,
    ListChange,
    PutAside,
)
from campaigns.models.call import Call, CallReport
from campaigns.models.callback import Callback
from campaigns.models.campaign import Campaign, CampaignRun, CampaignTransition
from campaigns.models.foresight import Audit, Forecast
from campaigns.models.intake import Intake, IntakeDelivery
from campaigns.models.lease import Lease
from campaigns.models.moves import ContactMove, FormerPlace
from campaigns.models.pool import CarrierTurn, PoolNumber
from campaigns.models.schedule import Schedule
from campaigns.models.standing import Standing
from campaigns.models.tally import Tally

__all__ = [
    "Audit",
    "Call",
    "CallReport",
    "Callback",
    "Campaign",
    "CampaignAction",
    "CampaignContact",
    "CampaignContactDetail",
    "CampaignHours",
    "CampaignRun",
    "CampaignTransition",
    "CampaignUpload",
    "CarrierTurn",
    "ContactMove",
    "Forecast",
    "FormerPlace",
    "Intake",
    "IntakeDelivery",
    "Lease",
    "ListChange",
    "PoolNumber",
    "PutAside",
    "Schedule",
    "Standing",
    "Tally",
]
