"""What a person chooses goes before what was found in the file; what cannot be is refused, and the file is kept."""

import pytest

from contacts.importing import progress, ready, staging
from contacts.importing.detection import BadFile
from contacts.models import Purpose, Upload, UploadStatus
from tests.contacts.files import file, loaded, staged
from tests.contacts.importing import made
from tests.factories import NOON

pytestmark = pytest.mark.django_db

TWO = "mobile,tel,who\n+12125551000,+12125552000,Ana\n"


def first(upload: Upload) -> list:
    with upload.ready.open("rb") as kept:
        return next(ready.rows(kept.file))[0]


def mapping(**fields: int) -> dict[str, object]:
    return {"mapping": {"fields": fields, "variables": {}}}


def test_a_chosen_column_is_called_and_the_choice_is_kept(workspace) -> None:
    upload = staged(workspace, TWO)
    asked = {"mapping": {"fields": {"phone_number": 1, "name": 2}, "variables": {"Other": 0}}}
    staging.choose(upload, asked, NOON)
    assert (upload.status, upload.problem, upload.valid_rows, upload.asked) == (UploadStatus.STAGED, "", 1, asked)
    row = first(upload)
    assert (row[ready.PHONE], row[ready.GIVEN], row[ready.VARIABLES]) == (
        "+12125552000",
        {"name": "Ana"},
        {"Other": "+12125551000"},
    )


def test_a_staged_file_may_be_read_another_way(workspace) -> None:
    upload = staged(workspace, "tel,name\n030 23125002,Ana\n+12125551000,Ben\n")
    before = upload.ready.name
    assert upload.valid_rows == 1
    staging.choose(upload, {"default_country": "DE"}, NOON)
    assert (upload.valid_rows, upload.default_country, upload.invalid_rows) == (2, "DE", 0)
    assert upload.ready.name != before and not ready.path_of(upload, before).exists()


def test_encoding_and_delimiter_may_be_chosen(workspace) -> None:
    upload = staged(workspace, "tel,na;me\n+12125551000,Zoë\n".encode())
    staging.choose(upload, {"encoding": "cp1252", "delimiter": ";", **mapping(phone_number=0)}, NOON)
    assert upload.status == UploadStatus.UNMAPPED, "the whole first cell is no number"
    assert upload.columns == ["tel,na", "me"] and upload.problem.startswith("No row can be used.")
    staging.choose(upload, {"encoding": "cp1252", "delimiter": ","}, NOON)
    assert first(upload)[ready.VARIABLES] == {"na;me": "ZoÃ«"}


def test_another_sheet_may_be_chosen(workspace) -> None:
    content = made.excel([["phone"], ["+12125551000"]], [["tel"], ["+12125552000"]], names=["A", "B"])
    upload = staged(workspace, content)
    assert (upload.sheet, upload.note, upload.format_words) == (
        "A",
        "The file has 2 sheets. Only “A” is read.",
        "Excel, sheet A",
    )
    staging.choose(upload, {"sheet": "B"}, NOON)
    assert (upload.sheet, first(upload)[ready.PHONE]) == ("B", "+12125552000")


