"""What may still be changed in a campaign, and the sentence that says why the rest may not (spec, “Locks”)."""

from campaigns.choices import ACTIVE_STATUSES, EDITABLE_STATUSES, CampaignStatus
from campaigns.models import Campaign

ANY_TIME = frozenset({"notes", "priority", "tags"})
IDENTITY = frozenset({"name", "agent"})


def not_editable(campaign: Campaign) -> str:
    """Why wizard and settings are closed in this status; "" where they are open."""
    if campaign.archived_at:
        return "This campaign is archived. Restore it, or clone it into a new draft."
    if campaign.state in EDITABLE_STATUSES:
        return ""
    mend = (
        "Pause it, or clone it into a new draft." if campaign.state in ACTIVE_STATUSES else "Clone it into a new draft."
    )
    return f"Only draft and paused campaigns can be edited. This one is {campaign.state.label.lower()}. {mend}"


def identity_locked(campaign: Campaign) -> str:
    """Why name and agent are fixed; "" where they are not."""
    if campaign.has_run:
        return "Fixed since the first run, so that old and new calls stay comparable. Clone the campaign to change it."
    return ""


def field_locked(campaign: Campaign, field: str) -> str:
    """Why this field may not be changed now; "" where it may."""
    if field in ANY_TIME:
        return ""
    return not_editable(campaign) or (identity_locked(campaign) if field in IDENTITY else "")


def list_locked(campaign: Campaign) -> str:
    """Why nobody may be added to the contacts now (`contacts_locked` in the API); "" where people may be added.

    In draft always; later only while an always-on campaign is scheduled, running or paused.
    """
    if campaign.archived_at:
        return not_editable(campaign)
    if campaign.state is CampaignStatus.DRAFT or (campaign.always_on and campaign.state in ACTIVE_STATUSES):
        return ""
    if campaign.state in ACTIVE_STATUSES:
        return "The contacts are fixed since the first run. Clone the campaign to call a different list."
    return (
        f"This campaign is {campaign.state.label.lower()}: its contacts are fixed. Clone it to call a different list."
    )
