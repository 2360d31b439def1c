"""Files in a real browser: columns chosen by hand in the wizard, and how far a file has been sent."""

import pytest
from playwright.sync_api import expect

from accounts.roles import Role
from campaigns import upload_tasks
from campaigns.models import Campaign, CampaignContact
from contacts.models import Contact, Upload
from tests.factories import (
    PASSWORD,
    AgentFactory,
    CampaignFactory,
    MembershipFactory,
    PoolNumberFactory,
    WorkspaceFactory,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ASKING = "mobile;phone;Name;Tarif\n0151 23456780;030 901820;Ana Díaz;gold\n0151 23456790;030 901821;Björn;silber\n"


@pytest.fixture
def workspace():
    return WorkspaceFactory(name="Nordwind", default_country="DE")


@pytest.fixture
def page(workspace, as_person):
    return as_person(MembershipFactory(workspace=workspace, role=Role.OPERATOR).user)


@pytest.fixture
def draft(workspace) -> Campaign:
    agent = AgentFactory(workspace=workspace)
    campaign = CampaignFactory(workspace=workspace, agent=agent, name="Spring", set_up_at=None)
    PoolNumberFactory(campaign=campaign)
    return campaign


def test_from_a_file_that_asks_for_its_columns_to_a_campaign_with_contacts(page, draft, tmp_path):
    file = tmp_path / "kunden.csv"
    file.write_text(ASKING)
    page.goto(f"/campaigns/{draft.pk}/edit/upload/")
    onward = page.get_by_role("button", name="Next", exact=True)
    expect(onward).to_be_disabled()
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("Both “mobile” and “phone” could be the phone number.")).to_be_visible()
    expect(onward).to_be_disabled()
    expect(page.get_by_text("Still missing: the columns of the file")).to_be_visible()
    page.get_by_label("mobile", exact=True).select_option("Phone number")
    page.get_by_label("phone", exact=True).select_option("Not used")
    page.get_by_role("button", name="Use these columns").click()
    expect(page.get_by_role("button", name="Read the file like this")).to_be_visible()
    expect(onward).to_be_enabled()
    onward.click()
    page.get_by_role("button", name="Create Campaign").click()
    page.get_by_role("button", name="Add 2 now").click()
    expect(page.get_by_text("Turning kunden.csv into contacts")).to_be_visible()
    upload = Upload.objects.get()
    upload_tasks.load_upload(upload.pk, upload.turn)
    expect(page.get_by_text("2 added")).to_be_visible()
    people = CampaignContact.objects.filter(campaign=draft).order_by("id")
    told = people.values_list("contact__phone_number", "contact__name", "detail__variables")
    assert list(told) == [
        ("+4915123456780", "Ana Díaz", {"Tarif": "gold"}),
        ("+4915123456790", "Björn", {"Tarif": "silber"}),
    ]


def test_a_file_shows_how_far_it_has_been_sent_then_what_it_holds(page, workspace, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text("phone,name\n" + "".join(f"+49301234{n:04d},{'x' * 200}\n" for n in range(1_000)))
    page.goto("/contacts/uploads/new/")
    page.locator("input[type=file]").set_input_files(file)
    expect(page.locator("[data-file-chosen]")).to_contain_text("people.csv · 215 kB")
    page.evaluate("""() => document.addEventListener("htmx:xhr:progress", () => {
        sessionStorage.shown = String(!document.querySelector("[data-file-progress]").hidden); })""")
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.get_by_role("button", name="Add 1 000 people")).to_be_visible()
    assert page.evaluate("sessionStorage.shown") == "true"


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(page, workspace, tmp_path):
    file = tmp_path / "huge.csv"
    with file.open("wb") as made:
        made.truncate(101 * 1024 * 1024)
    page.goto("/contacts/uploads/new/")
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("A file may have 100 MB at most: split it.")).to_be_visible()


def test_a_file_is_chosen_and_mapped_by_keyboard(page, workspace, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text(ASKING)
    page.goto("/contacts/uploads/new/")
    page.locator("input[type=file]").focus()
    assert page.evaluate("document.activeElement.closest('[data-file-drop]') !== null")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Upload", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Use these columns")).to_be_visible()
    page.get_by_label("mobile", exact=True).focus()
    page.keyboard.type("Phone")
    page.get_by_role("button", name="Use these columns").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Add 2 people")).to_be_visible()
    assert Contact.objects.count() == 0


def test_columns_are_chosen_without_a_script(workspace, window, tmp_path):
    person = MembershipFactory(workspace=workspace, role=Role.OPERATOR).user
    page = window(java_script_enabled=False).new_page()
    page.goto("/sign-in/")
    page.get_by_label("E-mail address").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    file = tmp_path / "people.csv"
    file.write_text(ASKING)
    page.goto("/contacts/uploads/new/")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Upload", exact=True).click()
    page.get_by_label("phone", exact=True).select_option("Phone number")
    page.get_by_role("button", name="Use these columns").click()
    expect(page.get_by_role("button", name="Add 2 people")).to_be_visible()
