"""desk-smooth: the desk's chart with 20,000 bars in Chromium, against the same with 500.

The page is the desk's own: its scripts, styles and chart library, bars, key levels, eight
indicators and drawings, but no service behind it. Both charts are moved in turns: panned and
zoomed by a step a frame, then panned while a tick comes in each second frame. Measured of each
frame: the time from one to the next, and the main thread's work (script, layout, painting of the
canvas) in CPU time, taken from what Chromium itself counts. The ratio is that of the work, whose pace no
screen sets.
"""

from __future__ import annotations

import html
import json
import os
import statistics
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from harness import print_ratio
from playwright.sync_api import Page, sync_playwright

ASSETS = Path(__file__).resolve().parents[1] / "wp-plugin" / "assets"
CHROMIUM = "/usr/bin/chromium"
MANY, FEW = int(os.environ.get("BARS", "20000")), 500
FRAMES, TURNS = 40, 2
FIRST = 1_700_000_100
SCRIPTS = (
    "vendor/htmx.min.js",
    "vendor/lightweight-charts.standalone.production.js",
    "trp.js",
    "trp-desk.js",
    "trp-desk-levels.js",
    "trp-desk-studies.js",
    "trp-desk-draw.js",
    "trp-desk-live.js",
    "trp-desk-replay.js",
    "trp-desk-chart.js",
)
LEVELS = ("pdh", "pdl", "pdc", "pmh", "pml", "pp", "r1", "r2", "r3", "s1", "s2", "s3", "vwap")
SETTINGS: dict[str, dict[str, Any]] = {
    "sma": {"period": 50, "source": "close"},
    "ema": {"period": 200, "source": "close"},
    "bollinger": {"period": 20, "deviations": 2, "source": "close"},
    "vwap": {"bands": 2},
    "rsi": {"period": 14, "source": "close", "lower": 30, "upper": 70},
    "macd": {"fast": 12, "slow": 26, "signal": 9, "source": "close"},
    "atr": {"period": 14},
    "volume_profile": {"rows": 24},
}
RUN = """
async ( [ kind, frames ] ) => {
    const view = window.tradingRobotService.desk.views.values().next().value, scale = view.chart.timeScale();
    const count = view.bars.length, times = [];
    const frame = () => new Promise( requestAnimationFrame );
    scale.setVisibleLogicalRange( { from: count - 150, to: count + 5 } );
    for ( let at = 0; at < 5; at++ ) { await frame(); }
    let before = await frame();
    for ( let at = 0; at < frames; at++ ) {
        const turn = Math.abs( ( at % 60 ) - 30 ) / 30;
        if ( kind === 'zoom' ) {
            const shown = 60 + ( count - 60 ) * Math.pow( 1 - turn, 3 );
            scale.setVisibleLogicalRange( { from: count - shown, to: count + 5 } );
        } else {
            scale.scrollToPosition( -Math.round( 300 * ( 1 - turn ) ), false );
        }
        if ( kind === 'tick' && at % 2 ) {
            const last = view.bars[ count - 1 ], price = last.close * ( 1 + ( at % 7 - 3 ) / 1e4 );
            window.tradingRobotService.desk.live.bar( view, {
                i: view.instrument, b: [ last.at, last.open, Math.max( last.high, price ), Math.min( last.low, price ), price, 500 + at ], sent: 0,
            } );
        }
        const now = await frame();
        times.push( now - before );
        before = now;
    }
    return times;
}
"""


def document() -> dict[str, Any]:
    """Return a chart with every indicator and sixty drawings."""
    member = {"kind": "member", "name": ""}

    def at(bars_back: int) -> str:
        return str(np.datetime64(FIRST + (MANY - bars_back) * 300, "s")) + "Z"

    drawings: list[dict[str, Any]] = []
    for each in range(20):
        start = {"at": at(30 * each + 25), "price": str(100 + each % 5)}
        end = {"at": at(30 * each + 2), "price": str(101 + each % 3)}
        common = {"by": member, "label": f"line {each}", "is_proposed": False}
        drawings += [
            {"id": f"t{each}", "kind": "trendline", "start": start, "end": end, "extends": True},
            {"id": f"n{each}", "kind": "analysis_note", "text": f"note {each}", "at": start},
            {"id": f"s{each}", "kind": "support_resistance", "role": "support", "price": "100.5"},
        ]
        for one in drawings[-3:]:
            one.update(common)
    return {
        "symbol": "SPY",
        "timeframe": "M5",
        "chart_type": "candles",
        "indicators": [
            {"id": kind, "kind": kind, "settings": settings, "by": member}
            for kind, settings in SETTINGS.items()
        ],
        "drawings": drawings,
        "settings": {
            "yaxis_padding": 0.1,
            "shows_volume": True,
            "shows_sessions": True,
            "shows_extended_hours": True,
            "shows_trades": True,
        },
    }


