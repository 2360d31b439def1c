"""A staged file goes onto the suppression list, in pieces that each commit by themselves.

The twin of `load`, over the same ready file: a killed worker loses nothing and doubles nothing, and whoever comes next
goes on behind `rows_done`. Whoever is listed is called by nobody from the commit of their piece; `spread`, called after
each piece, shows it in the campaigns' lists.
"""

import json
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import BinaryIO

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from accounts import audit, jobs, statistics
from accounts import rows as table
from accounts.jobs import Replaced
from accounts.pace import Pace
from contacts import suppression
from contacts.importing import load, ready
from contacts.importing.progress import discard_file
from contacts.models import RejectedRow, Suppression, SuppressionReason, Upload, UploadStatus
from contacts.suppression import Entry

log = logging.getLogger(__name__)

PIECE_ROWS = 20_000
SQLITE_PIECE_ROWS = 2_000
SLICE_SECONDS = 20.0
TRIES = 5  # of a piece that met another writer
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # do-not-call lists are not older; an earlier time was misread

# (workspace id, time) → how many; called until nothing is left, outside any transaction.
Spread = Callable[[int, datetime], int]


def ask(upload: Upload, reason: str, note: str) -> None:
    """What is to stand beside numbers whose row does not say it."""
    with transaction.atomic():
        asked = Upload.objects.select_for_update().values_list("asked", flat=True).get(pk=upload.pk)
        upload.asked = {**asked, "reason": reason, "note": note}
        upload.save(update_fields=["asked"])


def run(upload_id: int, turn: int, spread: Spread | None = None, seconds: float = SLICE_SECONDS) -> int:
    """List for a slice of time, then queue the rest; how many rows. Commits piece by piece."""
    upload = jobs.mine(Upload, upload_id, turn)
    if upload is None or upload.status != UploadStatus.LOADING:
        return 0
    start = upload.rows_done
    try:
        if _pieces(upload, spread, monotonic() + seconds):
            _finish(upload)
    except Replaced:
        log.info("upload %s: another worker lists it, or it was cancelled", upload_id)
    except FileNotFoundError:
        _fail(upload, load.GONE)
    except load.CutOff:
        _fail(upload, load.CUT_OFF)
    return upload.rows_done - start


def _pieces(upload: Upload, spread: Spread | None, until: float) -> bool:
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
            pace.note(len(rows), _piece(upload, rows, end))
            while spread is not None and spread(upload.workspace_id, timezone.now()):
                jobs.beat(upload)
                pace.note(0, 0.0)  # a gap on SQLite: dialers want to write, too
                pace.rest()
            if monotonic() > until and upload.rows_done < upload.rows:
                with transaction.atomic():
                    jobs.hold(upload, rows_done=upload.rows_done)
                    jobs.queue(upload, timezone.now())
                return False
    return True


def _read(upload: Upload, file: BinaryIO, most: int) -> tuple[list[ready.Ready], int]:
    try:
        rows, end = ready.piece(file, upload.ready_at, most)
    except ValueError:
        rows = []
    if not rows:
        raise load.CutOff
    return rows, end


def _piece(upload: Upload, rows: Sequence[ready.Ready], end: int) -> float:
    """How many seconds it held the database."""
    for attempt in range(TRIES):
        try:
            with transaction.atomic():
                jobs.hold(upload, rows_done=upload.rows_done)
                begun = monotonic()
                counts = _take(upload, rows, end, timezone.now())
            break
        except IntegrityError:
            # Somebody else listed one of these numbers at this moment: now it is there to be read.
            if attempt == TRIES - 1:
                raise
    upload.rows_done, upload.ready_at = upload.rows_done + len(rows), end
    for name, count in counts.items():
        setattr(upload, name, getattr(upload, name) + count)
    return monotonic() - begun


