"""Rows of an Excel file (.xlsx), one after another, in memory that does not grow with the file.

Only the parts that hold the list are unpacked, a piece at a time, and never more than `MAX_UNPACKED` of them, whatever
the archive says of itself.
"""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import IO, BinaryIO
from xml.etree.ElementTree import Element, ParseError, iterparse

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from contacts.importing.detection import BadFile, Format
from contacts.importing.reader import Row
from contacts.importing.shelf import Shelf

MAX_UNPACKED = 1 << 30
MAX_PARTS = 10_000
MAX_CELLS_IN_A_ROW = 1_000
LONGEST_NAME = 100  # of a sheet; Excel itself writes 31 at the most
MAX_CELL_LENGTH = 131_072  # as in a CSV
NOT_EXCEL = "This archive is not an Excel file (.xlsx). Save the list as .xlsx or CSV and upload that."
DAMAGED = "The Excel file is damaged. Open it in Excel, save it again as .xlsx, and upload that."
BOMB = "The Excel file unpacks to more than 1 GB. Save the list as CSV and upload that, in several files if need be."
SAME_NAME = (
    "Two sheets of the file have the same name in its first 100 characters. Rename one, and upload the file again."
)
NO_ROWS = "The Excel file holds no rows."
NO_VALUE = "Cell {cell} holds a formula without its result. Open the file in Excel, save it, and upload it again."
TOO_LONG = "The row cannot be read: a cell is longer than 131,072 characters."
ROWS = ("sheetData", "row")
TOO_WIDE = "The row has more than 1,000 cells."


class _Counted:
    """A part of the archive, given up once all parts together unpack to too much."""

    def __init__(self, archive: "_Archive", part: IO[bytes]) -> None:
        self.archive, self.part = archive, part

    def read(self, size: int = -1) -> bytes:
        piece = self.part.read(size if 0 <= size < 65_536 else 65_536)
        self.archive.unpacked += len(piece)
        if self.archive.unpacked > MAX_UNPACKED:
            raise BadFile(BOMB)
        return piece


class _Archive:
    def __init__(self, zipped: zipfile.ZipFile) -> None:
        self.zipped, self.unpacked = zipped, 0
        parts = zipped.infolist()
        if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
            raise BadFile(BOMB)
        self.names = {part.filename.lower(): part.filename for part in parts}
        if "xl/workbook.xml" not in self.names:
            raise BadFile(NOT_EXCEL)

    def elements(self, name: str) -> Iterator[tuple[str, Element]]:
        """Events of a part's XML: every element's start and end. None for a part that is not there."""
        found = self.names.get(name.lower())
        if found is None:
            return
        with self.zipped.open(found) as part:
            yield from iterparse(_Counted(self, part), events=("start", "end"))  # noqa: S314 - expat has limits of its own

    def ends(self, name: str, word: str) -> Iterator[Element]:
        for event, element in self.elements(name):
            if event == "end" and _plain(element) == word:
                yield element


@contextmanager
def _opened(file: BinaryIO) -> Iterator[_Archive]:
    try:
        file.seek(0)
        with zipfile.ZipFile(file) as zipped:
            yield _Archive(zipped)
    except (zipfile.BadZipFile, zlib.error, ParseError, KeyError, EOFError, NotImplementedError, RuntimeError) as error:
        raise BadFile(DAMAGED) from error


def sheets(file: BinaryIO) -> list[str]:
    """The names of its sheets. Raises BadFile."""
    with _opened(file) as archive:
        return list(_sheets(archive))


def find_sheet(file: BinaryIO, asked: str = "") -> str:
    """The sheet of this name, or the first that holds rows. Raises BadFile."""
    with _opened(file) as archive:
        known = _sheets(archive)
        if asked:
            if asked not in known:
                shown = ", ".join(f"“{name}”" for name in list(known)[:6])
                raise BadFile(f"The file has no sheet named “{asked}”. Its sheets are {shown}.")
            return asked
        for name, part in known.items():
            if any(_holds_something(row) for row in _children(archive, part, *ROWS)):
                return name
    raise BadFile(NO_ROWS)


def rows(file: BinaryIO, fmt: Format) -> Iterator[Row]:
    """Every row of the sheet that is not blank, the header first. Raises BadFile."""
    with _opened(file) as archive:
        known = _sheets(archive)
        if fmt.sheet not in known:
            raise BadFile(NO_ROWS)
        with Shelf() as strings:
            reader, line = _Cells(archive, strings), 0
            for element in _children(archive, known[fmt.sheet], *ROWS):
                told = element.get("r", "")
                line = max(line + 1, int(told)) if told.isdecimal() and len(told) < 8 else line + 1
                row = reader.row(line, element)
                if row.problem or any(cell and not cell.isspace() for cell in row.cells):
                    yield row


