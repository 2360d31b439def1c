"""Contact files in the back office: sent there, and acted upon under the rules of the pages."""

import pytest

from accounts.roles import Role
from contacts.models import Contact, Upload, UploadStatus
from tests.contacts.files import file, loaded, many, staged
from tests.factories import CampaignFactory, CampaignUploadFactory, UploadFactory, WorkspaceFactory

pytestmark = pytest.mark.django_db
FILES = "/admin/contacts/upload/"


def act(client, name, *uploads):
    sent = {"action": name, "_selected_action": [upload.pk for upload in uploads]}
    return client.post(FILES, sent, follow=True).content.decode()


def send(client, workspace, content, **more):
    sent = {"workspace": workspace.pk, "file": file(content), "default_country": "", "purpose": "contacts", **more}
    return client.post(f"{FILES}add/", sent, follow=True)


def test_a_file_is_sent_and_goes_the_way_of_all_files(staff, workspace):
    operator = staff(Role.OPERATOR)
    page = send(operator, workspace, many(3), default_country="de")
    upload = Upload.objects.get()
    assert (upload.status, upload.valid_rows, upload.created_by) == (UploadStatus.STAGED, 3, operator.user)
    assert (upload.default_country, Contact.objects.count()) == ("DE", 0)
    assert page.status_code == 200
    assert "is being loaded" in act(operator, "load", upload)
    upload.refresh_from_db()
    assert upload.status == UploadStatus.LOADING


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"file": ""}, "Choose a file of up to 100 MB."),
        ({"file": file("")}, "The file is empty."),
        ({"default_country": "XX"}, "“XX” is not a country."),
    ],
)
def test_what_cannot_be_sent_is_refused_at_its_field(staff, workspace, more, sentence):
    page = send(staff(Role.OPERATOR), workspace, many(1), **more).content.decode()
    assert sentence in page
    assert Upload.objects.count() == 0


def test_a_file_that_cannot_be_used_says_why(staff, workspace):
    assert "This is a PDF" in send(staff(Role.OPERATOR), workspace, "%PDF-1.7").content.decode()


def test_acts_say_why_not(staff, workspace):
    operator = staff(Role.OPERATOR)
    done, waiting = loaded(workspace, many(1)), staged(workspace, many(2))
    page = act(operator, "load", done, waiting)
    assert "This file is not waiting to be loaded." in page and "is being loaded" in page
    assert "nothing was left to cancel" in act(operator, "cancel", done)
    locked = CampaignUploadFactory(campaign=CampaignFactory(workspace=workspace, status="running", run=1)).upload
    assert "The contacts are fixed since the first run." in act(operator, "load", locked)


def test_a_loaded_file_is_taken_back(staff, workspace):
    done = loaded(workspace, many(1))
    assert "is being taken back" in act(staff(Role.OPERATOR), "undo", done)
    done.refresh_from_db()
    assert done.status == UploadStatus.UNDOING


def test_files_are_read_and_never_changed_by_hand(staff, workspace):
    upload = staged(workspace, many(1))
    for role in (Role.VIEWER, Role.OWNER):
        page = staff(role).get(f"{FILES}{upload.pk}/change/")
        assert page.status_code == 200 and 'name="file_name"' not in page.content.decode()
        assert staff(role).post(f"{FILES}{upload.pk}/change/", {}).status_code == 403
        assert staff(role).post(f"{FILES}{upload.pk}/delete/", {"post": "yes"}).status_code == 403
    assert staff(Role.VIEWER).get(f"{FILES}add/").status_code == 403
    assert 'value="load"' not in staff(Role.VIEWER).get(FILES).content.decode()


def test_another_workspaces_files_are_not_there(staff, workspace):
    upload = UploadFactory(workspace=WorkspaceFactory(), file_name="secret.csv")
    operator = staff(Role.OPERATOR)
    assert "secret.csv" not in operator.get(FILES).content.decode()
    assert operator.get(f"{FILES}{upload.pk}/change/").status_code == 404
    send(operator, upload.workspace, many(1))
    assert Upload.objects.count() == 1
    act(operator, "cancel", upload)
    upload.refresh_from_db()
    assert upload.status == UploadStatus.STAGED


def test_the_list_asks_as_often_for_three_files_as_for_one(staff, workspace, queries_of):
    operator, campaign = staff(Role.OPERATOR), CampaignFactory(workspace=workspace)
    CampaignUploadFactory(campaign=campaign)
    once = queries_of(operator, FILES)
    for _ in range(2):
        CampaignUploadFactory(campaign=campaign)
    assert queries_of(operator, FILES) == once
