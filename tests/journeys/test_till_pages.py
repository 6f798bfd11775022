"""Everybody can use the pages of the test till: no axe violation, a keyboard, a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.fakes.stripe import fake_stripe


@pytest.fixture(scope="module")
def pages():
    with fake_stripe() as till:
        v1 = till.client().v1
        product = v1.products.create({"name": "Robots: Mid"})
        price = v1.prices.create(
            {
                "product": product.id,
                "currency": "usd",
                "unit_amount": 2999,
                "recurring": {"interval": "month"},
            }
        )
        wanted = {
            "mode": "subscription",
            "line_items": [{"price": price.id, "quantity": 1}],
            "success_url": f"{till.url}/test-clock?paid={{CHECKOUT_SESSION_ID}}",
            "cancel_url": f"{till.url}/",
        }
        bought = till.complete(v1.checkout.sessions.create(wanted).id)
        account = v1.accounts.create({"type": "express"})
        link = v1.account_links.create(
            {
                "account": account.id,
                "type": "account_onboarding",
                "return_url": till.url,
                "refresh_url": till.url,
            }
        )
        yield {
            "checkout": v1.checkout.sessions.create(wanted).url,
            "done": f"{till.url}/c/pay/{bought['id']}",
            "portal": v1.billing_portal.sessions.create({"customer": bought["customer"]}).url,
            "invoice": v1.invoices.list().data[0].hosted_invoice_url,
            "onboarding": link.url,
            "creator": f"{till.url}/express/{account.id}",
            "clock": f"{till.url}/test-clock",
            "overview": f"{till.url}/",
        }


@pytest.mark.parametrize(
    "name",
    ["checkout", "done", "portal", "invoice", "onboarding", "creator", "clock", "overview"],
)
def test_no_page_of_the_till_has_a_violation_or_is_too_wide(browser, pages, name):
    page = browser.new_page(viewport={"width": 360, "height": 800})
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(pages[name])
    faults = Axe().run(page).response["violations"]
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert [(one["id"], one["nodes"][0]["html"][:120]) for one in faults] == []
    assert wide <= 360
    assert said == []


def test_one_pays_with_the_keyboard_alone(browser, pages):
    page = browser.new_page()
    page.goto(pages["checkout"])
    page.keyboard.press("Tab")
    page.keyboard.type("anna@example.com")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/test-clock?paid=cs_test_*")
    assert "checkout.session.completed" in page.inner_text("main")
    page.close()
