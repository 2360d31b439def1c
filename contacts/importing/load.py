"""A staged file becomes contacts, in pieces that each commit by themselves.

A piece writes its contacts, its rejected rows, the counts and `rows_done` in one transaction: a worker killed at any
point loses nothing and doubles nothing, and whoever comes next goes on at `rows_done`. Two workers on one file are
harmless: the second finds `rows_done` or the turn moved on, rolls its piece back, and walks away.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from time import monotonic

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from contacts import suppression
from contacts.hours import key_ids
from contacts.importing import primaries, reader
from contacts.importing.detection import Format
from contacts.importing.mapping import Mapping, read_row
from contacts.importing.progress import Replaced, discard_file, queue
from contacts.importing.staging import same_number
from contacts.importing.writing import write
from contacts.models import COUNTS, RejectedRow, Rejection, Upload, UploadStatus
from contacts.person import Person, Unreadable

log = logging.getLogger(__name__)

PIECE_ROWS = 2_000
# Then the file queues again, behind whatever else waits for the work cluster.
SLICE_SECONDS = 20.0
TRIES = 3  # of a piece that met another writer
SUPPRESSED = "The number is on the suppression list."


@dataclass(frozen=True, slots=True)
class Loaded:
    """One row that is a contact now; `word` says added, updated or unchanged, among all of the workspace's contacts."""

    person: Person
    line: int
    contact_id: int
    word: str


# Called inside the piece's transaction; may enrol the contacts somewhere. Returns contact id → the word that counts.
Settle = Callable[[Upload, Sequence[Loaded], datetime], dict[int, str]]


class NotStaged(ValueError):
    """The file is not (or no longer) waiting to be loaded."""

    sentence = "This file is not waiting to be loaded. It may have been loaded or cancelled meanwhile."


class Closed(Exception):
    """Raised by Settle: the file's target takes no more people. Its message is a sentence."""


def begin(upload: Upload, now: datetime) -> None:
    """Staged → loading, and queued. Joins the caller's transaction. Raises NotStaged."""
    staged = Upload.objects.filter(pk=upload.pk, status=UploadStatus.STAGED)
    if not staged.update(status=UploadStatus.LOADING, started_at=now, heartbeat_at=now):
        raise NotStaged(NotStaged.sentence)
    upload.refresh_from_db()
    queue(upload, "load_upload", now)


def run(upload_id: int, turn: int, settle: Settle | None = None, seconds: float = SLICE_SECONDS) -> int:
    """Load for a slice of time, then queue the rest; how many rows. Commits piece by piece."""
    upload = Upload.objects.filter(pk=upload_id, turn=turn, status=UploadStatus.LOADING).first()
    if upload is None:
        return 0
    start, end = upload.rows_done, monotonic() + seconds
    try:
        for rows in _pieces(upload):
            _piece(upload, rows, settle)
            if monotonic() > end and upload.rows_done < upload.rows:
                with transaction.atomic():
                    _hold(upload)
                    queue(upload, "load_upload", timezone.now())
                return upload.rows_done - start
        _finish(upload)
    except Replaced:
        log.info("upload %s: another worker loads it, or it was cancelled", upload_id)
    except FileNotFoundError:
        _end(upload, UploadStatus.FAILED, "The file is no longer on this server's disk. Upload it again.")
    except Closed as closed:
        _end(upload, UploadStatus.CANCELLED, str(closed))
    return upload.rows_done - start


def _pieces(upload: Upload) -> Iterator[list[reader.Row]]:
    """The rows that are not done yet, 2,000 at a time."""
    with upload.file.open("rb") as file:
        fmt = Format(upload.encoding, upload.delimiter, upload.lines_before_header)
        rows = islice(reader.rows(file.file, fmt), 1 + upload.rows_done, None)
        while piece := list(islice(rows, PIECE_ROWS)):
            yield piece


