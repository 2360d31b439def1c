import csv
import errno
import html
import io

import openpyxl
import pytest
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.test import override_settings
from django.utils import timezone

from campaigns.models import CampaignContact
from contacts import tasks
from contacts.forms.upload import ColumnsForm
from contacts.importing import load, receiving, staging
from contacts.models import Contact, Upload, UploadStatus
from tests.contacts.files import file, loaded, many, staged
from tests.contacts.importing.test_staging import SAMPLE
from tests.factories import (
    CallFactory,
    CampaignContactFactory,
    CampaignFactory,
    CampaignUploadFactory,
    UploadFactory,
)

NEW = "/contacts/uploads/new/"


def run(upload: Upload) -> Upload:
    upload.refresh_from_db()
    load.run(upload.pk, upload.turn)
    upload.refresh_from_db()
    return upload


def test_a_file_is_dropped_staged_loaded_and_its_rejected_rows_downloaded(operator, workspace) -> None:
    operator.post(NEW, {"file": file(SAMPLE.read_bytes(), "spring list.csv"), "default_country": "US"})
    upload = Upload.objects.get()
    page = operator.get(f"/contacts/uploads/{upload.pk}/").content.decode()
    assert "202 people" in page and "1 duplicate." in page and "3 rows cannot be used." in page
    assert "João" in page and "Variable “due_amount”" in page and "Add 202 people" in page
    operator.post(f"/contacts/uploads/{upload.pk}/load/")
    assert "0 of 206 rows" in operator.get(f"/contacts/uploads/{upload.pk}/part/").content.decode()
    run(upload)
    done = operator.get(f"/contacts/uploads/{upload.pk}/part/")
    assert done.status_code == 286 and "Download the 4 rows left out" in done.content.decode()
    answer = operator.get(f"/contacts/uploads/{upload.pk}/rejected/")
    assert answer["Content-Disposition"] == 'attachment; filename="spring list-rejected.csv"'
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [row["rejected_line"] for row in rows] == ["202", "203", "204", "205"]
    assert rows[1]["phone_number"] == "not a number"
    assert rows[1]["rejected_reason"] == "“not a number” is not a phone number."


def test_mended_rows_are_uploaded_as_they_were_downloaded(operator, workspace) -> None:
    upload = loaded(workspace, 'phone,name,due\nx,"=Ana, Ruiz",@5\n+12125551000,Ben,\n')
    download = b"".join(operator.get(f"/contacts/uploads/{upload.pk}/rejected/").streaming_content)
    assert b"'=Ana, Ruiz" in download and b"'@5" in download, "harmless in a spreadsheet"
    again = loaded(workspace, download.replace(b",x,", b",+12125551001,"))
    ana = Contact.objects.get(phone_number="+12125551001")
    assert again.counts["added"] == 1
    assert (ana.name, ana.variables) == ("=Ana, Ruiz", {"due": "@5"})


def test_rows_that_nobody_mended_are_rejected_for_the_same_reason_again(operator, workspace) -> None:
    upload = loaded(workspace, "phone,name,due\n+12125551001,Doe, Jane,5\n+12125551000,Ben,\nx,Cy,1\n")

    def download(of: Upload) -> bytes:
        return b"".join(operator.get(f"/contacts/uploads/{of.pk}/rejected/").streaming_content)

    again = loaded(workspace, download(upload) + b"9,,+12125551002,Eve,2\n")
    assert [kept["kind"] for kept in again.first_rejections] == ["invalid", "invalid"]
    assert again.counts["added"] == 1 and not Contact.objects.filter(phone_number="+12125551001").exists()
    rows = list(csv.reader(io.StringIO(download(again).decode("utf-8-sig"))))
    assert rows[0] == ["rejected_line", "rejected_reason", "phone", "name", "due"]
    assert [row[2:] for row in rows[1:]] == [["+12125551001", "Doe", " Jane", "5"], ["x", "Cy", "1"]]
    mended = loaded(workspace, download(again).replace(b"Doe, Jane,5", b'"Doe, Jane",5'))
    assert mended.counts["added"] == 1
    assert Contact.objects.get(phone_number="+12125551001").name == "Doe, Jane"


def rejected(operator, upload: Upload) -> str:
    answer = operator.get(f"/contacts/uploads/{upload.pk}/rejected/")
    return b"".join(answer.streaming_content).decode("utf-8-sig")


