"""Bad input, and what it gets: one sentence that says what and where; nothing half done, nothing lost."""

import resource
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from contacts.importing import detection, ready, staging
from contacts.importing.detection import BadFile
from contacts.importing.receiving import DISK_FULL
from contacts.models import Contact, Upload, UploadStatus
from tests.contacts.files import file, many, staged
from tests.contacts.importing import made
from tests.factories import NOON

pytestmark = pytest.mark.django_db

GOOD = "+12125551000"
REFUSED: dict[str, tuple[str | bytes, str]] = {
    "blank lines": (b"\r\n\r\n \r\n", "The file is empty."),
    "only a header": ("phone,name\n", "The file holds column names but no rows."),
    "only a header in Excel": (made.excel([["phone"]]), "The file holds column names but no rows."),
    "only an empty list": ("[]", "The file is empty."),
    "no header": (
        f"{GOOD},Ana\n+12125551001,Ben\n",
        "The first row must hold column names, one of them phone_number. Add it, and upload the file again.",
    ),
    "too many columns": (
        ",".join(["phone", *map(str, range(200))]) + "\n1\n",
        "The file has 201 columns. Up to 200 can be read.",
    ),
    "nobody in it": ("phone\nx\n", "No row can be used. Line 2: “x” is not a phone number."),
    "nobody in Excel": (
        made.excel([["phone"], ["x"]]),
        "No row can be used. Row 2: “x” is not a phone number.",
    ),
    "nobody in JSON": ('[{"phone": "x"}]', "No row can be used. Entry 1: “x” is not a phone number."),
    "a binary named .csv": (bytes(range(1, 256)) * 20, detection.NOT_TEXT),
    "NUL bytes": (f"phone\n{GOOD}\n\0\n".encode(), detection.NUL),
    "an old Excel file": (b"\xd0\xcf\x11\xe0" + bytes(200), detection.OLD_EXCEL),
    "a line without end": (
        "phone\n" + "5" * 1_000_001,
        "No row can be used. Line 2: The row cannot be read: it is longer than a million characters.",
    ),
}
UNMAPPED: dict[str, tuple[str | bytes, str]] = {
    "no phone column": (
        "name,city\nAna,Rome\n",
        "No column is named phone_number or the like. Choose the column that holds the phone number. "
        "The columns are “name”, “city”.",
    ),
    "two phone columns": (
        f"mobile,tel\n{GOOD},{GOOD}\n",
        "Both “mobile” and “tel” could be the phone number. Choose the one to call.",
    ),
    "the same name twice": (
        f"phone,Phone\n{GOOD},{GOOD}\n",
        "Two columns are named “phone”. Choose the one to call.",
    ),
    "no phone column in JSON": (
        '[{"name": "Ana"}]',
        "No column is named phone_number or the like. Choose the column that holds the phone number. "
        "The columns are “name”.",
    ),
}
# A row that is not taken, below a good one: cells → the reason.
ROWS: dict[str, tuple[str, str]] = {
    "too many cells": (
        "+12125551001,Doe, Jane,5",
        "The row has 4 cells, the header 3. Is a comma in a cell not quoted?",
    ),
    "too few cells": ("Jane", "“Jane” is not a phone number."),
    "a cell that is too long": (
        f"+12125551001,{'x' * 200_000},5",
        "The row cannot be read: a cell is longer than 131,072 characters.",
    ),
    "a cell of a megabyte": (
        f"+12125551001,{'x' * 1_048_576},5",
        "The row cannot be read: it is longer than a million characters.",
    ),
    "an open quotation mark": ('+12125551001,"Jane,5', "The row opens a quotation mark that is never closed."),
    "letters": ("call Jane,Jane,5", "“call Jane” is not a phone number."),
    "too short": ("+1555,Jane,5", "“+1555” is too short for a phone number."),
    "two numbers": ("2125551001 2125551002,Jane,5", "“2125551001 2125551002” is not a phone number."),
    "nothing": (",Jane,5", "The phone number is empty."),
    "a long name": (f"+12125551001,{'x' * 201},5", "The name is longer than 200 characters."),
}
# What is read all the same.
READ: dict[str, bytes] = {
    "byte order mark": f"\ufeffphone,name,due\n{GOOD},Zoë,5\n".encode(),
    "utf-16": f"phone,name,due\n{GOOD},Zoë,5\n".encode("utf-16"),
    "windows-1252": f"phone,name,due\n{GOOD},Zoë,5\n".encode("cp1252"),
    "semicolons": f"phone;name;due\n{GOOD};Zoë;5\n".encode(),
    "tabs": f"phone\tname\tdue\n{GOOD}\tZoë\t5\n".encode(),
    "mixed line ends": f"phone,name,due\r\n{GOOD},Zoë,5\n\r".encode(),
    "blanks in the header": f" phone , name,due \n{GOOD},Zoë,5\n".encode(),
    "an Excel file named .csv": made.excel([["phone", "name", "due"], [12125551000.0, "Zoë", 5]]),
    "JSON named .csv": f'{{"contacts": [{{"phone": "{GOOD}", "name": "Zoë", "due": 5}}]}}'.encode(),
    "invisible marks": f"phone,name,due\n\u202a{GOOD}\u202c,Zoë,5\n".encode(),
    "Arabic digits": "phone,name,due\n+١٢١٢٥٥٥١٠٠٠,Zoë,5\n".encode(),
}


def rows_of(upload: Upload) -> list[list]:
    with upload.ready.open("rb") as kept:
        return [row for row, _ in ready.rows(kept.file)]


