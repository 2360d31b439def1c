"""One piece of a file: its people, its rejected rows, its counts and how far the file is, in one transaction."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from django.db.models import F

from accounts import rows as table
from contacts import suppression
from contacts.importing import original, ready
from contacts.importing.merging import Row
from contacts.importing.writing import Written, places, write_rows
from contacts.models import COUNTS, RejectedRow, Rejection, Upload

SUPPRESSED = "The number is on the suppression list."
_TURNS = 4_301  # of PostgreSQL's advisory locks: one file of a workspace writes its piece at a time


# One row that is a contact now; `word` says added, updated or unchanged, among all of the workspace's contacts.
Loaded = Written


@dataclass(slots=True)
class Settled:
    """What became of a piece's people where the file wants them: contact id → the word that counts, where it is another
    one than Loaded.word; and how many of them are in another live campaign."""

    words: dict[int, str] = field(default_factory=dict)
    elsewhere: int = 0


# Called inside the piece's transaction; may enrol the contacts somewhere.
Settle = Callable[[Upload, Sequence[Loaded], datetime], Settled]


class Closed(Exception):
    """Raised by Settle: the file's target takes no more people. Its message is a sentence."""


class CellsMissing(Exception):
    """People were suppressed after the file was staged: their cells have to be read from the file itself."""

    def __init__(self, lines: list[int]) -> None:
        super().__init__(lines)
        self.lines = lines


class Piece:
    """Rows of the ready file, taken apart outside the transaction."""

    def __init__(self, upload: Upload, rows: Sequence[ready.Ready], end: int) -> None:
        self.upload, self.count, self.end = upload, len(rows), end
        people = [row for row in rows if len(row) == ready.PERSON_MEMBERS]
        self.people = [Row._make(row[: ready.PRIMARY]) for row in people]
        self.cells = {row[ready.LINE]: row[ready.CELLS] for row in people if row[ready.CELLS] is not None}
        self.rejected = [
            (row[ready.LINE], row[ready.KIND], row[ready.REASON], row[ready.REJECTED_CELLS])
            for row in rows
            if len(row) == ready.REJECTED_MEMBERS
        ]
        places(self.people)

    def read_cells(self, lines: Collection[int]) -> None:
        self.cells |= original.cells(self.upload, lines)


def in_turn(upload: Upload) -> None:
    """Files of one workspace that are loaded at once write by turns: people of both would make them wait for each
    other in the middle. SQLite does so anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_TURNS, upload.workspace_id])


def take(piece: Piece, settle: Settle | None, now: datetime) -> dict[str, int]:
    """Write the piece, and return its counts, which add up to its rows. The caller holds the transaction and the
    upload's row. Raises CellsMissing, Closed, IntegrityError."""
    upload = piece.upload
    barred = suppression.listed(upload.workspace_id, [person.phone_number for person in piece.people])
    people, refused = piece.people, []
    if barred:
        refused = [person.line for person in people if person.phone_number in barred]
        people = [person for person in people if person.phone_number not in barred]
        _need(piece, refused)
    loaded = write_rows(upload.workspace_id, people, upload.pk, now)
    settled = settle(upload, loaded, now) if settle else Settled()
    others = settled.words.get
    words = Counter([others(one.contact_id, one.word) for one in loaded])
    rejected = [*piece.rejected, *((line, Rejection.SUPPRESSED, SUPPRESSED, piece.cells[line]) for line in refused)]
    _reject(upload, rejected)
    counts = dict.fromkeys(COUNTS, 0) | words | Counter(kind for _, kind, *_ in rejected)
    moved = {name: F(name) + count for name, count in counts.items() if count}
    moved |= {"rows_done": F("rows_done") + piece.count, "elsewhere": F("elsewhere") + settled.elsewhere}
    Upload.objects.filter(pk=upload.pk).update(heartbeat_at=now, stalls=0, ready_at=piece.end, **moved)
    return counts


def _need(piece: Piece, lines: list[int]) -> None:
    missing = [line for line in lines if line not in piece.cells]
    if missing:
        raise CellsMissing(missing)


def _reject(upload: Upload, rejected: Sequence[tuple[int, str, str, list[str]]]) -> None:
    if rejected:
        names = ("upload_id", "line", "kind", "reason", "cells")
        rows = [
            (upload.pk, line, str(kind), reason[:300], table.as_json(cells)) for line, kind, reason, cells in rejected
        ]
        table.insert_ready(RejectedRow, names, rows)
