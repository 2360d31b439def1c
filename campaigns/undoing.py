"""A finished contact file is undone: people leave the list and the contacts again, and a replaced list comes back.

A job in pieces that each commit by themselves; what is done shows in the rows, so a killed one goes on where they
stand. Locks are taken in this order: campaign, then upload, then rows of the list, then contacts.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from time import monotonic

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts import audit, jobs
from accounts.models import User
from accounts.pace import Pace
from campaigns import replacing
from campaigns.audience import aside, leaving
from campaigns.choices import ACTIVE_STATUSES
from campaigns.locks import list_locked
from campaigns.models import Call, Campaign, CampaignContact, CampaignUpload, IntakeDelivery, PutAside
from campaigns.queries.acts import copied_to
from campaigns.wording import full_moment, many
from contacts.importing import undo
from contacts.models import Contact, Purpose, Upload, UploadStatus

log = logging.getLogger(__name__)

SLICE_SECONDS = 20.0  # then the file queues again, behind whatever else waits for the work cluster
SHORT = 2 * aside.PIECE  # people who come back while somebody waits for the page
TRIES = 3  # of a piece that met another writer
ENDED = (UploadStatus.LOADED, UploadStatus.CANCELLED, UploadStatus.FAILED)

Piece = Callable[[datetime, int], int]  # takes the time, and how many people at most; how many, 0 when it is through


class NotUndoable(ValueError):
    """The file cannot be undone. `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def undo_refusal(upload: Upload) -> str:
    """Why this file cannot be undone, as one sentence; "" where it can."""
    if upload.purpose == Purpose.SUPPRESSION:
        return "Numbers leave the suppression list with a reason: filter it by this file’s name, and take them off."
    if upload.status == UploadStatus.UNDONE:
        return "This file was undone already."
    if upload.status == UploadStatus.UNDOING:
        return "This file is being undone."
    if upload.status not in ENDED:
        return "This file is not loaded yet. Cancel it instead."
    if not upload.rows_done:
        return "Nobody of this file was loaded: there is nothing to undo."
    link = _link(upload)
    changed = upload.added or upload.updated or upload.suppressed or (link and link.replaces)
    if not changed and not upload.changes.exists():  # a file that only ties people counts them as unchanged
        return "This file changed nobody: there is nothing to undo."
    if link is not None and (copy := copied_to(link.campaign)):
        return f"The list is being copied into “{copy}” at this moment. Wait until that is done."
    if link is not None and (refused := list_locked(link.campaign) or _covered(link)):
        return refused
    call = _called(upload, link).order_by("launched_at").first()
    if call is not None:
        when = full_moment(call.launched_at, upload.workspace.timezone)
        return f"One of its people was called on {when}. Exclude the people who should not be called, instead."
    return ""


def begin_undo(upload: Upload, *, now: datetime, actor: User | None, actor_name: str = "") -> None:
    """The file is undone from now on, in the background. Commits. Raises NotUndoable."""
    with transaction.atomic():
        link = _link(upload)
        if link is not None:
            Campaign.objects.select_for_update(no_key=True).filter(pk=link.campaign_id).first()
        held = Upload.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=upload.pk)
        if refused := undo_refusal(held):
            raise NotUndoable(refused)
        Upload.objects.filter(pk=held.pk).update(
            status=UploadStatus.UNDOING, rows_undone=0, stalls=0, finished_at=held.finished_at or now
        )
        jobs.queue(held, now)
        detail: dict[str, object] = {"added": held.added, "updated": held.updated, "file": held.file_name}
        if link is not None:
            detail["campaign"] = link.campaign_id
        audit.record(held.workspace_id, "upload.undo", held, actor=actor, actor_name=actor_name, detail=detail, at=now)
    upload.refresh_from_db()


def in_another_live_campaign(upload: Upload) -> int:
    """How many of the file's people are in another campaign that is scheduled, running or paused."""
    link = _link(upload)
    live = Campaign.objects.filter(workspace=upload.workspace_id, status__in=ACTIVE_STATUSES)
    ids = list(live.exclude(pk=link.campaign_id if link else 0).values_list("pk", flat=True))
    if not ids:
        return 0
    others = CampaignContact.objects.filter(contact=OuterRef("pk"), campaign__in=ids)
    people = Q(upload=upload)
    if link is not None:
        people |= Q(campaign_contacts__in=CampaignContact.objects.filter(detail__upload=upload.pk))
    found = Contact.objects.filter(people, Exists(others), workspace=upload.workspace_id)
    return found.order_by().values("pk").distinct().count()


def run(upload_id: int, turn: int, seconds: float = SLICE_SECONDS) -> int:
    """Undo for a slice of time, then queue the rest; how many pieces. Commits piece by piece."""
    upload = jobs.mine(Upload, upload_id, turn)
    if upload is None or upload.status != UploadStatus.UNDOING:
        return 0
    until, done, pace = monotonic() + seconds, 0, Pace(undo.PIECE, undo.PIECE)
    try:
        for piece, counts in _pieces(upload):
            while _commit(upload, piece, counts, pace):
                done += 1
                pace.rest()
                if monotonic() > until:
                    with transaction.atomic():
                        jobs.hold(upload)
                        jobs.queue(upload, timezone.now())
                    return done
        _finish(upload)
    except jobs.Replaced:
        log.info("upload %s: another worker undoes it", upload_id)
    return done


def run_if_short(upload_id: int) -> None:
    """A file that was given up before it brought anybody: the earlier list is back at once, where it is short."""
    upload = Upload.objects.get(pk=upload_id)
    link = _link(upload)
    if link is not None and PutAside.objects.filter(link=link)[: SHORT + 1].count() <= SHORT:
        run(upload.pk, upload.turn)


def _pieces(upload: Upload) -> list[tuple[Piece, bool]]:
    """What is to be done, in order; whether it counts as progress: each person once."""
    link, found = _link(upload), list[tuple[Piece, bool]]()
    if link is not None:
        campaign = link.campaign
        found.append((lambda now, most: leaving.take_off(campaign, link, now, most), True))
        found.append((lambda now, most: leaving.give_back(campaign, link, now, most), True))
        if not campaign.has_run:
            found.append((lambda now, most: aside.bring_back(campaign, link, now, most), False))
    if upload.rows_done:
        rounds = _Rounds(upload)
        found.append((lambda now, most: undo.restore(upload, most), link is None))
        found.append((rounds.remove, link is None))
    return found


def _commit(upload: Upload, piece: Piece, counts: bool, pace: Pace) -> bool:
    """One piece with its sign of life; whether there may be another. Raises Replaced."""
    link = _link(upload)
    for attempt in range(TRIES):
        try:
            with transaction.atomic():
                if link is not None:
                    Campaign.objects.select_for_update(no_key=True).filter(pk=link.campaign_id).first()
                jobs.hold(upload)
                begun = monotonic()
                count = piece(timezone.now(), pace.rows)
                jobs.beat(upload, stalls=0, rows_undone=F("rows_undone") + (max(0, count) if counts else 0))
            pace.note(pace.rows, monotonic() - begun)
            return count != 0
        except IntegrityError:
            # Somebody of them was called or put on a list in this moment: now it is there to be read.
            if attempt == TRIES - 1:
                raise
    return False


class _Rounds:
    """Contacts leave round by round, until a whole round finds nobody: primaries after their secondaries."""

    def __init__(self, upload: Upload) -> None:
        self.upload, self.after, self.gone = upload, 0, 0

    def remove(self, now: datetime, most: int) -> int:
        gone, last = undo.remove(self.upload, self.after, _needed_by_nobody, most)
        if last:
            self.after, self.gone = last, self.gone + gone
            return gone or -1
        if not self.gone:
            return 0
        self.after = self.gone = 0
        return -1


def _needed_by_nobody(people: "QuerySet[Contact]") -> "QuerySet[Contact]":
    """Contacts on no list, not put aside with one, in no call, and who came by no intake."""
    for model in (CampaignContact, PutAside, Call, IntakeDelivery):
        people = people.filter(~Exists(model._default_manager.filter(contact=OuterRef("pk"))))
    return people


def _finish(upload: Upload) -> None:
    link, now = _link(upload), timezone.now()
    note = _note(upload, link) if upload.rows_done else ""
    given_up = UploadStatus.FAILED if upload.problem else UploadStatus.CANCELLED
    status = UploadStatus.UNDONE if upload.rows_done else given_up
    with transaction.atomic():
        if jobs.end(upload, status, now, upload.problem, note=note[:300]) and link is not None:
            CampaignUpload.objects.filter(pk=link.pk).update(aside_at=None, aside_to=None)
            replacing.queue_waiting(link.campaign_id, now)


def _note(upload: Upload, link: CampaignUpload | None) -> str:
    """What is not as it was before the file."""
    said = []
    on_list = leaving.staying(link.campaign, link) if link else 0
    if on_list:
        people = many(on_list, "person stays", "people stay")
        said.append(f"{people} on the list: called meanwhile, or in a later file, too.")
    kept = undo.left(upload)
    if kept:
        people = many(kept, "person stays a contact", "people stay contacts")
        said.append(f"{people}: on a list, called, somebody's primary, or changed since.")
    if link and PutAside.objects.filter(link=link).exists():
        said.append("The earlier list did not come back: the campaign has started since.")
    return " ".join(said)


def _link(upload: Upload) -> CampaignUpload | None:
    """Read anew each time: a campaign may be started or deleted meanwhile."""
    return CampaignUpload.objects.select_related("campaign", "upload").filter(upload=upload.pk).first()


def _covered(link: CampaignUpload) -> str:
    """A later file has put the people of this one aside: the last one goes first."""
    later = CampaignUpload.objects.filter(campaign=link.campaign_id, pk__gt=link.pk, replaces=True)
    there = Q(aside_at__isnull=False) | Q(upload__status__in=(UploadStatus.STAGING, UploadStatus.STAGED))
    found = later.filter(there).select_related("upload").order_by("-pk").first()
    return (
        f"{found.upload.file_name} has taken the place of this list. Undo or cancel that file first." if found else ""
    )


def _called(upload: Upload, link: CampaignUpload | None) -> "QuerySet[Call]":
    """Calls of people whom the file added or changed, since it was loaded."""
    mine = Q(contact__upload=upload)
    if link is not None:
        mine |= Q(campaign_contact__detail__upload=upload.pk)
        mine |= Q(campaign_contact__in=link.changes.values("campaign_contact"))
    begun = upload.started_at or upload.created_at
    return Call.objects.filter(mine, workspace=upload.workspace_id, launched_at__gte=begun)
