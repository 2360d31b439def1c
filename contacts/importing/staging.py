"""A file is taken in and staged: kept on disk, counted, previewed. Nothing else is created."""

import uuid
from datetime import datetime
from pathlib import Path, PurePath

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from accounts.jobs import Replaced, beat, queue
from accounts.models import User, Workspace
from accounts.pace import Pace
from contacts.importing import detection, formats, ready
from contacts.importing.choosing import checked, has_chosen
from contacts.importing.detection import BadFile
from contacts.importing.mapping import Unmapped
from contacts.importing.progress import discard_file
from contacts.importing.receiving import DISK_FULL, is_full
from contacts.importing.tally import Elsewhere, Tally
from contacts.models import Purpose, Upload, UploadStatus
from contacts.person import read_country

# A file of this size is staged while its sender waits: a few thousand rows, well under a second.
AT_ONCE_BYTES = 256 * 1024
BREATH_ROWS = 500  # read in a fraction of what a piece takes
# What a file that has to be chosen for, or read again, knows nothing of yet.
NOT_COUNTED: dict[str, object] = {
    **dict.fromkeys(("rows", "valid_rows", "duplicate_rows", "ready_at"), 0),
    "first_rejections": [],
    "warnings": {},
    "ready": "",
}


class TooLate(BadFile):
    """The file is being loaded, or over."""


def receive(
    workspace: Workspace,
    file: UploadedFile,
    *,
    user: User | None,
    now: datetime,
    default_country: str = "",
    purpose: str = Purpose.CONTACTS,
    elsewhere: Elsewhere | None = None,
) -> Upload:
    """Take in a file for the workspace's contacts: staged when this returns if it is small, else in the background.

    Commits. `elsewhere`: as for `stage`. Raises BadFile for what can be told without reading it: too large, or empty.
    """
    given = {"user": user, "now": now, "default_country": default_country, "purpose": purpose}
    with transaction.atomic():
        upload = keep(workspace, file, **given)  # type: ignore[arg-type]
    if is_small(upload):
        stage(upload.pk, upload.turn, elsewhere)
        upload.refresh_from_db()
    return upload


def keep(
    workspace: Workspace,
    file: UploadedFile,
    *,
    user: User | None,
    now: datetime,
    default_country: str = "",
    tasks: str = "contacts.tasks",
    purpose: str = Purpose.CONTACTS,
) -> Upload:
    """Store the file, and queue its staging unless it is small: then whoever keeps it stages it after the commit.

    Joins the caller's transaction. Raises BadFile as `receive` does, and where the disk is full.
    """
    if file.size is None or file.size > detection.MAX_BYTES:
        raise BadFile(detection.TOO_LARGE)
    if file.size == 0:
        raise BadFile(detection.EMPTY)
    upload = Upload(
        workspace=workspace,
        created_by=user,
        file_name=PurePath(file.name or "contacts.csv").name[:255],
        size=file.size,
        default_country=_country(default_country) or workspace.default_country,
        heartbeat_at=now,
        tasks=tasks,
        purpose=purpose,
    )
    _store(upload, file)
    upload.save()
    if not is_small(upload):
        queue(upload, now)
    return upload


def _store(upload: Upload, file: UploadedFile) -> None:
    """The file itself. Its kind is found by what it holds: its name says nothing."""
    name = f"{uuid.uuid4()}.file"
    try:
        upload.file.save(name, file, save=False)
    except OSError as error:
        place = Path(upload.file.storage.path(upload.file.field.generate_filename(upload, name)))
        place.unlink(missing_ok=True)
        if is_full(error):
            raise BadFile(DISK_FULL) from error
        raise


def is_small(upload: Upload) -> bool:
    return upload.size <= AT_ONCE_BYTES


def _country(text: str) -> str:
    try:
        return read_country(text) if text else ""
    except ValueError as error:
        raise BadFile(str(error)) from None


