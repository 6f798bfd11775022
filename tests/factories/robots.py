"""Folders of robots for tests."""

import json
from pathlib import Path

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
