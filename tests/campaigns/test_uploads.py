"""A campaign's file: contacts and list move together; the list that is there is safe until a better one is proved."""

import pytest

from campaigns import audience, lifecycle, replacing, upload_tasks, uploads
from campaigns.choices import CampaignStatus
from campaigns.models import Campaign, CampaignContact, CampaignUpload
from campaigns.uploads import ListLocked
from contacts.importing import load, staging
from contacts.importing.detection import BadFile
from contacts.models import Contact, Upload, UploadStatus
from tests.contacts.files import Killed, file, killed, loaded, many, one_piece
from tests.contacts.importing.test_staging import SAMPLE
from tests.factories import NOON, CampaignContactFactory, CampaignFactory, SuppressionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(workspace) -> Campaign:
    return CampaignFactory(workspace=workspace)


def sent(campaign: Campaign, content: str | bytes, **more: bool) -> Upload:
    return uploads.receive(campaign, file(content), user=None, now=NOON, **more).upload


def run(upload: Upload) -> Upload:
    upload.refresh_from_db()
    upload_tasks.load_upload(upload.pk, upload.turn)
    upload.refresh_from_db()
    return upload


def into_list(campaign: Campaign, content: str | bytes, **more: bool) -> Upload:
    upload = sent(campaign, content, **more)
    uploads.begin(upload.campaign_upload, NOON)
    return run(upload)


def listed(campaign: Campaign) -> list[str]:
    rows = CampaignContact.objects.filter(campaign=campaign).order_by("id")
    return list(rows.values_list("contact__phone_number", flat=True))


def test_the_sample_file_fills_the_list_with_the_files_own_variables(draft) -> None:
    upload = into_list(draft, SAMPLE.read_bytes())
    assert (upload.status, upload.added, upload.duplicate, upload.invalid) == (UploadStatus.LOADED, 202, 1, 3)
    first = CampaignContact.objects.select_related("contact", "detail").order_by("id")[0]
    assert (first.contact.phone_number, first.detail.line, first.detail.upload) == ("+12125551000", 2, upload)
    assert first.detail.variables == {"due_amount": "860.00", "plan": "team", "renewal_date": "2026-12-04"}
    assert len(listed(draft)) == 202
    assert listed(draft)[:3] == ["+12125551000", "+919847410001", "+493023125002"], "in the order of the file"


def test_counts_are_about_the_list_a_known_person_new_to_it_is_added(draft, workspace) -> None:
    loaded(workspace, many(3))
    assert into_list(draft, many(4)).counts["added"] == 4
    again = into_list(draft, many(4).replace("Person 1,1", "Person 1,99").replace("Person 2,2", "Two,2"))
    assert (again.added, again.updated, again.unchanged) == (0, 2, 2)


def test_suppressed_people_are_not_enrolled(draft, workspace) -> None:
    SuppressionFactory(workspace=workspace, phone_number="+12125550001")
    upload = into_list(draft, many(3))
    assert (upload.added, upload.suppressed) == (2, 1)
    assert listed(draft) == ["+12125550000", "+12125550002"]


@pytest.mark.parametrize("piece", range(1, 6))
def test_a_worker_that_dies_while_it_enrols_leaves_contacts_and_list_in_step(draft, monkeypatch, piece) -> None:
    monkeypatch.setattr(load, "PIECE_ROWS", 10)
    upload = sent(draft, many(45))
    uploads.begin(upload.campaign_upload, NOON)
    upload.refresh_from_db()
    real, calls = audience.put, []

    def dying(*args):
        result = real(*args)
        calls.append(1)
        if len(calls) == piece:
            raise Killed
        return result

    monkeypatch.setattr(audience, "put", dying)
    with killed():
        upload_tasks.load_upload(upload.pk, upload.turn)
    monkeypatch.setattr(audience, "put", real)
    upload.refresh_from_db()
    assert upload.rows_done == len(listed(draft)) == Contact.objects.count() == (piece - 1) * 10
    assert uploads.is_loading(draft)
    run(upload)
    assert (upload.added, len(listed(draft)), Contact.objects.count()) == (45, 45, 45)
    assert not uploads.is_loading(draft)


def test_a_file_without_a_valid_row_replaces_nothing(draft) -> None:
    into_list(draft, many(3))
    waiting = sent(draft, many(2, first=10))
    upload = sent(draft, "phone\nx\n", replaces=True)
    assert upload.problem == "No row can be used. Line 2: “x” is not a phone number."
    waiting.refresh_from_db()
    assert (len(listed(draft)), waiting.status) == (3, UploadStatus.STAGED)


