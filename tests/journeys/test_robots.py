"""A member's robots in a real WordPress: the first one in three clicks, and a backtest of a file."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe

HEADER = "session,open,high,low,close,volume\n"
LOADED = "!document.querySelector('.htmx-request, .htmx-settling, .htmx-added')"


def swinging(count=160):
    """Return a file of days on which the price goes up and down, so that averages cross."""
    days = [date(2024, 1, 2) + timedelta(days=at) for at in range(count * 2)]
    rows = []
    for index, day in enumerate([day for day in days if day.weekday() < 5][:count]):
        price = 100 + (index * index * 7) % 23 - index % 11
        rows.append(f"{day},{price},{price + 1},{price - 1},{price},100000")
    return HEADER + "\n".join(rows) + "\n"


def settled(page):
    # Faster than a person: until htmx has settled the new buttons do nothing.
    page.wait_for_function(LOADED)


def assert_usable(page, where):
    """Hold a page against axe in both themes, and against the width of a phone."""
    for theme in ("dark", "light"):
        page.evaluate("name => document.querySelectorAll('.trp').forEach("
                      "each => each.dataset.theme = name)", theme)  # fmt: skip
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag22aa"]})
        faults = [(each["id"], [node["target"] for node in each["nodes"]])
                  for each in found.response["violations"]]  # fmt: skip
        assert faults == [], (where, theme)
    width = page.viewport_size["width"]
    page.set_viewport_size({"width": 360, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, where
    page.set_viewport_size({"width": width, "height": 900})


@pytest.mark.req("S4-72")
def test_three_clicks_lead_to_the_first_robot(open_page, stack):
    page = open_page("/dashboard/?trp_tab=robots", login=stack.other_member)
    page.wait_for_selector("text=No robot runs for you yet")
    assert_usable(page, "empty")
    settled(page)
    page.get_by_role("link", name="Choose a robot").click()
    page.wait_for_selector("#robot-choice")
    assert "trp_choose=1" in page.url
    assert_usable(page, "choice")
    settled(page)
    page.locator("#choose-ma_cross").click()
    page.wait_for_selector("#robot-settings")
    assert "trp_activate=ma_cross" in page.url
    assert_usable(page, "settings")
    settled(page)
    page.get_by_role("button", name="Start on paper").click()
    page.wait_for_selector("#deployment-now >> text=Running")
    assert_usable(page, "deployment")
    page.on("dialog", lambda dialog: dialog.accept())
    settled(page)
    page.locator("#deployment-pause").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#deployment-now >> text=Paused")
    settled(page)
    page.locator("#deployment-stop").click()
    page.wait_for_selector("#deployment-now >> text=Stopped")


def test_a_backtest_goes_from_a_bad_row_to_a_result_and_its_file(open_page, stack, tmp_path):
    bad, good = tmp_path / "bad.csv", tmp_path / "good.csv"
    bad.write_text(HEADER + "2024-01-02,10,9,11,10,5\n2024-01-03,10,11,9,10,5\n")
    good.write_text(swinging())
    page = open_page("/dashboard/?trp_tab=robots&trp_test=ma_cross", login=stack.other_member)
    page.wait_for_selector("#backtest-form")
    settled(page)
    page.set_input_files("#test-file_1", bad)
    page.get_by_label("Bars of the fast average", exact=True).fill("2")
    page.get_by_label("Bars of the slow average", exact=True).fill("4")
    page.get_by_role("button", name="Run the backtest").click()
    page.wait_for_selector("text=Rows that cannot be bars")
    assert "high" in page.inner_text("[aria-labelledby=backtest-rows]")
    assert page.get_by_label("Bars of the fast average", exact=True).input_value() == "2"
    assert_usable(page, "bad rows")
    settled(page)
    page.set_input_files("#test-file_1", good)
    page.get_by_role("button", name="Run the backtest").click()
    page.wait_for_selector("#backtest >> text=Equity and drawdown", timeout=60_000)
    settled(page)
    page.locator("[id^=candles-]").scroll_into_view_if_needed()
    page.wait_for_selector("[id^=candles-] canvas")
    assert_usable(page, "result")
    with page.expect_download() as download:
        page.get_by_role("button", name="All trades as CSV").click()
    lines = download.value.path().read_text().strip().splitlines()
    assert lines[0].startswith("symbol,direction,entry_at")
    assert len(lines) > 20