BAD = {
    "no phone": (mapping(name=0), "Choose the column that holds the phone number."),
    "beyond the end": (
        mapping(phone_number=3),
        "“phone_number” is to be read from column 3, but the file has 3 columns.",
    ),
    "before the start": (
        mapping(phone_number=-1),
        "“phone_number” is to be read from column -1, but the file has 3 columns.",
    ),
    "no number": (
        {"mapping": {"fields": {"phone_number": True}}},
        "“phone_number” is to be read from column True, but the file has 3 columns.",
    ),
    "twice": (mapping(phone_number=0, name=0), "The column “mobile” is chosen for phone_number and for name."),
    "no mapping": ({"mapping": [0]}, "A mapping holds fields and variables: names with the position of their column, "),
    "nameless variable": (
        {"mapping": {"fields": {"phone_number": 0}, "variables": {" ": 1}}},
        "The name of a variable has 1 to 100 characters.",
    ),
    "reserved variable": (
        {"mapping": {"fields": {"phone_number": 0}, "variables": {"Rejected reason": 1}}},
        "No variable can be named “Rejected reason”: files of rejected rows have such a column.",
    ),
    "unknown field": (mapping(phone_number=0, shoe_size=1), "“shoe_size” is not a field that a column can fill."),
    "unknown encoding": ({"encoding": "klingon"}, "“klingon” is no encoding that can be read. Choose one of: utf-8, "),
    "unknown delimiter": ({"delimiter": "x"}, "“x” is no delimiter that can be read. Choose one of: ,, ;, tab."),
    "unknown country": ({"default_country": "Atlantis"}, "“Atlantis” is not a country."),
    "a sheet of a CSV": ({"sheet": "A"}, "Only an Excel file has sheets to choose from."),
    "something else": ({"colour": "red"}, "“colour” cannot be chosen."),
}


@pytest.mark.parametrize(("asked", "sentence"), BAD.values(), ids=BAD.keys())
def test_a_choice_that_does_not_fit_is_refused_and_changes_nothing(workspace, asked, sentence) -> None:
    upload = staged(workspace, TWO)
    with pytest.raises(BadFile) as refusal:
        staging.choose(upload, asked, NOON)
    assert refusal.value.sentence.startswith(sentence)
    again = Upload.objects.get(pk=upload.pk)
    assert (again.status, again.asked, again.problem) == (UploadStatus.UNMAPPED, {}, upload.problem)


def test_a_choice_that_finds_nobody_leaves_the_file_to_choose_again(workspace) -> None:
    upload = staged(workspace, TWO)
    staging.choose(upload, mapping(phone_number=2), NOON)
    assert (upload.status, upload.problem) == (
        UploadStatus.UNMAPPED,
        "No row can be used. Line 2: “Ana” is not a phone number.",
    )
    staging.choose(upload, mapping(phone_number=1), NOON)
    assert upload.status == UploadStatus.STAGED


def test_it_is_too_late_to_choose_for_a_file_that_is_loaded_or_cancelled(workspace) -> None:
    done, cancelled = loaded(workspace, "tel\n+12125551000\n"), staged(workspace, TWO)
    progress.cancel(cancelled, NOON)
    for upload in (done, cancelled):
        with pytest.raises(staging.TooLate, match="This file is not waiting any more"):
            staging.choose(upload, mapping(phone_number=0), NOON)


def test_a_large_file_is_read_again_in_the_background_and_by_nobody_of_an_earlier_turn(workspace, monkeypatch) -> None:
    monkeypatch.setattr(staging, "AT_ONCE_BYTES", 10)
    upload = staging.receive(workspace, file(TWO), user=None, now=NOON)
    earlier = upload.turn
    staging.stage(upload.pk, earlier)
    upload.refresh_from_db()
    staging.choose(upload, mapping(phone_number=0), NOON)
    assert (upload.status, upload.turn) == (UploadStatus.STAGING, earlier + 1)
    staging.stage(upload.pk, earlier)
    assert Upload.objects.get(pk=upload.pk).status == UploadStatus.STAGING
    staging.stage(upload.pk, upload.turn)
    assert Upload.objects.get(pk=upload.pk).status == UploadStatus.STAGED


def test_a_file_for_the_suppression_list_holds_numbers_reasons_and_notes(workspace) -> None:
    content = "tel,name,reason,note\n+12125551000,Ana,dnc,asked twice\n"
    upload = staging.receive(workspace, file(content), user=None, now=NOON, purpose=Purpose.SUPPRESSION)
    row = first(upload)
    assert (row[ready.GIVEN], row[ready.VARIABLES]) == ({"reason": "dnc", "note": "asked twice"}, {})
