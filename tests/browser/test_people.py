"""The contacts tab in a browser: all that match are chosen, and the strip shows the job until its end."""

import pytest
from playwright.sync_api import expect

from accounts.roles import Role
from campaigns import bulk, bulk_tasks
from contacts import bulk as jobs
from contacts.models import BulkAction
from tests.factories import NOON, CampaignContactFactory, CampaignFactory, ContactFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def campaign(workspace, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 10)
    monkeypatch.setattr(jobs, "PIECE", 20)
    monkeypatch.setattr(jobs, "PIECE_ON_SQLITE", 20)
    campaign = CampaignFactory(workspace=workspace, status="paused", run=1, status_at=NOON)
    CampaignContactFactory.create_batch(60, campaign=campaign, status="failed", next_attempt_at=None)
    return campaign


def test_all_that_match_are_excluded_and_the_strip_runs_to_its_end(as_person, member, campaign):
    page = as_person(member(Role.OPERATOR))
    page.goto(f"/campaigns/{campaign.pk}/contacts/?status=failed")
    page.get_by_label("Choose everybody on this page").check()
    expect(page.get_by_role("status").filter(has_text="50 chosen")).to_be_visible()
    page.get_by_label("All 60 that match").check()
    page.get_by_role("button", name="Exclude").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Exclude").click()
    strip = page.locator("#acts")
    expect(strip).to_contain_text("0 of 60")
    job = BulkAction.objects.get()
    jobs.run(job.pk, job.turn, bulk._find, bulk._piece, seconds=0)
    expect(strip).to_contain_text("20 of 60")
    job.refresh_from_db()
    bulk_tasks.act(job.pk, job.turn)
    expect(strip).to_contain_text("60 people excluded")
    strip.get_by_role("link", name="Show the list as it is now").click()
    expect(page.get_by_text("Nobody matches.")).to_be_visible()


def test_a_job_is_cancelled_from_its_strip(as_person, member, campaign):
    page = as_person(member(Role.OPERATOR))
    page.goto(f"/campaigns/{campaign.pk}/contacts/")
    page.get_by_label("Choose everybody on this page").check()
    page.get_by_label("All 60 that match").check()
    page.get_by_role("button", name="Retry", exact=True).first.click()
    page.locator("#acts").get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Stopped. Those done so far stay as they are now.")).to_be_visible()
    assert BulkAction.objects.get().status == "cancelled"


def test_a_person_is_typed_in_and_what_is_wrong_is_in_sight(as_person, member, workspace):
    draft = CampaignFactory(workspace=workspace)
    ContactFactory(workspace=workspace, name="Ada", phone_number="+14155552671")
    page = as_person(member(Role.OPERATOR), viewport={"width": 360, "height": 800})
    page.goto(f"/campaigns/{draft.pk}/contacts/")
    page.get_by_role("link", name="Add Contacts").first.click()
    page.get_by_role("link", name="New contact").click()
    page.get_by_role("textbox", name="Phone number").fill("(415) 555-2671")
    page.get_by_role("button", name="Add contact", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="already in your contacts, as Ada")).to_be_in_viewport()
    page.get_by_role("button", name="Add Ada to this campaign").click()
    expect(page.get_by_text("1 person added.")).to_be_visible()


def test_on_a_narrow_screen_the_open_tab_is_in_sight(as_person, member, campaign):
    page = as_person(member(Role.OPERATOR), viewport={"width": 360, "height": 800})
    page.goto(f"/campaigns/{campaign.pk}/settings/")
    expect(page.get_by_role("link", name="Settings", exact=True)).to_be_in_viewport(ratio=0.95)


def test_a_panel_wraps_words_of_any_length(as_person, member, workspace, campaign):
    person = CampaignContactFactory(campaign=campaign, contact__name="W" * 120, contact__company="M" * 120)
    page = as_person(member(Role.OWNER), viewport={"width": 360, "height": 800})
    page.goto(f"/campaigns/{campaign.pk}/contacts/?q={'W' * 20}")
    page.get_by_role("link", name=person.contact.name, exact=True).click()
    body = page.locator("#person-panel .panel-body")
    expect(body.get_by_text(person.contact.company)).to_be_visible()
    assert body.evaluate("body => body.scrollWidth - body.clientWidth") == 0


def test_before_many_are_excluded_it_says_how_many(as_person, member, campaign):
    page = as_person(member(Role.OWNER))
    page.goto(f"/campaigns/{campaign.pk}/contacts/")
    boxes = page.locator("tbody input[name=ids]")
    boxes.nth(0).check()
    boxes.nth(1).check()
    page.get_by_role("button", name="Exclude", exact=True).click()
    expect(page.get_by_role("alertdialog")).to_contain_text("2 chosen. They are not called again")
