"""Excel and JSON give the same rows as CSV, whatever the file is called, in memory that does not grow with them."""

import io
import json
import tracemalloc
import zipfile
from datetime import date, datetime, time

import pytest

from campaigns import files
from contacts.importing import excel, formats, objects
from contacts.importing.detection import BadFile, Format
from contacts.importing.reader import Row
from contacts.importing.shelf import Shelf
from contacts.models import FileKind
from tests.contacts.files import staged
from tests.contacts.importing import made
from tests.factories import NOON

HEADER = ["phone", "name", "due"]
FORMULA = "Cell C2 holds a formula without its result. Open the file in Excel, save it, and upload it again."
SHEET = "xl/worksheets/sheet1.xml"


def read(content: bytes | str) -> list[Row]:
    file = io.BytesIO(content.encode() if isinstance(content, str) else content)
    return list(formats.rows(file, formats.detect(file)))


def cells(content: bytes | str) -> list[list[str]]:
    return [row.cells for row in read(content)]


def refused(content: bytes | str) -> str:
    with pytest.raises(BadFile) as refusal:
        read(content)
    return refusal.value.sentence


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (9.19e11, "919000000000"),
        (919847410001.0, "919847410001"),
        (12125551000, "12125551000"),
        (12.5, "12.5"),
        (0.1 + 0.2, "0.3"),
        (True, "true"),
        (date(2026, 12, 4), "2026-12-04"),
        (datetime(2026, 12, 4, 10, 30), "2026-12-04T10:30:00"),  # noqa: DTZ001 - Excel knows no zones
        (time(10, 30), "10:30:00"),
        ("+1 212 555 1000", "+1 212 555 1000"),
        ("two\nlines", "two\nlines"),
        ("#N/A", "#N/A"),
    ],
)
def test_a_cell_of_excel_is_read_as_it_is_shown(value: object, text: str) -> None:
    assert cells(made.excel([HEADER, ["x", "Ana", value]]))[1] == ["x", "Ana", text]


def test_rows_of_excel_know_their_number_and_blank_ones_are_none() -> None:
    content = made.excel([HEADER, ["+12125551000", None, 5], [], [None, " "], [None, "Ben"]])
    assert read(content) == [Row(1, HEADER), Row(2, ["+12125551000", "", "5"]), Row(5, ["", "Ben"])]


def test_a_formula_gives_its_result_and_without_one_a_sentence() -> None:
    content = made.excel([HEADER, ["+12125551000", "Ana", "=1+1"]])
    assert [row.problem for row in read(content)] == ["", FORMULA]
    sheet = made.part_of(content, SHEET)
    assert b"<v />" in sheet or b"<v/>" in sheet
    counted = made.changed(content, SHEET, sheet.replace(b"<v />", b"<v>2</v>").replace(b"<v/>", b"<v>2</v>"))
    assert read(counted)[1] == Row(2, ["+12125551000", "Ana", "2"])


def test_the_first_sheet_that_holds_rows_is_read_or_the_one_asked_for() -> None:
    content = io.BytesIO(made.excel([], [HEADER, ["1"]], [["other"], ["2"]], names=["Notes", "People", "Old"]))
    fmt = formats.detect(content)
    assert fmt == Format(kind=FileKind.EXCEL, sheet="People")
    assert formats.note(content, fmt) == "The file has 3 sheets. Only “People” is read."
    asked = formats.detect(content, {"sheet": "Old"})
    assert [row.cells for row in formats.rows(content, asked)] == [["other"], ["2"]]
    with pytest.raises(BadFile, match=r"The file has no sheet named “New”. Its sheets are “Notes”, “People”, “Old”."):
        formats.detect(content, {"sheet": "New"})


def renamed(content: bytes, *names: str) -> bytes:
    """As programs other than Excel name sheets."""
    book = made.part_of(content, "xl/workbook.xml")
    for number, name in enumerate(names, 1):
        book = book.replace(b'"Sheet%d"' % number, f'"{name}"'.encode())
    return made.changed(content, "xl/workbook.xml", book)


@pytest.mark.django_db
def test_the_long_name_of_a_sheet_is_cut(workspace) -> None:
    """Cut at a space, too: what a person chooses comes without it."""
    content = renamed(
        made.excel([["phone"], ["+12125551000"]], [["phone"], ["+12125551001"]]), "Ä" * 300, f"{'b' * 99} c"
    )
    upload = staged(workspace, content)
    assert (upload.status, upload.sheet) == ("staged", "Ä" * 100)
    assert upload.preview == [["+12125551000"]]
    files.choose(upload, {"sheet": "b" * 99}, NOON)
    assert (upload.sheet, upload.preview) == ("b" * 99, [["+12125551001"]])


