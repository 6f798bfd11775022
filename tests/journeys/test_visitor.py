"""A visitor without an account: every page is there, readable without script, on any width."""

from __future__ import annotations

import itertools
import re

import pytest
import requests

PAGES = ("/", "/performance/", "/marketplace/", "/pricing/", "/dashboard/")
WORDS = ("/how-it-works/", "/getting-started/")


@pytest.mark.req("S4-66", "S4-78")
def test_the_front_page_leads_to_every_page(open_page):
    page = open_page("/")
    assert "Automated Trading Robots That Actually Work" in page.inner_text("h1")
    assert "not investment advice" in page.inner_text("body").lower().replace(
        "nothing here is investment advice", "not investment advice"
    )
    for name in ("Start Free", "View Pricing", "See Performance"):
        assert page.get_by_role("link", name=name).first.is_visible()
    for name in (
        "Performance",
        "Marketplace",
        "Pricing",
        "How it works",
        "Getting started",
        "Dashboard",
    ):
        page = open_page("/")
        page.get_by_role("navigation").get_by_role("link", name=name, exact=True).first.click()
        page.wait_for_url(re.compile(name.lower().replace(" ", "-")))
        assert name in page.inner_text("h1")


@pytest.mark.req("S4-77")
def test_how_it_works_explains_robots_records_risks_and_the_first_steps(stack):
    html = requests.get(f"{stack.wordpress}/how-it-works/", timeout=10).text
    for text in (
        "What a trading robot is",
        "What a track record is",
        "Backtest, paper, live",
        "What it costs",
        "What can go wrong",
        "How to check the proof",
        "Getting started",
        "Nothing here is investment advice",
    ):
        assert text in html, text
    # It explains and loads none of our files, for it shows no screen.
    assert "trading-robot-service/assets" not in html


@pytest.mark.req("S4-68", "S4-85")
def test_the_track_records_are_in_the_html_that_the_server_sends(stack):
    """First paint without script: what search engines and readers without JavaScript get."""
    html = requests.get(f"{stack.wordpress}/performance/", timeout=10).text
    for text in (
        "Track records",
        "Leaderboard",
        "Win rate",
        "Averages over all robots",
        "Simulated",
    ):
        assert text in html, text
    assert html.count('class="trp-who"') >= 25
    assert "<svg" in html
    whole = requests.get(f"{stack.wordpress}/performance/?trp_rows=all", timeout=10).text
    assert "Not enough yet" in whole


@pytest.mark.req("S4-68")
def test_the_leaderboard_sorts_and_filters_in_place(open_page):
    page = open_page("/performance/")
    page.locator("#leaderboard-table").get_by_role("link", name="Trades", exact=True).click()
    page.wait_for_selector("#leaderboard-table th[aria-sort]:has-text('Trades')")
    assert "trp_sort=trades" in page.url
    counts = [
        int(text.replace(",", ""))
        for text in page.locator("#leaderboard-table td[data-label='Trades']").all_inner_texts()[
            :25
        ]
    ]
    assert counts == sorted(counts, reverse=True)


@pytest.mark.req("S4-68")
@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_the_rest_of_the_leaderboard_is_one_click_away(open_page, script):
    """The losers stand at its end: they must be as near as the page's weight allows."""
    page = open_page("/performance/", java_script_enabled=script)
    rows = page.locator("#leaderboard-table tbody tr")
    assert rows.count() == 25
    others = page.get_by_role("link", name="Show the other")
    hidden = int("".join(filter(str.isdigit, others.inner_text())))
    others.click()
    rows.nth(25 + hidden - 1).wait_for()
    assert rows.count() == 25 + hidden
    assert "trp_rows=all" in page.url
    assert not others.is_visible()


@pytest.mark.req("S4-69", "S4-70", "S4-86")
def test_the_marketplace_filters_in_place_and_by_its_address(open_page):
    page = open_page("/marketplace/")
    cards = page.locator("#robot-cards .trp-bot")
    everything = cards.count()
    page.get_by_label("Strategy").select_option("trend")
    page.wait_for_url(re.compile("trp_strategy=trend"))
    page.wait_for_function(
        f"document.querySelectorAll('#robot-cards .trp-bot').length < {everything}"
    )
    some = cards.count()
    assert 0 < some < everything
    again = open_page(page.url.split("/marketplace", 1)[0] and "/marketplace/?trp_strategy=trend")
    assert again.locator("#robot-cards .trp-bot").count() == some
    card = again.locator("#robot-cards .trp-bot").first.inner_text()
    for text in ("Win rate", "Profit factor", "Net return", "Try demo", "Get access"):
        assert text in card


@pytest.mark.req("S4-69")
def test_the_marketplace_works_without_javascript(open_page):
    page = open_page("/marketplace/", java_script_enabled=False)
    page.get_by_label("Strategy").select_option("reversion")
    page.get_by_role("button", name="Apply").click()
    page.wait_for_url(re.compile("trp_strategy=reversion"))
    assert page.locator("#robot-cards .trp-bot").count() > 0


@pytest.mark.req("S4-84", "S4-42", "S4-49", "S4-58")
def test_pricing_shows_the_four_plans_and_what_is_not_there_yet(open_page):
    text = open_page("/pricing/").inner_text("main")
    for price in ("$0", "$9.99", "$29.99", "$99.99"):
        assert price in text
    assert "Most popular" in text
    assert "in preparation" in text.lower()


@pytest.mark.req("S4-87")
def test_the_dashboard_asks_a_visitor_to_log_in_and_shows_no_figures(open_page):
    page = open_page("/dashboard/")
    assert page.get_by_role(
        "link", name=re.compile("sign in|log in", re.IGNORECASE)
    ).first.is_visible()
    assert page.locator("#dashboard-overview").count() == 0


@pytest.mark.parametrize("path", PAGES + WORDS)
@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_needs_no_sideways_scrolling(open_page, path, width):
    page = open_page(path, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_visitor_gets_no_cookie_and_no_nonce(stack):
    for path in PAGES[:4]:
        answer = requests.get(stack.wordpress + path, timeout=10)
        assert "Set-Cookie" not in answer.headers
        assert "nonce" not in answer.text.lower()


def test_a_page_without_our_shortcode_loads_nothing_of_ours(stack):
    html = requests.get(f"{stack.wordpress}/?p=1", timeout=10).text
    assert "trp.css" not in html
    assert "htmx" not in html


def test_every_link_of_the_site_leads_somewhere(stack):
    """The theme's sample footer has links to pages that do not exist."""
    for path in PAGES + WORDS:
        html = requests.get(stack.wordpress + path, timeout=10).text
        links = set(re.findall(r'<a [^>]*href="([^"]*)"', html))
        assert not links & {"#", ""}, path
        for link in sorted(links):
            if link.startswith((stack.wordpress, "/")) and "trp_" not in link:
                address = link if link.startswith("http") else stack.wordpress + link
                assert requests.get(address, timeout=10).status_code == 200, (path, link)


def test_an_unknown_robot_is_said_to_be_unknown(open_page):
    text = open_page("/marketplace/?trp_robot=none_such").inner_text("main")
    assert "There is no such robot" in text
    assert "does not answer" not in text


@pytest.mark.parametrize("path", PAGES + WORDS)
def test_each_page_has_one_first_heading_and_skips_no_level(stack, path):
    html = requests.get(stack.wordpress + path, timeout=10).text
    levels = [int(level) for level in re.findall(r"<h([1-6])[ >]", html)]
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))
