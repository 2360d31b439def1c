"""A contact file, for a campaign's list or for nobody's in particular: the acts that pages, API and back office share.

Whoever holds an Upload acts here, and need not know whom it is for.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accounts.models import User, Workspace
from accounts.roles import Permission
from campaigns import replacing, undoing, uploads
from campaigns.elsewhere import called_elsewhere
from campaigns.models import Campaign, CampaignUpload, PutAside
from campaigns.queries import status_counts
from campaigns.wording import listed, many
from contacts.importing import load, progress, staging
from contacts.models import Purpose, Upload, UploadStatus


def receive(
    workspace: Workspace,
    file: UploadedFile,
    *,
    user: User | None,
    now: datetime,
    campaign: Campaign | None = None,
    default_country: str = "",
    purpose: str = Purpose.CONTACTS,
    replaces: bool = False,
    goes_on: bool = False,
    sent_by: str = "",
) -> Upload:
    """Take in a file: staged when this returns if it is small, else in the background. Commits.

    `goes_on`: it is loaded as soon as it is staged. `sent_by`: who sends it where no `user` does. Raises BadFile, and
    ListLocked where its campaign takes nobody.
    """
    given: dict[str, Any] = {"user": user, "now": now, "default_country": default_country}
    if campaign is not None:
        upload = uploads.receive(campaign, file, replaces=replaces, **given).upload
    else:
        upload = staging.receive(workspace, file, purpose=purpose, elsewhere=called_elsewhere, **given)
    if goes_on or sent_by:
        Upload.objects.filter(pk=upload.pk).update(goes_on=goes_on, sent_by=sent_by[:200])
        go_on(upload.pk, now)
        upload.refresh_from_db()
    return upload


def permission(upload: Upload) -> Permission:
    """What a person or program must have to act on this file."""
    return Permission.SUPPRESS if upload.purpose == Purpose.SUPPRESSION else Permission.CONTACTS


def replaced_by(upload: Upload) -> int:
    """How many people left a draft's list for this file, or are about to; 0 for a file that adds."""
    link = link_of(upload)
    if link is None or not link.replaces:
        return 0
    still_there = 0 if link.aside_at else status_counts(link.campaign).total
    return PutAside.objects.filter(link=link).count() + still_there


def link_of(upload: Upload) -> CampaignUpload | None:
    """What ties the file to a campaign, if it is for one."""
    link: CampaignUpload | None = getattr(upload, "campaign_upload", None)
    return link


def begin(upload: Upload, now: datetime) -> None:
    """The staged file is turned into what it is for. Commits. Raises NotStaged, ListLocked."""
    link = link_of(upload)
    if link is not None:
        uploads.begin(link, now)
        return
    with transaction.atomic():
        load.begin(upload, now)


def go_on(upload_id: int, now: datetime) -> bool:
    """Begin with a staged file that was sent to be loaded without another word; whether it began. Commits."""
    upload = Upload.objects.filter(pk=upload_id, status=UploadStatus.STAGED, goes_on=True).first()
    if upload is None:
        return False
    try:
        begin(upload, now)
    except uploads.ListLocked as refusal:
        link = link_of(upload)
        if link is not None and not replacing.list_in_motion(link.campaign):
            # It stays staged, with the reason.
            waiting = Upload.objects.filter(pk=upload.pk, status=UploadStatus.STAGED)
            waiting.update(goes_on=False, problem=refusal.sentence[:300])
        return False
    except load.NotStaged:
        return False
    return True


def go_on_all(now: datetime) -> int:
    """Files that were to go on by themselves, but whose worker ended between the two; how many began."""
    waiting = Upload.objects.filter(status=UploadStatus.STAGED, goes_on=True).values_list("pk", flat=True)
    return sum(go_on(pk, now) for pk in list(waiting))


def cancel(upload: Upload, now: datetime) -> bool:
    """Stop with the file; False when nothing was left to stop. Commits."""
    link = link_of(upload)
    if link is not None:
        return uploads.cancel(link, now)
    with transaction.atomic():
        return progress.cancel(upload, now)


def choose(upload: Upload, asked: dict[str, object], now: datetime) -> None:
    """Read the file again as a person asks: mapping, encoding, delimiter, sheet, default_country. Commits.

    Small files are staged when this returns. Raises BadFile where the choice does not fit, TooLate where nothing may be
    chosen any more.
    """
    staging.choose(upload, asked, now, called_elsewhere)
    Upload.objects.filter(pk=upload.pk, status=UploadStatus.STAGING).update(started_at=now)  # its pace counts from here
    replacing.take_place(upload.pk, replacing.AT_ONCE)
    go_on(upload.pk, now)
    upload.refresh_from_db()


@dataclass(frozen=True, slots=True)
class Undo:
    """Taking a file back: why it cannot be, or what it would do."""

    refusal: str = ""
    consequence: str = ""


def undo_of(upload: Upload) -> Undo | None:
    """None where there is nothing to take back."""
    if upload.status not in undoing.ENDED or not upload.rows_done:
        return None
    refusal = undoing.undo_refusal(upload)
    return Undo(refusal) if refusal else Undo(consequence=_consequence(upload))


def _consequence(upload: Upload) -> str:
    link = link_of(upload)
    here = "the list" if link else "your contacts"
    said = [f"{many(upload.added, 'person leaves', 'people leave')} {here}"]
    if upload.updated:
        said.append(f"{many(upload.updated, 'person gets', 'people get')} back what the file changed")
    back = replaced_by(upload)
    if back:
        said.append(f"{many(back, 'person', 'people')} of the earlier list come{'s' if back == 1 else ''} back")
    live = undoing.in_another_live_campaign(upload)
    which = "another" if link else "a"
    there = f" {many(live, 'person is', 'people are')} in {which} live campaign, and stay there." if live else ""
    return f"{listed(said)}.{there} Who was changed since stays as they are."
