"""The market desk in a real browser: drawing by hand and by keyboard, machines, replay, and how fast."""

from __future__ import annotations

import re
import subprocess
import sys
import time

import pytest

from tests.journeys.test_robots import assert_usable

DRAWN = ".trp-canvas canvas"
SETTLED = "!document.querySelector('.htmx-request, .htmx-settling, .htmx-added')"
DOCUMENT = "JSON.parse(document.querySelector('#desk-chart').dataset.document)"
# In the database of the stack, as a program with a key of the member's would do it by the API.
MACHINE = """
import sys
from app import create_app
from app.charts import schemas, service
from app.core.db import transaction
with create_app().app_context(), transaction():
    from app.charts.models import Chart
    from app.core.db import db
    chart = db.session.get(Chart, int(sys.argv[1]))
    actor = service.Actor(chart.user_id, schemas.Author(kind="model", name="claude"))
    service.apply(actor, chart.id, schemas.OperationsIn.model_validate({"operations": [
        {"kind": "draw_support_resistance", "role": "resistance", "price": sys.argv[2]}]}))
print("done")
"""


@pytest.fixture
def desk(open_page, stack, blank_desk):
    """Return a function that opens the desk, drawn and settled."""

    def open_desk(query="trp_symbol=SIMUL/USD&trp_timeframe=M1", **options):
        page = open_page(f"/desk/?{query}", login=stack.member, **options)
        page.wait_for_selector(DRAWN)
        page.wait_for_function(SETTLED)
        return page

    return open_desk


RANGE = """(() => {
    const view = [...window.tradingRobotService.desk.views.values()][0];
    const range = view.chart.timeScale().getVisibleLogicalRange();
    return [range.from, range.to];
})()"""


def drawings(page):
    return page.evaluate(f"{DOCUMENT}.drawings")


def until(page, count):
    page.wait_for_function(f"{DOCUMENT}.drawings.length === {count}")
    page.wait_for_function(SETTLED)
    return drawings(page)


def spot(page, across, down):
    box = page.locator(".trp-canvas").bounding_box()
    return box["x"] + box["width"] * across, box["y"] + box["height"] * down


def drag(page, start, end):
    page.mouse.move(*spot(page, *start))
    page.mouse.down()
    page.mouse.move(*spot(page, *[(a + b) / 2 for a, b in zip(start, end, strict=True)]))
    page.mouse.move(*spot(page, *end))
    page.mouse.up()


@pytest.mark.req("S2-48", "S2-56", "S0-66", "S0-67")
def test_a_member_draws_by_mouse_and_keyboard_and_sees_a_machine_draw(desk, stack):
    page = desk()
    page.click("[data-tool=trendline]")
    drag(page, (0.2, 0.5), (0.6, 0.3))
    (line,) = until(page, 1)
    assert line["kind"] == "trendline"
    assert line["start"]["at"] < line["end"]["at"]
    assert float(line["end"]["price"]) > float(line["start"]["price"])

    # The line is taken and moved: both ends by the same way.
    drag(page, (0.4, 0.4), (0.4, 0.5))
    page.wait_for_function(f"{DOCUMENT}.drawings[0].start.price !== '{line['start']['price']}'")
    page.wait_for_function(SETTLED)
    (moved,) = drawings(page)
    steps = [float(moved[end]["price"]) - float(line[end]["price"]) for end in ("start", "end")]
    assert steps[0] < 0
    assert steps[0] == pytest.approx(steps[1], abs=0.02)

    # By keyboard alone: the form with the numbers.
    price = float(page.inner_text("[data-desk-last]").replace(",", ""))
    page.locator("#desk-level-open").focus()
    page.keyboard.press("Enter")
    page.locator("#desk-level-price").focus()
    page.keyboard.type(f"{price:.2f}")
    page.keyboard.press("Enter")
    assert float(until(page, 2)[1]["price"]) == round(price, 2)

    # The chart itself goes by keys: along, and nearer.
    page.locator(".trp-canvas").focus()
    first, last = page.evaluate(RANGE)
    page.keyboard.press("PageUp")
    page.wait_for_function(f"{RANGE}[0] < {first - (last - first) / 2}")
    page.keyboard.press("+")
    page.wait_for_function(f"{RANGE}[1] - {RANGE}[0] < {(last - first) * 0.9}")
    page.keyboard.press("End")

    # Levels by choice: the table and the chart follow at once.
    page.locator("#desk-levels-choice").click()
    page.get_by_label("VWAP, 1st band above").check()
    page.get_by_role("button", name="Apply").click()
    page.wait_for_selector("#desk-levels [data-level=vwap_upper1]")
    page.wait_for_function(SETTLED)

    # A machine draws: within two seconds it is there, said to be its own, and undone alone.
    chart = page.get_attribute("#desk-chart", "data-chart")
    page.wait_for_function("document.querySelector('[data-trp-rest]').trpLive")
    command = [sys.executable, "-c", MACHINE, chart, f"{price * 1.001:.2f}"]
    with subprocess.Popen(
        command, env=stack.environment, stdout=subprocess.PIPE, text=True
    ) as machine:
        assert machine.stdout.readline() == "done\n"
        began = time.monotonic()
        page.wait_for_selector("#desk-chart >> text=drawn by claude", timeout=5_000)
        seconds = time.monotonic() - began
    print(f"a machine's drawing after {seconds:.2f} s")
    assert seconds < 2
    page.wait_for_function(SETTLED)
    page.get_by_role("button", name="Undo the machine").click()
    until(page, 2)
    assert_usable(page, "desk")

    # The chosen drawing goes by the key.
    page.locator("[data-choose]").first.click()
    page.keyboard.press("Delete")
    until(page, 1)
    with page.expect_download() as download:
        page.click("#desk-get-picture")
    assert download.value.path().read_bytes().startswith(b"\x89PNG")
    page.wait_for_function(SETTLED)
    with page.expect_download() as download:
        page.click("#desk-get-csv")
    assert download.value.path().read_text().startswith("opened_at,open,high,low,close,volume")


