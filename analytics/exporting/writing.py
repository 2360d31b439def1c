"""Pieces as bytes: CSV and JSON, and the rows of an Excel sheet as XML. What is written is never changed again, so
that a file is good up to any piece."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any
from xml.sax.saxutils import escape

from django.db import connection

from analytics.exporting.columns import Table
from analytics.exporting.dialect import dialect
from analytics.exporting.rows import Piece
from analytics.models import ExportFormat
from contacts.importing.guard import guarded, sheet_text

UTF8_MARK = "\ufeff"  # by which a spreadsheet knows; semicolons are asked for by spreadsheets
BATCH = 2_000  # rows fetched at once
SHEET_ROWS = 1_048_576  # of Excel, the header included
# Neither occurs in JSON text: COPY writes one line a row, and quotes nothing.
AS_LINES = "FORMAT csv, QUOTE E'\\x01', ESCAPE E'\\x01', DELIMITER E'\\x02'"
BORDER = "\x1f"  # between the cells of a row; hardly any text has one inside


class BorderInside(Exception):
    """A cell has the border inside: its row cannot be taken apart."""


class Writer:
    """`rows`: written so far; `sheets`: where each sheet of a workbook begins."""

    def __init__(self, file: IO[bytes], rows: int = 0, sheets: Sequence[int] = ()) -> None:
        self.file, self.rows, self.sheets = file, rows, list(sheets)

    def begin(self, table: Table) -> None:
        """The head of the file. Called once, before the first piece."""

    def piece(self, piece: Piece) -> None:
        raise NotImplementedError

    def end(self) -> None:
        """The foot of the file."""


class Csv(Writer):
    delimiter = ","
    mark = ""

    def begin(self, table: Table) -> None:
        head = self._lines([[guarded(name) for name in table.names]])
        if connection.vendor == "postgresql":  # whose lines end so
            head = head.removesuffix("\r\n") + "\n"
        self.file.write((self.mark + head).encode())

    def piece(self, piece: Piece) -> None:
        if connection.vendor == "postgresql":
            d = dialect()
            sql = piece.table.cells(d, piece.relation(d))
            self.rows += copy(sql, d.bound, f"FORMAT csv, DELIMITER '{self.delimiter}'", self.file)
            return
        at, rows = self.file.tell(), self.rows
        try:
            self._quickly(piece)
        except BorderInside:
            self.file.seek(at)
            self.file.truncate()
            self.rows = rows
            self._cell_by_cell(piece)

    def _quickly(self, piece: Piece) -> None:
        """Each row comes as one text: for SQLite, handing over forty cells is half of the work. Raises BorderInside."""
        d = dialect()
        sql, borders = piece.table.lines(d, piece.relation(d), BORDER), len(piece.table.columns) - 1
        for batch in fetched(sql, d.bound):
            self.file.write("".join([self._line(text, borders) for (text,) in batch]).encode())
            self.rows += len(batch)

    def _cell_by_cell(self, piece: Piece) -> None:
        d = dialect()
        for batch in fetched(piece.table.cells(d, piece.relation(d)), d.bound):
            self.file.write(self._lines(batch).encode())
            self.rows += len(batch)

    def _line(self, text: str, borders: int) -> str:
        if text.count(BORDER) != borders:
            raise BorderInside
        if '"' in text or "\n" in text or "\r" in text:
            return self._lines([text.split(BORDER)])
        if self.delimiter in text:
            text = self._quoted(text)
        return text.replace(BORDER, self.delimiter) + "\r\n"

    def _quoted(self, text: str) -> str:
        """Cells with a delimiter inside in quotes. Few of forty have one: those are looked for, not all looked at."""
        parts, done, at = [], 0, text.find(self.delimiter)
        while at >= 0:
            start, end = text.rfind(BORDER, done, at) + 1 or done, text.find(BORDER, at)
            end = end if end >= 0 else len(text)
            parts += [text[done:start], '"', text[start:end], '"']
            done, at = end, text.find(self.delimiter, end)
        return "".join([*parts, text[done:]])

    def _lines(self, rows: Iterable[Sequence[Any]]) -> str:
        text = io.StringIO()
        # Both line ends are named here so that a cell with either of them is quoted.
        csv.writer(text, delimiter=self.delimiter, lineterminator="\r\n").writerows(rows)
        return text.getvalue()


class CsvSemicolon(Csv):
    delimiter, mark = ";", UTF8_MARK


class Json(Writer):
    """A list of objects, one a line. Every row but the first begins with the comma behind the row before."""

    def piece(self, piece: Piece) -> None:
        d = dialect()
        sql = piece.table.objects(d, piece.relation(d))
        first = self.rows == 0
        file = _OpeningList(self.file) if first else self.file
        if connection.vendor == "postgresql":
            self.rows += copy(sql, d.bound, AS_LINES, file)
            return
        for batch in fetched(sql, d.bound):
            file.write("".join(f"{line}\n" for (line,) in batch).encode())
            self.rows += len(batch)

    def end(self) -> None:
        self.file.write(b"]\n" if self.rows else b"[]\n")


class _OpeningList:
    """Turns the first comma into the bracket that opens the list."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.opened = file, False

    def write(self, data: bytes) -> None:
        self.file.write(data if self.opened else b"[" + bytes(data)[1:])
        self.opened = True


