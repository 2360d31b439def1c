import csv
import io

import pytest
from django.test import override_settings

from campaigns.models import CampaignContact
from contacts.importing import load, receiving, staging
from contacts.models import Contact, Upload, UploadStatus
from tests.contacts.files import file, loaded, many, staged
from tests.contacts.importing.test_staging import SAMPLE
from tests.factories import CampaignFactory

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
    assert "201 people" in page and "1 duplicate." in page and "4 rows cannot be used." in page
    assert "João" in page and "variable due_amount" in page and "Add 201 people" in page
    operator.post(f"/contacts/uploads/{upload.pk}/load/")
    assert "0 of 206 rows" in operator.get(f"/contacts/uploads/{upload.pk}/part/").content.decode()
    run(upload)
    done = operator.get(f"/contacts/uploads/{upload.pk}/part/")
    assert done.status_code == 286 and "Download the 5 rows left out" in done.content.decode()
    answer = operator.get(f"/contacts/uploads/{upload.pk}/rejected/")
    assert answer["Content-Disposition"] == "attachment; filename*=UTF-8''spring%20list-rejected.csv"
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [row["rejected_line"] for row in rows] == ["202", "203", "204", "205", "207"]
    assert rows[1]["phone_number"] == "not a number"
    assert rows[1]["rejected_reason"] == "“not a number” is not a phone number."


def test_mended_rows_are_uploaded_as_they_were_downloaded(operator, workspace) -> None:
    upload = loaded(workspace, 'phone,name,due\nx,"=Ana, Ruiz",@5\n+12125551000,Ben,\n')
    download = b"".join(operator.get(f"/contacts/uploads/{upload.pk}/rejected/").streaming_content)
    assert b"'=Ana, Ruiz" in download and b"'@5" in download, "harmless in a spreadsheet"
    again = loaded(workspace, download.replace(b"\nx,", b"\n+12125551001,"))
    ana = Contact.objects.get(phone_number="+12125551001")
    assert again.counts["added"] == 1
    assert (ana.name, ana.variables) == ("=Ana, Ruiz", {"due": "@5"})


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "The file is empty."),
        ("phone\n", "people.csv: The file holds column names but no rows."),
        ("name\nAna\n", "people.csv: No column holds the phone number. Name it phone_number."),
        (b"PK\x03\x04xlsx", "people.csv: This is an Excel file, whatever its name says."),
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
