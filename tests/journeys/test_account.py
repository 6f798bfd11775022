"""An account on the service itself, from the first mail to the last sign-out, in a real browser."""

from __future__ import annotations

import email
import re
import time
from email.policy import default

import pyotp
import pytest

from tests.journeys.test_access import both

ADDRESS = "journey@example.test"
PASSWORD = "a quiet harbour at dusk"
WIDTHS = (360, 1280)
MAIL_SECONDS = 30


@pytest.fixture
def page(browser, stack):
    """Return a page on a phone; every request stays on the service."""
    context = browser.new_context(viewport={"width": 360, "height": 800})
    opened = context.new_page()
    opened.set_default_timeout(15_000)
    strayed: list[str] = []
    opened.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((stack.service, "data:"))
            else strayed.append(request.url)
        ),
    )
    opened.on("console", lambda said: strayed.append(said.text) if "Policy" in said.text else None)
    yield opened
    context.close()
    assert strayed == []


def link_to(stack, subject: str) -> str:
    """Wait for a mail, as a person does, and return the link in it."""
    deadline = time.monotonic() + MAIL_SECONDS
    while time.monotonic() < deadline:
        for path in sorted((stack.data_dir / "mail").glob("*.eml"), reverse=True):
            mail = email.message_from_bytes(path.read_bytes(), policy=default)
            if (mail["To"], mail["Subject"]) == (ADDRESS, subject):
                text = mail.get_body(("plain",)).get_content()
                return re.search(r"http\S+token=\S+", text)[0]
        time.sleep(0.2)
    pytest.fail(f"no mail {subject!r} after {MAIL_SECONDS} s")


def looks_right(page) -> None:
    """Hold a page against axe in both themes, and against both widths."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert both(page) == [], page.url
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


def send(page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()


@pytest.mark.req("S4-33", "S4-37", "S0-111", "S3-20", "S3-97")
def test_sign_up_confirm_sign_in_with_a_code_and_sign_out(page, stack):
    page.goto(f"{stack.service}/account/sign-up")
    looks_right(page)
    page.get_by_label("E-mail address").fill(ADDRESS)
    send(page, "Send me the link")
    page.wait_for_url("**/account/mail-sent**")
    looks_right(page)

    page.goto(link_to(stack, "Make your account"))
    page.get_by_label("Password").fill("1234567890")
    send(page, "Make my account")
    assert page.get_by_label("Password").get_attribute("aria-invalid") == "true"
    assert "most common" in page.locator("#password-error").inner_text()
    looks_right(page)
    page.get_by_label("Password").fill(PASSWORD)
    send(page, "Make my account")
    page.wait_for_url("**/account/sign-in**")

    page.get_by_label("E-mail address").fill(ADDRESS)
    page.get_by_label("Password").fill("not this one")
    send(page, "Sign in")
    assert "The address or the password is wrong." in page.get_by_role("alert").inner_text()
    looks_right(page)
    page.get_by_label("Password").fill(PASSWORD)
    send(page, "Sign in")
    page.wait_for_url(f"{stack.service}/account/")
    looks_right(page)

    page.get_by_role("link", name="Codes").click()
    looks_right(page)
    send(page, "Set up an authenticator app")
    looks_right(page)
    secret = page.locator("p.trp-hash").inner_text()
    page.get_by_label("Code", exact=True).fill(pyotp.TOTP(secret).now())
    send(page, "Turn codes on")
    codes = page.get_by_label("Recovery codes").inner_text().split()
    assert len(codes) == 10
    looks_right(page)
    for name in ("Password", "Address"):
        page.get_by_role("link", name=name, exact=True).click()
        looks_right(page)

    page.get_by_role("link", name="Account", exact=True).click()
    send(page, "Sign out")
    page.wait_for_url("**/account/sign-in**")
    page.get_by_label("E-mail address").fill(ADDRESS)
    page.get_by_label("Password").fill(PASSWORD)
    send(page, "Sign in")
    page.wait_for_url("**/account/code**")
    looks_right(page)
    page.get_by_label("Code", exact=True).fill(codes[0])
    send(page, "Go on")
    page.wait_for_url(f"{stack.service}/account/")
    assert "On" in page.locator("dl").inner_text()
    send(page, "Sign out")
    page.goto(f"{stack.service}/account/")
    assert "/account/sign-in" in page.url


def test_the_pages_work_without_script_and_by_keyboard(browser, stack):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{stack.service}/account/forgot")
    page.keyboard.press("Tab")
    page.keyboard.type("nobody@example.test")
    page.keyboard.press("Enter")
    page.wait_for_url("**/account/mail-sent**")
    assert "Look into your mailbox" in page.locator("h1").inner_text()
    context.close()
