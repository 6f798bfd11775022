"""Forms keep what was typed: an old nonce, a lost session, somebody else, a second press."""

from __future__ import annotations

import pytest

from tests.journeys.conftest import sign_in

HEADER = "external_id,executed_at,symbol,side,qty,price,fee,currency\n"
ROOT = "document.querySelector('[data-trp-member]')"


def open_tab(open_page, login, tab: str):
    page = open_page(f"/dashboard/?trp_tab={tab}", login=login)
    page.wait_for_selector(f"#dashboard-{tab}")
    page.wait_for_function("!document.querySelector('.htmx-settling, .htmx-added')")
    return page


def posts_of(page) -> list[int]:
    """Return a list that fills with the status of each form sent to the proxy.

    A page tells in the same way which offers were seen, whenever it gets to it.
    """
    seen: list[int] = []
    page.on(
        "response",
        lambda answer: (
            seen.append(answer.status)
            if answer.request.method == "POST"
            and "/fragment/" in answer.url
            and "/seen" not in answer.url
            else None
        ),
    )
    return seen


@pytest.mark.req("S4-112")
def test_an_old_nonce_is_renewed_and_the_form_goes_through_with_its_file(
    open_page, stack, tmp_path
):
    file = tmp_path / "fills.csv"
    file.write_text(HEADER + "nonce1,2026-03-04T15:00:00Z,MSFT,buy,1,100,1,USD\n")
    page = open_tab(open_page, stack.other_member, "journal")
    page.set_input_files("#import-file", file)
    page.evaluate(f"{ROOT}.trpNonce = 'deadbeef00'")
    posts = posts_of(page)
    page.get_by_role("button", name="Preview").click()
    page.wait_for_selector("#import-status >> text=MSFT")
    assert posts == [403, 200]
    assert page.locator("[data-trp-said]").count() == 0


def test_a_lost_session_keeps_the_form_until_the_member_is_back(open_page, stack):
    page = open_tab(open_page, stack.other_member, "settings")
    page.get_by_label("Name of the program").fill("typed before")
    context = page.context
    context.clear_cookies()  # signed out in another tab
    page.get_by_role("button", name="Make a key", exact=True).click()
    link = page.locator("[data-trp-said] a", has_text="Sign in")
    link.wait_for()
    assert link.get_attribute("target") == "_blank"
    assert "/wp-login.php" in link.get_attribute("href")
    assert page.get_by_label("Name of the program").input_value() == "typed before"
    sign_in(page, stack, stack.other_member)  # in the other tab: same cookies
    page.get_by_role("button", name="Make a key", exact=True).click()
    page.wait_for_selector(".trp-hash")
    page.wait_for_selector("#api-keys >> text=typed before")
    assert page.locator("[data-trp-said]").count() == 0


@pytest.mark.req("S4-112")
def test_a_form_of_one_member_is_never_sent_as_another(open_page, stack):
    page = open_tab(open_page, stack.member, "settings")
    page.get_by_label("Name of the program").fill("belongs to demo")
    page.context.clear_cookies()
    sign_in(page, stack, stack.other_member)
    page.evaluate("window.sameDocument = true")
    posts = posts_of(page)
    page.get_by_role("button", name="Make a key", exact=True).click()
    # The page loads anew, as the page of who is signed in now.
    page.wait_for_function("!window.sameDocument && document.querySelector('#api-keys')")
    assert 200 not in posts
    assert "belongs to demo" not in page.content()


def test_a_second_press_sends_nothing(open_page, stack):
    page = open_tab(open_page, stack.other_member, "settings")
    page.get_by_label("Name of the program").fill("pressed twice")
    posts = posts_of(page)
    # Also while the nonce is still on its way, when no button is disabled yet.
    page.evaluate(
        f"""() => {{
            {ROOT}.trpNonce = '';
            const form = document.querySelector('form[hx-post="/embed/api-keys"]');
            for (let i = 0; i < 5; i++) {{ form.requestSubmit(); }}
            setTimeout(() => form.requestSubmit(), 30);
        }}"""
    )
    page.wait_for_selector("#api-keys >> text=pressed twice")
    page.wait_for_timeout(1500)
    assert posts == [200]
    assert page.locator("#api-keys", has_text="pressed twice").count() == 1
