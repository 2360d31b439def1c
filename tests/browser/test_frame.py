"""What the frame promises on every page: keyboard, questions, live parts, a lost connection, no script at all."""

import pytest
from playwright.sync_api import expect

from accounts.roles import Role
from analytics.models import Export
from telephony.models import Carrier
from tests.factories import NOON, AgentFactory, CallFactory, CarrierFactory, ContactFactory, NumberFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(as_person, member):
    return as_person(member(Role.OWNER))


def test_the_keyboard_is_enough(page):
    page.goto("/numbers/")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.keyboard.press("/")
    expect(page.get_by_label("Search people by name or phone number")).to_be_focused()


def test_a_question_is_asked_once_and_its_answer_counts(page, workspace):
    carrier = CarrierFactory(workspace=workspace, name="Trunk")
    page.goto("/carriers/")
    page.get_by_role("button", name="Disable Trunk").click()
    question = page.get_by_role("alertdialog")
    expect(question).to_contain_text("No campaign launches calls through “Trunk”")
    question.get_by_role("button", name="Keep as it is").click()
    assert Carrier.objects.get(pk=carrier.pk).enabled
    page.get_by_role("button", name="Disable Trunk").click()
    question.get_by_role("button", name="Disable").click()
    expect(page.get_by_text("“Trunk” is disabled. Calls under way go on.")).to_be_visible()
    assert not Carrier.objects.get(pk=carrier.pk).enabled


def test_a_part_refreshes_and_leaves_the_rest_of_the_page_alone(page, workspace):
    agent = AgentFactory(workspace=workspace)
    page.goto(f"/agents/{agent.pk}/")
    page.get_by_label("Phone number", exact=True).fill("+12125550123")
    CallFactory(
        workspace=workspace, campaign=None, campaign_contact=None, contact=None, agent=agent, cause="test",
        phone_number="+12125550199", launched_at=NOON,
    )  # fmt: skip
    page.evaluate("htmx.trigger('#test-calls', 'refresh')")
    expect(page.get_by_role("link", name="+12125550199")).to_be_visible()
    expect(page.get_by_label("Phone number", exact=True)).to_have_value("+12125550123")


def test_a_hidden_tab_asks_for_nothing(page, workspace):
    page.goto(f"/agents/{AgentFactory(workspace=workspace).pk}/")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    page.evaluate("htmx.trigger('#test-calls', 'refresh')")
    page.evaluate("fetch('/healthz').then(() => 0)")  # the last request; what was asked before it is in the list
    pages = [address for address in asked if "/static/" not in address]
    assert [address.rpartition("/")[2] for address in pages] == ["healthz"]


def test_a_lost_connection_says_so_and_recovers(page, workspace):
    page.goto(f"/agents/{AgentFactory(workspace=workspace).pk}/")
    lost = page.get_by_text("No connection. What you see may be old; trying again.")
    page.context.set_offline(True)
    expect(lost).to_be_visible()
    page.context.set_offline(False)
    expect(lost).to_be_hidden()


def test_a_button_says_that_it_works_and_a_second_press_does_no_harm(page, workspace):
    page.goto("/carriers/new/")
    page.get_by_label("Name", exact=True).fill("Trunk")
    page.get_by_label("Address").fill("http://127.0.0.1:9")
    page.get_by_label("API token").fill("token")
    page.get_by_label("Signing secret").fill("whsec_MDEyMzQ1Njc4OWFiY2RlZg==")
    posts = []
    page.on("request", lambda request: request.method == "POST" and posts.append(request.url))
    page.get_by_role("button", name="Save").dblclick()
    expect(page.get_by_text("“Trunk” saved.")).to_be_visible()
    assert (len(posts), Carrier.objects.count()) == (1, 1)


