"""The service slow, silent, gone or talking nonsense: pages stay quick and show what was known."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.wordpress import Way, age_copies, clear_copies, run_php, way_to_service

FAULTS = (
    "slow",
    "silent",
    "gone",
    "garbage",
    "portal",
    "other_type",
    "endless",
    "elsewhere",
    "broken",
)
VIEWS = 20


@pytest.fixture(scope="module")
def way(stack) -> Iterator[Way]:
    with way_to_service(stack) as between:
        yield between


def view(address: str) -> tuple[float, requests.Response]:
    start = time.monotonic()
    answer = requests.get(address, timeout=20)
    return time.monotonic() - start, answer


def usual_seconds(address: str) -> float:
    """Return how long the page takes on this machine now when it asks nobody."""
    return min(view(address)[0] for _ in range(3))


@pytest.mark.req("S4-104")
@pytest.mark.parametrize("fault", FAULTS)
def test_a_page_shows_what_was_known_and_recovers_by_itself(stack, way, fault):
    page = f"{stack.wordpress}/performance/"
    way.mode = "pass"
    clear_copies(stack)
    assert "Track records" in view(page)[1].text
    usual = usual_seconds(page)
    age_copies(stack, 400)
    way.mode = fault
    for _ in range(2):
        seconds, answer = view(page)
        assert answer.status_code == 200
        assert "Track records" in answer.text
        assert "data-trp-stale" in answer.text
        assert "portal" not in answer.text.lower()
        assert seconds < max(1.0, 2 * usual + 0.7), seconds
    way.mode = "pass"
    age_copies(stack, 31)
    answer = view(page)[1]
    assert "data-trp-stale" not in answer.text
    assert "Track records" in answer.text


@pytest.mark.req("S4-104")
def test_a_silent_service_does_not_use_up_the_workers(stack, way):
    """Four PHP workers, twenty readers, each with a question of their own that has no copy."""
    way.mode = "pass"
    clear_copies(stack)
    page = f"{stack.wordpress}/performance/?trp_strategy=s"

    def crowd(mark: str) -> tuple[float, list[tuple[float, requests.Response]]]:
        start = time.monotonic()
        with ThreadPoolExecutor(VIEWS) as pool:
            found = list(
                pool.map(view, [f"{page}{mark}{letter}" for letter in "abcdefghijklmnopqrst"])
            )
        return time.monotonic() - start, found

    healthy, _found = crowd("h")
    way.mode, way.asked = "silent", []
    seconds, found = crowd("s")
    print(
        f"{VIEWS} views: healthy {healthy:.1f} s, silent {seconds:.1f} s in all, slowest"
        f" {max(one[0] for one in found):.1f} s, {len(way.asked)} questions to the service"
    )
    assert all(answer.status_code == 200 for _seconds, answer in found)
    assert all("No figures right now" in answer.text for _seconds, answer in found)
    # Three failures open the breaker; what was under way by then is at most one a worker.
    assert len(way.asked) <= 3 + 4
    # Each of those waited 0.6 s at most, several at a time.
    assert seconds < healthy + 3


@pytest.mark.req("S4-104")
def test_a_member_is_told_and_nothing_hangs(open_page, stack, way):
    way.mode = "pass"
    clear_copies(stack)
    page = open_page("/dashboard/", login=stack.member)
    page.wait_for_selector("#dashboard-overview")
    way.mode = "silent"
    page.wait_for_selector("[data-trp-said] >> text=No connection", timeout=20_000)
    assert page.locator("#dashboard-overview").is_visible()
    way.mode = "pass"
    run_php(stack, "TradingRobotService\\Breaker::reset();")
    page.wait_for_selector("[data-trp-said]", state="detached", timeout=40_000)


@pytest.mark.req("S4-104")
def test_nothing_jumps_when_a_page_that_never_came_comes_after_all(open_page, stack, way):
    """The stand-in has the room of what it stands for, and says once what is the matter."""
    way.mode = "gone"
    clear_copies(stack)
    page = open_page("/marketplace/?trp_robot=slow_crossing", width=320)
    page.wait_for_timeout(300)
    page.evaluate(
        """() => { window.moved = 0; new PerformanceObserver(
          list => list.getEntries().forEach(one => { moved += one.value; })
        ).observe({ type: 'layout-shift' }) }"""
    )
    ask = "tradingRobotService.ask(document.querySelector('[data-trp-rest]'))"
    with page.expect_response("**/v1/fragment*/**"):
        page.evaluate(ask)
    page.wait_for_timeout(200)
    assert page.locator("text=does not answer").count() == 1
    assert page.locator("[data-trp-said]").count() == 0
    way.mode = "pass"
    clear_copies(stack)
    page.evaluate(ask)
    page.wait_for_selector("#robot-figure")
    page.wait_for_timeout(200)
    assert page.evaluate("moved") < 0.02
