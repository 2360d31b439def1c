"""The back office takes a small file as an upload takes it, and what it gives out goes in again unchanged."""

import io
import json
import zipfile
from collections import Counter

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.admin import exchange
from accounts.admin.exchange import RawJson
from contacts import resources
from contacts.importing import load
from contacts.importing.guard import unguarded
from contacts.models import Contact, Purpose, RejectedRow, Suppression, Upload
from contacts.resources import ContactResource, CsvFile, SuppressionResource
from contacts.tasks import load_upload
from tests.contacts import hostile
from tests.contacts.files import staged
from tests.factories import NOON, ContactFactory, SuppressionFactory, UploadFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db

PERSON = [field.name for field in Contact._meta.concrete_fields if not field.generated]
OWN = {"id", "workspace", "upload", "created_at", "updated_at", "spread_at", "primary"}
COLUMNS = [name for name in PERSON if name not in OWN]


def people(workspace) -> dict[str, dict]:
    """Every column of everybody that is not the row's own."""
    rows = Contact.objects.filter(workspace=workspace)
    return {row["phone_number"]: row for row in rows.values(*COLUMNS, "primary__phone_number")}


def uploaded(workspace, text: str | bytes, purpose: str = Purpose.CONTACTS) -> Upload:
    upload = staged(workspace, text, purpose=purpose)
    assert upload.status == "staged", upload.problem
    load.begin(upload, NOON)
    load_upload(upload.pk, upload.turn)
    upload.refresh_from_db()
    return upload


def imported(workspace, text: str | bytes, resource=ContactResource):
    """As the back office does once the preview is confirmed."""
    data = text.encode() if isinstance(text, str) else text
    return resource(workspace).import_data(CsvFile().create_dataset(data), raise_errors=True)


def test_300_hostile_rows_give_the_same_people_and_words_by_either_way() -> None:
    one, other, before = (WorkspaceFactory(default_country="US") for _ in range(3))
    text = hostile.as_csv(hostile.rows())
    uploaded(before, text)
    ada, bob, *barred = sorted(people(before))[::20]
    for workspace in (one, other):
        ContactFactory(workspace=workspace, phone_number=ada, name="Old name", tags="|old|", country="US")
        ContactFactory(workspace=workspace, phone_number=bob, name="B", company="Old", variables={"Plan": "gold"})
        for number in barred:
            SuppressionFactory(workspace=workspace, phone_number=number)
    upload, result = uploaded(one, text), imported(other, text)

    assert people(one) == people(other)
    assert len(people(one)) > 100
    words = Counter(row.diff[3].split(".")[0].lower() for row in result.rows)
    assert dict(words) == {name: count for name, count in upload.counts.items() if count}
    assert set(words) >= {"added", "updated", "duplicate", "suppressed", "invalid"}
    left_out = {row.diff[0]: row.diff[3] for row in result.rows if row.diff[3].startswith(("Inv", "Dup", "Sup"))}
    kept = RejectedRow.objects.filter(upload=upload)
    assert left_out == {str(row.line): f"{row.kind}. {row.reason}".capitalize() for row in kept}
    assert any(row["primary__phone_number"] for row in people(one).values())


def test_numbers_that_nobody_calls_are_the_same_by_either_way() -> None:
    one, other = WorkspaceFactory(default_country="US"), WorkspaceFactory(default_country="US")
    text = "tel;why;source;notes;since\n2125551000;Complaint;A letter;=x;2026-05-01\n12;;;;\n+12125551000;;;;\n"
    upload, result = uploaded(one, text, Purpose.SUPPRESSION), imported(other, text, SuppressionResource)
    columns = ("phone_number", "reason", "source", "note", "at")
    [[entry], [twin]] = [list(Suppression.objects.filter(workspace=w).values_list(*columns)) for w in (one, other)]
    assert entry == twin
    assert entry[:4] == ("+12125551000", "complaint", "A letter", "=x")
    assert (upload.added, upload.invalid, upload.duplicate) == (1, 1, 1)
    assert [row.import_type for row in result.rows] == ["new", "skip", "skip"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings_and_delimiters_are_found(workspace, encoding) -> None:
    imported(workspace, "Téléphone;name\r\n212 555 1000;Zoë\r\n".encode(encoding))
    assert Contact.objects.get().name == "Zoë"


def send(client, model: str, content: bytes, workspace, name: str = "file.csv", kind: str = "0"):
    sent = {
        "import_file": SimpleUploadedFile(name, content),
        "format": kind,
        "resource": "0",
        "workspace": workspace.pk,
    }
    return client.post(reverse(f"admin:contacts_{model}_import"), sent)


def workbook(cells: list[list[object]]) -> bytes:
    book, to = openpyxl.Workbook(), io.BytesIO()
    for row in cells:
        book.active.append(row)
    book.save(to)
    return to.getvalue()


def bomb() -> bytes:
    """An Excel file whose sheet is nothing but blanks, a thousand times as long unpacked."""
    to, good = io.BytesIO(), zipfile.ZipFile(io.BytesIO(workbook([["phone"], ["2125551000"]])))
    with good, zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as packed:
        for part in good.namelist():
            packed.writestr(part, good.read(part) + b" " * (exchange.LARGEST_UNPACKED if "sheet1" in part else 0))
    return to.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\x00" * 6_000_000, "This file is larger than 5 MB."),
        (b"", "The submitted file is empty."),
        (b"%PDF-1.4", "This is a PDF."),
        (b"name\nAda\n", "No column is named phone_number"),
        (b"phone,mobile\n1,2\n", "could be the phone number"),
        (b"phone\n" + b"2125551000\n" * 2_001, "Upload it on the Files page of Contacts"),
    ],
)
def test_a_file_that_cannot_be_taken_says_why(superuser, workspace, content, sentence) -> None:
    answer = send(superuser, "contact", content, workspace)
    assert sentence in answer.content.decode()
    assert "confirm_form" not in answer.context
    assert not Contact.objects.exists()


