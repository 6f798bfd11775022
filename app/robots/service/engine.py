"""The one place where robots are run over bars, for backtests and for paper trading alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from app.quant.bars import BarColumns
from app.quant.simulation.terms import SimulatedFill, Step, Terms
from app.robots import rules
from app.robots.rules.results import units
from app.robots.schemas import Bar, MovingAverageSettings


class Fault(NamedTuple):
    """Why a robot was stopped, for its member."""

    kind: str
    message: str
    step: Step | None = None
    """What it did before, which stands."""


class Task(NamedTuple):
    """A robot to be run, and where it stands."""

    plugin_id: str
    code_hash: str
    parameters: Mapping[str, Any]
    symbols: Sequence[str]
    timeframe: str
    terms: Terms
    state: dict[str, Any] | None = None
    after_us: int = 0
    """Only bars that close after this instant are traded on; those before warm it up."""


def simulate(tasks: Sequence[Task], bars: Mapping[str, BarColumns]) -> list[Step | Fault]:
    """Run robots over the same bars, each on its own; one that fails takes no other with it."""
    return [_moving_averages(task, bars[task.symbols[0]]) for task in tasks]


def _moving_averages(task: Task, columns: BarColumns) -> Step:
    settings = MovingAverageSettings.parse(
        {name: value for name, value in task.parameters.items() if name != "qty"}
    )
    rows = [
        Bar(
            date.fromordinal(int(columns.session[at])),
            units(float(columns.open[at])),
            units(float(columns.high[at])),
            units(float(columns.low[at])),
            units(float(columns.close[at])),
            Decimal(0),
        )
        for at in range(len(columns.close))
    ]
    run = rules.trade_crosses(rows, settings, units(task.terms.cash))
    symbol = task.symbols[0]
    fills = [
        SimulatedFill(
            number, number, int(columns.opened_at[fill.at]), int(columns.opened_at[fill.at]), symbol,
            "buy" if fill.side > 0 else "sell", 1.0, fill.price / 1e8, 0.0, "open",
        )
        for number, fill in enumerate(run.fills, start=1)
    ]  # fmt: skip
    held, marks, waiting = 0, [], list(reversed(run.fills))
    for at in range(len(columns.close)):
        while waiting and waiting[-1].at == at:
            held += waiting.pop().side
        if held:
            marks.append((int(columns.session[at]), symbol, float(held), float(columns.close[at])))
    return Step(fills, [], marks, [], {})
