"""A visitor presses the button of a plan; the owner sees that somebody did, and nobody knows who."""

from __future__ import annotations

import re
import sqlite3
import time
from contextlib import closing

import pytest

from tests.journeys.test_administrator import open_screen

CALL = "Start Free - No Credit Card Required"
ADDRESS = re.compile(r"trading-robot-service/v1/clicks")
ASKS_NOT = "Object.defineProperty(navigator, 'globalPrivacyControl', { get: () => true });"


def count(stack) -> int:
    """Return the clicks on the free plan's button that the service has counted on the page of plans."""
    path = f"file:{stack.data_dir}/service.sqlite3?mode=ro"
    with closing(sqlite3.connect(path, uri=True)) as database:
        row = database.execute(
            "SELECT COALESCE(SUM(count), 0) FROM call_clicks WHERE plan = 'free' AND place = 'pricing'"
        )
        return row.fetchone()[0]


def heard(page) -> list:
    """Return the list that gets what the page tells of clicks."""
    found: list = []
    page.on("request", lambda request: ADDRESS.search(request.url) and found.append(request))
    return found


@pytest.mark.req("S4-88")
def test_a_click_is_counted_once_a_page_and_the_owner_sees_it(open_page, stack):
    before = count(stack)
    page = open_page("/pricing/")
    told = heard(page)
    for _ in range(2):  # into tabs of their own: the page stays
        page.get_by_role("link", name=CALL).click(modifiers=["Control"])
    with page.expect_navigation(url=re.compile("/dashboard/")):
        page.get_by_role("link", name=CALL).click()
    assert len(told) == 1
    assert told[0].response().status == 204
    assert set(told[0].post_data_json) == {"ladder", "plan", "place", "view"}
    assert page.context.cookies() == []
    deadline = time.monotonic() + 5
    while count(stack) == before and time.monotonic() < deadline:
        time.sleep(0.1)
    assert count(stack) == before + 1
    screen = open_screen(open_page, stack, "business")
    row = screen.get_by_role("row", name=CALL)
    assert row.locator("td").first.inner_text() == str(before + 1)


def test_who_asks_not_to_be_followed_or_has_no_scripts_is_not_counted_and_gets_there(open_page, stack):  # fmt: skip
    before = count(stack)
    page = open_page("/how-it-works/")
    page.add_init_script(ASKS_NOT)
    page.goto(f"{stack.wordpress}/pricing/")
    plain = open_page("/pricing/", java_script_enabled=False)
    for one in (page, plain):
        told = heard(one)
        with one.expect_navigation(url=re.compile("/dashboard/")):
            one.get_by_role("link", name=CALL).click()
        assert told == []
    assert count(stack) == before
