"""Files sent by programs: the same staging, the same refusals, the same figures as on the pages."""

import csv
import errno
import io

import pytest
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.test import override_settings

from campaigns import upload_tasks
from campaigns.models import CampaignContact
from contacts import tasks
from contacts.importing import receiving, staging
from contacts.models import Contact, Upload, UploadStatus
from tests.contacts.files import file, loaded, many, staged
from tests.factories import CampaignFactory, CampaignUploadFactory, UploadFactory, WorkspaceFactory

IMPORTS = "/api/v1/imports/"
SHAPE = {"code", "message"}


def send(api, content=None, key="", name="people.csv", **more):
    headers = {"Idempotency-Key": key} if key else {}
    body = {"file": file(many(3) if content is None else content, name), **more}
    return api.post(IMPORTS, body, format="multipart", headers=headers)


def run(pk: int) -> Upload:
    """What the work cluster does with a file that loads."""
    upload = Upload.objects.get(pk=pk)
    work = upload_tasks if upload.tasks == "campaigns.upload_tasks" else tasks
    work.load_upload(upload.pk, upload.turn)
    upload.refresh_from_db()
    return upload


def error(answer):
    told = answer.json()["error"]
    assert set(told) >= SHAPE
    return answer.status_code, told["code"], told


def test_a_file_is_sent_looked_at_and_loaded(api, workspace):
    sent = send(api, "tel;name;due\n+12125551000;Ana;5\nx;Ben;\n")
    assert sent.status_code == 201
    told = sent.json()
    assert (told["status"], told["rows"], told["valid_rows"], told["invalid_rows"]) == ("staged", 2, 1, 1)
    assert (told["delimiter"], told["kind"], told["columns"]) == (";", "csv", ["tel", "name", "due"])
    assert told["mapping"] == {"fields": {"phone_number": 0, "name": 1}, "variables": {"due": 2}}
    assert told["created_by"] == "API token “Test program”"
    assert Contact.objects.count() == 0
    begun = api.post(f"{IMPORTS}{told['id']}/load/")
    assert (begun.status_code, begun.json()["status"]) == (200, "loading")
    run(told["id"])
    done = api.get(f"{IMPORTS}{told['id']}/").json()
    counts = {"added": 1, "updated": 0, "unchanged": 0, "invalid": 1, "duplicate": 0, "suppressed": 0}
    assert (done["status"], done["rows_done"], done["counts"], done["rejected"]) == ("loaded", 2, counts, 1)
    assert Contact.objects.get().name == "Ana"


def test_rejected_rows_come_as_csv_and_go_in_again(api, workspace):
    upload = loaded(workspace, "phone,name\nx,Ana\n+12125551000,Ben\n")
    answer = api.get(f"{IMPORTS}{upload.pk}/rejected/")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert [row["rejected_line"] for row in csv.DictReader(io.StringIO(text))] == ["2"]
    mended = send(api, text.replace("x,", "+12125551001,", 1), load="true").json()
    assert run(mended["id"]).counts["added"] == 1


def test_a_file_for_a_campaign_fills_its_list_by_itself(api, workspace):
    campaign = CampaignFactory(workspace=workspace)
    told = send(api, campaign=campaign.pk, load="true").json()
    assert (told["status"], told["campaign"], told["load"], told["replaces"]) == ("loading", campaign.pk, True, False)
    run(told["id"])
    assert CampaignContact.objects.filter(campaign=campaign).count() == 3


def test_a_large_file_that_loads_by_itself_begins_once_it_is_staged(api, workspace, monkeypatch):
    monkeypatch.setattr(staging, "AT_ONCE_BYTES", 10)
    told = send(api, load="true").json()
    assert told["status"] == "staging"
    upload = Upload.objects.get()
    tasks.stage_upload(upload.pk, upload.turn)
    upload.refresh_from_db()
    assert upload.status == UploadStatus.LOADING


def test_a_worker_that_ended_between_staging_and_loading_is_made_good_by_the_sweep(api, workspace, monkeypatch):
    monkeypatch.setattr(staging, "AT_ONCE_BYTES", 10)
    send(api, load="true")
    upload = Upload.objects.get()
    staging.stage(upload.pk, upload.turn)
    tasks.tend_uploads()
    upload.refresh_from_db()
    assert upload.status == UploadStatus.LOADING