def page_of(count: int) -> str:
    """Return the page with so many bars; the last one is the same whatever their number."""
    random = np.random.default_rng(3)
    close = 100 + np.cumsum(random.normal(0, 0.02, MANY))
    rows = [
        f"{FIRST + at * 300},{price:.2f},{price + 0.1:.2f},{price - 0.1:.2f},{price + 0.03:.2f},900"
        for at, price in enumerate(close)
    ][-count:]
    sessions = ";".join(
        f"{start + 19_800},{start + 43_200},{start},{start + 57_600}"
        for start in range(FIRST, FIRST + MANY * 300, 86_400)
    )
    last = float(close[-1])
    levels = "".join(
        f'<tr data-level="{name}" data-price="{last + (number - 6) * 0.4:.2f}" data-tone="pivot" '
        f'data-short="{name.upper()}" data-drawn><th><span class="trp-tone"></span></th><td></td>'
        "<td data-away></td><td data-away></td></tr>"
        for number, name in enumerate(LEVELS)
    )
    told = html.escape(json.dumps(document()))
    return f"""<!doctype html><html lang="en"><body>
<div data-trp-charts data-trp-n="1" data-trp-rest="/none/"><div class="trp" id="desk">
<div id="desk-now" data-bars="{";".join(rows)}" data-sessions="{sessions}" data-minute="0">
<span data-desk-last></span><span data-desk-age></span></div><p data-desk-ohlc></p>
<figure class="trp-chart" id="desk-figure" data-desk data-trp-desk data-instrument="1"
 data-symbol="SPY" data-timeframe="M5" data-type="candles" data-zone="America/New_York"
 data-digits="2" data-first data-deals="[]" data-words="{{}}"></figure>
<table><tbody>{levels}</tbody></table>
<div id="desk-chart" data-chart="1" data-version="1" data-document="{told}"></div>
</div></div></body></html>"""


def opened(browser: Any, count: int) -> tuple[Page, Any]:
    """Return a page whose chart is drawn, and what counts its work."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.route("http://desk.test/", lambda route: route.fulfill(body=page_of(count), content_type="text/html"))  # fmt: skip
    page.goto("http://desk.test/")
    for name in ("trp.css", "trp-desk.css"):
        page.add_style_tag(path=ASSETS / name)
    for name in SCRIPTS:
        page.add_script_tag(path=ASSETS / name)
    page.evaluate("document.dispatchEvent(new Event('DOMContentLoaded'))")
    page.wait_for_selector(".trp-canvas canvas")
    if page.locator(".trp-canvas").get_attribute("data-panes") != "3":
        message = "the indicators are not drawn"
        raise SystemExit(message)
    counts = page.context.new_cdp_session(page)
    # The thread's own time: what others of the machine do is not in it.
    counts.send("Performance.enable", {"timeDomain": "threadTicks"})
    return page, counts


def work_of(counts: Any) -> float:
    """Return the seconds that the page's main thread has worked so far."""
    found = {
        each["name"]: each["value"] for each in counts.send("Performance.getMetrics")["metrics"]
    }
    return float(found["TaskDuration"])


def main() -> None:
    """Move both charts in turns and print what a frame took."""
    flags = ["--no-sandbox", "--disable-dev-shm-usage"]
    intervals: dict[tuple[str, int], list[float]] = {}
    works: dict[tuple[str, int], list[float]] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        pages = {count: opened(browser, count) for count in (FEW, MANY)}
        for _ in range(TURNS):
            for kind in ("pan", "zoom", "tick"):
                for count, (page, counts) in pages.items():
                    page.bring_to_front()
                    before = work_of(counts)
                    intervals.setdefault((kind, count), []).extend(
                        page.evaluate(RUN, [kind, FRAMES])
                    )
                    spent = 1_000 * (work_of(counts) - before) / FRAMES
                    works.setdefault((kind, count), []).append(spent)
        browser.close()
    for (kind, count), found in intervals.items():
        p50, p95 = (float(np.percentile(found, share)) for share in (50, 95))
        work = statistics.median(works[kind, count])
        print(f"{kind}, {count} bars: frame p50 {p50:.1f} ms, p95 {p95:.1f} ms, work {work:.1f} ms a frame")  # fmt: skip
    for kind, goal in (("pan", 1.5), ("zoom", 4.0), ("tick", 1.5)):
        ratio = statistics.median(works[kind, MANY]) / statistics.median(works[kind, FEW])
        print_ratio(f"desk-smooth-{kind}", ratio, goal)
    worst = max(
        float(np.percentile(intervals[kind, MANY], 95) / np.percentile(intervals[kind, FEW], 95))
        for kind in ("pan", "tick")
    )
    print_ratio("desk-smooth-frames", worst, 1.5)


if __name__ == "__main__":
    main()
