"""Each kind of bad file has one sentence; each encoding and delimiter in use is found."""

import io

import pytest

from contacts.importing import detection, excel, formats
from contacts.importing.detection import BadFile, Format, detect
from contacts.importing.mapping import propose
from contacts.importing.reader import rows

HEADER = "phone_number,name,city"
ROW = "+12125551000,João Müller,Łódź"
TEXT = f"{HEADER}\r\n{ROW}\r\n"


def cells(content: bytes) -> list[list[str]]:
    file = io.BytesIO(content)
    return [row.cells for row in rows(file, detect(file))]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_is_read_with_and_without_a_byte_order_mark(encoding: str) -> None:
    assert cells(TEXT.encode(encoding)) == [HEADER.split(","), ROW.split(",")]


def test_what_is_not_utf_8_is_windows_1252() -> None:
    assert cells("tel,name\n+12125551000,João “Jo” Müller €\n".encode("cp1252"))[1][1] == "João “Jo” Müller €"


def test_a_letter_cut_by_the_border_of_two_pieces_is_still_utf_8(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detection, "CHUNK_BYTES", 7)
    assert detect(io.BytesIO(TEXT.encode())).encoding == "utf-8"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_the_one_whose_rows_agree_with_the_header(delimiter: str) -> None:
    line = delimiter.join(["+12125551000", '"Doe, Jane; junior"', "1,5", "a;b,c"]).replace("a;b,c", '"a;b,c"')
    content = delimiter.join(["phone_number", "name", "amount", "note"]) + "\n" + (line + "\n") * 3
    assert detect(io.BytesIO(content.encode())) == Format("utf-8", delimiter)


def test_a_file_of_one_column_needs_no_delimiter() -> None:
    assert cells(b"phone\n+12125551000\n+12125551001\n") == [["phone"], ["+12125551000"], ["+12125551001"]]


def test_the_line_that_excel_writes_before_the_header_is_obeyed() -> None:
    assert cells(b"sep=;\r\nphone;name\r\n+12125551000;A\r\n") == [["phone", "name"], ["+12125551000", "A"]]


BAD_FILES = {
    "empty": (b"", "The file is empty."),
    "blank": (b"\n \n\n", "The file is empty."),
    "cut excel": (b"PK\x03\x04" + bytes(200), excel.DAMAGED),
    "old excel": (b"\xd0\xcf\x11\xe0" + bytes(200), detection.OLD_EXCEL),
    "pdf": (b"%PDF-1.7\n", "This is a PDF. Save the list as CSV or Excel (.xlsx) and upload that."),
    "zipped": (b"\x1f\x8b\x08\x00", "This file is compressed. Unpack it and upload the file inside."),
    "picture": (b"\x89PNG\r\n\x1a\n", detection.NOT_TEXT),
    "binary": (bytes(range(1, 256)) * 20, detection.NOT_TEXT),
    "nul bytes": (b"phone\n+12125551000\n\x00\n+12125551001\n", detection.NUL),
    "nul bytes far down": (b"phone\n" + b"+12125551000\n" * 200_000 + b"\x00", detection.NUL),
    "web page": (
        b"<!DOCTYPE html><html>",
        "This is a web page or XML. Save the list as CSV or Excel (.xlsx) and upload that.",
    ),
    "wrong encoding": (
        b"phone,name\n+12125551000,A\n+12125551001,\x81\x8d\n",
        "The file is neither UTF-8 nor Windows-1252 text (line 3). Save it as CSV UTF-8 and upload it again.",
    ),
    "broken utf-8": (
        b"\xef\xbb\xbfphone,name\n+12125551000,\xff\n",
        "The file is not valid UTF-8 text (line 2). Save it as CSV UTF-8 and upload it again.",
    ),
    "broken utf-16": (
        b"\xff\xfe" + "phone\n".encode("utf-16-le") + b"\x00\xd8\x41\x00",
        "The file is not valid UTF-16 text (line 2). Save it as CSV UTF-8 and upload it again.",
    ),
}


@pytest.mark.parametrize(("content", "sentence"), BAD_FILES.values(), ids=BAD_FILES.keys())
def test_a_bad_file_is_refused_in_one_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(BadFile) as refusal:
        file = io.BytesIO(content)
        propose(next(iter(formats.rows(file, formats.detect(file)))).cells)
    assert refusal.value.sentence == sentence
