"""A page cache in front of WordPress never shows one member's data to anybody else.

Twice: as a careful administrator sets it up (signed-in readers go past the cache), and as it must
not be done (every page is kept for everybody, whatever cookies and headers say). A cache that also
keeps the answers of /wp-json and /wp-admin/admin-ajax.php against their `no-store` is beyond what
a plugin can defend against: it would hand out anything that any plugin answers to anybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import requests

from tests.journeys.conftest import sign_in_again
from tests.nginx import BRUTAL, SANE, page_cache
from tests.services import Stack
from tests.wordpress import run_php

# WordPress' own bar names its reader; whether a cache may keep it is between those two.
NO_BAR = """
foreach ( array( 'demo', 'demo2' ) as $login ) {
	update_user_option( get_user_by( 'login', $login )->ID, 'show_admin_bar_front', '%s', true );
}
"""
PUBLIC = ("/", "/performance/", "/marketplace/", "/pricing/")
PERSONAL = r"wp_rest|_wpnonce|X-WP-Nonce|\bnonce\b(?!\"?[:=]?\s*[\"']?/wp-admin/admin-ajax)|user_id"


class Site:
    """The stack as seen through the cache."""

    def __init__(self, stack: Stack, address: str) -> None:
        self.stack = stack
        self.wordpress = address


@pytest.fixture(scope="module", params=["sane", "brutal"])
def site(stack, request) -> Iterator[Site]:
    run_php(stack, NO_BAR % "false")
    with page_cache(stack, SANE if request.param == "sane" else BRUTAL) as address:
        yield Site(stack, address)
    run_php(stack, NO_BAR % "true")


@pytest.fixture
def open_at(browser, site):
    """Return a factory of pages on the cached site; None signs nobody in."""
    contexts = []

    def make(login):
        context = browser.new_context()
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        if login:
            sign_in_again(page, site, login)
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def marks(stack) -> dict[str, list[str]]:
    """Return what is a member's alone, by login: e-mail and name."""
    found = {}
    for login in ("demo", "demo2"):
        code = (
            f"$u = get_user_by( 'login', '{login}' ); echo $u->user_email . '|' . $u->display_name;"
        )
        found[login] = run_php(stack, code).split("|")
    return found


def figures_of(page) -> set[str]:
    """Return what only this member's dashboard holds: the hashes of the accounts."""
    page.get_by_role("link", name="Accounts", exact=True).click()
    page.wait_for_selector("#dashboard-accounts")
    return set(re.findall(r"[0-9a-f]{64}", page.inner_html("#dashboard-accounts")))


@pytest.mark.req("S4-104")
@pytest.mark.parametrize("first", ["demo", "demo2", None])
def test_each_reader_gets_their_own_whoever_came_first(open_at, site, marks, first):
    path = f"{site.wordpress}/dashboard/?first={first}"
    order = {
        "demo": ["demo", "demo2", None],
        "demo2": ["demo2", None, "demo"],
        None: [None, "demo", "demo2"],
    }[first]
    shells: dict[str | None, str] = {}
    figures: dict[str, set[str]] = {}
    for login in order * 2:
        page = open_at((login, login) if login else None)
        answer = page.goto(path)
        shells[login] = answer.text()
        state = answer.headers["x-page-cache"]
        if login:
            page.wait_for_selector("#dashboard-overview")
            shown = page.content()
            others = marks["demo2" if login == "demo" else "demo"]
            assert not [mark for mark in others if mark in shown], (login, state)
            seen = figures_of(page)
            # The second demo member begins without an account.
            assert seen or login == "demo2"
            assert figures.setdefault(login, seen) == seen
        else:
            page.wait_for_load_state("networkidle")
            text = page.inner_text(".trading-robot-service")
            assert "Sign in" in text
            assert page.locator("#dashboard").count() == 0
            for own in marks.values():
                assert not [mark for mark in own if mark in page.content()]
    assert not figures["demo"] & figures["demo2"]
    for shell in shells.values():
        assert not re.search(PERSONAL, re.sub(r"admin-ajax\.php\?action=rest-nonce", "", shell))
        for own in marks.values():
            assert not [mark for mark in own if mark in shell]


@pytest.mark.req("S4-104")
def test_what_is_personal_is_never_in_the_cache(open_at, site):
    page = open_at(("demo", "demo"))
    kept: list[tuple[str, str, str]] = []
    page.on(
        "response",
        lambda answer: kept.append(
            (
                answer.url,
                answer.headers.get("x-page-cache", ""),
                answer.headers.get("cache-control", ""),
            )
        ),
    )
    for _ in range(3):
        page.goto(f"{site.wordpress}/dashboard/")
        page.wait_for_selector("#dashboard-overview")
    personal = [one for one in kept if "/fragment/" in one[0] or "rest-nonce" in one[0]]
    assert len(personal) >= 6
    assert not [one for one in personal if one[1] == "HIT"]
    assert all("no-store" in one[2] for one in personal if "/fragment/" in one[0]), personal


def test_public_pages_are_kept_and_nobody_is_marked_by_a_cookie(site):
    for path in PUBLIC:
        first = requests.get(site.wordpress + path, timeout=20)
        again = requests.get(site.wordpress + path, timeout=20)
        assert again.headers["X-Page-Cache"] == "HIT", path
        assert first.text == again.text
        for answer in (first, again):
            assert "Set-Cookie" not in answer.headers
            assert not re.search(PERSONAL, answer.text)
    address = f"{site.wordpress}/wp-json/trading-robot-service/v1/fragment/performance?period=week"
    assert requests.get(address, timeout=20).headers["Cache-Control"].startswith("public, max-age=")
    again = requests.get(address, timeout=20)
    assert again.headers["X-Page-Cache"] == "HIT"
    assert "Set-Cookie" not in again.headers


def test_filters_and_signed_in_readers_work_on_a_kept_public_page(open_at, site):
    requests.get(f"{site.wordpress}/performance/", timeout=20)
    page = open_at(("demo", "demo"))
    page.goto(f"{site.wordpress}/performance/")
    page.wait_for_selector("#leaderboard-table")
    page.click("#sort-trades")
    page.wait_for_selector("#leaderboard-table th[aria-sort]:has-text('Trades')")
    assert page.url.startswith(site.wordpress)
