"""What kind of file is this? CSV, Excel or JSON by its content, and how to read it; or one sentence: why not."""

import codecs
import csv
import re
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO, NamedTuple

from contacts.models import FileKind, Upload

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
NOT_TEXT = "This is no list that can be read: it does not hold text. Save it as CSV or Excel (.xlsx) and upload that."
NUL = "The file holds NUL bytes, so it is damaged or not text. Save the list as CSV (UTF-8) again and upload that."
OLD_EXCEL = "This is an old or protected Excel file. Save it as .xlsx without a password, or as CSV, and upload that."
ZIP = b"PK\x03\x04"
JSON_BEGINS = re.compile(r"[\ufeff\s]*(\{|\[\s*[\[\]{\"\d-])")
# How other kinds of file begin.
SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\xd0\xcf\x11\xe0", OLD_EXCEL),
    (b"%PDF", "This is a PDF. Save the list as CSV or Excel (.xlsx) and upload that."),
    (b"\x1f\x8b", "This file is compressed. Unpack it and upload the file inside."),
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


class Format(NamedTuple):
    encoding: str = ""
    delimiter: str = ""
    skip: int = 0  # lines before the header: Excel's "sep=;"
    kind: str = FileKind.CSV
    sheet: str = ""  # of an Excel file; "" for the first that holds rows

    @property
    def unit(self) -> str:
        """What the number of a row counts."""
        return {FileKind.EXCEL: "row", FileKind.JSON: "entry"}.get(FileKind(self.kind), "line")


def format_of(upload: Upload) -> Format:
    """How the staged file was read."""
    return Format(upload.encoding, upload.delimiter, upload.lines_before_header, upload.kind, upload.sheet)


def detect(file: BinaryIO, asked: dict[str, str] | None = None) -> Format:
    """How to read the file. Reads it once or twice, in pieces. Raises BadFile.

    `asked`: encoding, delimiter or sheet that a person chose. Encoding: a byte order mark, else UTF-8 if all of it is,
    else Windows-1252.
    """
    asked = asked or {}
    file.seek(0)
    head_bytes = file.read(HEAD_BYTES)
    _refuse_other_bytes(head_bytes)
    if head_bytes.startswith(ZIP):
        return Format(kind=FileKind.EXCEL, sheet=asked.get("sheet", ""))
    encoding = _encoding(file, head_bytes, asked.get("encoding", ""))
    head = codecs.getincrementaldecoder(encoding)().decode(head_bytes)
    _refuse_other_text(head)
    if JSON_BEGINS.match(head):
        return Format(encoding, kind=FileKind.JSON)
    hint = re.match(r"sep=([,;\t])\r?\n", head, re.IGNORECASE)
    delimiter = asked.get("delimiter") or (hint[1] if hint else _delimiter(head))
    return Format(encoding, delimiter, 1 if hint else 0)


def _refuse_other_bytes(head: bytes) -> None:
    if not head:
        raise BadFile(EMPTY)
    for signature, sentence in SIGNATURES:
        if head.startswith(signature):
            raise BadFile(sentence)


def _encoding(file: BinaryIO, head: bytes, asked: str) -> str:
    marked = next((name for mark, name in BYTE_ORDER_MARKS if head.startswith(mark)), "") or _unmarked_utf16(head)
    # A mark tells the order of bytes, too, which the word UTF-16 alone does not.
    certain = marked if marked and asked[:6] in ("", marked[:6]) else asked
    candidates = [certain] if certain else ["utf-8", "cp1252"]
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
    if len(candidates) > 1 and _is_binary(head.decode("latin-1")):
        raise BadFile(NOT_TEXT)
    if len(candidates) > 1:
        raise BadFile(
            f"The file is neither UTF-8 nor Windows-1252 text (line {line}). Save it as CSV UTF-8 and upload it again."
        )
    name = {"utf-8": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows-1252"}.get(candidates[0][:6], "UTF-8")
    raise BadFile(f"The file is not valid {name} text (line {line}). Save it as CSV UTF-8 and upload it again.")


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
        raise BadFile("This is a web page or XML. Save the list as CSV or Excel (.xlsx) and upload that.")


def _delimiter(head: str) -> str:
    """The one whose rows agree best with their header; the comma when there is but one column."""
    best, best_score = ",", (0.0, 1)
    for delimiter in DELIMITERS:
        # The last line of the head may be cut.
        lines = head.splitlines(keepends=True)[: SAMPLE_ROWS * 5]
        try:
            reader = csv.reader(lines[:-1] or lines, delimiter=delimiter)
            rows = [row for row in islice(reader, SAMPLE_ROWS) if row]
        except csv.Error:  # a cell too long for it; told row by row
            continue
        width = len(rows[0]) if rows else 1
        agreeing = sum(len(row) == width for row in rows) / len(rows) if rows else 0
        if width > 1 and (agreeing, width) > best_score:
            best, best_score = delimiter, (agreeing, width)
    return best