def test_a_list_locked_before_the_file_was_staged_keeps_it_waiting_with_the_reason(api, workspace, monkeypatch):
    monkeypatch.setattr(staging, "AT_ONCE_BYTES", 10)
    campaign = CampaignFactory(workspace=workspace)
    send(api, campaign=campaign.pk, load="true")
    type(campaign).objects.update(status="running", run=1)
    upload = Upload.objects.get()
    upload_tasks.stage_upload(upload.pk, upload.turn)
    upload.refresh_from_db()
    assert (upload.status, upload.goes_on) == (UploadStatus.STAGED, False)
    assert upload.problem.startswith("The contacts are fixed")


def test_a_locked_list_takes_no_file(api, workspace):
    campaign = CampaignFactory(workspace=workspace, status="running", run=1)
    status, code, _ = error(send(api, campaign=campaign.pk))
    assert (status, code, Upload.objects.count()) == (409, "contacts_locked", 0)
    waiting = CampaignUploadFactory(campaign=campaign).upload
    assert error(api.post(f"{IMPORTS}{waiting.pk}/load/"))[:2] == (409, "contacts_locked")


def test_a_file_replaces_a_drafts_list_where_it_is_asked_to(api, workspace):
    campaign = CampaignFactory(workspace=workspace)
    run(send(api, many(2), campaign=campaign.pk, load="true").json()["id"])
    told = send(api, many(3, 10), campaign=campaign.pk, replaces="true", load="true").json()
    assert (told["status"], told["replaces"]) == ("loading", True)
    run(told["id"])
    numbers = CampaignContact.objects.filter(campaign=campaign).values_list("contact__phone_number", flat=True)
    assert sorted(numbers) == ["+12125550010", "+12125550011", "+12125550012"]


# Refusals


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "The submitted file is empty."),
        ("phone\n", "The file holds column names but no rows."),
        (b"%PDF-1.7", "This is a PDF"),
    ],
)
def test_a_bad_file_is_refused_with_its_sentence_and_leaves_nothing(api, workspace, content, sentence):
    for key in ("", "key-1"):
        status, code, told = error(send(api, content, key))
        assert (status, code) == (400, "invalid")
        assert told["fields"]["file"][0].startswith(sentence)
        assert Upload.objects.count() == 0


def test_a_request_without_a_file_says_so(api, workspace):
    status, _, told = error(api.post(IMPORTS, {}, format="multipart"))
    assert (status, list(told["fields"])) == (400, ["file"])
    assert error(api.post(IMPORTS, {"file": "text"}, format="json"))[0] == 400


def test_a_file_above_the_limit_is_refused_before_it_is_read_whole(api, workspace, monkeypatch):
    monkeypatch.setattr(receiving, "MAX_BYTES", 1_000)
    with override_settings(FILE_UPLOAD_HANDLERS=["contacts.importing.receiving.LimitedUpload"]):
        status, code, told = error(send(api, many(200)))
    assert (status, code) == (413, "too_large")
    assert told["message"] == "The file is larger than 100 MB. Split it into smaller files."
    assert Upload.objects.count() == 0