def test_a_duplicate_that_nobody_mended_changes_nobody(operator, workspace) -> None:
    first = loaded(workspace, "phone,name\n+12125551000,Ana\n(212) 555-1000,Ben\n+1 212 555 1000,Cy\nx,Dee\n")
    left = rejected(operator, first)
    reason = "The same number as in line 2: +12125551000."
    assert [row["rejected_reason"] for row in csv.DictReader(io.StringIO(left))][:2] == [reason, reason]
    mended = left.replace("+1 212 555 1000", "+12125551001").replace(",x,", ",+12125551002,")
    again = loaded(workspace, mended)
    assert (again.counts["added"], again.counts["duplicate"], again.counts["updated"]) == (2, 1, 0)
    assert Contact.objects.get(phone_number="+12125551000").name == "Ana"
    third = rejected(operator, again)
    assert "The same number as in the file before: +12125551000." in third
    assert loaded(workspace, third + "9,,+12125551003,Eve\n").counts["duplicate"] == 1, "and so on"


def test_a_duplicate_whose_reason_was_emptied_is_taken(operator, workspace) -> None:
    left = rejected(operator, loaded(workspace, "phone,name\n+12125551000,Ana\n+12125551000,Ben\n"))
    wanted = left.replace("The same number as in line 2: +12125551000.", "")
    assert loaded(workspace, wanted).counts["updated"] == 1
    assert Contact.objects.get().name == "Ben"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "The file is empty."),
        ("phone\n", "people.csv: The file holds column names but no rows."),
        (b"%PDF-1.7", "people.csv: This is a PDF."),
        (b"PK\x03\x04xlsx", "people.csv: The Excel file is damaged."),
    ],
)
def test_a_bad_file_is_refused_at_the_drop(operator, workspace, content, sentence) -> None:
    answer = operator.post(NEW, {"file": file(content)})
    assert answer.status_code == 422
    assert answer.context["form"].errors["file"][0].startswith(sentence)


def test_without_a_file_the_page_asks_for_one(operator, workspace) -> None:
    assert operator.post(NEW, {}).context["form"].errors["file"] == ["Choose a file."]


def test_an_upload_above_the_limit_is_ended_before_it_is_read_whole(operator, workspace, monkeypatch) -> None:
    monkeypatch.setattr(receiving, "MAX_BYTES", 1_000)
    with override_settings(FILE_UPLOAD_HANDLERS=["contacts.importing.receiving.LimitedUpload"]):
        answer = operator.post(NEW, {"file": file(many(200))})
    assert answer.status_code == 413
    assert "The file is larger than 100 MB. Split it into smaller files." in answer.content.decode()
    assert Upload.objects.count() == 0