def touch(page, *places):
    """Let a finger come down, go along, and leave; places are those of the screen."""
    client = page.context.new_cdp_session(page)
    kinds = ["touchStart"] + ["touchMove"] * (len(places) - 1)
    for kind, (x, y) in zip(kinds, places, strict=True):
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@pytest.mark.req("S2-63", "S0-66")
def test_on_a_tablet_a_finger_draws_and_moves_and_nothing_is_wider_than_the_screen(desk):
    page = desk("trp_symbol=SIMULATED-A&trp_timeframe=M15", width=820, has_touch=True)
    for width in (390, 820):
        page.set_viewport_size({"width": width, "height": 1100})
        page.wait_for_function(
            "width => document.querySelector('.trp-canvas').getBoundingClientRect().right <= width",
            arg=width,
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("#desk-levels").is_visible()
    page.click("[data-tool=resistance]")
    touch(page, spot(page, 0.4, 0.3))
    (line,) = until(page, 1)
    assert line["role"] == "resistance"
    top = page.evaluate("scrollY")
    touch(page, *[spot(page, 0.4, 0.3 + step / 100) for step in range(0, 16, 2)])
    page.wait_for_function(f"{DOCUMENT}.drawings[0].price !== '{line['price']}'")
    assert float(drawings(page)[0]["price"]) < float(line["price"])
    assert page.evaluate("scrollY") == top, "the page did not go along"
    # Beside a drawing a finger moves the chart as before.
    page.wait_for_function(SETTLED)
    first = page.evaluate(RANGE)[0]
    touch(page, *[spot(page, 0.3 + step / 100, 0.7) for step in range(0, 40, 4)])
    page.wait_for_function(f"{RANGE}[0] < {first - 5}")


@pytest.mark.req("S2-53", "S2-60", "S2-61", "S2-210")
def test_the_chart_is_drawn_and_follows_the_market_in_time(desk):
    page = desk()
    # From the arrival of the desk's fragment to the drawn chart, and from the click on another length.
    first = page.evaluate(
        "performance.getEntriesByName('trp-desk-drawn')[0].startTime"
        " - performance.getEntriesByType('resource').find(e => /fragment%2Fdesk|fragment\\/desk/.test(e.name)).startTime"
    )
    page.evaluate("performance.clearMarks()")
    began = page.evaluate("performance.now()")
    page.click("#desk-m5")
    page.wait_for_function("performance.getEntriesByName('trp-desk-drawn').length > 0")
    other = page.evaluate("performance.getEntriesByName('trp-desk-drawn')[0].startTime") - began
    print(f"first paint {first:.0f} ms after it was asked for, another length {other:.0f} ms")
    assert first < 1000
    page.wait_for_function("document.querySelector('.trp-canvas').dataset.tick", timeout=20_000)
    lags = []
    for _ in range(5):
        tick = page.get_attribute(".trp-canvas", "data-tick")
        page.wait_for_function(
            "tick => document.querySelector('.trp-canvas').dataset.tick !== tick", arg=tick,
            timeout=20_000,
        )  # fmt: skip
        lags.append(page.evaluate(
            "(() => { const set = document.querySelector('.trp-canvas').dataset;"
            " return (set.drawn - set.tick) / 1000; })()"
        ))  # fmt: skip
    print("ticks drawn after", ", ".join(f"{lag:.0f} ms" for lag in lags))
    assert max(lags) < 1000


@pytest.mark.req("S0-33")
def test_a_replay_has_no_bar_of_the_future_in_the_browser(desk):
    page = desk("trp_symbol=SIMUL/USD&trp_timeframe=M5")
    seen = []
    page.on("response", lambda answer: seen.append(answer) if "fragment" in answer.url else None)
    page.click("#desk-replay-open")
    page.locator("form:has(#desk-replay) button").click()
    page.wait_for_selector("[data-replay-play]")
    page.wait_for_function(SETTLED)
    start = int(page.get_attribute("#desk-figure", "data-replay"))

    def times():
        texts = [
            text for answer in seen for text in re.findall(r'data-bars="([^"]+)"', answer.text())
        ]
        return [int(row.split(",")[0]) for text in texts for row in text.split(";")]

    page.wait_for_timeout(6_000)
    assert max(times()) < start, "no poll has brought what came later"
    page.click("[data-replay-step]")
    page.wait_for_timeout(1_000)
    assert max(times()) == start
    page.click("[data-replay-play]")
    page.wait_for_timeout(4_000)
    page.click("[data-replay-play]")
    assert start + 300 < max(times()) < start + 300 * 9
    page.get_by_role("link", name="Back to the start").click()
    page.wait_for_function(SETTLED)
    assert page.get_attribute("#desk-figure", "data-replay") == str(start)
    page.get_by_role("link", name="End the replay").click()
    page.wait_for_function("!document.querySelector('#desk-figure').dataset.replay")