def choose(upload: Upload, asked: dict[str, object], now: datetime, elsewhere: Elsewhere | None = None) -> None:
    """Read the file again as a person asks: mapping, encoding, delimiter, sheet, default_country. Commits.

    Small files are staged when this returns, others in the background. Raises BadFile where the choice does not fit
    the file, TooLate unless it waits: unmapped, or staged.
    """
    columns = checked(upload, asked)
    with transaction.atomic():
        waiting = Upload.objects.filter(pk=upload.pk, status__in=(UploadStatus.UNMAPPED, UploadStatus.STAGED))
        if not waiting.update(**columns, status=UploadStatus.STAGING, problem="", read_bytes=0, heartbeat_at=now):
            raise TooLate("This file is not waiting any more. It may have been loaded or cancelled meanwhile.")
        upload.refresh_from_db()
        if is_small(upload):
            # The turn is taken from whoever reads it still.
            Upload.objects.filter(pk=upload.pk).update(turn=upload.turn + 1)
        else:
            queue(upload, now)
    upload.refresh_from_db()
    if is_small(upload):
        stage(upload.pk, upload.turn, elsewhere)
        upload.refresh_from_db()


def stage(upload_id: int, turn: int, elsewhere: Elsewhere | None = None) -> None:
    """Read the whole file; then it is staged, unmapped, or failed with its sentence. Nothing when somebody else has
    its turn. `elsewhere` says whom other live campaigns may call."""
    upload = Upload.objects.filter(pk=upload_id, turn=turn, status=UploadStatus.STAGING).first()
    if upload is None:
        return
    name = ready.fresh_name(upload)
    place = ready.path_of(upload, name)
    try:
        found = _read(upload, place, elsewhere)
        found |= {"ready": name, "ready_at": 0} if found["status"] == UploadStatus.STAGED else NOT_COUNTED
    except Replaced:
        place.unlink(missing_ok=True)
        return
    except FileNotFoundError:
        return  # cancelled in this moment; a file that is gone stalls, and is given up
    except OSError as error:
        place.unlink(missing_ok=True)
        if not is_full(error):
            raise
        found = _failed(BadFile(DISK_FULL))
    except BadFile as problem:
        found = _again(problem) if has_chosen(upload) and upload.columns else _failed(problem)
    moved = Upload.objects.filter(pk=upload_id, turn=turn, status=UploadStatus.STAGING).update(
        **found, heartbeat_at=timezone.now()
    )
    if not moved or found["status"] == UploadStatus.UNMAPPED:
        place.unlink(missing_ok=True)
    if moved and found["status"] == UploadStatus.FAILED:
        discard_file(upload)
    elif moved:
        ready.discard_others(upload, keep=str(found["ready"]))


def _failed(problem: BadFile) -> dict[str, object]:
    return {"status": UploadStatus.FAILED, "problem": problem.sentence[:300], "finished_at": timezone.now()}


def _again(problem: BadFile) -> dict[str, object]:
    """A choice that does not serve is no reason to lose the file: the person chooses again."""
    return {**NOT_COUNTED, "status": UploadStatus.UNMAPPED, "problem": problem.sentence[:300]}


def _read(upload: Upload, to: Path, elsewhere: Elsewhere | None) -> dict[str, object]:
    """The columns of Upload that staging fills. Raises BadFile, Replaced, OSError."""
    asked = {name: str(upload.asked.get(name) or "") for name in ("encoding", "delimiter", "sheet")}
    with upload.file.open("rb") as file, to.open("wb") as ready_file:
        fmt = formats.detect(file.file, asked)
        tally, pace = Tally(upload, fmt, ready_file, elsewhere), Pace(BREATH_ROWS)
        rows = formats.rows(file.file, fmt)
        try:
            tally.begin(rows)
            for row in rows:
                tally.take(row)
                if not tally.rows % BREATH_ROWS:
                    pace.breathe()
                    if tally.late():
                        beat(upload, read_bytes=file.file.tell())
            return {**tally.result(), "note": formats.note(file.file, fmt)}
        except BadFile as problem:
            if not isinstance(problem, Unmapped) and not (has_chosen(upload) and tally.columns):
                raise
            return {**tally.seen(), **_again(problem)}
