"""What a newcomer does, in a real browser, on an installation that `serve` started: from nothing to a report."""

import re
import signal
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from telephony.simulator.judge import judge
from telephony.simulator.options import SECRET, TOKEN
from tests.config.processes.test_serve import Installation, read_until

pytestmark = pytest.mark.browser
PEOPLE = 12  # numbers that end in …15 to …85: by rates, but for 015 (rings out, voicemail, then a person)
FILE = (
    "phone_number,first_name,plan\n"
    + "".join(f"+1415555{n:02d}25,Person {n},basic\n" for n in range(PEOPLE))
    + "12,Nobody,\n"
)


@pytest.fixture
def installation(tmp_path) -> Iterator[Installation]:
    made = Installation(tmp_path / "var")
    made.environment |= {"SIMULATED_CARRIER_SPEED": "15"}
    process = made.start()
    try:
        read_until(process, "Ctrl-C stops everything")
        yield made
    finally:  # also when it did not start in time
        process.send_signal(signal.SIGINT)
        process.wait(30)
        process.stdout.close()


@pytest.fixture
def page(chromium, installation) -> Iterator[Page]:
    context = chromium.new_context(base_url=f"http://127.0.0.1:{installation.port}")
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.on("pageerror", lambda problem: pytest.fail(f"A script broke: {problem}"))
    email, password = (installation.var / "first-sign-in.txt").read_text().split()
    page.goto("/sign-in/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Campaigns")).to_be_visible()
    yield page
    context.close()


def test_from_an_empty_installation_to_a_report_that_agrees_with_the_ledger(page, installation, tmp_path):
    call_at_any_hour(page)
    set_up_telephony(page, int(installation.environment["CARRIER_PORT"]))
    create_campaign(page, tmp_path / "people.csv")
    expect(page.get_by_text(f"0 campaign contacts so far, {PEOPLE} staged.")).to_be_visible()

    press(page, "Start")
    expect(page.get_by_text("Running", exact=True).first).to_be_visible()
    expect(page.get_by_text(re.compile(r"^\s*(In progress|Ringing)\s*$")).first).to_be_visible(timeout=30_000)
    press(page, "Pause")
    expect(page.get_by_text(re.compile("^Paused")).first).to_be_visible()
    press(page, "Resume")
    expect(page.get_by_text("All contacts are final.").first).to_be_visible(timeout=120_000)

    ledger = judge(installation.var / "carrier-ledger.jsonl")
    assert ledger.rung_twice == [] and ledger.overlaps() == []
    outcomes = outcomes_of(installation)
    assert sum(outcomes.values()) == len(ledger.rings) >= PEOPLE
    page.goto(page.url.split("?")[0])
    report = page.locator("main").inner_text()
    assert f"{sum(outcomes.values())} ended" in report
    assert re.search(rf"Contacts\s+{PEOPLE}\b", report)


def call_at_any_hour(page: Page) -> None:
    """It may be night where the simulated people live."""
    page.goto("/compliance/")
    press(page, "Switch safe hours off")
    expect(page.get_by_role("button", name="Switch safe hours on")).to_be_visible()


def set_up_telephony(page: Page, carrier_port: int) -> None:
    page.goto("/carriers/new/")
    fill(page, {"Name": "Simulated", "Calls per second": "5", "Address": f"http://127.0.0.1:{carrier_port}"})
    fill(page, {"API token": TOKEN, "Signing secret": SECRET})
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(lambda url: "new" not in url)
    page.goto("/numbers/new/")
    fill(page, {"Phone number": "+12125550100"})
    page.get_by_label("Carrier", exact=True).select_option(label="Simulated")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(lambda url: "new" not in url)
    page.goto("/agents/new/")
    fill(page, {"Name": "Ada"})
    page.get_by_role("button", name="Save").click()
    page.wait_for_url(lambda url: "new" not in url)


def create_campaign(page: Page, file: Path) -> None:
    file.write_text(FILE)
    page.goto("/campaigns/new/basics/")
    expect(next_button(page)).to_be_disabled()
    fill(page, {"Campaign name": "First campaign"})
    page.get_by_label("Agent").select_option(label="Ada")
    next_button(page).click()
    page.get_by_label("+12125550100").check()
    next_button(page).click()
    page.get_by_label("Multi Day").check()
    fill(page, {"From": "00:00", "Until": "24:00", "Max attempts": "1"})
    next_button(page).click()
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("Can be called")).to_be_visible()
    next_button(page).click()
    page.get_by_role("button", name="Create Campaign").click()
    expect(page.get_by_role("heading", name="First campaign")).to_be_visible()


def fill(page: Page, values: dict[str, str]) -> None:
    for label, value in values.items():
        page.get_by_role("main").get_by_label(label, exact=True).fill(value)


def next_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Next").last


def press(page: Page, name: str) -> None:
    """Press an action; answer its question if it asks one."""
    page.get_by_role("button", name=name, exact=True).first.click()
    question = page.get_by_role("alertdialog")
    if question.is_visible():
        question.locator("#confirm-button").click()


def outcomes_of(installation: Installation) -> Counter[str]:
    with sqlite3.connect(installation.var / "outdial.sqlite3") as database:
        return Counter(
            row[0] for row in database.execute("SELECT outcome FROM campaigns_call WHERE outcome <> 'cancelled'")
        )