def test_a_full_disk_is_told(api, workspace, monkeypatch, settings):
    def no_room(*args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(TemporaryFileUploadHandler, "receive_data_chunk", no_room)
    settings.FILE_UPLOAD_HANDLERS = ["contacts.importing.receiving.LimitedUpload"]
    assert error(send(api))[:2] == (507, "disk_full")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"purpose": "nonsense"}, "purpose"),
        ({"replaces": "true"}, "replaces"),
        ({"default_country": "Atlantis"}, "file"),
        ({"campaign": "999999"}, "campaign"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(api, workspace, more, field):
    status, _, told = error(send(api, **more))
    assert (status, list(told["fields"]), Upload.objects.count()) == (400, [field], 0)


def test_the_suppression_list_belongs_to_no_campaign(api, workspace):
    campaign = CampaignFactory(workspace=workspace)
    assert error(send(api, purpose="suppression", campaign=campaign.pk))[2]["fields"].keys() == {"campaign"}


def test_what_is_over_is_neither_loaded_nor_cancelled_nor_read_again(api, workspace):
    upload = loaded(workspace, many(1))
    for path in ("load/", "cancel/"):
        assert error(api.post(f"{IMPORTS}{upload.pk}/{path}"))[:2] == (409, "not_allowed_now")
    told = error(api.patch(f"{IMPORTS}{upload.pk}/", {"default_country": "DE"}))
    assert told[:2] == (409, "not_allowed_now")


# Twice


def test_the_same_file_sent_twice_under_one_key_is_one_upload(api, workspace):
    first, second = send(api, key="key-1"), send(api, key="key-1")
    assert second.json() == first.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    assert Upload.objects.count() == 1


@pytest.mark.parametrize("other", [{"content": many(4)}, {"name": "other.csv"}, {"load": "true"}])
def test_another_file_under_the_same_key_is_a_conflict(api, workspace, other):
    send(api, key="key-1")
    assert error(send(api, key="key-1", **other))[:2] == (409, "idempotency_key_reused")
    assert Upload.objects.count() == 1


def test_load_is_done_once_under_a_key(api, workspace):
    upload = staged(workspace, many(2))
    answers = [api.post(f"{IMPORTS}{upload.pk}/load/", headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]


# By hand


def test_columns_are_said_by_hand(api, workspace):
    told = send(api, "mobile,phone,who\n+12125551000,+12125552000,Ana\n").json()
    assert told["status"] == "unmapped" and "mobile" in told["problem"]
    mapping = {"fields": {"phone_number": 1, "name": 2}, "variables": {"mobile": 0}}
    answer = api.patch(f"{IMPORTS}{told['id']}/", {"mapping": mapping})
    assert (answer.status_code, answer.json()["status"], answer.json()["mapping"]) == (200, "staged", mapping)
    api.post(f"{IMPORTS}{told['id']}/load/")
    run(told["id"])
    ana = Contact.objects.get()
    assert (ana.phone_number, ana.name, ana.variables) == ("+12125552000", "Ana", {"mobile": "+12125551000"})


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        ({"fields": {"name": 0}}, "Choose the column that holds the phone number."),
        ({"fields": {"phone_number": 9}}, "“phone_number” is to be read from column 9, but the file has 3 columns."),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(api, workspace, mapping, sentence):
    upload = staged(workspace, many(1))
    assert error(api.patch(f"{IMPORTS}{upload.pk}/", {"mapping": mapping}))[2]["fields"]["mapping"] == [sentence]


def test_another_country_reads_the_numbers_again(api, workspace):
    upload = staged(workspace, "phone\n030 901820\n030 901821\n", default_country="DE")
    assert upload.valid_rows == 2
    told = api.patch(f"{IMPORTS}{upload.pk}/", {"default_country": "GB"}).json()
    assert told["default_country"] == "GB"


# Who may


def test_scopes_go_by_what_the_file_is_for(program, workspace):
    contacts, suppress, reads = (program(scopes=(scope,)) for scope in ("contacts", "suppress", "read"))
    assert send(contacts).status_code == 201
    assert send(suppress).status_code == 403
    assert send(reads).status_code == 403
    upload = Upload.objects.get()
    assert suppress.post(f"{IMPORTS}{upload.pk}/cancel/").status_code == 403
    assert reads.get(f"{IMPORTS}{upload.pk}/rejected/").status_code == 403
    assert reads.get(IMPORTS).status_code == 200
    of_suppression = UploadFactory(workspace=workspace, purpose="suppression")
    assert contacts.post(f"{IMPORTS}{of_suppression.pk}/cancel/").status_code == 403
    assert suppress.post(f"{IMPORTS}{of_suppression.pk}/cancel/").status_code == 200


def test_another_workspaces_file_does_not_exist(program, workspace):
    upload = staged(workspace, many(1))
    stranger = program(at=WorkspaceFactory())
    assert stranger.get(f"{IMPORTS}{upload.pk}/").status_code == 404
    assert stranger.get(f"{IMPORTS}{upload.pk}/rejected/").status_code == 404
    assert stranger.patch(f"{IMPORTS}{upload.pk}/", {}).status_code == 404
    for path in ("load/", "cancel/", "undo/"):
        assert stranger.post(f"{IMPORTS}{upload.pk}/{path}").status_code == 404
    assert stranger.get(IMPORTS).json()["results"] == []
    campaign = CampaignFactory(workspace=workspace)
    assert error(send(stranger, campaign=campaign.pk))[0] == 400


def test_the_list_filters_and_asks_as_often_for_three_rows_as_for_one(api, workspace, queries_of):
    campaign = CampaignFactory(workspace=workspace)
    CampaignUploadFactory(campaign=campaign)
    api.get(IMPORTS)  # the token's last use is noted once a minute
    once = queries_of(api, IMPORTS)
    CampaignUploadFactory(campaign=campaign, upload__status="loaded")
    UploadFactory(workspace=workspace, purpose="suppression")
    assert queries_of(api, IMPORTS) == once
    for query, count in (("", 3), (f"?campaign={campaign.pk}", 2), ("?status=loaded", 1), ("?purpose=suppression", 1)):
        assert len(api.get(f"{IMPORTS}{query}").json()["results"]) == count
