"""A site whose language is German shows German everywhere: texts, numbers, dates; and it fits."""

from __future__ import annotations

import re

import pytest
from babel.messages import Catalog
from babel.messages.mofile import write_mo

from tests.wordpress import clear_copies, run_php

PUBLIC = ("/performance/", "/marketplace/", "/marketplace/?trp_view=list", "/pricing/")
ROBOT = "/marketplace/?trp_robot=slow_crossing"
TABS = ("overview", "robots", "journal", "accounts", "settings")
MONEY = re.compile(r"[+\u2212]?\d{1,3}(?:\.\d{3})*,\d\d\xa0\$")
PERCENT = re.compile(r"[+\u2212]?\d+,\d+\xa0%")
ENGLISH = re.compile(
    r"\b(?:the|and|trades won|win rate|profit factor|closed|fills|month|week|today|settings|"
    r"overview|accounts|leaderboard|robots)\b",
    re.IGNORECASE,
)
SETTLED = "!document.querySelector('.htmx-settling, .htmx-added, .htmx-request')"
FIT = """() => {
  const wide = document.documentElement.scrollWidth > document.documentElement.clientWidth;
  const cut = [...document.querySelectorAll('.trp .trp-btn, .trp .trp-tag, .trp .trp-seg a, .trp dt, .trp h2')]
    .filter(one => one.offsetParent && (one.scrollWidth > one.clientWidth + 1
      || one.getBoundingClientRect().right > document.documentElement.clientWidth + 1))
    .map(one => one.textContent.trim());
  return [wide, cut];
}"""


@pytest.fixture(scope="module")
def german(stack):
    """Make the site German for these tests; WordPress lets choose only what it has a file of."""
    languages = stack.data_dir / "wordpress/wp-content/languages"
    languages.mkdir(exist_ok=True)
    with (languages / "de_DE.mo").open("wb") as file:
        write_mo(file, Catalog(locale="de_DE"))
    speak(stack, "de_DE")
    yield stack
    speak(stack, "")


def speak(stack, locale):
    run_php(stack, f"update_option( 'WPLANG', '{locale}' );")
    clear_copies(stack)


def shown(page):
    return page.locator("section.trp").first.inner_text()


def test_a_visitor_reads_the_record_in_german(open_page, german):
    page = open_page("/performance/")
    page.wait_for_selector("#leaderboard-table")
    text = shown(page)
    assert page.locator("html").get_attribute("lang").startswith("de")
    assert "Handelshistorien" in text
    assert "Rangliste" in text
    assert "Trefferquote" in text
    assert MONEY.search(text)
    assert PERCENT.search(text)
    assert not re.search(r"\$\d|\d\.\d%", text)
    # Names of robots and of members stay as they are.
    assert not ENGLISH.search(text), ENGLISH.search(text)


def test_a_member_reads_the_dashboard_in_german(open_page, german):
    page = open_page("/dashboard/", login=german.member)
    page.wait_for_selector("#dashboard-overview")
    overview = shown(page)
    assert "Profitfaktor" in overview
    assert MONEY.search(overview)
    assert PERCENT.search(overview)
    for tab in TABS[1:]:
        page.wait_for_function(SETTLED)
        # As a member goes from tab to tab: the partials come through WordPress' REST.
        page.click(f"#tab-{tab}")
        page.wait_for_selector(f"#dashboard-{tab}")
        text = shown(page)
        assert "Einstellungen" in text
        assert not re.search(r"\$\d|\d\.\d%", text)
        assert not ENGLISH.search(text), ENGLISH.search(text)


@pytest.mark.parametrize("width", [360, 1280])
def test_german_fits_where_english_does(open_page, german, width):
    page = open_page(PUBLIC[0], login=german.member, width=width)
    for path in (*PUBLIC, ROBOT, *(f"/dashboard/?trp_tab={tab}" for tab in TABS)):
        page.goto(german.wordpress + path)
        page.wait_for_selector("section.trp h2, section.trp h3")
        assert page.evaluate(FIT) == [False, []], path


def test_the_same_site_in_english_again_is_english(open_page, german):
    speak(german, "")
    page = open_page("/performance/")
    page.wait_for_selector("#leaderboard-table")
    text = shown(page)
    speak(german, "de_DE")
    assert "Track records" in text
    assert re.search(r"[+\u2212]\$\d{1,3}(?:,\d{3})*\.\d\d", text)
