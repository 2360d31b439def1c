"""Rows of a CSV file, one after another, with their line numbers. One bad row never stops a file."""

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from contacts.importing.detection import Format

# A quotation mark that never closes would swallow the rest of the file: a row ends here at the latest.
MAX_LINES_IN_A_ROW = 200
MAX_LINE_LENGTH = 1_000_000
SHOWN_OF_A_BROKEN_LINE = 1_000


class Row(NamedTuple):
    """`line` is that of its first line in the file. `problem`: why its cells cannot be told apart, else ""."""

    line: int
    cells: list[str]
    problem: str = ""


class _NeverClosed(Exception):
    pass


class _TooLong(Exception):
    pass


class _Lines:
    """The file's lines for csv.reader, which can be taken back when a row turns out to be broken."""

    def __init__(self, text: io.TextIOBase) -> None:
        self._text = text
        self._returned: list[str] = []
        self.taken: list[str] = []
        self.number = 0  # of the last line handed out

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._returned.pop() if self._returned else self._next()
        if (not line and self.taken) or len(self.taken) >= MAX_LINES_IN_A_ROW:
            if line:
                self._returned.append(line)
            raise _NeverClosed
        if not line:
            raise StopIteration
        self.taken.append(line)
        self.number += 1
        if len(line) == MAX_LINE_LENGTH:
            raise _NeverClosed if len(self.taken) > 1 else _TooLong
        return line

    def _next(self) -> str:
        """The next line; of one that is too long its beginning, and the rest is passed over."""
        line = rest = self._text.readline(MAX_LINE_LENGTH)
        while len(rest) == MAX_LINE_LENGTH and not rest.endswith(("\n", "\r")):
            rest = self._text.readline(MAX_LINE_LENGTH)
        return line

    def keep_first_only(self) -> None:
        """Take back all lines of the present row but its first."""
        self.number -= len(self.taken) - 1
        self._returned.extend(reversed(self.taken[1:]))


def rows(file: BinaryIO, fmt: Format) -> Iterator[Row]:
    """Every row that is not blank, the header first."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=fmt.encoding, newline="")
    try:
        yield from _rows(text, fmt)
    finally:
        if not file.closed:
            text.detach()  # the file stays its owner's


def _rows(text: io.TextIOBase, fmt: Format) -> Iterator[Row]:
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=fmt.delimiter)
    skip = fmt.skip
    while True:
        lines.taken = []
        first = lines.number + 1
        try:
            cells = next(reader, None)
        except (_NeverClosed, _TooLong, csv.Error) as error:
            lines.keep_first_only()
            reader = csv.reader(lines, delimiter=fmt.delimiter)
            yield Row(first, [lines.taken[0].rstrip("\r\n")[:SHOWN_OF_A_BROKEN_LINE]], _why(error))
            continue
        if cells is None:
            return
        if skip:
            skip -= 1
        elif any(cell and not cell.isspace() for cell in cells):
            yield Row(first, cells)


def _why(error: Exception) -> str:
    if isinstance(error, _NeverClosed):
        return "The row opens a quotation mark that is never closed."
    if isinstance(error, _TooLong):
        return "The row cannot be read: it is longer than a million characters."
    return "The row cannot be read: a cell is longer than 131,072 characters."
