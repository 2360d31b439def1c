"""A staged file becomes contacts, in pieces that each commit by themselves.

A piece writes its contacts, its rejected rows, the counts, `rows_done` and `ready_at` in one transaction: a worker
killed at any point loses nothing and doubles nothing, and whoever comes next goes on there. Two workers on one file
are harmless: the second finds `rows_done` or the turn moved on, rolls its piece back, and walks away.
"""

import logging
from datetime import datetime
from time import monotonic
from typing import BinaryIO

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from accounts import statistics
from accounts.jobs import Replaced, hold, queue
from accounts.pace import Pace
from contacts.importing import primaries, ready, taking
from contacts.importing.progress import discard_file
from contacts.importing.taking import Closed, Loaded, Settle, Settled
from contacts.models import Contact, Upload, UploadStatus

log = logging.getLogger(__name__)

PIECE_ROWS = 10_000
SQLITE_PIECE_ROWS = 2_000
# Then the file queues again, behind whatever else waits for the work cluster.
SLICE_SECONDS = 20.0
TRIES = 5  # of a piece that met another writer
# So many new rows that what the planner knows of the tables is no longer true.
MANY = 10_000
GONE = "The file is no longer on this server's disk. Upload it again."
CUT_OFF = "The file is not complete on this server's disk. Upload it again."

__all__ = ["Closed", "Loaded", "NotStaged", "Settle", "Settled", "begin", "run"]


class CutOff(Exception):
    """The ready file ends before the rows do, or in the middle of one."""


class NotStaged(ValueError):
    """The file is not (or no longer) waiting to be loaded."""

    sentence = "This file is not waiting to be loaded. It may have been loaded or cancelled meanwhile."


def begin(upload: Upload, now: datetime) -> None:
    """Staged → loading, and queued. Joins the caller's transaction. Raises NotStaged."""
    staged = Upload.objects.filter(pk=upload.pk, status=UploadStatus.STAGED)
    if not staged.update(status=UploadStatus.LOADING, started_at=now, heartbeat_at=now):
        raise NotStaged(NotStaged.sentence)
    upload.refresh_from_db()
    queue(upload, now)


def run(
    upload_id: int,
    turn: int,
    settle: Settle | None = None,
    seconds: float = SLICE_SECONDS,
    fills: tuple[type[models.Model], ...] = (),
) -> int:
    """Load for a slice of time, then queue the rest; how many rows. Commits piece by piece.

    `fills`: the tables that `settle` adds many rows to.
    """
    upload = Upload.objects.filter(pk=upload_id, turn=turn, status=UploadStatus.LOADING).first()
    if upload is None:
        return 0
    start = upload.rows_done
    try:
        if _pieces(upload, settle, monotonic() + seconds, (Contact, *fills)):
            _finish(upload, (Contact, *fills))
    except Replaced:
        log.info("upload %s: another worker loads it, or it was cancelled", upload_id)
    except FileNotFoundError:
        _end(upload, UploadStatus.FAILED, GONE)
    except CutOff:
        _end(upload, UploadStatus.FAILED, CUT_OFF)
    except Closed as closed:
        _end(upload, UploadStatus.CANCELLED, str(closed))
    return upload.rows_done - start


def _pieces(upload: Upload, settle: Settle | None, until: float, tables: tuple[type[models.Model], ...]) -> bool:
    """The rows that are not done yet, a piece at a time; whether all are done now. Otherwise the rest is queued."""
    if upload.rows_done == upload.rows:
        return True
    if not upload.ready:
        raise FileNotFoundError
    pace = Pace(PIECE_ROWS, SQLITE_PIECE_ROWS)
    with upload.ready.open("rb") as file:
        while upload.rows_done < upload.rows:
            rows, end = _read(upload, file.file, pace.rows)
            pace.rest()
            few = upload.added < MANY
            pace.note(len(rows), _piece(upload, rows, end, settle))
            if few and upload.added >= MANY:
                statistics.refresh(*tables)
            if monotonic() > until and upload.rows_done < upload.rows:
                with transaction.atomic():
                    hold(upload, rows_done=upload.rows_done)
                    queue(upload, timezone.now())
                return False
    return True


def _read(upload: Upload, file: BinaryIO, most: int) -> tuple[list[ready.Ready], int]:
    try:
        rows, end = ready.piece(file, upload.ready_at, most)
    except ValueError:
        rows = []
    if not rows:
        raise CutOff
    return rows, end


def _piece(upload: Upload, rows: list[ready.Ready], end: int, settle: Settle | None) -> float:
    """Read outside the transaction, write inside; how many seconds it held the database."""
    piece = taking.Piece(upload, rows, end)
    for attempt in range(TRIES):
        try:
            with transaction.atomic():
                taking.in_turn(upload)
                hold(upload, rows_done=upload.rows_done)
                begun = monotonic()
                counts = taking.take(piece, settle, timezone.now())
                held = monotonic() - begun  # what SQLite does once it has committed holds nobody up
            break
        except taking.CellsMissing as missing:
            piece.read_cells(missing.lines)
        except IntegrityError:
            # Somebody else added one of these numbers at this moment: now it is there to be read.
            if attempt == TRIES - 1:
                raise
    upload.rows_done, upload.ready_at = upload.rows_done + len(rows), end
    for name, count in counts.items():
        setattr(upload, name, getattr(upload, name) + count)
    return held


def _finish(upload: Upload, tables: tuple[type[models.Model], ...]) -> None:
    """All rows are done: tie secondaries to their primaries, then close the file."""
    untied = primaries.link(upload)
    note, warnings = " ".join(filter(None, [upload.note, untied.note])), {**upload.warnings, **untied.warnings}
    if upload.added >= MANY:
        statistics.refresh(*tables)
    with transaction.atomic():
        hold(upload, rows_done=upload.rows_done)
        now = timezone.now()
        Upload.objects.filter(pk=upload.pk).update(
            status=UploadStatus.LOADED, finished_at=now, heartbeat_at=now, note=note[:300], warnings=warnings
        )
    discard_file(upload)


def _end(upload: Upload, status: str, sentence: str) -> None:
    loading = Upload.objects.filter(pk=upload.pk, status=UploadStatus.LOADING, turn=upload.turn)
    if loading.update(status=status, problem=sentence[:300], finished_at=timezone.now()):
        discard_file(upload)
