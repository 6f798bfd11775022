"""A member takes a copy of everything through WordPress, and adds an account at a broker."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect


@pytest.mark.req("S0-116", "S3-111")
def test_a_member_fetches_the_copy_once_through_wordpress(open_page, stack):
    page = open_page("/dashboard/?trp_tab=settings", login=stack.member)
    expect(page.locator("#own-activity")).to_be_visible()
    page.click("#own-data-ask")
    page.locator("#own-data-fetch").wait_for(timeout=60_000)
    page.click("#own-data-fetch")
    with page.expect_download() as waiting:
        page.click("#own-data-link")
    raw = Path(waiting.value.path()).read_bytes()
    archive = zipfile.ZipFile(io.BytesIO(raw))
    assert archive.testzip() is None
    assert json.loads(archive.read("json/users.json"))[0]["id"] > 0
    assert len(json.loads(archive.read("json/ledger_events.json"))) > 10
    # The link was good once.
    address = page.locator("#own-data-link").get_attribute("href")
    again = page.context.request.get(f"{stack.wordpress}/dashboard/{address}")
    assert again.status == 410
    # Somebody who is not signed in is told so, and nothing is used up.
    other = page.context.browser.new_context()
    assert other.request.get(f"{stack.wordpress}/dashboard/{address}").status == 403
    other.close()


@pytest.mark.req("S4-36")
def test_a_member_adds_and_deletes_an_account_at_a_broker(open_page, stack):
    page = open_page("/dashboard/?trp_tab=accounts", login=stack.member, width=390)
    page.locator("#broker-name").wait_for()
    page.fill("#broker-name", "My paper account")
    page.fill("#broker-key", "PKJOURNEY0123456789")
    page.fill("#broker-secret", "a-secret-of-the-journey-0123456789")
    page.click("#broker-accounts button[type=submit]")
    table = page.locator("#broker-accounts table")
    expect(table).to_contain_text("…6789")
    assert "JOURNEY" not in page.content()
    assert "a-secret" not in page.content()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete My paper account").click()
    expect(page.locator("#broker-accounts")).to_contain_text("No account at a broker yet")
