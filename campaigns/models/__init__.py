from campaigns.models.audience import CampaignContact, CampaignContactDetail, CampaignHours, CampaignUpload
from campaigns.models.call import Call, CallReport
from campaigns.models.callback import Callback
from campaigns.models.campaign import Campaign, CampaignRun, CampaignTransition
from campaigns.models.lease import Lease
from campaigns.models.pool import CarrierTurn, PoolNumber

__all__ = [
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
    "Lease",
    "PoolNumber",
]
