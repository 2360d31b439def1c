"""Step 4 of the wizard: the contact file."""

import html

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from campaigns.models import Campaign
from contacts.importing import receiving
from tests.factories import AgentFactory, CampaignContactFactory, CampaignFactory, PoolNumberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(workspace) -> Campaign:
    """As the steps before leave it."""
    agent = AgentFactory(workspace=workspace)
    campaign = CampaignFactory(workspace=workspace, agent=agent, set_up_at=None, mode="single_day")
    PoolNumberFactory(campaign=campaign)
    return campaign


@pytest.fixture
def complete(draft) -> Campaign:
    CampaignContactFactory(campaign=draft)
    return draft


def edit(campaign: Campaign, step: str) -> str:
    return reverse("campaigns:edit", args=[campaign.pk, step])


def csv(text: str, name: str = "people.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode(), "text/csv")


def test_a_file_is_needed_unless_always_on_or_contacts_exist(operator, draft):
    answer = operator.post(edit(draft, "upload"), {"go": "next"})
    assert answer.context["form"].errors["file"] == ["Upload a contact file, or make the campaign always-on."]
    Campaign.objects.filter(pk=draft.pk).update(mode="multi_day", always_on=True)
    assert operator.post(edit(draft, "upload"), {"go": "next"}).url == edit(draft, "review")


def test_a_file_is_staged_and_shown_and_makes_no_contact(operator, draft):
    text = "phone_number,name,city\n+14155550101,Ada,Rome\n+14155550102,Bob,Oslo\n12,Eve,Bonn\n"
    answer = operator.post(edit(draft, "upload"), {"go": "upload", "file": csv(text), "default_country": "US"})
    assert answer.url == edit(draft, "upload")
    page = operator.get(edit(draft, "upload"))
    upload = page.context["upload"]
    assert (upload.status, upload.rows, upload.valid_rows, upload.invalid_rows) == ("staged", 3, 2, 1)
    for words in ("Ada", "Oslo", "city", "Line 4"):
        assert words in page.content.decode()
    assert draft.audience.count() == 0
    assert operator.post(edit(draft, "upload"), {"go": "next"}).url == edit(draft, "review")


def test_the_country_of_numbers_is_asked_once_and_stays_with_the_next_file(operator, draft):
    asked = "Country of national numbers"
    assert operator.get(edit(draft, "upload")).content.decode().count(asked) == 1
    sent = {"go": "upload", "file": csv("phone_number\n020 7946 0184\n"), "default_country": "GB"}
    operator.post(edit(draft, "upload"), sent)
    page = operator.get(edit(draft, "upload")).content.decode()
    assert page.count(asked) == 1, "of the file that is here"
    assert '<input type="hidden" name="default_country" value="GB">' in page


def test_next_with_a_chosen_file_takes_it_along(operator, draft):
    answer = operator.post(edit(draft, "upload"), {"go": "next", "file": csv("phone_number\n+14155550101\n")})
    assert answer.url == edit(draft, "review")
    assert draft.uploads.get().upload.valid_rows == 1


@pytest.mark.parametrize("text", ["%PDF-1.7", "phone_number\n", "phone_number\nnothing\n"])
def test_a_bad_file_is_one_sentence_at_the_field_and_counts_for_nothing(operator, draft, text):
    answer = operator.post(edit(draft, "upload"), {"go": "upload", "file": csv(text)})
    assert answer.status_code == 422
    assert len(answer.context["form"].errors["file"]) == 1
    assert operator.post(edit(draft, "upload"), {"go": "next"}).status_code == 422


def test_next_waits_for_a_file_whose_columns_are_chosen(operator, draft):
    text = "mobile;phone;who\n+14155550101;+14155550102;Ana\n"
    answer = operator.post(edit(draft, "upload"), {"go": "next", "file": csv(text)})
    assert answer.url == edit(draft, "upload")
    page = operator.get(edit(draft, "upload"))
    upload = page.context["upload"]
    assert upload.status == "unmapped" and "Use these columns" in page.content.decode()
    assert 'data-missing="the columns of the file"' in page.content.decode()
    sentence = "Choose the columns of the file, or upload another one."
    again = operator.post(edit(draft, "upload"), {"go": "next"})
    assert (again.status_code, again.context["form"].errors["file"]) == (422, [sentence])
    held = {"encoding": "utf-8", "delimiter": ";", "default_country": "US", "next": edit(draft, "upload")}
    held |= {"column-0": "variable", "column-1": "phone_number", "column-2": "name"}
    chosen = operator.post(reverse("contacts:upload_choose", args=[upload.pk]), held)
    assert chosen.url == edit(draft, "upload")
    assert operator.post(edit(draft, "upload"), {"go": "next"}).url == edit(draft, "review")


def test_a_file_that_replaces_the_list_says_how_many_people_leave_it(operator, complete):
    operator.post(edit(complete, "upload"), {"go": "upload", "file": csv("phone_number\n+14155550102\n")})
    page = operator.get(edit(complete, "upload")).content.decode()
    assert "The file replaces the campaign's whole list: 1 person leaves it." in html.unescape(page)
    operator.post(edit(complete, "upload"), {"go": "remove"})
    assert complete.audience.count() == 1


def test_a_file_above_the_limit_is_refused_in_the_wizard_too(operator, draft, monkeypatch, settings):
    monkeypatch.setattr(receiving, "MAX_BYTES", 100)
    settings.FILE_UPLOAD_HANDLERS = ["contacts.importing.receiving.LimitedUpload"]
    answer = operator.post(edit(draft, "upload"), {"go": "upload", "file": csv("phone_number\n" * 100)})
    assert (answer.status_code, draft.uploads.count()) == (413, 0)
    assert "The file is larger than 100 MB." in answer.content.decode()


def test_a_new_file_on_a_draft_replaces_the_one_before(operator, draft):
    for name in ("first.csv", "second.csv"):
        operator.post(edit(draft, "upload"), {"go": "upload", "file": csv("phone_number\n+14155550101\n", name)})
    statuses = {link.upload.file_name: link.upload.status for link in draft.uploads.select_related("upload")}
    assert statuses == {"first.csv": "cancelled", "second.csv": "staged"}


def test_a_staged_file_can_be_taken_back(operator, draft):
    operator.post(edit(draft, "upload"), {"go": "upload", "file": csv("phone_number\n+14155550101\n")})
    operator.post(edit(draft, "upload"), {"go": "remove"})
    assert operator.get(edit(draft, "upload")).context["upload"] is None
