"""Contact files for a campaign, on top of `contacts.importing`: the same pieces, which also enrol their people."""

from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from campaigns import replacing, undoing
from campaigns.elsewhere import called_elsewhere
from campaigns.locks import list_locked
from campaigns.models import Campaign, CampaignContact, CampaignContactDetail, CampaignUpload
from campaigns.settling import settle
from contacts.importing import load, progress, staging
from contacts.models import UploadStatus

TASKS = "campaigns.upload_tasks"
ON_ITS_WAY = (UploadStatus.STAGING, UploadStatus.UNMAPPED, UploadStatus.STAGED)


class ListLocked(ValueError):
    """The campaign takes no more people now. `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def receive(
    campaign: Campaign,
    file: UploadedFile,
    *,
    user: User | None,
    now: datetime,
    default_country: str = "",
    replaces: bool = False,
) -> CampaignUpload:
    """Take in a file for this campaign: staged when this returns if it is small, else in the background. Commits.

    `replaces`: on a draft the file takes the place of the whole list and of files still waiting, once it has proved
    to hold a valid row. Raises BadFile, ListLocked.
    """
    _refuse_locked(campaign)
    with transaction.atomic():
        upload = staging.keep(
            campaign.workspace, file, user=user, now=now, default_country=default_country, tasks=TASKS
        )
        link = CampaignUpload.objects.create(
            campaign=campaign, upload=upload, replaces=replaces and replacing.is_fresh_draft(campaign)
        )
    if staging.is_small(upload):
        stage(upload.pk, upload.turn, replacing.AT_ONCE)
    return CampaignUpload.objects.select_related("campaign", "upload").get(pk=link.pk)


def stage(upload_id: int, turn: int, pieces: int | None = None) -> None:
    """Stage the file; one that replaces the list takes its place, now that it holds a valid row. `pieces`: of the
    earlier list that are put aside at once, the rest in the background."""
    staging.stage(upload_id, turn, called_elsewhere)
    replacing.take_place(upload_id, pieces)


def begin(link: CampaignUpload, now: datetime) -> None:
    """The operator wants a staged file to become contacts now. Commits. Raises ListLocked, NotStaged."""
    with transaction.atomic():
        campaign = Campaign.objects.select_for_update(no_key=True).get(pk=link.campaign_id)
        _refuse_locked(campaign)
        moving = replacing.list_in_motion(campaign)
        if moving:
            raise ListLocked(moving)
        load.begin(link.upload, now)


def cancel(link: CampaignUpload, now: datetime) -> bool:
    """Stop with this file: what is loaded stays, and the list comes back that a file without people has replaced; at
    once where it is short. False when there was nothing left to stop. Commits."""
    with transaction.atomic():
        Campaign.objects.select_for_update(no_key=True).filter(pk=link.campaign_id).first()
        back = replacing.give_up(link, now)
        if not back:
            return progress.cancel(link.upload, now)
    undoing.run_if_short(link.upload_id)
    link.upload.refresh_from_db()
    return True


def load_staged(campaign: Campaign, now: datetime | None = None) -> int:
    """Every staged file of the campaign begins to become contacts; how many files. Joins the caller's transaction.

    Readiness has seen to it that the list that one of them replaces lies aside.
    """
    links = CampaignUpload.objects.filter(campaign=campaign, upload__status=UploadStatus.STAGED).order_by("id")
    count = 0
    for link in links.select_related("upload"):
        if link.replaces and link.aside_at is None:
            raise ListLocked(replacing.list_in_motion(campaign))
        load.begin(link.upload, now or timezone.now())
        count += 1
    return count


def run(upload_id: int, turn: int) -> int:
    """A slice of loading; how many rows."""
    return load.run(upload_id, turn, settle, fills=(CampaignContact, CampaignContactDetail))


def is_loading(campaign: Campaign) -> bool:
    """Whether people of a file are still on their way into the list."""
    return CampaignUpload.objects.filter(campaign=campaign, upload__status=UploadStatus.LOADING).exists()


def _refuse_locked(campaign: Campaign) -> None:
    sentence = list_locked(campaign)
    if sentence:
        raise ListLocked(sentence)
