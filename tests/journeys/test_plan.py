"""A member buys, upgrades, downgrades, pauses and cancels at the test till, on a phone, in the dark."""

from __future__ import annotations

import re
import secrets

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.journeys.conftest import sign_in
from tests.services import Stack

PHONE = {"width": 360, "height": 800}


@pytest.fixture
def phone(browser, stack):
    """A browser on a phone; it may go to the till, which is not the site's."""
    context = browser.new_context(viewport=PHONE, color_scheme="dark")
    page = context.new_page()
    page.set_default_timeout(20_000)
    yield page
    context.close()


def new_member(browser, stack: Stack) -> tuple[str, str]:
    """Let the owner make an account at WordPress, and return its login."""
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, stack, stack.admin)
    nonce = context.request.get(
        f"{stack.wordpress}/wp-admin/admin-ajax.php?action=rest-nonce"
    ).text()
    name, password = f"buyer{secrets.token_hex(4)}", secrets.token_urlsafe(16)
    made = context.request.post(
        f"{stack.wordpress}/?rest_route=/wp/v2/users",
        headers={"X-WP-Nonce": nonce},
        form={"username": name, "email": f"{name}@example.test", "password": password},
    )
    assert made.status == 201, made.text()
    context.close()
    return name, password


def is_fine(page: Page) -> None:
    """Nothing is wider than the phone, and axe finds nothing, in the dark and in the light."""
    page.wait_for_function("!document.querySelector('.htmx-settling, .htmx-added, .htmx-request')")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    for theme in ("light", "dark"):
        page.evaluate(
            "t => document.querySelectorAll('[data-trp-rest]').forEach(one => one.dataset.theme = t)",
            theme,
        )
        page.wait_for_timeout(200)
        found = Axe().run(page, context={"exclude": [["#wpadminbar"], [".skip-link"]]}).response
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found["violations"]] == []


def says(page: Page, text: str) -> None:
    expect(page.locator("#plan")).to_contain_text(re.compile(text))


def press(page: Page, name: str) -> None:
    page.wait_for_function("!document.querySelector('.htmx-settling, .htmx-added, .htmx-request')")
    page.locator("#plan").get_by_role("button", name=name, exact=True).click()


def follow(page: Page, selector: str) -> None:
    page.wait_for_function("!document.querySelector('.htmx-settling, .htmx-added, .htmx-request')")
    page.locator(selector).click()


@pytest.mark.req("S4-67", "S4-73", "S4-89", "S4-99", "S0-69", "S0-72", "S1-64")
def test_a_member_buys_upgrades_downgrades_pauses_and_cancels(browser, stack, phone):
    page, login = phone, new_member(browser, stack)

    # A visitor chooses a plan, signs in, and is where they were.
    page.goto(f"{stack.wordpress}/pricing/")
    page.get_by_role("link", name="Upgrade to Low Commitment - $9.99/month").click()
    page.get_by_role("heading", name="Sign in to see your dashboard").wait_for()
    back = page.get_by_role("link", name="Sign in", exact=True).get_attribute("href")
    assert "trp_buy%3Dlow" in back
    chosen = page.url
    sign_in(page, stack, login)
    page.goto(chosen)
    says(page, "Get Low Commitment")
    is_fine(page)

    # They pay at the till and come back to a plan.
    press(page, "Go to the payment")
    page.wait_for_url(f"{stack.till}/**")
    page.get_by_role("button", name=re.compile("^Pay")).click()
    page.wait_for_url(f"{stack.wordpress}/**")
    says(page, "Thank you")
    says(page, r"Low Commitment\s+Active")
    is_fine(page)

    # A larger plan: what it costs today is said before.
    follow(page, "#choose-mid")
    says(page, r"You pay today\s+\$\d")
    is_fine(page)
    press(page, "Change the plan")
    says(page, r"Mid-Tier\s+Active")

    # A smaller one begins when what is paid for ends.
    follow(page, "#choose-low")
    says(page, r"You pay today\s+\$0\.00")
    press(page, "Change the plan")
    says(page, r"Becomes\s+Low Commitment")

    # A rest, and on again.
    follow(page, "#plan-pause")
    says(page, "Let the plan rest")
    is_fine(page)
    press(page, "Pause the plan")
    says(page, r"Mid-Tier\s+Paused")
    press(page, "Let it go on")
    says(page, r"Mid-Tier\s+Active")

    # Away, with a reason; usable until its end.
    follow(page, "#plan-cancel")
    says(page, "Your record, your trades and your data stay")
    is_fine(page)
    page.get_by_label("Why, if you like to say it").select_option("unused")
    press(page, "Cancel the plan")
    says(page, "Cancelled, usable until its end")
    page.reload()
    says(page, "Cancelled, usable until its end")
    is_fine(page)

    # The page of plans says to members what they have.
    page.goto(f"{stack.wordpress}/pricing/")
    expect(page.locator("#plan-now")).to_contain_text("Your plan: Mid-Tier")