def _take(upload: Upload, rows: Sequence[ready.Ready], end: int, now: datetime) -> dict[str, int]:
    """Write the piece; its counts, which add up to its rows."""
    entries = [entry_of(upload, row[ready.PHONE], row[ready.GIVEN], now) for row in rows if ready.is_person(row)]
    rejected = [row for row in rows if not ready.is_person(row)]
    added = len(suppression.put(upload.workspace_id, entries))
    table.insert_ready(
        RejectedRow,
        ("upload_id", "line", "kind", "reason", "cells"),
        (
            (upload.pk, row[ready.LINE], row[ready.KIND], row[ready.REASON], json.dumps(row[ready.REJECTED_CELLS]))
            for row in rejected
        ),
    )
    counts = Counter({"added": added, "unchanged": len(entries) - added})
    counts.update(row[ready.KIND] for row in rejected)
    moved = {name: F(name) + count for name, count in counts.items() if count}
    Upload.objects.filter(pk=upload.pk).update(
        heartbeat_at=now, stalls=0, ready_at=end, rows_done=F("rows_done") + len(rows), **moved
    )
    return dict(counts)


def entry_of(upload: Upload, number: str, given: dict[str, str], now: datetime) -> Entry:
    """What the row says beside its number goes before what was asked of the whole file. Words that are no reason are
    kept in the note: nobody is called because a reason could not be read."""
    asked = upload.asked
    said = str(given.get("reason", "")).strip()
    reason = reason_of(said)
    note = str(given.get("note", "")) or str(asked.get("note", ""))
    if said and not reason:
        note = f"{said}: {note}" if note else said
    source = str(given.get("source", "")) or file_source(upload)
    return Entry(
        number,
        reason or str(asked.get("reason", "")) or SuppressionReason.IMPORTED,
        source[: suppression.SOURCE_LENGTH],
        note[: suppression.NOTE_LENGTH],
        moment(str(given.get("at", "")), now),
    )


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("-", " ").replace("_", " ").split())


# What other systems write for them.
_OTHER_WORDS = {
    SuppressionReason.ASKED: ("dnc", "do not call", "do not contact", "person asked", "opt out", "opted out"),
    SuppressionReason.BY_HAND: ("manual",),
    SuppressionReason.IMPORTED: ("import",),
    SuppressionReason.REGISTRY: ("dnc registry", "do not call registry", "national dnc"),
    SuppressionReason.COMPLAINT: ("complained",),
}
_REASONS = {
    _plain(word): code.value for code, others in _OTHER_WORDS.items() for word in (code.value, str(code.label), *others)
}


def reason_of(text: str) -> str:
    """The SuppressionReason that a cell names by its word, its label or a usual other word; "" for any other text."""
    return _REASONS.get(_plain(text), "")


def file_source(upload: Upload) -> str:
    """Who or what says so, where the row does not."""
    return f"{upload.file_name}, {upload.created_by}" if upload.created_by else upload.file_name


def moment(text: str, now: datetime) -> datetime:
    """When a number was listed, as a cell says it; now, where it says nothing, or a time that cannot be."""
    try:
        day = parse_date(text)
        found = datetime(day.year, day.month, day.day, tzinfo=UTC) if day else parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        return now
    try:
        aware = found if found.tzinfo else found.replace(tzinfo=UTC)
        return aware.astimezone(UTC) if EARLIEST <= aware <= now else now
    except OverflowError:
        return now


def _finish(upload: Upload) -> None:
    if upload.added >= load.MANY:
        statistics.refresh(Suppression)
    with transaction.atomic():
        jobs.hold(upload, rows_done=upload.rows_done)
        now = timezone.now()
        Upload.objects.filter(pk=upload.pk).update(status=UploadStatus.LOADED, finished_at=now, heartbeat_at=now)
        detail: dict[str, object] = {"added": upload.added, "unchanged": upload.unchanged}
        audit.record(upload.workspace_id, "suppression.import", upload, actor=upload.created_by, detail=detail)
    discard_file(upload)


def _fail(upload: Upload, sentence: str) -> None:
    if jobs.end(upload, UploadStatus.FAILED, timezone.now(), sentence):
        discard_file(upload)
