"""The desk's scripts by themselves: the chart by keys, a replay that is cut off, a change that is lost."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

ASSETS = Path(__file__).resolve().parents[3] / "wp-plugin/assets"
PAGE = """
const fs = require('fs');
const parts = [];
global.document = { addEventListener() {}, documentElement: {}, querySelectorAll: () => [] };
global.matchMedia = () => ({ addEventListener() {} });
global.MutationObserver = class { observe() {} };
global.window = { tradingRobotService: {}, htmx: {} };
global.load = (name) => eval(fs.readFileSync(process.argv[1] + '/' + name, 'utf8'));
load('trp-desk.js');
const desk = window.tradingRobotService.desk;
desk.part = (one) => parts.push(one);
"""
KEYS = """
let range = { from: 100, to: 200 };
const box = {}, view = {
    box, bars: { length: 600 },
    chart: { timeScale: () => ({ getVisibleLogicalRange: () => range, setVisibleLogicalRange(next) { range = next; } }) },
};
const found = [];
for (const key of JSON.parse(fs.readFileSync(0))) {
    let isTaken = false;
    desk.turn(view, { key, target: box, preventDefault() { isTaken = true; } });
    found.push([range.from, range.to, isTaken]);
}
range = { from: 100, to: 200 };
desk.turn(view, { key: 'ArrowLeft', target: {}, preventDefault() {} });
desk.turn(view, { key: 'ArrowLeft', target: box, altKey: true, preventDefault() {} });
console.log(JSON.stringify({ found, left: range }));
"""
REPLAY = """
load('trp-desk-levels.js');
load('trp-desk-replay.js');
const boxes = {}, field = () => ({ dataset: {}, setAttribute() {}, textContent: '', addEventListener() {} });
const view = {
    all: [{ at: 60 }], words: { lost: 'lost', play: 'play', pause: 'pause', present: 'present' },
    isReplay: true, symbol: 'A', timeframe: 'M5',
    desk: { querySelector: (name) => boxes[name] = boxes[name] || field(), querySelectorAll: () => [] },
};
desk.ask = () => Promise.reject(new Error('away'));
desk.step(view).then((isDone) => {
    clearTimeout(view.resting);
    console.log(JSON.stringify({ isDone, isPlaying: view.isPlaying, said: boxes['[data-replay-said]'].textContent }));
});
"""
LOST = """
const panel = { dataset: { chart: '7', version: '3', document: '{"drawings": []}' } };
let newer = null;
window.htmx.ajax = () => { if (newer) { panel.isGone = true; } return Promise.resolve(); };
load('trp-desk-chart.js');
const told = [];
desk.each = (name) => told.push(name);
const view = { waiting: [], document: {}, desk: { querySelector: () => panel.isGone ? newer : panel } };
desk.send(view, { kind: 'move_drawing' });
setTimeout(() => {
    const lost = told.splice(0);
    newer = { dataset: {} };
    desk.send(view, { kind: 'move_drawing' });
    setTimeout(() => console.log(JSON.stringify({ lost, kept: told })), 5);
}, 5);
"""


def run(script, given=None):
    done = subprocess.run(
        ["node", "-e", PAGE + script, str(ASSETS)],
        input=json.dumps(given), capture_output=True, text=True, check=True, timeout=30,
    )  # fmt: skip
    return json.loads(done.stdout)


@pytest.mark.req("S2-48")
def test_the_chart_is_moved_and_zoomed_by_keys():
    found = run(KEYS, ["ArrowLeft", "ArrowRight", "PageDown", "+", "-", "Home", "End", "x"])
    moves = [(round(start, 6), round(end, 6)) for start, end, _ in found["found"]]
    assert moves[:3] == [(90, 190), (100, 200), (190, 290)]
    assert moves[3] == (210, 290), "nearer, the newest bars stay"
    assert moves[4] == (190, 290)
    assert moves[5] == (0, 100)
    assert moves[6] == (505, 605)
    assert [taken for *_, taken in found["found"]] == [True] * 7 + [False]
    assert found["left"] == {"from": 100, "to": 200}, "keys of others are theirs"


def test_by_keys_nobody_leaves_the_bars_behind():
    found = run(KEYS, ["PageUp"] * 9 + ["-"] * 40 + ["+"] * 80 + ["PageDown"] * 80)["found"]
    for start, end, _ in found:
        width = end - start
        assert -width / 2 - 1e-9 <= start <= 599 - width / 2 + 1e-9
        assert 10 - 1e-9 <= width <= 619 + 1e-9


@pytest.mark.req("S0-33")
def test_a_replay_whose_next_bar_does_not_come_stops_and_says_so():
    assert run(REPLAY) == {"isDone": False, "isPlaying": False, "said": "lost"}


def test_what_was_not_kept_does_not_look_as_if_it_were():
    found = run(LOST)
    assert found["lost"] == ["document"], "the document that is kept is drawn again"
    assert found["kept"] == [], "a newer one came by itself"