def test_a_second_press_of_a_form_that_stays_on_its_page_does_no_harm(page, workspace):
    page.goto("/exports/new/?kind=people")
    posts = []
    page.on("request", lambda request: request.method == "POST" and posts.append(request.url))
    with page.expect_download():
        page.get_by_role("button", name="Export", exact=True).dblclick()
    expect(page.get_by_role("button", name="Export", exact=True)).to_be_enabled()
    assert (len(posts), Export.objects.count()) == (1, 1)


def test_a_lost_connection_is_over_where_no_part_asks_again(page):
    page.goto("/numbers/")
    lost = page.get_by_text("No connection. What you see may be old; trying again.")
    page.context.set_offline(True)
    expect(lost).to_be_visible()
    page.context.set_offline(False)
    expect(lost).to_be_hidden()


def test_the_choice_of_light_or_dark_is_kept(page):
    page.goto("/numbers/")
    page.get_by_role("button", name="Appearance").click()
    page.get_by_role("button", name="Dark").click()
    page.goto("/carriers/")
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"


def test_without_script_forms_and_menus_work(as_person, member, workspace):
    page = as_person(member(Role.MANAGER), java_script_enabled=False)
    CarrierFactory(workspace=workspace, name="Trunk")
    page.goto("/numbers/new/")
    page.get_by_label("Phone number", exact=True).fill("(212) 555-0123")
    page.get_by_label("Carrier").select_option("Trunk")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="+12125550123")).to_be_visible()
    page.goto("/numbers/")
    page.get_by_label("Spam score").select_option("7 and up")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("No number fits these filters.")).to_be_visible()


LISTS = ("/agents/", "/carriers/", "/numbers/", "/workspace/", "/workspace/members/")
LONG = "A name as somebody will type it one day, with the region and the contract and all that is known of it"


@pytest.mark.parametrize("width", [360, 768, 1200, 1920])
def test_no_page_is_wider_than_its_window(as_person, member, workspace, width):
    NumberFactory(workspace=workspace, label=LONG, carrier=CarrierFactory(workspace=workspace, name=LONG))
    AgentFactory(workspace=workspace, name=LONG)
    page = as_person(member(Role.OWNER), viewport={"width": width, "height": 800})
    too_wide = {}
    for address in LISTS:
        page.goto(address)
        too_wide[address] = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert too_wide == dict.fromkeys(LISTS, 0)


def test_a_button_is_pressed_even_where_an_error_above_it_goes(page):
    page.goto("/contacts/suppression/add/")
    numbers = page.get_by_label("Phone numbers")
    numbers.fill("nonsense")
    page.get_by_role("button", name="Add to the list").click()
    expect(page.get_by_text("“nonsense” is not a phone number.", exact=True)).to_be_visible()
    numbers.fill("+12125550123")
    page.get_by_role("button", name="Add to the list").click()
    expect(page.get_by_text("1 number added to the list.")).to_be_visible()


def test_without_flags_among_the_fonts_the_country_is_named(page, workspace):
    NumberFactory(workspace=workspace)
    shown = "getComputedStyle(document.querySelector('.flag'), '::before').content"
    for measured, content in (("1", "none"), ("[...text].length", '"US"')):
        page.add_init_script(
            f"CanvasRenderingContext2D.prototype.measureText = (text) => ({{ width: text && {measured} }})"
        )
        page.goto("/numbers/")
        assert page.evaluate(shown) == content


@pytest.mark.parametrize("width", [360, 1440])
def test_long_names_on_the_way_here_are_cut(as_person, member, workspace, width):
    first = ContactFactory(workspace=workspace, name="W" * 120)
    other = ContactFactory(workspace=workspace, name="M" * 120)
    page = as_person(member(Role.OWNER), viewport={"width": width, "height": 800})
    page.goto(f"/contacts/{first.pk}/merge/?with={other.pk}")
    box = page.get_by_role("columnheader", name="Afterwards").bounding_box()
    assert box["width"] >= 150  # the table scrolls by itself before words are broken
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
