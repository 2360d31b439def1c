import io

import pytest

from contacts.importing import reader
from contacts.importing.detection import Format
from contacts.importing.reader import Row, rows

COMMA = Format("utf-8", ",")


def read(text: str) -> list[Row]:
    return list(rows(io.BytesIO(text.encode()), COMMA))


def test_rows_know_the_line_they_begin_on() -> None:
    assert read('a,b\r\n1,"two\r\nlines"\r\n\r\n , \r\n3,4') == [
        Row(1, ["a", "b"]),
        Row(2, ["1", "two\r\nlines"]),
        Row(6, ["3", "4"]),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_in_use_is_one(end: str) -> None:
    assert [row.cells for row in read(f"a,b{end}1,2{end}")] == [["a", "b"], ["1", "2"]]


def test_a_quotation_mark_that_never_closes_costs_one_row_at_the_end_of_the_file() -> None:
    assert read('a,b\n1,"x\n2,y\n3,z\n') == [
        Row(1, ["a", "b"]),
        Row(2, ['1,"x'], "The row opens a quotation mark that is never closed."),
        Row(3, ["2", "y"]),
        Row(4, ["3", "z"]),
    ]


def test_a_quotation_mark_that_never_closes_costs_one_row_in_a_long_file() -> None:
    found = read('a,b\n1,"x\n' + "2,y\n" * 1_000)
    assert [row.line for row in found] == list(range(1, 1_003))
    assert [row.line for row in found if row.problem] == [2]


def test_a_quotation_mark_that_closes_in_a_later_row_is_a_cell_of_several_lines() -> None:
    assert [row.cells for row in read('a,b\n1,"x\n2,y"\n')] == [["a", "b"], ["1", "x\n2,y"]]


def test_a_cell_that_is_too_long_costs_its_row() -> None:
    found = read(f"a,b\n1,{'x' * 200_000}\n2,y\n")
    assert [(row.line, bool(row.problem)) for row in found] == [(1, False), (2, True), (3, False)]
    assert len(found[1].cells[0]) == reader.SHOWN_OF_A_BROKEN_LINE


@pytest.mark.parametrize("length", [1_000_000, 1_048_576, 3_000_000])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_line_of_a_megabyte_costs_its_row(length: int, end: str) -> None:
    found = read(f"a,b{end}1,{'x' * length}{end}2,y{end}")
    assert [(row.line, row.problem) for row in found] == [
        (1, ""),
        (2, "The row cannot be read: it is longer than a million characters."),
        (3, ""),
    ]
    assert len(found[1].cells[0]) == reader.SHOWN_OF_A_BROKEN_LINE and found[2].cells == ["2", "y"]


def test_a_long_line_behind_an_open_quotation_mark_costs_both_rows() -> None:
    found = read(f'a,b\n1,"x\n{"y" * 2_000_000}\n2,y\n')
    assert [(row.line, bool(row.problem)) for row in found] == [(1, False), (2, True), (3, True), (4, False)]


def test_a_line_without_end_is_one_row() -> None:
    assert [(row.line, bool(row.problem)) for row in read("a,b\n" + "x" * 3_000_000)] == [(1, False), (2, True)]