def test_a_full_disk_is_told_and_keeps_nothing(operator, workspace, monkeypatch, settings) -> None:
    def no_room(*args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(TemporaryFileUploadHandler, "receive_data_chunk", no_room)
    settings.FILE_UPLOAD_HANDLERS = ["contacts.importing.receiving.LimitedUpload"]
    answer = operator.post(NEW, {"file": file(many(3))})
    assert (answer.status_code, Upload.objects.count()) == (507, 0)
    assert "disk is full" in answer.content.decode()


def test_a_large_file_shows_how_far_it_has_been_read(operator, workspace, monkeypatch) -> None:
    monkeypatch.setattr(staging, "AT_ONCE_BYTES", 10)
    operator.post(NEW, {"file": file(many(3))})
    part = operator.get(f"/contacts/uploads/{Upload.objects.get().pk}/part/")
    assert part.status_code == 200 and "Reading people.csv" in part.content.decode()


def test_a_staged_file_is_discarded(operator, workspace) -> None:
    upload = staged(workspace, many(3))
    operator.post(f"/contacts/uploads/{upload.pk}/cancel/")
    upload.refresh_from_db()
    assert upload.status == UploadStatus.CANCELLED
    assert "Nothing of this file was loaded." in operator.get(f"/contacts/uploads/{upload.pk}/").content.decode()
    answer = operator.post(f"/contacts/uploads/{upload.pk}/load/", follow=True)
    assert "This file is not waiting to be loaded." in answer.content.decode()


def test_a_file_for_a_campaign_fills_its_list(operator, workspace) -> None:
    campaign = CampaignFactory(workspace=workspace, name="Spring")
    operator.post(NEW, {"file": file(many(3)), "campaign": campaign.pk})
    upload = Upload.objects.get()
    assert "Spring" in operator.get(f"/contacts/uploads/{upload.pk}/").content.decode()
    operator.post(f"/contacts/uploads/{upload.pk}/load/", {"next": f"/campaigns/{campaign.pk}/contacts/"})
    from campaigns import upload_tasks

    upload.refresh_from_db()
    upload_tasks.load_upload(upload.pk, upload.turn)
    assert CampaignContact.objects.filter(campaign=campaign).count() == 3


def test_a_locked_list_takes_no_file(operator, workspace) -> None:
    campaign = CampaignFactory(workspace=workspace, status="running", run=1)
    answer = operator.post(NEW, {"file": file(many(3)), "campaign": campaign.pk})
    assert answer.status_code == 422
    assert "The contacts are fixed since the first run." in answer.content.decode()
    assert Upload.objects.count() == 0


def test_next_never_leads_to_another_site(operator, workspace) -> None:
    upload = staged(workspace, many(1))
    answer = operator.post(f"/contacts/uploads/{upload.pk}/load/", {"next": "https://evil.example/"})
    assert answer.url == f"/contacts/uploads/{upload.pk}/"


def test_another_workspaces_file_is_not_found(stranger, workspace) -> None:
    upload = staged(workspace, many(1))
    for path in ("", "part/", "rejected/"):
        assert stranger.get(f"/contacts/uploads/{upload.pk}/{path}").status_code == 404
    for path in ("load/", "cancel/"):
        assert stranger.post(f"/contacts/uploads/{upload.pk}/{path}").status_code == 404


def test_a_viewer_sees_files_but_not_the_rows_left_out(viewer, workspace) -> None:
    upload = loaded(workspace, SAMPLE.read_bytes())
    assert viewer.get("/contacts/uploads/").status_code == 200
    assert "Download" not in viewer.get(f"/contacts/uploads/{upload.pk}/").content.decode()
    assert viewer.get(f"/contacts/uploads/{upload.pk}/rejected/").status_code == 403


# Columns by hand

CHOOSE = "/contacts/uploads/{}/choose/"


def chosen(upload: Upload, **more: str) -> dict[str, str]:
    """What the form of the columns holds, with changes: column_0="phone_number"."""
    form = ColumnsForm(upload=upload)
    held = {bound.html_name: str(bound.value() or "") for bound in form}
    return held | {name.replace("_", "-") if name.startswith("column") else name: value for name, value in more.items()}


def test_the_preview_says_what_each_column_becomes_and_how_the_file_was_read(operator, workspace) -> None:
    upload = staged(workspace, "tel;Full name;due\n+12125551000;Ana;5\n")
    form = operator.get(f"/contacts/uploads/{upload.pk}/").context["columns_form"]
    held = {bound.label: bound.value() for bound in form.columns}
    assert held == {"tel": "phone_number", "Full name": "name", "due": "variable"}
    assert (form["encoding"].value(), form["delimiter"].value(), form["default_country"].value()) == (
        "utf-8",
        ";",
        "US",
    )


@pytest.mark.parametrize("header", ["mobile,phone,who", "a,b,c"], ids=["two phone columns", "none"])
def test_a_file_that_asks_for_its_phone_column_is_mapped_by_hand(operator, workspace, header) -> None:
    upload = staged(workspace, f"{header}\n+12125551000,+12125552000,Ana\n")
    page = operator.get(f"/contacts/uploads/{upload.pk}/").content.decode()
    assert upload.status == UploadStatus.UNMAPPED and upload.problem in html.unescape(page)
    assert "Use these columns" in page and "Add 1 person" not in page
    sent = chosen(upload, column_0="variable", column_1="phone_number", column_2="name")
    assert operator.post(CHOOSE.format(upload.pk), sent).url == f"/contacts/uploads/{upload.pk}/"
    upload.refresh_from_db()
    assert upload.status == UploadStatus.STAGED
    operator.post(f"/contacts/uploads/{upload.pk}/load/")
    run(upload)
    ana = Contact.objects.get()
    assert (ana.phone_number, ana.name, list(ana.variables.values())) == ("+12125552000", "Ana", ["+12125551000"])


def test_a_json_variable_beside_a_field_keeps_its_name_when_columns_are_chosen_by_hand(operator, workspace) -> None:
    upload = staged(workspace, b'[{"phone": "+12125551000", "name": "Ana", "variables": {"name": "Plan"}}]')
    assert upload.mapping["variables"] == {"name": 2}
    sent = chosen(upload, column_0="phone_number", column_1="name", column_2="variable")
    operator.post(CHOOSE.format(upload.pk), sent)
    upload.refresh_from_db()
    assert upload.mapping["variables"] == {"name": 2}


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"column_0": ""}, "Choose the column that holds the phone number."),
        ({"column_1": "phone_number"}, "“phone” is the phone number already. Choose one of the two."),
        ({"default_country": "XX"}, "Select a valid choice."),
    ],
)
def test_columns_that_cannot_be_are_refused_with_what_was_chosen(operator, workspace, columns, sentence) -> None:
    upload = staged(workspace, many(1))
    answer = operator.post(CHOOSE.format(upload.pk), chosen(upload, **columns))
    assert answer.status_code == 422 and sentence in answer.content.decode()
    upload.refresh_from_db()
    assert upload.asked == {}