@pytest.mark.parametrize("model", ["contact", "suppression"])
def test_an_excel_file_that_unpacks_to_gigabytes_is_refused_before_it_is_read(superuser, workspace, model) -> None:
    packed = bomb()
    assert len(packed) < exchange.LARGEST
    answer = send(superuser, model, packed, workspace, "file.xlsx", "1")
    assert "unpacks to more than 50 MB" in answer.content.decode()


def test_an_excel_file_is_read_whatever_kind_was_chosen(superuser, workspace) -> None:
    cells = [["phone", "name", "due"], [12125551000.0, "Ada", 5]]
    answer = send(superuser, "contact", workbook(cells), workspace, "file.csv", "0")
    assert "confirm_form" in answer.context
    assert "+12125551000" in answer.content.decode()


@pytest.mark.parametrize("kind", ["0", "1", "2"])
def test_exported_contacts_go_in_again_unchanged(superuser, kind) -> None:
    one, other = WorkspaceFactory(default_country="US"), WorkspaceFactory(default_country="US")
    uploaded(one, hostile.as_csv(hostile.rows(80, seed=9)))
    before = people(one)
    export = superuser.post(reverse("admin:contacts_contact_export"), {"format": kind, "resource": "0"})
    data = export.content
    for workspace in (one, other):
        result = ContactResource(workspace).import_data(CsvFile().create_dataset(data), raise_errors=True)
        changed = [row.diff for row in result.rows if row.import_type != ("skip" if workspace == one else "new")]
        assert changed == []
    assert people(one) == before
    assert people(other).keys() == before.keys()
    if kind == "0":
        assert not any(line.startswith(("=", "@", "-")) for cell in data.decode().split(",") for line in [cell])


@pytest.mark.parametrize("kind", ["0", "1", "2"])
def test_an_exported_suppression_list_goes_in_again_unchanged(superuser, kind) -> None:
    one, other = WorkspaceFactory(), WorkspaceFactory()
    SuppressionFactory(workspace=one, phone_number="+12125551000", reason="asked", source="=x", note="-1, “a”", at=NOON)
    SuppressionFactory(workspace=one, phone_number="+442079460004", reason="registry", at=NOON)
    data = superuser.post(reverse("admin:contacts_suppression_export"), {"format": kind, "resource": "0"}).content
    for workspace in (one, other):
        SuppressionResource(workspace).import_data(CsvFile().create_dataset(data), raise_errors=True)
    columns = ("phone_number", "reason", "note", "at")
    lists = [list(Suppression.objects.filter(workspace=w).order_by("pk").values_list(*columns)) for w in (one, other)]
    assert sorted(lists[0]) == sorted(lists[1])
    assert len(lists[0]) == 2


def test_json_of_the_back_office_is_raw_both_ways(superuser, workspace) -> None:
    """A guard is for spreadsheets. What a program reads and sends has every apostrophe it was given."""
    SuppressionFactory(workspace=workspace, source="=x", note="'=x")
    data = superuser.post(reverse("admin:contacts_suppression_export"), {"format": "2", "resource": "0"}).content
    (row,) = json.loads(data)
    assert (row["source"], row["note"]) == ("=x", "'=x")
    dataset = RawJson().create_dataset(data.decode())
    assert [unguarded(dataset[name][0]) for name in ("source", "note")] == ["=x", "'=x"]
    cells = superuser.post(reverse("admin:contacts_suppression_export"), {"format": "0", "resource": "0"}).content
    assert "'=x,''=x" in cells.decode()


def test_files_and_rejected_rows_are_exported_with_harmless_cells(superuser, workspace) -> None:
    upload = UploadFactory(workspace=workspace, file_name="=people.csv")
    RejectedRow.objects.create(upload=upload, line=7, cells=["=1+1"], kind="invalid", reason="No number.")
    asked = {"format": "0", "resource": "0"}
    files = superuser.post(reverse("admin:contacts_upload_export"), asked).content.decode()
    assert "'=people.csv" in files
    rows = superuser.post(reverse("admin:contacts_rejectedrow_export"), asked).content.decode()
    assert "No number." in rows
    assert "'=people.csv,7,invalid" in rows


def test_a_dataset_of_any_make_is_read_by_the_same_map(workspace) -> None:
    from tablib import Dataset

    data = Dataset(["212 555 1000", "Ada", None], headers=["phone", "full_name", "plan"])
    result = ContactResource(workspace).import_data(data, raise_errors=True)
    assert result.totals["new"] == 1
    assert Contact.objects.get().variables == {}
    assert resources.MOST_ROWS == 2_000