@pytest.mark.parametrize("names", [("x" * 101, "x" * 102), ("x" * 100, "x" * 101), ("same", "same")])
def test_sheets_that_cannot_be_told_apart_are_refused(names) -> None:
    assert refused(renamed(made.excel([HEADER], [HEADER]), *names)) == excel.SAME_NAME


def test_texts_that_stand_within_their_cells_are_read() -> None:
    content = made.excel([["phone"], ["x"]])
    inline = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row><c t="inlineStr"><is><t>phone</t></is></c></row>'
        b'<row><c t="inlineStr"><is><r><t>+1 </t></r><r><t>212</t></r></is></c></row></sheetData></worksheet>'
    )
    assert read(made.changed(content, SHEET, inline)) == [Row(1, ["phone"]), Row(2, ["+1 212"])]


def test_an_archive_that_unpacks_to_too_much_is_refused_by_what_it_says(monkeypatch) -> None:
    content = made.changed(made.excel([HEADER, ["1"]]), "xl/media/image1.png", b"0" * 3_000_000)
    assert len(content) < 20_000
    monkeypatch.setattr(excel, "MAX_UNPACKED", 2_000_000)
    assert refused(content) == excel.BOMB


def test_an_archive_is_given_up_once_it_has_unpacked_too_much(monkeypatch) -> None:
    """Whatever it says of itself: here all sizes it announces are small enough, one by one and together."""
    content = made.excel([HEADER, *([f"+1212{n}", "Ana", n] for n in range(2_000))])
    file = io.BytesIO(content)
    fmt = formats.detect(file)
    rows = formats.rows(file, fmt)
    next(rows)
    monkeypatch.setattr(excel, "MAX_UNPACKED", 80_000)
    with pytest.raises(BadFile) as refusal:
        list(rows)
    assert refusal.value.sentence == excel.BOMB


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (made.excel([HEADER])[:2_000], excel.DAMAGED),
        (made.changed(made.excel([HEADER]), SHEET, b"<worksheet><sheetData><row>"), excel.DAMAGED),
        (made.excel([]), excel.NO_ROWS),
    ],
    ids=["cut", "broken within", "nothing in it"],
)
def test_a_broken_workbook_is_refused_in_one_sentence(content: bytes, sentence: str) -> None:
    assert refused(content) == sentence


def test_an_archive_that_is_no_workbook_is_refused() -> None:
    made_of_it = io.BytesIO()
    with zipfile.ZipFile(made_of_it, "w") as archive:
        archive.writestr("people.csv", "phone\n1\n")
    assert refused(made_of_it.getvalue()) == excel.NOT_EXCEL


def test_entities_that_multiply_are_refused() -> None:
    laughs = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    bomb = b'<!DOCTYPE w [<!ENTITY l0 "lol">' + laughs + b"]><worksheet><sheetData><row><c><v>&l9;</v></c></row>"
    assert refused(made.changed(made.excel([HEADER]), SHEET, bomb)) == excel.DAMAGED


def test_texts_on_the_shelf_lie_on_disk_and_come_back_in_any_order() -> None:
    with Shelf() as shelf:
        for n in range(5_000):
            shelf.add(f"Zoë {n}")
        assert [shelf[4_999], shelf[0], shelf[2_500], shelf[5_000]] == ["Zoë 4999", "Zoë 0", "Zoë 2500", ""]


def test_entries_of_json_are_rows_and_all_their_names_are_columns() -> None:
    content = '[{"phone": "+1", "name": "Ana"}, {"phone": "+2", "tags": ["vip", "b2b"], "due": 5}]'
    assert read(content) == [
        Row(0, ["phone", "name", "tags", "due"]),
        Row(1, ["+1", "Ana", "", ""]),
        Row(2, ["+2", "", "vip;b2b", "5"]),
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("9.19e11", "919000000000"),
        ("919847410001", "919847410001"),
        ("12.50", "12.50"),
        ("true", "true"),
        ("null", ""),
        ("{}", ""),
        ('{"a": [1, 2.5]}', '{"a": [1, 2.5]}'),
        ('["a", "b"]', '["a", "b"]'),
        ('"\\u0000a\\ud800"', "a"),
        ('"Zo\\u00eb"', "Zoë"),
    ],
)
def test_a_value_of_json_becomes_the_text_of_a_cell(value: str, text: str) -> None:
    assert cells(f'[{{"name": "x", "value": {value}}}]')[1] == ["x", text]