def test_another_delimiter_reads_another_header(operator, workspace) -> None:
    upload = staged(workspace, "phone;name,due\n+12125551000;Ana,5\n")
    delimiter = "," if upload.delimiter == ";" else ";"
    operator.post(CHOOSE.format(upload.pk), chosen(upload, delimiter=delimiter))
    upload.refresh_from_db()
    assert upload.delimiter == delimiter
    assert upload.asked == {"delimiter": delimiter}


def test_another_sheet_of_an_excel_file_is_chosen(operator, workspace) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    book.active.append(["phone", "name"])
    book.active.append(["+12125551000", "Ana"])
    people = book.create_sheet("People")
    people.append(["phone", "who"])
    people.append(["+12125551001", "Ben"])
    made = io.BytesIO()
    book.save(made)
    upload = staged(workspace, made.getvalue())
    page = operator.get(f"/contacts/uploads/{upload.pk}/")
    assert "Excel, sheet Notes" in page.content.decode() and "The file has 2 sheets." in page.content.decode()
    assert page.context["columns_form"]["sheet"].field.choices == [("Notes", "Notes"), ("People", "People")]
    operator.post(CHOOSE.format(upload.pk), chosen(upload, sheet="People"))
    upload.refresh_from_db()
    assert (upload.sheet, upload.columns, upload.asked) == ("People", ["phone", "who"], {"sheet": "People"})


def test_another_country_keeps_the_columns_and_reads_the_numbers_again(operator, workspace) -> None:
    upload = staged(workspace, "phone,name\n020 7946 0018,Ana\n", default_country="GB")
    operator.post(CHOOSE.format(upload.pk), chosen(upload, default_country="DE", column_1="company"))
    upload.refresh_from_db()
    mapping = {"fields": {"phone_number": 0, "company": 1}, "variables": {}}
    assert (upload.default_country, upload.asked) == ("DE", {"default_country": "DE", "mapping": mapping})


def test_a_column_that_is_not_used_leaves_nothing(operator, workspace) -> None:
    upload = staged(workspace, many(1))
    operator.post(CHOOSE.format(upload.pk), chosen(upload, column_2=""))
    upload.refresh_from_db()
    assert upload.mapping == {"fields": {"phone_number": 0, "name": 1}, "variables": {}}


def test_columns_are_chosen_as_long_as_the_file_waits(operator, workspace) -> None:
    upload = staged(workspace, many(1))
    sent = chosen(upload)
    operator.post(f"/contacts/uploads/{upload.pk}/load/")
    answer = operator.post(CHOOSE.format(upload.pk), sent, follow=True)
    assert "This file is not waiting any more." in answer.content.decode()


def test_a_viewer_sees_the_first_rows_without_a_form(viewer, workspace) -> None:
    upload = staged(workspace, many(1))
    page = viewer.get(f"/contacts/uploads/{upload.pk}/").content.decode()
    assert "Person 0" in page and "<select" not in page.split("<main", 1)[1]


# Warnings, undo, history