def _piece(upload: Upload, rows: list[reader.Row], settle: Settle | None) -> None:
    """Read outside the transaction, write inside: the write lock is held for milliseconds."""
    people, rejected = _read(upload, rows)
    key_ids({person.place for _, person in people})
    for attempt in range(TRIES):
        try:
            with transaction.atomic():
                _hold(upload)
                counts = _write(upload, rows, people, list(rejected), settle)
            break
        except IntegrityError:
            # Somebody else added one of these numbers at this moment: now it is there to be read.
            if attempt == TRIES - 1:
                raise
    upload.rows_done += len(rows)
    for name, count in counts.items():
        setattr(upload, name, getattr(upload, name) + count)


def _read(upload: Upload, rows: list[reader.Row]) -> tuple[list[tuple[int, Person]], list[RejectedRow]]:
    mapping = Mapping(**upload.mapping)
    people: list[tuple[int, Person]] = []
    rejected: list[RejectedRow] = []
    for row in rows:
        first = upload.duplicate_lines.get(str(row.line))
        if row.problem or first:
            kind = Rejection.DUPLICATE if first else Rejection.INVALID
            rejected.append(_rejected(upload, row.line, row.cells, kind, row.problem or same_number(first)))
            continue
        try:
            people.append((row.line, read_row(mapping, row.cells, len(upload.columns), upload.default_country)))
        except Unreadable as error:
            rejected.append(_rejected(upload, row.line, row.cells, Rejection.INVALID, error.sentence))
    return people, rejected


def _rejected(upload: Upload, line: int, cells: list[str], kind: str, reason: str) -> RejectedRow:
    return RejectedRow(upload=upload, line=line, cells=cells, kind=kind, reason=reason[:300])


def _hold(upload: Upload) -> None:
    """Lock the file's row for this transaction. Raises Replaced unless it is still ours, and where we left it."""
    mine = Upload.objects.select_for_update().filter(
        pk=upload.pk, turn=upload.turn, status=UploadStatus.LOADING, rows_done=upload.rows_done
    )
    if not mine.values_list("pk", flat=True).first():
        raise Replaced


def _write(
    upload: Upload,
    rows: list[reader.Row],
    people: list[tuple[int, Person]],
    rejected: list[RejectedRow],
    settle: Settle | None,
) -> dict[str, int]:
    """The piece's rows, counts and progress. The counts add up to the rows."""
    now = timezone.now()
    cells = {row.line: row.cells for row in rows}
    barred = suppression.listed(upload.workspace_id, [person.phone_number for _, person in people])
    free = [(line, person) for line, person in people if person.phone_number not in barred]
    written = write(upload.workspace_id, [person for _, person in free], upload.pk, now)
    loaded = [
        Loaded(person, line, made.contact_id, made.word) for (line, person), made in zip(free, written, strict=True)
    ]
    words = settle(upload, loaded, now) if settle else {}
    counts = dict.fromkeys(COUNTS, 0)
    refused = {line for line, person in people if person.phone_number in barred}
    for one in loaded:
        word = words.get(one.contact_id, one.word)
        if word == Rejection.SUPPRESSED:
            refused.add(one.line)
        else:
            counts[word] += 1
    rejected += [_rejected(upload, line, cells[line], Rejection.SUPPRESSED, SUPPRESSED) for line in sorted(refused)]
    for row in rejected:
        counts[row.kind] += 1
    RejectedRow.objects.bulk_create(rejected)
    moved = {name: F(name) + count for name, count in counts.items() if count}
    moved["rows_done"] = F("rows_done") + len(rows)
    Upload.objects.filter(pk=upload.pk).update(heartbeat_at=now, stalls=0, **moved)
    return counts


def _finish(upload: Upload) -> None:
    """All rows are done: tie secondaries to their primaries, then close the file."""
    note = primaries.link(upload)
    with transaction.atomic():
        _hold(upload)
        now = timezone.now()
        Upload.objects.filter(pk=upload.pk).update(
            status=UploadStatus.LOADED, finished_at=now, heartbeat_at=now, note=note[:300]
        )
    discard_file(upload)


def _end(upload: Upload, status: str, sentence: str) -> None:
    loading = Upload.objects.filter(pk=upload.pk, status=UploadStatus.LOADING, turn=upload.turn)
    if loading.update(status=status, problem=sentence[:300], finished_at=timezone.now()):
        discard_file(upload)
