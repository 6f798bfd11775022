"""A member's webhooks in a real WordPress: made, tested over the real sender, deleted."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from standardwebhooks.webhooks import Webhook

from tests import webhook_sink as sinks

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@pytest.mark.req("S1-71")
def test_a_member_makes_a_webhook_tests_it_and_sees_the_answer(open_page, stack):
    page = open_page("/dashboard/?trp_tab=settings", login=stack.other_member, width=360)
    page.wait_for_selector("#webhooks")
    page.get_by_label("Address (URL) of your program").fill("https://10.0.0.1/x")
    page.get_by_role("button", name="Make a webhook").click()
    page.wait_for_selector("#webhook-url-said >> text=not on the public internet")
    with sinks.sink() as sink:
        page.get_by_label("Address (URL) of your program").fill(sink.url)
        page.get_by_label("What it is for").fill("My bot")
        page.get_by_role("button", name="Make a webhook").click()
        secret = page.locator("#webhooks .trp-alert .trp-hash").inner_text()
        page.get_by_role("button", name="Send a test").click()
        page.wait_for_selector("#webhooks >> text=HTTP 200")
        assert (
            Webhook(secret).verify(sink.got[0].body, sink.got[0].headers)["type"] == "webhook.test"
        )
        # The focus stays with the webhook, whatever of it is made anew.
        page.wait_for_function("document.activeElement.id.startsWith('webhook-')")
        sink.behave = sinks.answer(410)
        page.get_by_role("button", name="Send webhook.test").click()
        page.wait_for_selector("#webhooks >> text=It answered 410")
    found = Axe().run(page, context="#webhooks", options=RULES)
    assert found.response["violations"] == [], found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete").click()
    page.wait_for_selector("#webhooks >> text=No webhook yet")
