import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from campaigns import bulk, bulk_tasks
from campaigns.models import CampaignContact, CampaignRun, CampaignUpload
from contacts.models import BulkAction, Suppression
from tests.campaigns.test_uploads import sent
from tests.factories import (
    NOON,
    CampaignContactFactory,
    CampaignFactory,
    CampaignUploadFactory,
    ContactFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(workspace):
    return CampaignFactory(workspace=workspace)


def address(name, campaign, *more):
    return reverse(f"campaigns:{name}", args=[campaign.pk, *more])


def names(campaign):
    rows = CampaignContact.objects.filter(campaign=campaign).order_by("id")
    return [row.contact.name for row in rows.select_related("contact")]


@pytest.fixture
def known(workspace):
    return [
        ContactFactory(workspace=workspace, name=name, tags=tags) for name, tags in (("Ada", "|vip|"), ("Grace", ""))
    ]


def test_people_are_found_who_are_not_in_the_campaign_yet(operator, campaign, known):
    here = CampaignContactFactory(campaign=campaign, contact__name="Already here")
    page = operator.get(address("add_contacts", campaign)).content.decode()
    assert "Ada" in page and "Grace" in page and here.contact.name not in page
    page = operator.get(address("add_contacts", campaign), {"q": "ad", "tag": "vip"}).content.decode()
    assert "Ada" in page and "Grace" not in page


def test_one_is_added_by_its_own_button(operator, campaign, known):
    operator.post(address("add_contacts", campaign), {"one": known[1].pk, "ids": [known[0].pk]})
    assert names(campaign) == ["Grace"]


def test_the_selected_are_added_once(operator, campaign, known):
    for _ in range(2):
        operator.post(address("add_contacts", campaign), {"ids": [contact.pk for contact in known]})
    assert names(campaign) == ["Ada", "Grace"]


def test_all_that_match_are_added(operator, campaign, known):
    operator.post(address("add_contacts", campaign), {"all": "1", "query": "tag=vip"})
    assert names(campaign) == ["Ada"]


def test_a_long_list_is_added_by_a_job(operator, campaign, workspace, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    ContactFactory.create_batch(5, workspace=workspace)
    assert operator.post(address("add_contacts", campaign), {"all": "1", "query": ""}).status_code == 302
    job = BulkAction.objects.get()
    assert "0 of 5" in operator.get(address("contacts", campaign)).content.decode()
    bulk_tasks.act(job.pk, job.turn)
    assert len(names(campaign)) == 5


def test_suppressed_and_foreign_people_are_not_added(operator, campaign, known):
    Suppression.objects.create(workspace=campaign.workspace, phone_number=known[0].phone_number, at=NOON)
    foreign = ContactFactory()
    operator.post(address("add_contacts", campaign), {"ids": [known[0].pk, foreign.pk, "x"]})
    assert names(campaign) == []


@pytest.mark.parametrize(("always_on", "status"), [(False, 409), (True, 200)])
def test_after_the_first_run_the_list_is_open_only_when_always_on(operator, workspace, known, always_on, status):
    campaign = CampaignFactory(workspace=workspace, status="running", run=1, always_on=always_on)
    for name in ("add_contacts", "import_contacts", "add_contact"):
        assert operator.get(address(name, campaign)).status_code == status
    operator.post(address("add_contacts", campaign), {"ids": [known[0].pk]})
    assert names(campaign) == (["Ada"] if always_on else [])


def test_a_locked_list_says_why_and_offers_a_clone(operator, workspace):
    campaign = CampaignFactory(workspace=workspace, status="running", run=1)
    page = operator.get(address("contacts", campaign)).content.decode()
    assert "The contacts are fixed since the first run." in page and "Add Contacts</a>" not in page


TYPED = {"phone_number": "(415) 555-2671", "first_name": "Kay", "last_name": "Ito", "priority": "high"}


def test_a_person_is_typed_in_and_on_the_list_at_once(operator, campaign):
    page = operator.get(address("add_contacts", campaign)).content.decode()
    assert address("add_contact", campaign) in page
    assert operator.post(address("add_contact", campaign), TYPED).url == address("contacts", campaign)
    row = CampaignContact.objects.select_related("contact").get(campaign=campaign)
    assert (row.contact.phone_number, row.contact.name, row.priority) == ("+14155552671", "Kay Ito", 0)


def test_a_typed_number_that_cannot_be_is_told_at_its_field_and_a_known_person_is_offered(operator, campaign):
    new = address("add_contact", campaign)
    wrong = operator.post(new, TYPED | {"phone_number": "12"})
    assert wrong.status_code == 422 and "phone_number" in wrong.context["form"].errors
    ada = ContactFactory(workspace=campaign.workspace, name="Ada", phone_number="+14155552671")
    page = operator.post(new, TYPED).content.decode()
    assert "is already in your contacts, as Ada." in page and "Add Ada to this campaign" in page
    typed = page.partition('name="phone_number"')[0].rpartition("<form")[2]
    assert "known" not in typed, "Enter in a field adds who is typed, not who was there"
    assert names(campaign) == []
    operator.post(new, TYPED | {"known": ada.pk})
    assert names(campaign) == ["Ada"]
    assert operator.post(new, {"known": ContactFactory().pk}).status_code == 404


def a_file(content="phone_number,name\n+12125550123,Ada\n"):
    return {"file": SimpleUploadedFile("people.csv", content.encode())}


def test_a_file_is_staged_and_becomes_contacts_on_the_operators_word(operator, campaign):
    assert operator.post(address("import_contacts", campaign), a_file()).status_code == 302
    link = CampaignUpload.objects.get(campaign=campaign)
    assert (link.upload.status, link.replaces, names(campaign)) == ("staged", False, [])
    page = operator.get(address("contacts", campaign)).content.decode()
    assert address("upload_act", campaign, link.pk, "begin") in page
    operator.post(address("upload_act", campaign, link.pk, "begin"))
    link.upload.refresh_from_db()
    assert link.upload.status == "loading"
    assert "Turning people.csv into contacts" in operator.get(address("contacts", campaign)).content.decode()


def test_a_staged_file_may_be_put_away(operator, campaign):
    operator.post(address("import_contacts", campaign), a_file())
    link = CampaignUpload.objects.get(campaign=campaign)
    cancel = address("upload_act", campaign, link.pk, "cancel")
    assert "people.csv is cancelled. Nobody in it is added." in operator.post(cancel, follow=True).content.decode()
    link.upload.refresh_from_db()
    assert link.upload.status == "cancelled"
    assert "There was nothing left to stop." in operator.post(cancel, follow=True).content.decode()


def test_discarding_a_file_that_has_replaced_the_list_says_that_it_comes_back(operator, campaign):
    CampaignContactFactory(campaign=campaign, contact__name="Grace")
    link = CampaignUpload.objects.get(upload=sent(campaign, a_file()["file"].read(), replaces=True))
    assert names(campaign) == []
    answer = operator.post(address("upload_act", campaign, link.pk, "cancel"), follow=True).content.decode()
    assert f"{link.upload.file_name} is cancelled. The earlier list comes back." in answer
    assert names(campaign) == ["Grace"]


def test_a_file_that_is_stopped_half_way_keeps_whom_it_brought(operator, campaign):
    link = CampaignUploadFactory(campaign=campaign, upload__status="loading", upload__rows_done=2)
    answer = operator.post(address("upload_act", campaign, link.pk, "cancel"), follow=True).content.decode()
    assert "contacts.csv is cancelled. People it added already stay." in answer


@pytest.mark.parametrize(("always_on", "undoable"), [(True, True), (False, False)])
def test_undoing_a_file_is_offered_as_long_as_its_list_is_open(operator, workspace, always_on, undoable):
    running = CampaignFactory(workspace=workspace, mode="multi_day", always_on=always_on, status="running", run=1)
    CampaignRun.objects.create(campaign=running, run=1, started_at=NOON)
    CampaignUploadFactory(campaign=running, upload__status="loaded", upload__rows_done=2, upload__added=2)
    for name in ("contacts", "uploads", "detail"):
        assert ("or undo it" in operator.get(address(name, running)).content.decode()) == undoable


@pytest.mark.parametrize(
    ("content", "sentence"),
    [("", "The file is empty."), ("%PDF-1.7", "This is a PDF.")],
)
def test_a_bad_file_is_one_sentence_at_its_field(operator, campaign, content, sentence):
    response = operator.post(address("import_contacts", campaign), a_file(content))
    assert response.status_code == 422 and sentence in response.content.decode()


def test_a_file_that_asks_for_its_columns_leads_to_them_and_back(operator, campaign):
    answer = operator.post(address("import_contacts", campaign), a_file("name,who\nAda,+12125550123\n"))
    link = CampaignUpload.objects.get(campaign=campaign)
    assert link.upload.status == "unmapped"
    there = f"/contacts/uploads/{link.upload_id}/?next=%2Fcampaigns%2F{campaign.pk}%2Fcontacts%2F"
    assert answer.url == there
    assert there in operator.get(address("contacts", campaign)).content.decode()
    held = {"encoding": "utf-8", "delimiter": ",", "default_country": "US", "column-0": "name"}
    held |= {"column-1": "phone_number", "next": address("contacts", campaign)}
    chosen = operator.post(f"/contacts/uploads/{link.upload_id}/choose/", held)
    assert chosen.url == address("contacts", campaign)
    assert "1 of 1 row can be called" in operator.get(address("contacts", campaign)).content.decode()


def test_a_file_says_whom_another_live_campaign_may_call(operator, campaign):
    other = CampaignFactory(workspace=campaign.workspace, status="running", run=1)
    contact = ContactFactory(workspace=campaign.workspace, phone_number="+12125550123")
    CampaignContactFactory(campaign=other, contact=contact)
    operator.post(address("import_contacts", campaign), a_file())
    page = operator.get(address("contacts", campaign)).content.decode()
    assert "In another live campaign: 1 person" in page


def test_the_part_of_the_files_asks_on_while_one_is_on_its_way(operator, campaign):
    operator.post(address("import_contacts", campaign), a_file())
    assert operator.get(address("uploads", campaign)).status_code == 286
    CampaignUpload.objects.get(campaign=campaign).upload.__class__.objects.update(status="loading")
    assert operator.get(address("uploads", campaign)).status_code == 200