@pytest.mark.parametrize(("content", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_a_file_that_cannot_be_used_fails_with_its_sentence_and_leaves_nothing(workspace, content, sentence) -> None:
    upload = staged(workspace, content)
    assert (upload.status, upload.problem) == (UploadStatus.FAILED, sentence)
    assert not upload.file and not upload.ready and not Contact.objects.exists()


@pytest.mark.parametrize(("content", "sentence"), UNMAPPED.values(), ids=UNMAPPED.keys())
def test_a_file_without_a_clear_phone_column_waits_for_a_person(workspace, content, sentence) -> None:
    upload = staged(workspace, content)
    assert (upload.status, upload.problem) == (UploadStatus.UNMAPPED, sentence)
    assert upload.file and upload.columns and len(upload.preview) == 1 and not upload.ready


@pytest.mark.parametrize(("row", "reason"), ROWS.values(), ids=ROWS.keys())
def test_a_bad_row_is_kept_with_its_line_and_reason_and_stops_nothing(workspace, row, reason) -> None:
    upload = staged(workspace, f"phone,name,due\n{GOOD},Ana,5\n{row}\n+12125551009,Ben,5\n")
    assert upload.status == UploadStatus.STAGED
    assert (upload.rows, upload.valid_rows, upload.invalid_rows) == (3, 2, 1)
    assert upload.first_rejections == [{"line": 3, "kind": "invalid", "reason": reason}]
    assert [row[0] for row in rows_of(upload)] == [2, 3, 4]


@pytest.mark.parametrize("content", READ.values(), ids=READ.keys())
def test_what_looks_odd_is_read_all_the_same(workspace, content) -> None:
    upload = staged(workspace, content)
    assert upload.status == UploadStatus.STAGED, upload.problem
    (row,) = rows_of(upload)
    assert (row[ready.PHONE], row[ready.GIVEN], row[ready.VARIABLES]) == (GOOD, {"name": "Zoë"}, {"due": "5"})


def test_columns_of_one_name_and_of_none_stay_apart(workspace) -> None:
    upload = staged(workspace, f"phone,größe,größe,,\n{GOOD},1,2,3,4\n")
    (row,) = rows_of(upload)
    assert row[ready.VARIABLES] == {"größe": "1", "größe_2": "2", "column_4": "3", "column_5": "4"}


def test_a_cell_of_several_lines_is_one_cell_and_later_rows_know_their_line(workspace) -> None:
    upload = staged(workspace, f'phone,note\n{GOOD},"one\r\ntwo"\nx,\n')
    assert rows_of(upload)[0][ready.VARIABLES] == {"note": "one\r\ntwo"}
    assert upload.first_rejections[0]["line"] == 4


def test_a_number_with_an_extension_is_called_without_it_and_told(workspace) -> None:
    upload = staged(workspace, f"phone\n{GOOD} ext. 12\n")
    told = "The extension 12 is not dialed: the number is taken without it."
    assert upload.warnings == {"extension": {"count": 1, "first": [[2, told]]}}


def test_warnings_count_all_and_show_the_first(workspace) -> None:
    rows = "".join(f"+1212555{n:04},Mars/Olympus\n" for n in range(30))
    upload = staged(workspace, f"phone,timezone\n{rows}")
    assert upload.valid_rows == 30
    assert (upload.warnings["timezone"]["count"], len(upload.warnings["timezone"]["first"])) == (30, 20)


def test_who_another_live_campaign_may_call_is_told_and_not_asked_of_one_by_one(workspace) -> None:
    asked: list[int] = []

    def elsewhere(upload: Upload, numbers: list[str]) -> set[str]:
        asked.append(len(numbers))
        return {"+12125550001", "+12125559999"}

    upload = staging.receive(workspace, file(many(3)), user=None, now=NOON, elsewhere=elsewhere)
    assert asked == [3]
    assert upload.warnings == {
        "elsewhere": {"count": 1, "first": [[3, "The person may be called by another live campaign, too."]]}
    }


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """The system itself refuses to write more: as a full disk does, but for this process alone."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_is_full_refuses_the_file_and_keeps_no_part_of_it(workspace, settings, tmp_path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    with pytest.raises(BadFile) as refusal, no_file_larger_than(1_000):
        staging.keep(workspace, file(many(500)), user=None, now=NOON)
    assert refusal.value.sentence == DISK_FULL
    assert not Upload.objects.exists() and not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_disk_that_is_full_while_the_file_is_read_fails_it_and_removes_both_files(workspace, monkeypatch) -> None:
    folder = Path(tempfile.mkdtemp())
    full = folder / "full.ready"
    full.symlink_to("/dev/full")
    monkeypatch.setattr(staging.ready, "path_of", lambda upload, name: full)
    upload = staged(workspace, many(3))
    assert (upload.status, upload.problem) == (UploadStatus.FAILED, DISK_FULL)
    assert not upload.file and not upload.ready and not full.exists()


@pytest.mark.load
def test_half_a_million_rows_are_read_and_one_more_is_refused(workspace) -> None:
    most = detection.MAX_ROWS
    rows = "".join(f"+1212{2_000_000 + n}\n" for n in range(most))
    upload = staged(workspace, f"phone\n{rows}")
    assert (upload.status, upload.rows) == (UploadStatus.STAGED, most)
    upload = staged(workspace, f"phone\n{rows}+13105550000\n")
    assert (upload.status, upload.problem) == (
        UploadStatus.FAILED,
        "The file has more than 500,000 rows. Split it into smaller files.",
    )
