"""Live updates: a stream from the edge, and polling whenever there is none."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from scripts.child import descendants
from tests.journeys.test_member import make_key, open_dashboard, post_round_trip

POLLS = "**/fragment/dashboard-overview*"
LIVE = "() => document.querySelector('[data-trp-member]').trpLive === true"


@pytest.fixture(scope="module")
def key(browser, stack):
    """Return an API key of the other member."""
    from tests.journeys.conftest import sign_in

    context = browser.new_context()
    page = context.new_page()
    sign_in(page, stack, stack.other_member)
    page.goto(f"{stack.wordpress}/dashboard/?trp_tab=settings")
    page.wait_for_selector("#dashboard-settings")
    made = make_key(page)
    context.close()
    return made


@pytest.fixture
def gain():
    """Return a gain that no other test has used."""
    numbers = iter(range(1, 90))
    return lambda: f"{time.monotonic_ns() % 900 + 100}.{next(numbers):02d}"


def edge_pids(stack) -> list[int]:
    return [
        pid
        for pid in descendants(stack.process.pid)
        if b"app.edge" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


def open_live(open_page, stack, **options):
    page = open_dashboard(open_page, stack, login=stack.other_member, **options)
    page.wait_for_function(LIVE, timeout=20_000)
    return page


def all_time(page) -> str:
    """Return the figure of the tile "All time"."""
    return page.locator("#dashboard-overview .trp-tile", has_text="All time").inner_text()


def fill_shows(page, stack, key, gain, within: float) -> float:
    """Post a round trip and wait until the page shows it; return how long it took."""
    before = all_time(page)
    name = f"live-{time.monotonic_ns()}"
    post_round_trip(stack, key, name, gain())
    start = time.monotonic()
    tile = page.locator("#dashboard-overview .trp-tile", has_text="All time")
    expect(tile).not_to_have_text(before, timeout=within * 1000, use_inner_text=True)
    return time.monotonic() - start


@pytest.mark.req("S3-71", "S4-87")
def test_a_fill_shows_within_a_second_without_any_poll(open_page, stack, key, gain):
    page = open_live(open_page, stack)
    asked = []
    page.route(POLLS, lambda route: (asked.append(route.request.url), route.abort()))
    page.evaluate("window.sameDocument = true")
    page.evaluate("document.querySelector('#dashboard-overview details')?.setAttribute('open', '')")
    times = [fill_shows(page, stack, key, gain, 5) for _ in range(5)]
    assert sorted(times)[2] < 1, times
    assert asked == []
    assert page.evaluate("window.sameDocument")
    assert page.evaluate("document.querySelectorAll('#dashboard-overview').length") == 1
    assert page.locator("[data-trp-said]").count() == 0


def test_focus_and_open_details_stay_over_an_event(open_page, stack, key, gain):
    page = open_live(open_page, stack)
    page.route(POLLS, lambda route: route.abort())
    page.focus("#range-6m")
    details = page.locator("#dashboard-overview details")
    if details.count():
        details.first.evaluate("one => { one.open = true; }")
    fill_shows(page, stack, key, gain, 5)
    page.wait_for_function("!document.querySelector('.htmx-settling, .htmx-added')")
    assert page.evaluate("document.activeElement.id") == "range-6m"
    if details.count():
        assert details.first.evaluate("one => one.open")


def test_another_range_is_another_stream(open_page, stack, key, gain):
    page = open_live(open_page, stack)
    with page.expect_request(lambda request: request.url.startswith(f"{stack.edge}/live")):
        page.click("#range-1m")
    page.wait_for_function(LIVE, timeout=20_000)
    page.route(POLLS, lambda route: route.abort())
    fill_shows(page, stack, key, gain, 5)
    expect(page.locator("#range-1m")).to_have_attribute("aria-current", "true")


@pytest.mark.faults
def test_a_killed_edge_means_polls_until_it_is_back(open_page, stack, key, gain):
    page = open_live(open_page, stack)
    for pid in edge_pids(stack):
        os.kill(pid, signal.SIGKILL)
    page.wait_for_function(f"() => !({LIVE})()", timeout=5_000)
    fill_shows(page, stack, key, gain, 5)
    page.wait_for_function(LIVE, timeout=60_000)
    page.route(POLLS, lambda route: route.abort())
    fill_shows(page, stack, key, gain, 5)


@pytest.mark.faults
def test_a_frozen_edge_means_polls_within_a_minute(open_page, stack, key, gain):
    page = open_live(open_page, stack)
    page.clock.install()
    page.reload()
    page.wait_for_function(LIVE, timeout=20_000)
    frozen = edge_pids(stack)
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    try:
        # The page's own clock passes over the silence, and we need not wait for it.
        page.clock.fast_forward(30_000)
        page.wait_for_timeout(500)
        assert page.evaluate(LIVE)
        page.clock.fast_forward(15_000)
        page.wait_for_function(f"() => !({LIVE})()", timeout=5_000)
        fill_shows(page, stack, key, gain, 5)
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)


def test_without_an_edge_the_page_polls(open_page, stack, key, gain, browser):
    page = open_page("/", login=stack.other_member)
    page.route("**/v1/live*", lambda route: route.fulfill(status=204))
    polls = []
    page.on(
        "request", lambda one: polls.append(one.url) if "dashboard-overview" in one.url else None
    )
    page.goto(f"{stack.wordpress}/dashboard/")
    page.wait_for_selector("#dashboard-overview")
    fill_shows(page, stack, key, gain, 5)
    assert polls
    assert not page.evaluate(LIVE)


def test_a_visitor_s_pages_do_not_load_the_script(open_page):
    for path in ("/dashboard/", "/performance/"):
        page = open_page(path)
        assert page.locator("script[src*='trp-live']").count() == 0


def test_who_signs_out_gets_no_new_ticket(open_page, stack):
    page = open_live(open_page, stack)
    page.context.clear_cookies()
    answer = page.evaluate(
        """async () => {
            const root = document.querySelector('[data-trp-member]');
            const address = root.dataset.trpRest.replace(/fragment\\/$/, 'live');
            const headers = { 'Content-Type': 'application/json', 'X-WP-Nonce': root.trpNonce };
            return (await fetch(address, { method: 'POST', headers, body: '{}' })).status;
        }"""
    )
    assert answer in {401, 403}


@pytest.mark.req("S4-107")
def test_who_signs_out_in_one_tab_sees_it_within_two_seconds_in_the_other(open_page, stack):
    page = open_live(open_page, stack, ends_session=True)
    polls = []
    page.on("request", lambda one: polls.append(one.url) if "fragment/" in one.url else None)
    other = page.context.new_page()
    other.goto(f"{stack.wordpress}/wp-login.php?action=logout")
    polls.clear()
    start = time.monotonic()
    other.click("a[href*='action=logout']")
    page.locator("[data-trp-said]").wait_for(timeout=5_000)
    assert time.monotonic() - start < 2
    said = page.locator("[data-trp-said]")
    expect(said).to_contain_text("You are signed out")
    assert said.locator("a").get_attribute("href").startswith(stack.wordpress)
    assert not page.evaluate(LIVE)
    # Nobody asks on for a member who has gone.
    page.wait_for_timeout(2500)
    count = len(polls)
    page.wait_for_timeout(2500)
    assert len(polls) == count
