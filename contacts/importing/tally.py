"""A file's rows are read once: counted, and written to the ready file as they will be loaded."""

import re
from collections.abc import Callable, Iterable
from itertools import islice
from time import monotonic
from typing import Any, BinaryIO

from contacts import suppression
from contacts.importing import detection, ready
from contacts.importing.detection import BadFile, Format
from contacts.importing.exported import rest_at
from contacts.importing.guard import guarded
from contacts.importing.mapping import Mapping, Unmapped, check_width, chosen, of_json, propose, propose_rest, reason_at
from contacts.importing.reader import Row
from contacts.importing.reading import RowReader
from contacts.importing.seen import Seen
from contacts.models import FileKind, Purpose, Rejection, Upload, UploadStatus
from contacts.person import Unreadable

PREVIEW_ROWS = 10
SHOWN = 20  # rejections, and lines of each kind of warning
BEAT_EVERY = 2.0  # seconds
BATCH_ROWS = 2_000
NO_ROWS = "The file holds column names but no rows."
SUPPRESSED = "The number is on the suppression list, and is not called."
ELSEWHERE = "The person may be called by another live campaign, too."

# A reason that names the number which was there already: mended rows that still have it are told by it.
SAME_NUMBER = re.compile(r"[Tt]he same number as in .+: (\+\d+)\.$")
# Those of the numbers whose people another live campaign may call.
Elsewhere = Callable[[Upload, list[str]], set[str]]


