from pathlib import Path

import pytest

from contacts.importing import detection, progress, staging
from contacts.importing.detection import BadFile
from contacts.models import Contact, RejectedRow, Upload, UploadStatus
from tests.contacts.files import file, many, staged
from tests.factories import NOON

SAMPLE = Path(__file__).parent / "contacts-small.csv"
pytestmark = pytest.mark.django_db


def test_the_sample_file_is_counted_and_previewed_and_nothing_is_created(workspace) -> None:
    upload = staged(workspace, SAMPLE.read_bytes())
    assert (upload.status, upload.encoding, upload.delimiter) == ("staged", "utf-8", ",")
    assert (upload.rows, upload.valid_rows, upload.duplicate_rows, upload.invalid_rows) == (206, 202, 1, 3)
    assert upload.columns[:3] == ["phone_number", "first_name", "last_name"]
    assert upload.mapping["variables"] == {"due_amount": 10, "plan": 11, "renewal_date": 12}
    assert upload.preview[1][:3] == ["+91 98474 10001", "João", "Patel"]
    assert [(row["line"], row["kind"]) for row in upload.first_rejections] == [
        (202, "duplicate"),
        (203, "invalid"),
        (204, "invalid"),
        (205, "invalid"),
    ]
    assert {kind: known["count"] for kind, known in upload.warnings.items()} == {"timezone": 1, "priority": 1}
    zone = "“Mars/Olympus” is not a known time zone. Use a name such as Europe/Berlin. The row is taken without it."
    assert upload.warnings["timezone"]["first"] == [[207, zone]]
    assert Contact.objects.count() == RejectedRow.objects.count() == 0


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("phone,name\n", "The file holds column names but no rows."),
        ("phone,name\nx,Ana\n", "No row can be used. Line 2: “x” is not a phone number."),
        ("\n\n", "The file is empty."),
        (
            'phone,"name\n+12125551000,Ana\n',
            "The first row must hold the column names, but it cannot be read. "
            "The row opens a quotation mark that is never closed.",
        ),
    ],
)
def test_a_file_that_cannot_be_used_fails_with_one_sentence_and_is_not_kept(workspace, content, sentence) -> None:
    upload = staged(workspace, content)
    assert (upload.status, upload.problem) == (UploadStatus.FAILED, sentence)
    assert not upload.file


def test_a_file_with_too_many_rows_fails(workspace, monkeypatch) -> None:
    monkeypatch.setattr(detection, "MAX_ROWS", 3)
    assert staged(workspace, many(3)).status == UploadStatus.STAGED
    assert staged(workspace, many(4)).problem == "The file has more than 3 rows. Split it into smaller files."


def test_a_file_that_is_too_large_or_empty_is_not_even_kept(workspace, monkeypatch) -> None:
    monkeypatch.setattr(detection, "MAX_BYTES", 10)
    with pytest.raises(BadFile, match=r"The file is larger than 100 MB. Split it into smaller files."):
        staging.receive(workspace, file("phone\n+12125551000"), user=None, now=NOON)
    with pytest.raises(BadFile, match=r"The file is empty."):
        staging.receive(workspace, file(""), user=None, now=NOON)
    assert Upload.objects.count() == 0


def test_a_large_file_is_staged_in_the_background(workspace, monkeypatch) -> None:
    monkeypatch.setattr(staging, "AT_ONCE_BYTES", 10)
    upload = staging.receive(workspace, file(many(3)), user=None, now=NOON)
    assert upload.status == UploadStatus.STAGING
    staging.stage(upload.pk, upload.turn - 1)
    upload.refresh_from_db()
    assert upload.status == UploadStatus.STAGING, "a task of an earlier turn does nothing"
    staging.stage(upload.pk, upload.turn)
    upload.refresh_from_db()
    assert (upload.status, upload.valid_rows) == (UploadStatus.STAGED, 3)


def test_a_file_cancelled_while_it_is_read_stays_cancelled(workspace, monkeypatch) -> None:
    monkeypatch.setattr(staging, "AT_ONCE_BYTES", 10)
    upload = staging.receive(workspace, file(many(3)), user=None, now=NOON)
    assert progress.cancel(upload, NOON)
    staging.stage(upload.pk, upload.turn)
    upload.refresh_from_db()
    assert upload.status == UploadStatus.CANCELLED
    assert not progress.cancel(upload, NOON)


def test_the_default_country_reads_national_numbers(workspace) -> None:
    assert staged(workspace, "tel\n030 23125002\n", default_country="DE").valid_rows == 1
    with pytest.raises(BadFile, match=r"“Atlantis” is not a country."):
        staged(workspace, "tel\n1\n", default_country="Atlantis")
