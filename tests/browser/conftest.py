"""A real browser (Debian's chromium) against a live server. Playwright's own browsers are never downloaded."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from accounts.models import User
from tests.factories import PASSWORD

# Playwright's synchronous interface runs a loop of its own, which Django would take for an asynchronous caller.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def window(chromium, live_server) -> Iterator[Callable[..., BrowserContext]]:
    """A browser of its own: window(java_script_enabled=False, viewport={…}). Addresses are relative to the server."""
    opened = []

    def new(**settings: object) -> BrowserContext:
        context = chromium.new_context(base_url=live_server.url, **settings)
        context.set_default_timeout(10_000)
        opened.append(context)
        return context

    yield new
    for context in opened:
        context.close()


@pytest.fixture
def as_person(window) -> Callable[..., Page]:
    """A page of somebody who signed in through the form; fails the test if a page of ours breaks its script."""

    def sign_in(person: User, **settings: object) -> Page:
        page = window(**settings).new_page()
        page.on("pageerror", lambda problem: pytest.fail(f"A script broke: {problem}"))
        page.goto("/sign-in/")
        page.get_by_label("E-mail address").fill(person.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda address: "/sign-in/" not in address)
        return page

    return sign_in
