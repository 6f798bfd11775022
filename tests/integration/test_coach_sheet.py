"""The coach's panel and question in a real browser, from the service's fragments without a site around."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from scripts.settings import ROOT
from tests.integration.test_coach_cards import answered, get, owner, trade  # noqa: F401 - fixtures
from tests.journeys.conftest import CHROMIUM, FLAGS

pytestmark = pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="needs Chromium")
ASSETS = ROOT / "wp-plugin" / "assets"
PAGE = """<!doctype html><html><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<link rel="stylesheet" href="/a/trp.css"><link rel="stylesheet" href="/a/trp-desk.css">
<link rel="stylesheet" href="/a/trp-coach.css"><body><main><section class="trp">{}</section></main>
<script src="/a/vendor/htmx.min.js"></script><script>window.tradingRobotService = {{}};</script>
<script src="/a/trp-coach.js"></script>"""
LONG = "document.querySelector('#coach-log').prepend(Object.assign(document.createElement('div'), {style: 'height: 3000px'}))"
LINK = "#coach-card-positions-open"


@pytest.fixture
def served(owner, answered, get):  # noqa: F811
    """Return what the service answers, by path, once a card stands in the conversation."""
    trade(owner, "journal")
    answered("What are my positions?")
    return {
        "narrow": get("dashboard-coach?tab=coach").text,
        "wide": get("dashboard-coach?tab=coach&show=positions").text,
        "open": get("coach-panel?show=positions").text,
        "empty": get("coach-panel").text,
    }


def show(browser, served, kind, width):
    page = browser.new_page(viewport={"width": width, "height": 800})

    def answer(route):
        path = route.request.url.partition("localhost")[2]
        if path.startswith("/a/"):
            route.fulfill(path=str(ASSETS / path[3:]))
        elif path.startswith("/embed/coach-panel"):
            body = served["open" if "show=positions" in path else "empty"]
            route.fulfill(body=body, content_type="text/html; charset=utf-8")
        elif path == "/":
            body = PAGE.format(served[kind])
            route.fulfill(body=body, content_type="text/html; charset=utf-8")
        else:
            route.fulfill(status=204)

    page.route("**/*", answer)
    page.goto("http://localhost/")
    page.evaluate(LONG)
    return page


@pytest.mark.req("S2-55", "S2-71")
def test_the_panel_and_the_question_stay_in_view_and_on_a_phone_the_panel_is_a_sheet(served):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = show(browser, served, "wide", 1440)
        page.evaluate("window.scrollTo(0, 1500)")
        assert page.locator("#coach-panel").bounding_box()["y"] == pytest.approx(32, abs=2)
        box = page.locator("#coach-ask").bounding_box()
        assert box["y"] + box["height"] == pytest.approx(800, abs=2)

        page = show(browser, served, "narrow", 390)
        page.evaluate("window.scrollTo(0, 1500)")
        box = page.locator("#coach-send").bounding_box()
        assert box["y"] + box["height"] <= 800
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        page.locator(LINK).focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("#coach-panel:popover-open")
        assert page.evaluate("document.activeElement.id") == "coach-panel-close"
        assert page.evaluate("document.querySelector('.trp-chat').inert")
        page.keyboard.press("Escape")
        page.wait_for_selector("#coach-panel[data-empty]", state="attached")
        page.wait_for_function("document.activeElement.id === 'coach-card-positions-open'")
        assert not page.evaluate("document.querySelector('.trp-chat').inert")
        browser.close()
