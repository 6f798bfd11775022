"""Back, reload, two of the same, copies of the DOM, offline, limits, and what is read out."""

from __future__ import annotations

import itertools
import json
import re

import pytest

from tests.wordpress import run_php

TWICE = """
$id = wp_insert_post( array( 'post_type' => 'page', 'post_status' => 'publish', 'post_name' => 'twice',
	'post_title' => 'Twice', 'post_content' => '[trading_robot_performance part="leaderboard" rows="5"]<p>between</p>[trading_robot_performance part="leaderboard"]' ) );
echo get_permalink( $id );
"""
SORTED = "th[aria-sort]:has-text('Trades')"


@pytest.fixture(scope="module")
def twice(stack) -> str:
    """Return the path of a page with the leaderboard twice."""
    return "/" + run_php(stack, TWICE).split("/", 3)[3]


def settled(page) -> None:
    page.wait_for_function("!document.querySelector('.htmx-settling, .htmx-added, .htmx-request')")


def test_back_brings_address_and_content_also_after_a_reload(open_page):
    page = open_page("/performance/")
    settled(page)
    page.click("#sort-trades")
    page.wait_for_selector(f"#leaderboard-table {SORTED}")
    assert "trp_sort=trades" in page.url
    page.go_back()
    page.wait_for_selector("#leaderboard-table")
    page.wait_for_selector(f"#leaderboard-table {SORTED}", state="detached")
    assert "trp_sort" not in page.url
    page.go_forward()
    page.wait_for_selector(f"#leaderboard-table {SORTED}")
    assert "trp_sort=trades" in page.url
    page.reload()
    page.wait_for_selector(f"#leaderboard-table {SORTED}")
    page.go_back()
    page.wait_for_selector(f"#leaderboard-table {SORTED}", state="detached")
    assert "trp_sort" not in page.url
    assert page.evaluate("sessionStorage.getItem('htmx-history-cache')") is None


def test_two_of_the_same_on_a_page_do_not_disturb_each_other(open_page, twice):
    page = open_page(twice)
    settled(page)
    ids = page.evaluate(
        "[...document.querySelectorAll('.trading-robot-service [id]')].map(e => e.id)"
    )
    assert len(ids) == len(set(ids))
    first, second = page.locator(".trading-robot-service").all()
    before = first.inner_html()
    second.locator("[id^=sort-trades]").click()
    second.locator(SORTED).first.wait_for()
    settled(page)
    assert first.inner_html() == before
    assert first.locator(SORTED).count() == 0
    page.reload()
    first, second = page.locator(".trading-robot-service").all()
    second.locator(SORTED).first.wait_for()
    assert first.locator(SORTED).count() == 0


def test_a_copy_that_a_page_builder_makes_works_in_itself(open_page):
    page = open_page("/performance/")
    settled(page)
    page.evaluate(
        """() => {
            const root = document.querySelector('.trading-robot-service');
            root.after(root.cloneNode(true));
        }"""
    )
    first, copy = page.locator(".trading-robot-service").all()
    page.wait_for_timeout(100)
    copy.locator("#sort-trades").click()
    copy.locator(SORTED).first.wait_for()
    assert first.locator(SORTED).count() == 0
    # And one that comes with a page that a theme loads without leaving this one.
    page.evaluate(
        """() => {
            const html = document.querySelector('.trading-robot-service').outerHTML;
            document.querySelector('main').innerHTML = '<div>' + html + '</div>';
        }"""
    )
    page.wait_for_timeout(100)
    page.click("#sort-trades")
    page.wait_for_selector(f"main > div {SORTED}")


def test_offline_is_said_polls_stop_and_go_on(open_page, stack):
    page = open_page("/dashboard/", login=stack.member)
    page.wait_for_selector("#dashboard-overview")
    asked: list[str] = []
    page.on(
        "request",
        lambda request: asked.append(request.url) if "/fragment/" in request.url else None,
    )
    page.context.set_offline(True)
    page.wait_for_selector("[data-trp-said] >> text=You are offline")
    page.wait_for_timeout(1200)
    asked.clear()
    page.wait_for_timeout(3000)
    assert asked == []
    assert page.locator("#dashboard-overview").is_visible()
    page.context.set_offline(False)
    page.wait_for_selector("[data-trp-said]", state="detached")


def poll_only(page) -> None:
    """Keep the page from the stream, so that it polls."""
    page.route(re.compile("/live$"), lambda route: route.fulfill(status=204))


def test_a_limit_is_said_in_seconds_and_kept(open_page, stack):
    page = open_page("/pricing/", login=stack.member)
    poll_only(page)
    page.goto(f"{stack.wordpress}/dashboard/")
    page.wait_for_selector("#dashboard-overview")
    asked: list[str] = []

    def refuse(route):
        asked.append(route.request.url)
        route.fulfill(status=429, headers={"Retry-After": "4"}, body="")

    page.route(re.compile("/fragment/dashboard-overview"), refuse)
    page.wait_for_selector("[data-trp-said] >> text=in 4 seconds")
    count = len(asked)
    page.wait_for_timeout(2500)
    assert len(asked) == count
    page.unroute(re.compile("/fragment/dashboard-overview"))
    page.wait_for_selector("[data-trp-said]", state="detached")


def test_new_values_are_read_out_at_most_every_fifteen_seconds(open_page, stack):
    page = open_page("/pricing/", login=stack.member)
    poll_only(page)
    page.clock.install()
    page.goto(f"{stack.wordpress}/dashboard/")
    page.clock.run_for(2000)
    page.wait_for_selector("#dashboard-overview")
    count = iter(range(1000))

    def change(route):
        answer = route.fetch(
            headers={k: v for k, v in route.request.headers.items() if k != "if-none-match"}
        )
        html = re.sub(r"(data-trp-news[^>]*>)[^<]*", rf"\g<1>Value {next(count)}", answer.text())
        route.fulfill(
            status=200, headers={"Content-Type": "text/html", "ETag": f'"{next(count)}"'}, body=html
        )

    page.route(re.compile("/fragment/dashboard-overview"), change)
    page.evaluate(
        """() => {
            window.said = [];
            new MutationObserver(() => {
                const voice = document.querySelector('.trading-robot-service > [aria-live=polite]');
                if (voice && voice.textContent !== (said.at(-1) || {}).text) {
                    said.push({ text: voice.textContent, at: Date.now() });
                }
            }).observe(document.body, { childList: true, subtree: true, characterData: true });
        }"""
    )
    for _ in range(40):
        page.clock.run_for(1000)
        page.wait_for_timeout(60)
    page.unroute_all(behavior="ignoreErrors")
    said = [one for one in json.loads(page.evaluate("JSON.stringify(said)")) if one["text"]]
    assert 2 <= len(said) <= 4, said
    gaps = [b["at"] - a["at"] for a, b in itertools.pairwise(said)]
    assert all(gap >= 15_000 for gap in gaps), gaps
