"""Loads once what robots may use: behind the walls no file can be opened any more."""

from __future__ import annotations

from importlib import import_module

from app.robots.host.child import loading, walls

# A robot that touches what is loaded at first use only.
SAMPLE = """
import dataclasses, decimal, fractions, random, statistics, enum
import numpy as np
from pydantic import BaseModel, Field, field_validator, model_validator
from app.quant.indicators import sma
from app.quant.robot import Parameters, Robot, buy, sell

@dataclasses.dataclass(frozen=True)
class Pair:
    a: float = 1.0

class Sample(Parameters):
    n: int = Field(2, ge=1, le=9, title="n")
    x: float = Field(2, ge=1, le=9, title="x")
    @field_validator("n")
    @classmethod
    def _even(cls, value):
        return value

class SampleRobot(Robot):
    Parameters = Sample

    def indicators(self):
        return {"mean": sma(2)}

    def on_bar(self, bars, book):
        if not book.positions:
            return [buy(self.symbol, 1, stop_loss_ratio=0.1)]
        return [book.position(self.symbol).close()]

np.linalg.lstsq(np.ones((3, 2)), np.ones(3), rcond=None)
np.random.default_rng(1).normal()
np.fft.irfft(np.fft.rfft(np.ones(4)))
statistics.NormalDist().inv_cdf(0.3)
str(decimal.Decimal(1) / 3)
"""


def load(*, simulates: bool) -> None:
    """Import what is allowed, and use each once."""
    for name in sorted(walls.MODULES):
        import_module(name)
    for name in sorted(walls.QUANT):
        with_quant(name)
    loading.describe(SAMPLE, ["A"])
    if simulates:
        from app.robots.host.child import simulating

        simulating.warm(SAMPLE)


def with_quant(name: str) -> None:
    """Import a module of app.quant that robots may use, where there is one."""
    from importlib.util import find_spec

    if find_spec(f"app.quant.{name}"):
        import_module(f"app.quant.{name}")
