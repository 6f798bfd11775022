"""The desk's script computes the indicators as the service does: the same bars through both."""

from __future__ import annotations

import json
import subprocess
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from app.quant import chart_lines, indicator_settings
from tests.factories.robot_bars import walk

SCRIPT = Path(__file__).resolve().parents[3] / "wp-plugin/assets/trp-desk-studies.js"
RUN = """
const fs = require('fs');
const given = JSON.parse(fs.readFileSync(0));
global.window = { tradingRobotService: { desk: { part() {} } } };
eval(fs.readFileSync(process.argv[1], 'utf8'));
const studies = window.tradingRobotService.desk.studies;
const view = { sessions: given.sessions };
const found = {};
for (const [name, kind, settings] of given.wanted) {
    found[name] = kind === 'volume_profile'
        ? studies.profile(given.bars, settings.rows)
        : studies.kinds[kind].lines(given.bars, settings, view);
}
const tails = {};
for (const [name, kind, settings] of given.wanted) {
    if (kind === 'volume_profile') { continue; }
    const from = given.bars.length - 3, got = studies.tail(view, given.bars, kind, settings, from);
    tails[name] = { first: got.first, lines: got.lines.map((line) => line.slice(from - got.first)) };
}
console.log(JSON.stringify({ found, tails }));
"""
WANTED = [
    ("sma", "sma", {"period": 7}),
    ("sma of the middle", "sma", {"period": 5, "source": "hlc3"}),
    ("ema", "ema", {"period": 9}),
    ("rsi", "rsi", {"period": 14}),
    ("macd", "macd", {}),
    ("bollinger", "bollinger", {"period": 20, "deviations": 2.5}),
    ("atr", "atr", {"period": 14}),
    ("vwap", "vwap", {"bands": 2}),
]


@pytest.fixture(scope="module")
def bars():
    return walk(300, seed=5, scale=0.02)


@pytest.fixture(scope="module")
def by_script(bars):
    return run_script(bars)["found"]


@pytest.fixture(scope="module")
def told():
    return run_script(walk(1_700, seed=6, scale=0.02))


def run_script(bars):
    rows = [
        dict(zip(("at", "open", "high", "low", "close", "volume"), row, strict=True))
        for row in zip(
            (bars.opened_at // 1_000_000).tolist(),
            *(column.tolist() for column in (bars.open, bars.high, bars.low, bars.close)),
            bars.volume.tolist(),
            strict=True,
        )
    ]
    # One session for sixty bars each, all of them regular hours.
    edges = [row["at"] for row in rows[::60]] + [rows[-1]["at"] + 1]
    sessions = [
        {"opens": start, "closes": end, "starts": start, "ends": end}
        for start, end in pairwise(edges)
    ]
    wanted = [[name, kind, indicator_settings.read(kind, said)] for name, kind, said in WANTED]
    wanted.append(["profile", "volume_profile", {"rows": 24}])
    given = {"bars": rows, "sessions": sessions, "wanted": wanted}
    done = subprocess.run(
        ["node", "-e", RUN, str(SCRIPT)],
        input=json.dumps(given), capture_output=True, text=True, check=True, timeout=30,
    )  # fmt: skip
    return json.loads(done.stdout)


@pytest.mark.parametrize(("name", "kind", "said"), WANTED)
def test_both_compute_the_same_lines(bars, by_script, name, kind, said):
    sessions = bars._replace(session=np.arange(len(bars.session), dtype=np.int32) // 60)
    regular = np.ones(len(bars.open), bool)
    settings = indicator_settings.read(kind, said)
    expected = list(chart_lines.lines(kind, settings, sessions, regular).values())
    found = [np.array(line, float) for line in by_script[name]]
    assert len(found) == len(expected)
    taken = list(range(len(expected)))
    for line in found:
        same = [at for at in taken if np.allclose(line, expected[at], rtol=1e-9, equal_nan=True)]
        assert same, name
        taken.remove(same[0])


@pytest.mark.parametrize("name", [name for name, _, _ in WANTED])
def test_a_tick_computes_the_last_bars_alone_and_to_the_same_figures(told, name):
    tail = told["tails"][name]
    assert tail["first"] > 0, "not the whole chart"
    whole = [line[-3:] for line in told["found"][name]]
    assert np.allclose(np.array(tail["lines"], float), np.array(whole, float), rtol=1e-11)


def test_the_profile_spreads_the_whole_volume_over_the_prices(bars, by_script):
    from app.quant.levels.profile import volume_profile

    expected = volume_profile(bars.high, bars.low, bars.volume, 24)
    assert by_script["profile"]["rows"] == pytest.approx(expected.volume.tolist())
    assert sum(by_script["profile"]["rows"]) == pytest.approx(float(bars.volume.sum()))