class Tally:
    """Counts of a file while it is read, and its ready rows."""

    def __init__(self, upload: Upload, fmt: Format, to: BinaryIO, elsewhere: Elsewhere | None = None) -> None:
        self.upload, self.fmt, self.to, self.elsewhere = upload, fmt, to, elsewhere
        self.columns: list[str] = []
        self.mapping = Mapping({})
        self.preview: list[list[str]] = []
        self.rejections: list[dict[str, object]] = []
        self.warnings: dict[str, dict[str, Any]] = {}
        self.seen_numbers = Seen()
        self.rows = self.duplicates = 0
        self.batch: list[tuple[Any, ...]] = []
        self.cells: dict[str, list[str]] = {}  # of the batch's people, by number
        self.beat_at = monotonic()

    def late(self) -> bool:
        """Whether it is time for a sign of life."""
        if monotonic() - self.beat_at < BEAT_EVERY:
            return False
        self.beat_at = monotonic()
        return True

    def begin(self, rows: Iterable[Row]) -> None:
        """Take the header from the first row, and the mapping from the header or from what a person asks for.

        Raises Unmapped, with columns and preview filled, where a person has to choose.
        """
        first = next(iter(rows), None)
        if first is None or not first.cells:
            raise BadFile(detection.EMPTY)
        if first.problem:
            raise BadFile(f"The first row must hold the column names, but it cannot be read. {first.problem}")
        check_width(first.cells)
        self.columns, asked = first.cells, self.upload.asked.get("mapping")
        # Nobody guards JSON: an apostrophe there belongs to the name.
        is_json = self.fmt.kind == FileKind.JSON
        names = [*map(guarded, self.columns)] if is_json else self.columns
        try:
            purpose = self.upload.purpose
            self.mapping = chosen(asked, self.columns, purpose) if asked else propose(names, purpose)
        except BadFile as problem:
            if not asked and not isinstance(problem, Unmapped):
                raise
            self.mapping = propose_rest(names, self.upload.purpose)
            for row in islice(rows, PREVIEW_ROWS):
                self._show(row)
            if not self.preview:
                raise BadFile(NO_ROWS) from None
            raise Unmapped(str(problem)) from None
        if is_json and not asked:
            self.mapping = of_json(self.mapping, self.columns)
        self.reason_at = reason_at(names)
        width, country = len(self.columns), self.upload.default_country
        bars, rest = purpose == Purpose.SUPPRESSION, rest_at(names)
        self.reader = RowReader(self.mapping, width, country, guarded=not is_json, bars=bars, rest=rest)

    def take(self, row: Row) -> None:
        self.rows += 1
        if self.rows > detection.MAX_ROWS:
            raise BadFile(f"The file has more than {detection.MAX_ROWS:,} rows. Split it into smaller files.")
        if len(self.preview) < PREVIEW_ROWS:
            self._show(row)
        if row.problem:
            self._reject(row, Rejection.INVALID, row.problem)
        else:
            self._person(row)
        if len(self.batch) >= BATCH_ROWS:
            self._write()

    def _show(self, row: Row) -> None:
        self.preview.append([cell[:200] for cell in row.cells[: len(self.columns)]])

    def _person(self, row: Row) -> None:
        line, cells, _ = row
        try:
            read = self.reader.read(cells)
        except Unreadable as error:
            self._reject(row, Rejection.INVALID, error.sentence)
            return
        number = read.phone_number
        if self.reason_at is not None and self._left_as_it_was(cells, number):
            self.duplicates += 1
            self._reject(row, Rejection.DUPLICATE, same_number("the file before", number))
            return
        first = self.seen_numbers.first(int(number[1:]), line)
        if first != line:
            self.duplicates += 1
            self._reject(row, Rejection.DUPLICATE, same_number(f"{self.fmt.unit} {first}", number))
            return
        for kind, sentence in read.told.items():
            self._warn(kind, line, sentence)
        self.batch.append((line, *read[:-1], None))
        self.cells[number] = cells

    def _left_as_it_was(self, cells: list[str], number: str) -> bool:
        """A duplicate of the file before that comes back unmended would change the person who was taken for it."""
        assert self.reason_at is not None
        told = SAME_NUMBER.search(cells[self.reason_at].strip()) if len(cells) > self.reason_at else None
        return told is not None and told[1] == number

    def _reject(self, row: Row, kind: Rejection, reason: str) -> None:
        if len(self.rejections) < SHOWN:
            self.rejections.append({"line": row.line, "kind": kind.value, "reason": reason[:300]})
        self.batch.append((row.line, kind.value, reason[:300], row.cells))

    def _warn(self, kind: str, line: int, sentence: str) -> None:
        known = self.warnings.setdefault(kind, {"count": 0, "first": []})
        known["count"] += 1
        if known["count"] <= SHOWN:
            known["first"].append([line, sentence])

    def _write(self) -> None:
        """The batch goes to the ready file, with the cells of people who are on the suppression list."""
        barred: set[str] = set()
        if self.upload.purpose == Purpose.CONTACTS:
            barred = suppression.listed(self.upload.workspace_id, self.cells)
            others = self.elsewhere(self.upload, [*self.cells]) - barred if self.elsewhere else set()
            self._tell(barred, others)
        if barred:
            self.batch = [
                (*row[: ready.CELLS], self.cells[row[ready.PHONE]]) if row[ready.PHONE] in barred else row
                for row in self.batch
            ]
        ready.write(self.to, self.batch)
        self.batch, self.cells = [], {}

    def _tell(self, barred: set[str], others: set[str]) -> None:
        if not barred and not others:
            return
        for row in self.batch:
            if row[ready.PHONE] in barred:
                self._warn("suppressed", row[ready.LINE], SUPPRESSED)
            elif row[ready.PHONE] in others:
                self._warn("elsewhere", row[ready.LINE], ELSEWHERE)

    def result(self) -> dict[str, object]:
        """The columns of Upload. Raises BadFile."""
        if not self.rows:
            raise BadFile(NO_ROWS)
        if not len(self.seen_numbers):
            first = self.rejections[0]
            raise BadFile(f"No row can be used. {self.fmt.unit.capitalize()} {first['line']}: {first['reason']}")
        self._write()
        self.to.flush()
        return {
            **self.seen(),
            "status": UploadStatus.STAGED,
            "rows": self.rows,
            "valid_rows": len(self.seen_numbers),
            "duplicate_rows": self.duplicates,
            "first_rejections": self.rejections,
            "warnings": self.warnings,
            "read_bytes": self.upload.size,
            "problem": "",
        }

    def seen(self) -> dict[str, object]:
        """Columns of Upload as far as they are known once the header is."""
        return {
            "kind": self.fmt.kind,
            "encoding": self.fmt.encoding,
            "delimiter": self.fmt.delimiter,
            "lines_before_header": self.fmt.skip,
            "sheet": self.fmt.sheet,
            "columns": self.columns,
            "mapping": self.mapping.as_json(),
            "preview": self.preview,
        }


def same_number(where: str, number: str) -> str:
    return f"The same number as in {where}: {number}."