def test_warnings_stand_apart_from_rows_left_out(operator, workspace) -> None:
    upload = staged(workspace, "phone,priority\n+12125551000,urgent\nx,high\n")
    page = operator.get(f"/contacts/uploads/{upload.pk}/").content.decode()
    assert upload.warnings["priority"]["count"] == 1
    assert "Priority not known: 1 row" in page
    assert "Rows that will be left out" in page and "1 row cannot be used." in page


def test_a_loaded_file_says_how_many_of_its_people_are_in_a_live_campaign(operator, workspace) -> None:
    upload = loaded(workspace, many(2))
    found = {"elsewhere": {"count": 1, "first": [[2, "Another campaign."]]}}
    Upload.objects.filter(pk=upload.pk).update(elsewhere=2, warnings=found)
    page = operator.get(f"/contacts/uploads/{upload.pk}/").content.decode()
    assert "2 of its people may still be called by a live campaign." in page
    assert "In a live campaign when the file was read: 1 person" in page


def test_the_history_has_no_figures_for_files_of_which_no_row_was_taken(operator, workspace) -> None:
    staged(workspace, many(2))
    waiting = operator.get("/contacts/uploads/").content.decode()
    assert waiting.count('<td class="figure quiet">–</td>') == 6
    loaded(workspace, many(2))
    both = operator.get("/contacts/uploads/").content.decode()
    assert both.count('<td class="figure quiet">–</td>') == 6
    assert '<td class="figure">0</td>' not in waiting and '<td class="figure">0</td>' in both


def test_a_loaded_file_is_undone(operator, workspace) -> None:
    upload = loaded(workspace, many(3))
    page = operator.get(f"/contacts/uploads/{upload.pk}/").content.decode()
    assert "3 people leave your contacts." in page
    operator.post(f"/contacts/uploads/{upload.pk}/undo/")
    assert "Undoing people.csv" in operator.get(f"/contacts/uploads/{upload.pk}/part/").content.decode()
    upload.refresh_from_db()
    tasks.undo_upload(upload.pk, upload.turn)
    page = operator.get(f"/contacts/uploads/{upload.pk}/").content.decode()
    assert "The file was taken back." in page and "Undo this file" not in page
    assert Contact.objects.count() == 0


def test_a_file_whose_people_were_called_says_why_it_stays(operator, workspace) -> None:
    upload = loaded(workspace, many(1))
    campaign = CampaignFactory(workspace=workspace)
    row = CampaignContactFactory(campaign=campaign, contact=Contact.objects.get())
    CallFactory(workspace=workspace, campaign=campaign, campaign_contact=row, launched_at=timezone.now())
    page = operator.get(f"/contacts/uploads/{upload.pk}/").content.decode()
    assert "One of its people was called" in page and "Undo this file" not in page
    answer = operator.post(f"/contacts/uploads/{upload.pk}/undo/", follow=True)
    assert "One of its people was called" in answer.content.decode()


def test_the_history_filters_pages_and_adds_up(operator, workspace) -> None:
    spring = CampaignFactory(workspace=workspace, name="Spring")
    CampaignUploadFactory(campaign=spring, upload__file_name="spring.csv")
    loaded(workspace, SAMPLE.read_bytes())
    UploadFactory(workspace=workspace, file_name="old.csv", status="undone", problem="Gone.")

    def names(query: str) -> list[str]:
        return [upload.file_name for upload in operator.get(f"/contacts/uploads/{query}").context["page"].rows]

    assert names("") == ["old.csv", "people.csv", "spring.csv"]
    assert names(f"?campaign={spring.pk}") == ["spring.csv"]
    assert names("?campaign=none") == ["old.csv", "people.csv"]
    assert names("?status=undone") == ["old.csv"]
    assert names("?status=undone&campaign=nonsense") == []
    done = Upload.objects.get(status="loaded")
    assert sum(done.counts.values()) == done.rows == 206


def test_the_history_asks_as_often_for_three_files_as_for_one(operator, workspace, queries_of) -> None:
    campaign = CampaignFactory(workspace=workspace)
    CampaignUploadFactory(campaign=campaign, upload__created_by=operator.user)
    once = queries_of(operator, "/contacts/uploads/")
    for _ in range(2):
        CampaignUploadFactory(campaign=campaign, upload__created_by=operator.user)
    assert queries_of(operator, "/contacts/uploads/") == once
