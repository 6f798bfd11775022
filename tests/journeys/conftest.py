"""A real WordPress with the demo, and a real browser."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

import pytest
import requests
from playwright.sync_api import Browser, Page, sync_playwright

from tests.services import Stack, wordpress_stack

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items) -> None:
    """Mark every test of this folder as a journey."""
    for item in items:
        if "journeys" in item.path.parts:
            item.add_marker(pytest.mark.journey)


@pytest.fixture(scope="session")
def stack(tmp_path_factory, browser) -> Iterator[Stack]:
    """Return the running product with the demo seeded; the other member's plan has room for all."""
    with wordpress_stack(tmp_path_factory.mktemp("stack"), demo=True) as running:
        _warm(running)
        context = browser.new_context()
        page = context.new_page()
        sign_in(page, running, running.other_member)
        page.goto(f"{running.wordpress}/dashboard/")
        page.wait_for_selector("#dashboard-overview")
        context.close()
        running.give_plan(running.other_member, "mid")
        yield running


@pytest.fixture(scope="module")
def blank_desk(stack) -> None:
    """Let a file's tests begin with a desk on which no other file has drawn."""
    stack.clear_charts(stack.member)


def _warm(stack: Stack) -> None:
    """Wait until the first pages have their copies: a page waits 0.6 s for a service that wakes."""
    for _ in range(60):
        if (
            'id="leaderboard-table"'
            in requests.get(f"{stack.wordpress}/performance/", timeout=30).text
        ):
            return
        time.sleep(1)
    pytest.fail("the performance page shows no leaderboard")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return a browser for all journeys."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser, stack) -> Iterator[Callable[..., Page]]:
    """Return a factory of pages: `open_page("/pricing/", login=stack.member, width=360)`.

    A script error or a request that leaves this machine fails the test. With `ends_session` the
    login has a session of its own, for a test that signs out of WordPress.
    """
    faults: list[str] = []
    with contextlib.ExitStack() as contexts:

        def make(path: str, *, login=None, ends_session=False, width=1280, **options) -> Page:
            context = browser.new_context(viewport={"width": width, "height": 900}, **options)
            contexts.callback(context.close)
            page = context.new_page()
            page.set_default_timeout(15_000)
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.on(
                "request",
                lambda request: (
                    faults.append(request.url)
                    if not request.url.startswith((stack.wordpress, stack.edge, "data:", "blob:"))
                    else None
                ),
            )
            if login and ends_session:
                sign_in(page, stack, login)
            elif login:
                sign_in_again(page, stack, login)
            page.goto(stack.wordpress + path)
            return page

        yield make
    assert faults == []


_cookies: dict[tuple[str, str, str], list] = {}


def sign_in_again(page: Page, stack: Stack, login: tuple[str, str]) -> None:
    """Take a session that an earlier test began: WordPress takes its time over a password."""
    known = (stack.wordpress, *login)
    if known not in _cookies:
        sign_in(page, stack, login)
        _cookies[known] = page.context.cookies()
    page.context.add_cookies(_cookies[known])


def sign_in(page: Page, stack: Stack, login: tuple[str, str]) -> None:
    """Sign in at WordPress as its own form does; the form itself is not ours to test."""
    address = f"{stack.wordpress}/wp-login.php"
    page.context.request.get(address)
    page.context.request.post(
        address, form={"log": login[0], "pwd": login[1], "testcookie": "1"}, max_redirects=0
    )
    names = {cookie["name"] for cookie in page.context.cookies()}
    assert any(name.startswith("wordpress_logged_in") for name in names), names