def _sheets(archive: _Archive) -> dict[str, str]:
    """Name → part, in the order of the tabs; charts left out. A name that is too long is cut."""
    targets = {}
    for element in archive.ends("xl/_rels/workbook.xml.rels", "Relationship"):
        if element.get("Type", "").endswith("/worksheet"):
            target = element.get("Target", "")
            targets[element.get("Id", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    found = {}
    for element in archive.ends("xl/workbook.xml", "sheet"):
        key = next((value for name, value in element.attrib.items() if name.endswith("}id")), "")
        if key in targets:
            name = element.get("name", "")
            name = name if len(name) <= LONGEST_NAME else name[:LONGEST_NAME].rstrip()
            if name in found:
                raise BadFile(SAME_NAME)
            found[name] = targets[key]
    return found


def _children(archive: _Archive, part: str, parent: str, word: str) -> Iterator[Element]:
    """Each child of this name as it is complete. What is done is dropped: the tree never grows."""
    within: Element | None = None
    for event, element in archive.elements(part):
        if event == "start":
            if within is None and _plain(element) == parent:
                within = element
        elif within is not None and element.tag.endswith(word) and _plain(element) == word:
            yield element
            within.clear()
        elif element is within:
            return


def _holds_something(row: Element) -> bool:
    return any(len(cell) for cell in row)


def _plain(element: Element) -> str:
    tag: str = element.tag
    return tag[tag.rfind("}") + 1 :]


class _Cells:
    """What the cells of a row say, as text."""

    def __init__(self, archive: _Archive, strings: Shelf) -> None:
        self.strings = strings
        for item in _children(archive, "xl/sharedstrings.xml", "sst", "si"):
            strings.add(_text(item))
        self.dates, self.spans = _date_styles(archive)
        old = any(item.get("date1904") in ("1", "true") for item in archive.ends("xl/workbook.xml", "workbookPr"))
        self.epoch = CALENDAR_MAC_1904 if old else CALENDAR_WINDOWS_1900

    def row(self, line: int, element: Element) -> Row:
        cells: list[str] = []
        problem = ""
        for cell in element:
            at = _column(cell.get("r", "")) if cell.get("r") else len(cells)
            if at >= MAX_CELLS_IN_A_ROW:
                return Row(line, cells, TOO_WIDE)
            while len(cells) < at:
                cells.append("")
            text, has_value = self._cell(cell)
            if not has_value:
                problem = problem or NO_VALUE.format(cell=cell.get("r") or f"{at + 1} of row {line}")
            if len(text) > MAX_CELL_LENGTH:
                text, problem = text[:1_000], problem or TOO_LONG
            cells[at:] = [text]
        return Row(line, cells, problem)

    def _cell(self, cell: Element) -> tuple[str, bool]:
        """Its text, and False for a formula without its result."""
        formula, value, inline = False, None, None
        for part in cell:
            word = _plain(part)
            if word == "v":
                value = part.text
            elif word == "f":
                formula = True
            elif word == "is":
                inline = part
        if inline is not None:
            return _text(inline), True
        kind = cell.get("t", "n")
        if value is None:
            return "", not formula or kind == "str"
        if kind == "s":
            return (self.strings[int(value)] if value.strip().isdecimal() else ""), True
        if kind == "b":
            return ("true" if value.strip() == "1" else "false"), True
        return (self._number(value, cell.get("s", "")) if kind == "n" else value), True

    def _number(self, text: str, style: str) -> str:
        try:
            number = float(text)
            if style in self.dates:
                return _moment(from_excel(number, self.epoch, timedelta=style in self.spans))
        except (ValueError, OverflowError):
            return text
        if number.is_integer() and abs(number) < 1e18:
            return str(int(number))
        return f"{number:.15g}"


def _moment(value: datetime | date | time | timedelta | None) -> str:
    if isinstance(value, datetime):
        return (value.date() if value.time() == time() else value.replace(microsecond=0)).isoformat()
    return "" if value is None else str(value)


def _date_styles(archive: _Archive) -> tuple[set[str], set[str]]:
    """The styles of dates and times, and those among them of lengths of time."""
    named, dates, spans = dict(BUILTIN_FORMATS), set(), set()
    inside, count = False, 0
    for event, element in archive.elements("xl/styles.xml"):
        word = _plain(element)
        if word == "cellXfs":
            inside = event == "start"
        elif event == "end" and word == "numFmt" and element.get("numFmtId", "").isdecimal():
            named[int(element.get("numFmtId", ""))] = element.get("formatCode", "")
        elif event == "end" and word == "xf" and inside:
            told = element.get("numFmtId", "0")
            pattern = named.get(int(told), "") if told.isdecimal() else ""
            if pattern and is_date_format(pattern):
                dates.add(str(count))
                if is_timedelta_format(pattern):
                    spans.add(str(count))
            count += 1
    return dates, spans


def _text(item: Element) -> str:
    """All runs of a text, without the readings that Japanese files add."""
    parts: list[str] = []
    for part in item:
        word = _plain(part)
        if word == "t":
            parts.append(part.text or "")
        elif word == "r":
            parts += [run.text or "" for run in part if _plain(run) == "t"]
    return "".join(parts)


def _column(name: str) -> int:
    """0 for A1, 27 for AB7."""
    at = 0
    for letter in name:
        if not "A" <= letter <= "Z":
            break
        at = at * 26 + ord(letter) - 64
        if at > MAX_CELLS_IN_A_ROW:
            break
    return max(0, at - 1)
