"""What kind of file is this? Encoding and delimiter, or one sentence that says why it cannot be read."""

import codecs
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

HEAD_BYTES = 65_536
CHUNK_BYTES = 1 << 20
MAX_BYTES = 100 * 1024 * 1024
MAX_ROWS = 500_000
DELIMITERS = (",", ";", "\t")
SAMPLE_ROWS = 20
# Share of control characters above which bytes are not taken for text.
BINARY_SHARE = 0.02

TOO_LARGE = "The file is larger than 100 MB. Split it into smaller files."
EMPTY = "The file is empty."
NOT_TEXT = "This is not a CSV file: it does not hold text. Save the list as CSV and upload that."
NUL = "The file holds NUL bytes, so it is damaged or not text. Save the list as CSV (UTF-8) again and upload that."
EXCEL = "This is an Excel file, whatever its name says. Save the list as CSV and upload that."
# How other kinds of file begin.
SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", EXCEL),
    (b"\xd0\xcf\x11\xe0", EXCEL),
    (b"%PDF", "This is a PDF, not a CSV file. Save the list as CSV and upload that."),
    (b"\x1f\x8b", "This file is compressed. Unpack it and upload the CSV file inside."),
    (b"\x89PNG", NOT_TEXT),
    (b"\xff\xd8\xff", NOT_TEXT),
    (b"SQLite format 3\x00", NOT_TEXT),
)
BYTE_ORDER_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class BadFile(ValueError):
    """The file as a whole cannot be used. Its message is one sentence for people."""

    @property
    def sentence(self) -> str:
        return str(self)


@dataclass(frozen=True, slots=True)
class Format:
    encoding: str
    delimiter: str
    skip: int = 0  # lines before the header: Excel's "sep=;"


def detect(file: BinaryIO) -> Format:
    """How to read the file. Reads it once or twice, in pieces. Raises BadFile.

    Encoding: a byte order mark, else UTF-8 if all of it is, else Windows-1252.
    """
    encoding = _encoding(file)
    file.seek(0)
    head = codecs.getincrementaldecoder(encoding)().decode(file.read(HEAD_BYTES))
    _refuse_other_text(head)
    hint = re.match(r"sep=([,;\t])\r?\n", head, re.IGNORECASE)
    return Format(encoding, hint[1], 1) if hint else Format(encoding, _delimiter(head))


def _encoding(file: BinaryIO) -> str:
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if not head:
        raise BadFile(EMPTY)
    for signature, sentence in SIGNATURES:
        if head.startswith(signature):
            raise BadFile(sentence)
    marked = next((name for mark, name in BYTE_ORDER_MARKS if head.startswith(mark)), "") or _unmarked_utf16(head)
    candidates = (marked,) if marked else ("utf-8", "cp1252")
    line = 0
    for candidate in candidates:
        try:
            line = 0
            for text in _decoded(file, candidate):
                if "\x00" in text:
                    raise BadFile(NUL)
                line += text.count("\n")
            return candidate
        except UnicodeDecodeError as error:
            line += 1 + error.object[: error.start].count(b"\n")
    if not marked and _is_binary(head.decode("latin-1")):
        raise BadFile(NOT_TEXT)
    names = "UTF-16" if "16" in marked else "UTF-8" if marked else "UTF-8 nor Windows-1252"
    raise BadFile(
        f"The file is {'not valid' if marked else 'neither'} {names} text (line {line}). "
        "Save it as CSV UTF-8 and upload it again."
    )


def _unmarked_utf16(head: bytes) -> str:
    """UTF-16 without a byte order mark shows by its regular NUL bytes; "" when it is something else."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    half = max(1, len(head) // 2)
    if odd > 0.4 * half and even < 0.05 * half:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 * half and odd < 0.05 * half else ""


def _decoded(file: BinaryIO, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    while chunk := file.read(CHUNK_BYTES):
        yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)


def _is_binary(text: str) -> bool:
    controls = sum(1 for letter in text if letter < " " and letter not in "\t\r\n\f")
    return controls > BINARY_SHARE * len(text)


def _refuse_other_text(head: str) -> None:
    start = head.lstrip()[:200].lower()
    if not start:
        raise BadFile(EMPTY)
    if _is_binary(head):
        raise BadFile(NOT_TEXT)
    if start.startswith(("<!doctype", "<html", "<?xml")):
        raise BadFile("This is a web page or XML, not a CSV file. Save the list as CSV and upload that.")
    if start.startswith(("{", "[{", "[\n", "[[")):
        raise BadFile("This is JSON, not a CSV file. Save the list as CSV and upload that.")


def _delimiter(head: str) -> str:
    """The one whose rows agree best with their header; the comma when there is but one column."""
    best, best_score = ",", (0.0, 1)
    for delimiter in DELIMITERS:
        # The last line of the head may be cut.
        lines = head.splitlines(keepends=True)[: SAMPLE_ROWS * 5]
        rows = [row for row in islice(csv.reader(lines[:-1] or lines, delimiter=delimiter), SAMPLE_ROWS) if row]
        width = len(rows[0]) if rows else 1
        agreeing = sum(len(row) == width for row in rows) / len(rows) if rows else 0
        if width > 1 and (agreeing, width) > best_score:
            best, best_score = delimiter, (agreeing, width)
    return best