class Sheet(Writer):
    """The rows of one or more sheets, one after the other; `workbook` packs them. Text is text, whatever it looks like:
    a cell never holds a formula."""

    def begin(self, table: Table) -> None:
        self.columns = table.columns
        self._new_sheet()

    def piece(self, piece: Piece) -> None:
        self.columns = piece.table.columns
        letters = [column_letters(at) for at in range(len(self.columns))]
        numbers = [column.is_number for column in self.columns]
        d = dialect()
        for batch in fetched(piece.table.cells(d, piece.relation(d)), d.bound):
            for row in batch:
                at = self.rows % (SHEET_ROWS - 1)
                if at == 0 and self.rows:
                    self._new_sheet()
                self.file.write(sheet_row(at + 2, letters, numbers, row).encode())
                self.rows += 1

    def _new_sheet(self) -> None:
        self.sheets.append(self.file.tell())
        names = [guarded(column.name) for column in self.columns]
        letters = [column_letters(at) for at in range(len(names))]
        self.file.write(sheet_row(1, letters, [False] * len(names), names).encode())


WRITERS: dict[str, type[Writer]] = {
    ExportFormat.CSV: Csv,
    ExportFormat.CSV_SEMICOLON: CsvSemicolon,
    ExportFormat.JSON: Json,
    ExportFormat.EXCEL: Sheet,
}


def copy(sql: str, bound: dict[str, Any], options: str, file: Any) -> int:
    """The rows of a SELECT as PostgreSQL writes them; how many."""
    with connection.cursor() as cursor, cursor.cursor.copy(f"COPY ({sql}) TO STDOUT ({options})", bound) as lines:
        count = 0
        for line in lines:
            file.write(line)
            count += 1
    return count


def fetched(sql: str, bound: dict[str, Any]) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of a SELECT, so many at a time."""
    with connection.cursor() as cursor:
        cursor.execute(sql, bound)
        while batch := cursor.fetchmany(BATCH):
            yield batch


def column_letters(at: int) -> str:
    """0 → A, 26 → AA."""
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def sheet_row(number: int, letters: Sequence[str], numbers: Sequence[bool], cells: Sequence[Any]) -> str:
    """One row of a sheet as XML; empty cells are left out."""
    parts = [f'<row r="{number}">']
    for letter, is_number, cell in zip(letters, numbers, cells, strict=True):
        if cell is None or cell == "":
            continue
        if is_number:
            parts.append(f'<c r="{letter}{number}"><v>{cell}</v></c>')
        else:
            text = escape(sheet_text(cell), {"\r": "&#13;"})
            parts.append(f'<c r="{letter}{number}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>')
    parts.append("</row>\n")
    return "".join(parts)
