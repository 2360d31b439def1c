"""The contact files that belong to a campaign."""

from campaigns.models import Campaign, CampaignUpload


def linked_uploads(campaign: Campaign) -> list[CampaignUpload]:
    """Every file of the campaign, the newest first, without the preview's rows."""
    rows = campaign.uploads.select_related("upload")
    wide = ("preview", "columns", "mapping", "first_rejections", "duplicate_lines")
    return list(rows.defer(*(f"upload__{name}" for name in wide)))
