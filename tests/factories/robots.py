"""Folders of robots for tests."""

import json
from pathlib import Path

import numpy as np

from app.robots.service.samples import sample_chain
from tests.factories.robot_bars import beside, minutes, walk

BUILTIN = Path(__file__).resolve().parents[2] / "app" / "robots" / "plugins"

METADATA = {
    "id": "early_bird",
    "name": "Early Bird",
    "description": "Buys once.",
    "strategy": "trend",
    "market": "US equities",
    "version": "1",
    "min_tier": "free",
    "timeframe": "D1",
    "symbols": ["SPY"],
    "author": "Somebody",
}
SOURCE = """
from typing import Literal
from pydantic import Field
from app.quant.robot import Parameters, Robot, buy

class Settings(Parameters):
    ORDERED = (("low", "high"),)
    low: int = Field(2, ge=1, le=50, title="Low")
    high: float = Field(5, gt=0, le=50, title="High")
    mode: Literal["calm", "wild"] = Field("calm", title="Mode")
    loud: bool = Field(False, title="Loud")

class EarlyBird(Robot):
    Parameters = Settings

    @property
    def lookback(self):
        return self.parameters.low

    def on_bar(self, bars, book):
        if not book.positions:
            return [buy(self.symbol, 1)]
"""


def write_robot(parent: Path, robot_id: str = "early_bird", source: str = SOURCE, **facts) -> Path:
    """Write a robot's folder; a fact that is None is left out of metadata.json."""
    folder = Path(parent) / robot_id
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "robot.py").write_text(source)
    metadata = {**METADATA, "id": robot_id, **facts}
    known = {name: value for name, value in metadata.items() if value is not None}
    (folder / "metadata.json").write_text(json.dumps(known))
    return folder


def load_robot(robot_id: str, symbols=None, **parameters):
    """Return a robot of ours, in this process."""
    from app.robots.host.child import loading

    folder = BUILTIN / robot_id
    facts = json.loads((folder / "metadata.json").read_text())
    kind = loading.load((folder / "robot.py").read_text())
    return loading.make(kind, parameters, list(symbols or facts["symbols"]))


def sample(robot_id: str) -> tuple[tuple[str, ...], dict, dict]:
    """Return symbols, bars on which a robot of ours trades, and parameters that make it do so."""
    facts = json.loads((BUILTIN / robot_id / "metadata.json").read_text())
    symbols = tuple(facts["symbols"])
    made, parameters = _SAMPLES.get(robot_id, _one)()
    return symbols, dict(zip(symbols, made, strict=True)), parameters


def sample_chains(robot_id: str, bars: dict):
    """Return chains for a robot of ours that needs any, made for its bars; else None."""
    facts = json.loads((BUILTIN / robot_id / "metadata.json").read_text())
    if not facts.get("needs_chains"):
        return None
    return {symbol: sample_chain(each) for symbol, each in bars.items()}


def _one():
    return [walk(700, 11, scale=0.015)], {}


def _reversion():
    return [walk(900, 4, scale=0.012)], {"trend": 20}


def _band():
    return [walk(700, 11, scale=0.015)], {"short": True}


def _channel():
    return [walk(700, 11, scale=0.015)], {"short": True}


def _intraday():
    return [minutes()], {"short": True}


def _three():
    return [walk(700, seed, scale=0.012) for seed in (1, 2, 3)], {"n": 40, "every": 15}


def _pair():
    one = walk(900, 21, scale=0.01)
    chance = np.random.default_rng(6).normal(0, 0.012, 900)
    spread = np.zeros(900)
    for at in range(1, 900):
        spread[at] = 0.9 * spread[at - 1] + chance[at]
    return [one, beside(one, 0.5 * np.exp(spread))], {"n": 60, "into": 1.5}


def _gap(scale):
    def made():
        one = walk(800, 31, 6000.0, 0.001, step=60_000_000, per_session=1440)
        chance = np.random.default_rng(7).normal(0, scale / 4, 800)
        gap = np.zeros(800)
        for at in range(1, 800):
            gap[at] = 0.93 * gap[at - 1] + chance[at]
        return [one, beside(one, 1 + gap)], {}

    return made


def _call():
    return [walk(90, 41, 93.0, 0.012)], {"nearest": 10}


def _condor():
    return [walk(90, 43, 2000.0, 0.006)], {"nearest": 10, "furthest": 30, "gain": 0.2}


_SAMPLES = {
    "rsi_reversion": _reversion,
    "bollinger_reversion": _band,
    "donchian_breakout": _channel,
    "opening_range_breakout": _intraday,
    "vwap_reversion": _intraday,
    "market_making": lambda: ([minutes(2)], {}),
    "momentum_rotation": _three,
    "pairs_trading": _pair,
    "triangular_arbitrage": _gap(0.012),
    "venue_arbitrage": _gap(0.015),
    "covered_call": _call,
    "iron_condor": _condor,
}