def test_variables_as_the_api_writes_them_are_columns() -> None:
    assert cells('[{"phone": "+1", "variables": {"plan": "gold"}}]') == [["phone", "plan"], ["+1", "gold"]]


@pytest.mark.parametrize("size", [1, 7, 64, 1 << 18])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_list_inside_an_object_is_found_wherever_the_pieces_are_cut(size, encoding, monkeypatch) -> None:
    monkeypatch.setattr(objects, "CHUNK_BYTES", size)
    entries = [{"phone": f"+1212555{n}", "name": "Zoë “x” \\", "n": n * 1_000_000} for n in range(20)]
    content = json.dumps({"count": 1234567, "page": {"next": None}, "ids": [1, 2], "contacts": entries, "ok": True})
    found = cells(content.encode(encoding))
    assert found[0] == ["phone", "name", "n"]
    assert found[1:] == [[entry["phone"], entry["name"], str(entry["n"])] for entry in entries]


BAD_JSON = {
    "no list": ('{"phone": "+1"}', objects.NO_LIST),
    "numbers": ("[1, 2]", objects.NO_LIST),
    "two lists": ('{"a": [{"x": 1}], "b": [{"y": 1}]}', objects.TWO_LISTS),
    "cut": ('[{"a": 1}, {"a": 2}, {"a"', "The JSON is broken after entry 2. Export the list again, and upload that."),
    "no comma": ('[{"a": 1} {"a": 2}]', "The JSON is broken after entry 1. Export the list again, and upload that."),
    "more": ('[{"a": 1}] x', "The JSON is broken after entry 1. Export the list again, and upload that."),
    "lines": ('{"a": 1}\n{"a": 2}\n', objects.NO_LIST),
    "deep": (
        '[{"a": ' + "[" * 100_000,
        "The JSON is broken after its beginning. Export the list again, and upload that.",
    ),
    "long": (
        '[{"a": "' + "x" * 1_100_000 + '"}]',
        "Entry 1 is longer than a million characters: this is not a list of contacts.",
    ),
    "without end": (
        '[{"a": 1}, {"a": "' + "x" * 8_300_000,
        "Entry 2 is longer than a million characters: this is not a list of contacts.",
    ),
}


@pytest.mark.parametrize(("content", "sentence"), BAD_JSON.values(), ids=BAD_JSON.keys())
def test_json_that_is_no_list_of_objects_is_refused_in_one_sentence(content: str, sentence: str) -> None:
    assert refused(content) == sentence


def test_an_entry_of_a_megabyte_costs_only_itself() -> None:
    found = read(json.dumps([{"phone": "+1"}, {"phone": "+2", "note": "x" * 1_048_576}, {"phone": "+3"}]))
    assert [(row.line, row.problem) for row in found] == [(0, ""), (1, ""), (2, objects.LONG_ENTRY), (3, "")]
    assert found[2].cells[0].startswith('{"phone": "+2"') and len(found[2].cells[0]) == 1_000


def test_a_variable_called_like_a_field_leaves_the_field_alone() -> None:
    entry = {"phone": "+1", "name": "Ana", "variables": {"name": "Plan", "due": 5}}
    assert [row.cells for row in read(json.dumps([entry]))] == [
        ["phone", "name", "variables.name", "due"],
        ["+1", "Ana", "Plan", "5"],
    ]


def test_an_entry_that_is_no_object_costs_only_itself() -> None:
    assert [row.problem for row in read('[{"a": 1}, 7, {"a": 2}]')] == ["", "", objects.NOT_AN_OBJECT, ""]


@pytest.mark.parametrize("kind", ["json", "excel"])
def test_memory_does_not_grow_with_the_file(kind: str) -> None:
    def most(rows: int) -> int:
        people = [[f"+1212{n:07}", f"Person {n}", "x" * 50 + str(n)] for n in range(rows)]
        entries = [dict(zip(HEADER, row, strict=True)) for row in people]
        content = made.excel([HEADER, *people]) if kind == "excel" else json.dumps(entries).encode()
        file = io.BytesIO(content)
        del people, entries, content
        tracemalloc.start()
        for _ in formats.rows(file, formats.detect(file)):
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    most(10)
    small, large = most(2_000), most(5_000)
    assert large < small + 1_000_000, (small, large)
