"""Contact files for a campaign, on top of `contacts.importing`: the same pieces, which also enrol their people."""

from collections.abc import Sequence
from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from campaigns import audience
from campaigns.audience import Enrolment
from campaigns.choices import ENDED_STATUSES, CampaignStatus
from campaigns.locks import list_locked
from campaigns.models import Campaign, CampaignUpload
from contacts.importing import load, progress, staging
from contacts.importing.load import Closed, Loaded
from contacts.importing.mapping import is_mended
from contacts.models import Upload, UploadStatus

TASKS = "campaigns.upload_tasks"
ON_ITS_WAY = (UploadStatus.STAGING, UploadStatus.STAGED)


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
            campaign=campaign, upload=upload, replaces=replaces and _is_fresh_draft(campaign)
        )
    if staging.is_small(upload):
        stage(upload.pk, upload.turn)
    return CampaignUpload.objects.select_related("campaign", "upload").get(pk=link.pk)


def stage(upload_id: int, turn: int) -> None:
    """Stage the file; one that replaces puts those before it out, now that it holds a valid row."""
    staging.stage(upload_id, turn)
    link = CampaignUpload.objects.select_related("upload").filter(upload=upload_id, replaces=True).first()
    if link is None or link.upload.status != UploadStatus.STAGED:
        return
    if is_mended(link.upload.columns):
        # Rows that were rejected and mended belong to the list that is there.
        CampaignUpload.objects.filter(pk=link.pk).update(replaces=False)
        return
    earlier = CampaignUpload.objects.filter(campaign=link.campaign_id, pk__lt=link.pk, upload__status__in=ON_ITS_WAY)
    for other in earlier.select_related("upload"):
        progress.cancel(other.upload, timezone.now())


def begin(link: CampaignUpload, now: datetime) -> None:
    """The operator wants a staged file to become contacts now. Commits. Raises ListLocked, NotStaged."""
    with transaction.atomic():
        campaign = Campaign.objects.select_for_update(no_key=True).get(pk=link.campaign_id)
        _refuse_locked(campaign)
        _begin(campaign, link, now)


def load_staged(campaign: Campaign, now: datetime | None = None) -> int:
    """Every staged file of the campaign begins to become contacts; how many files. Joins the caller's transaction.

    A file that replaces the list empties it here, while the campaign is still a draft: call this before the move.
    """
    links = CampaignUpload.objects.filter(campaign=campaign, upload__status=UploadStatus.STAGED).order_by("id")
    count = 0
    for link in links.select_related("upload"):
        _begin(campaign, link, now or timezone.now())
        count += 1
    return count


def _begin(campaign: Campaign, link: CampaignUpload, now: datetime) -> None:
    load.begin(link.upload, now)
    if link.replaces and _is_fresh_draft(campaign):
        for other in CampaignUpload.objects.filter(campaign=campaign, upload__status=UploadStatus.LOADING):
            if other.pk != link.pk:
                progress.cancel(other.upload, now)
        audience.empty_list(campaign)


def run(upload_id: int, turn: int) -> int:
    """A slice of loading; how many rows."""
    return load.run(upload_id, turn, settle)


def settle(upload: Upload, loaded: Sequence[Loaded], now: datetime) -> dict[int, str]:
    """Enrol a piece's people, within its transaction; contact id → the word that counts for this list.

    Raises Closed when the campaign is over or gone.
    """
    link = CampaignUpload.objects.select_related("campaign").filter(upload=upload).first()
    if link is None:
        raise Closed("The campaign of this file was deleted.")
    campaign = link.campaign
    if campaign.archived_at or campaign.state in ENDED_STATUSES:
        raise Closed(f"The campaign ended before the whole file was loaded: it is {campaign.state.label.lower()}.")
    people = [Enrolment(one.contact_id, one.person.variables, upload.pk, one.line) for one in loaded]
    words = audience.enrol(campaign, people, now).by_contact
    return {one.contact_id: _word(words[one.contact_id], one.word) for one in loaded}


def _word(here: str, everywhere: str) -> str:
    """A person known to this list, whose name or number's place the file changed, is updated; one that stays
    excluded is unchanged."""
    known = here in ("unchanged", "excluded")
    return ("updated" if everywhere == "updated" else "unchanged") if known else here


def is_loading(campaign: Campaign) -> bool:
    """Whether people of a file are still on their way into the list."""
    return CampaignUpload.objects.filter(campaign=campaign, upload__status=UploadStatus.LOADING).exists()


def _refuse_locked(campaign: Campaign) -> None:
    sentence = list_locked(campaign)
    if sentence:
        raise ListLocked(sentence)


def _is_fresh_draft(campaign: Campaign) -> bool:
    return campaign.status == CampaignStatus.DRAFT and not campaign.has_run
