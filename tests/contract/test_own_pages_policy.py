"""A real browser finds nothing on the service's own pages that their policy forbids."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from tests.journeys.conftest import CHROMIUM, FLAGS

PAGES = ("/api/docs", "/nothing-here", "/account/sign-in", "/account/sign-up", "/account/forgot",
         "/account/reset")  # fmt: skip

pytestmark = pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="needs Chromium")


@pytest.fixture
def address(app):
    """Return where the application answers a browser."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.req("S4-111")
def test_no_page_breaks_its_own_policy(address):
    said: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page()
        page.on("console", lambda line: said.append(f"{page.url}: {line.text}"))
        for path in PAGES:
            answer = page.goto(address + path, wait_until="networkidle")
            assert "default-src 'none'" in answer.headers["content-security-policy"], path
            assert page.evaluate("document.styleSheets.length") >= 2, path
        assert [line for line in said if "Content Security Policy" in line] == []
        # The policy is in force: what a page is made to do against it is told.
        page.evaluate(
            "document.body.insertAdjacentHTML('beforeend', '<p style=\"color:red\">x</p>')"
        )
        page.wait_for_timeout(100)
        assert any("Content Security Policy" in line for line in said)
        browser.close()
