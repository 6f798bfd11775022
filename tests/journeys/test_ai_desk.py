"""The coach and the analysis of a chart in a real browser, answered by the real workers without a model."""

from __future__ import annotations

import json
import sqlite3

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.journeys.test_desk import DOCUMENT, DRAWN, SETTLED

PANEL = "#coach-panel .trp-canvas canvas"
STEADY = ("SIMUL/USD", "SIMULATED-A", "SIMULATED-B", "SIMULATED-C")
LENGTHS = ("M15", "H1", "M5", "D1")
# What stands where: the panel's chart is drawn, and not one colour alone.
COLOURS = """
selector => { const seen = new Set();
for (const canvas of document.querySelectorAll(selector)) {
  if (!canvas.width || !canvas.height) { continue; }
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  for (let at = 0; at < pixels.length; at += 4 * 97) { seen.add(pixels.slice(at, at + 4).join()); }
}
return seen.size; }
"""
SPILLS = """
[...document.querySelectorAll('.trp *')].filter(each => {
  const box = each.getBoundingClientRect();
  return box.width && box.right > innerWidth + 1 && !each.closest('thead, .trp-vh, .trp-tools, .trp-seg, .trp-crop');
}).map(each => each.outerHTML.slice(0, 80))
"""


def settled(page):
    page.wait_for_function(SETTLED)


def assert_fits(page, where):
    """Hold a page against axe in both themes, and against a phone: nothing sticks out sideways."""
    for theme in ("dark", "light"):
        page.evaluate("name => document.querySelectorAll('.trp').forEach("
                      "each => each.dataset.theme = name)", theme)  # fmt: skip
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag22aa"]})
        faults = [(each["id"], [node["target"] for node in each["nodes"]])
                  for each in found.response["violations"]
                  if each["impact"] in {"serious", "critical"}]  # fmt: skip
        assert faults == [], (where, theme)
    page.evaluate("document.querySelectorAll('.trp').forEach(each => each.dataset.theme = 'dark')")
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, where
    assert page.evaluate(SPILLS) == [], where
    page.set_viewport_size({"width": 1280, "height": 900})


@pytest.fixture(scope="module", autouse=True)
def plan(stack, blank_desk):
    """Let the member ask as often as these tests do."""
    stack.give_plan(stack.member, "mid")


@pytest.fixture
def coach(open_page, stack):
    """Return the coach's tab with no conversation in it, on a page that may use the clipboard."""
    page = open_page(
        "/dashboard/?trp_tab=coach&trp_new=1", login=stack.member,
        permissions=["clipboard-read", "clipboard-write"],
    )  # fmt: skip
    page.wait_for_selector("#coach-question")
    settled(page)
    return page


def ask(page, question):
    """Ask, wait for the end of the answer, and return its id."""
    count = page.locator("[id^=coach-message-][id$=-again]").count()
    page.fill("#coach-question", question)
    page.get_by_role("button", name="Ask", exact=True).click()
    page.wait_for_function(
        "count => document.querySelectorAll('[id^=coach-message-][id$=-again]').length > count",
        arg=count,
    )
    settled(page)
    return page.locator("[id^=coach-message-][id$=-again]").last.get_attribute("id")[:-6]


@pytest.mark.req("S2-30", "S2-57", "S2-64", "S2-71", "S2-73", "S2-74", "S0-66", "S0-67")
def test_a_member_asks_opens_the_card_and_draws_what_is_proposed(coach, stack):
    page = coach
    answer = ask(page, "Where are PDH and PDL of SIMULATED-A?")
    said = page.inner_text(f"#{answer}")
    assert "SIMULATED-A's PDH is" in said
    assert "No model was used" in said
    # Each number leads to its source.
    numbers = page.locator(f"#{answer} a.trp-cite")
    assert numbers.count() >= 2
    for each in numbers.all():
        assert page.locator(each.get_attribute("href")).count() == 1
    card = page.locator("[data-card=levels]")
    moves = "getComputedStyle(document.querySelector('[data-card=levels]')).transitionDuration"
    assert page.evaluate(moves) != "0s"
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(moves) == "0s", "who wants none has none"
    page.emulate_media(reduced_motion="no-preference")
    assert "SIMULATED-A" in card.inner_text()
    assert "PDH" in card.inner_text()

    # The card opens the chart of the desk, with the two levels marked.
    page.locator("#coach-card-levels-simulated-a-open").click()
    page.wait_for_selector(PANEL)
    settled(page)
    assert page.evaluate(COLOURS, PANEL) > 5
    marked = page.locator("#coach-panel [data-level][data-marked]")
    assert {each.get_attribute("data-level") for each in marked.all()} == {"pdh", "pdl"}
    assert_fits(page, "card in the panel")

    # Asked for, it opens by itself.
    ask(page, "Show me the chart of SIMULATED-C with levels")
    page.wait_for_function(
        "/SIMULATED-C/.test(document.querySelector('#coach-panel-title').textContent)"
        " && document.querySelector('#coach-panel [data-symbol=\"SIMULATED-C\"] .trp-canvas canvas')"
    )
    settled(page)
    assert page.evaluate(COLOURS, PANEL) > 5

    answer = ask(page, "Draw PDH and PDL of SIMULATED-C on my chart")
    page.get_by_role("button", name="Draw on my chart of SIMULATED-C").click()
    page.wait_for_selector(f"#{answer} >> text=marked as a machine's")
    settled(page)
    page.locator(f"#{answer}").get_by_role("link", name="Open the chart").click()
    page.wait_for_selector(DRAWN)
    settled(page)
    drawn = page.evaluate(f"{DOCUMENT}.drawings")
    assert {each["label"] for each in drawn} == {"PDH", "PDL"}
    # Where the price stands between, above or below them is the market's business.
    roles = [each["role"] for each in sorted(drawn, key=lambda each: float(each["price"]))]
    assert roles in (["support"] * 2, ["support", "resistance"], ["resistance"] * 2)
    assert {each["by"]["kind"] for each in drawn} == {"model"}
    assert page.locator("#desk-chart >> text=drawn by offline analyst").count() == 2
    page.get_by_role("button", name="Undo the machine").click()
    page.wait_for_function(f"{DOCUMENT}.drawings.length === 0")


