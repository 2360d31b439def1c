"""The contact files that belong to a campaign."""

from campaigns.models import Campaign, CampaignUpload
from contacts.models import Upload, UploadStatus


def linked_uploads(campaign: Campaign) -> list[CampaignUpload]:
    """Every file of the campaign, the newest first, without the preview's rows."""
    rows = campaign.uploads.select_related("upload")
    wide = ("preview", "columns", "mapping", "first_rejections", "asked")
    return list(rows.defer(*(f"upload__{name}" for name in wide)))


def latest_upload(campaign: Campaign) -> Upload | None:
    """The newest file that was not taken back, with its preview."""
    gone = (UploadStatus.CANCELLED, UploadStatus.UNDONE)
    rows = Upload.objects.select_related("campaign_upload__campaign").filter(campaign_upload__campaign=campaign)
    return rows.exclude(status__in=gone).order_by("-pk").first()


def staged_files(campaign: Campaign) -> list[Upload]:
    """Files that wait to become contacts, with what is needed to read them."""
    links = campaign.uploads.filter(upload__status=UploadStatus.STAGED).select_related("upload").order_by("id")
    return [link.upload for link in links]