def test_a_file_of_suppressed_people_alone_replaces_nothing(draft, workspace) -> None:
    into_list(draft, many(3))
    for number in ("+12125550010", "+12125550011"):
        SuppressionFactory(workspace=workspace, phone_number=number)
    upload = sent(draft, many(2, first=10), replaces=True)
    assert (upload.status, upload.problem) == (UploadStatus.FAILED, replacing.ALL_BARRED)
    assert len(listed(draft)) == 3 and not replacing.list_in_motion(draft)
    assert sent(draft, many(3, first=10), replaces=True).status == UploadStatus.STAGED
    assert listed(draft) == []


def test_a_file_that_replaces_puts_out_those_still_waiting(draft) -> None:
    first = sent(draft, many(2), replaces=True)
    second = sent(draft, many(3), replaces=True)
    first.refresh_from_db()
    assert (first.status, second.status) == (UploadStatus.CANCELLED, UploadStatus.STAGED)


def test_mended_rows_never_replace(draft) -> None:
    into_list(draft, many(3))
    upload = sent(draft, "phone,rejected_line,rejected_reason\n+12125551009,2,bad\n", replaces=True)
    link = CampaignUpload.objects.get(upload=upload)
    assert not link.replaces
    uploads.begin(link, NOON)
    run(upload)
    assert len(listed(draft)) == 4


def test_staged_files_begin_to_load_at_start_and_replace_the_list(draft) -> None:
    into_list(draft, many(3))
    upload = sent(draft, many(2, first=10), replaces=True)
    assert uploads.load_staged(draft, NOON) == 1
    Campaign.objects.filter(pk=draft.pk).update(status=CampaignStatus.RUNNING, run=1)
    assert uploads.is_loading(draft)
    run(upload)
    assert listed(draft) == ["+12125550010", "+12125550011"]
    assert set(CampaignContact.objects.values_list("run", flat=True)) == {1}


def test_a_locked_list_takes_no_file_and_loads_none(draft) -> None:
    upload = sent(draft, many(2))
    Campaign.objects.filter(pk=draft.pk).update(status=CampaignStatus.RUNNING, run=1)
    with pytest.raises(ListLocked, match="The contacts are fixed since the first run"):
        uploads.begin(upload.campaign_upload, NOON)
    draft.refresh_from_db()
    with pytest.raises(ListLocked):
        sent(draft, many(2))


def test_a_campaign_that_ends_takes_no_more_people(draft, monkeypatch) -> None:
    monkeypatch.setattr(load, "PIECE_ROWS", 10)
    upload = sent(draft, many(30))
    uploads.begin(upload.campaign_upload, NOON)
    upload.refresh_from_db()
    one_piece(upload, uploads.settle)
    lifecycle.act(draft, "cancel", actor=None)
    run(upload)
    assert (upload.status, upload.rows_done, len(listed(draft))) == (UploadStatus.CANCELLED, 10, 10)
    assert upload.problem == "The campaign ended before the whole file was loaded: it is cancelled."


def test_somebody_excluded_comes_back_unless_exclusion_is_sticky(draft) -> None:
    into_list(draft, many(1))
    CampaignContact.objects.update(status="excluded", reason="by_hand", next_attempt_at=None)
    Campaign.objects.update(sticky_exclusion=True)
    assert into_list(draft, many(1)).unchanged == 1
    Campaign.objects.update(sticky_exclusion=False)
    assert into_list(draft, many(1)).updated == 1
    assert CampaignContact.objects.get().status == "pending"


def test_a_large_file_is_staged_by_the_campaigns_own_task(draft, monkeypatch) -> None:
    monkeypatch.setattr(staging, "AT_ONCE_BYTES", 10)
    upload = sent(draft, many(3))
    assert (upload.status, upload.tasks) == (UploadStatus.STAGING, "campaigns.upload_tasks")
    upload_tasks.stage_upload(upload.pk, upload.turn)
    upload.refresh_from_db()
    assert upload.status == UploadStatus.STAGED


def test_what_is_refused_leaves_nothing_behind(draft) -> None:
    with pytest.raises(BadFile):
        sent(draft, "")
    assert not Upload.objects.exists() and not CampaignUpload.objects.exists()


def test_another_campaigns_list_is_not_touched(draft, workspace) -> None:
    other = CampaignContactFactory(campaign=CampaignFactory(workspace=workspace))
    into_list(draft, many(2), replaces=True)
    assert CampaignContact.objects.filter(pk=other.pk).exists()
