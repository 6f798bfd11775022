"""A screenshot of positions in a real browser: sent, read by the real worker, confirmed, valued."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.journeys.test_ai_desk import assert_fits, settled

KEPT = Path(__file__).parents[1] / "fakes/screens/kept"
PICTURE = KEPT / "tastytrade-desktop-light-3.png"
"""Shares, and three options whose days have long passed: what is read of those is doubtful."""
PART = "/dashboard/?trp_tab=options&trp_part="


def review(page):
    """Send the picture and wait for what was read of it."""
    page.set_input_files("#shot-file", PICTURE)
    page.wait_for_selector("[data-trp-thumbs] img")
    page.get_by_role("button", name="Send and read").click()
    page.wait_for_selector("#shot-review")
    page.wait_for_selector(".trp-crop canvas")
    settled(page)


def confirm(page):
    """Press the button, and wait for the answer."""
    with page.expect_response(re.compile(r"/screenshot/\d+/confirm")) as answer:
        page.locator("#shot-review button[data-kind=primary]").click()
    settled(page)
    return answer.value


def noted(page, stack):
    """Return what the page of positions shows."""
    page.goto(f"{stack.wordpress}{PART}positions")
    page.wait_for_selector("#dashboard-options >> text=Net delta")
    settled(page)
    return page.locator("#dashboard-options tbody tr").all_inner_texts()


@pytest.mark.req("S2-96", "S2-101", "S2-103", "S2-104")
def test_a_screenshot_becomes_positions_when_each_doubt_is_looked_at(open_page, stack):
    stack.give_plan(stack.member, "mid")
    page = open_page(f"{PART}positions", login=stack.member)
    page.wait_for_selector("#dashboard-options >> text=Net delta")
    before = noted(page, stack)
    own = next(row for row in before if re.search(r"\d Call, ", row) and "no answer" not in row)
    page.goto(f"{stack.wordpress}{PART}screenshots")
    page.wait_for_selector("#shot-file")
    settled(page)
    review(page)
    rows = page.locator(".trp-row-read")
    assert rows.count() == 4
    assert [page.input_value(f"[name=symbol_{at}]") for at in range(4)] == [
        "DIS", "DIS", "META", "TSLA",
    ]  # fmt: skip
    assert page.input_value("[name=right_0]") == "shares"
    assert page.input_value("[name=qty_0]") == "100"
    assert page.input_value("[name=price_0]") == "147.01"
    assert page.input_value("[name=strike_3]") == "360"
    assert "Read without a model" in page.inner_text("#screenshot")
    # Its state stands in the heading; the list of all pictures does not say another.
    assert "Waiting to be read" not in page.inner_text("#dashboard-options")
    assert_fits(page, "review")

    # What was read with doubt is not written down before it was looked at.
    doubts = page.locator("[name^=sure_]")
    assert doubts.count() >= 3
    assert confirm(page).status == 422
    assert "Was read with doubt" in page.inner_text("#shot-review")
    assert noted(page, stack) == before

    page.goto(f"{stack.wordpress}{PART}screenshots")
    page.wait_for_selector("#shots-list >> text=Read, not confirmed yet")
    settled(page)
    page.locator("#shots-list a").first.click()
    page.wait_for_selector(".trp-crop canvas")
    settled(page)
    for each in doubts.all():
        each.check()
    # One row is corrected to a contract of the market that is here: it has Greeks.
    strike, day = re.search(r"([\d.]+) Call, (\d+ \w+ \d+)", own).groups()
    page.fill("[name=symbol_3]", "SIMULATED-A")
    page.fill("[name=strike_3]", strike)
    page.evaluate(
        "day => { const field = document.querySelector('[name=expiry_3]');"
        " field.value = new Date(day + ' UTC').toISOString().slice(0, 10); }",
        day,
    )
    sent = page.evaluate(
        "new URLSearchParams(new FormData(document.querySelector('#shot-review'))).toString()"
    )
    confirmed = confirm(page)
    assert confirmed.status == 200
    page.wait_for_selector("#screenshot >> text=4 positions are written down")
    after = noted(page, stack)
    assert any("DIS" in row and "147.01" in row and "Nobody has brought in" in row for row in after)
    (dis,) = [row for row in after if row.startswith("152.5 Call")]
    assert "There is no option chain" in dis
    valued = [row for row in after if row.startswith(f"{strike} Call, {day}")]
    assert all("There is no" not in row for row in valued)

    # The same form once more writes nothing.
    status = page.evaluate(
        "async ([url, body]) => { const root = document.querySelector('[data-trp-rest]');"
        " return (await fetch(url, { method: 'POST', body, headers: { 'X-WP-Nonce': root.trpNonce,"
        " 'Content-Type': 'application/x-www-form-urlencoded' } })).status; }",
        [confirmed.url, sent],
    )
    assert status in {200, 409, 422}
    assert noted(page, stack) == after