@pytest.mark.req("S2-30")
def test_an_answer_is_stopped_and_copied_by_keyboard(coach):
    page = coach
    answer = ask(page, "Where is the PDH of SIMULATED-A?")
    copy = page.locator(f"#{answer}-copy")
    copy.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#{answer}-copy >> text=Copied")
    assert "SIMULATED-A's PDH is" in page.evaluate("navigator.clipboard.readText()")

    # The poll waits, so that the answer is open until it is stopped.
    page.route("**/fragment/coach-messages/*known=*", lambda route: route.fulfill(status=204))
    page.fill("#coach-question", "Where is the PDL of SIMULATED-A?")
    page.get_by_role("button", name="Ask", exact=True).focus()
    page.keyboard.press("Enter")
    stop = page.get_by_role("button", name="Stop this answer")
    stop.wait_for()
    settled(page)
    stop.focus()
    page.keyboard.press("Enter")
    stop.wait_for(state="detached")
    page.unroute("**/fragment/coach-messages/*known=*")
    page.wait_for_function("document.querySelectorAll('[id$=-again]').length === 2")


def predictions(stack):
    """Return what the ledger of a stack holds of predictions, the newest last."""
    with sqlite3.connect(f"file:{stack.data_dir}/service.sqlite3?mode=ro", uri=True) as database:
        rows = database.execute(
            "SELECT body FROM ledger_events WHERE kind = 'prediction' ORDER BY id"
        )
        return [json.loads(row[0]) for row in rows]


def analyse(page, stack):
    """Open charts until the rules see a trend in one; return its symbol and how many were asked."""
    asked = 0
    for length in LENGTHS:
        for symbol in STEADY:
            page.goto(f"{stack.wordpress}/desk/?trp_symbol={symbol}&trp_timeframe={length}")
            page.wait_for_selector(DRAWN)
            settled(page)
            page.wait_for_function("document.querySelector('[data-trp-rest]').trpLive")
            page.click("#desk-analyse")
            asked += 1
            page.wait_for_selector("#desk-analysis-stop")
            page.wait_for_selector("#desk-analysis-bias")
            settled(page)
            if page.inner_text("#desk-analysis-bias") != "Neutral":
                return symbol, asked
    pytest.fail("no chart has a trend")


@pytest.mark.req("S0-63", "S0-66", "S0-67", "S0-68")
def test_a_member_has_a_chart_analysed_applies_it_and_finds_it_again(open_page, stack):
    page = open_page("/desk/", login=stack.member)
    before = len(predictions(stack))
    symbol, asked = analyse(page, stack)
    panel = page.inner_text("#desk-analysis")
    for text in ("AI proposal", "Simulated market", "Entry", "Target", "Stop", "no model was used"):
        assert text in panel
    # Each analysis is one event of the ledger, and applying it is none.
    made = predictions(stack)[before:]
    assert len({each["analysis"] for each in made}) == len(made) == asked
    assert made[-1]["symbol"] == symbol
    assert made[-1]["target"] in panel.replace(",", "")

    page.click("#desk-analysis-apply")
    page.wait_for_selector("#desk-analysis-undo")
    page.wait_for_function(f"{DOCUMENT}.drawings.length > 0")
    settled(page)
    drawn = page.evaluate(f"{DOCUMENT}.drawings")
    assert all(each["is_proposed"] and each["by"]["kind"] != "human" for each in drawn)
    assert page.locator("#desk-chart >> text=proposed by plain rules").count() == len(drawn)
    assert_fits(page, "analysis")
    page.click("#desk-analysis-undo")
    page.wait_for_function(f"{DOCUMENT}.drawings.length === 0")
    page.wait_for_selector("#desk-analysis-apply")
    settled(page)
    assert len(predictions(stack)) == before + asked

    page.click("#desk-analyses-open")
    page.wait_for_selector("#desk-analyses-title")
    settled(page)
    first = page.locator("#desk-analyses tbody tr").first
    assert symbol in first.inner_text()
    first.get_by_role("button").click()
    page.wait_for_selector("#desk-analyses .trp-beside article")
    settled(page)
    assert symbol in page.inner_text("#desk-analyses .trp-beside article")
    assert_fits(page, "compared")
