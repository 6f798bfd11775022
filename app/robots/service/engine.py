"""The one place where robots are run over bars, for backtests and for paper trading alike."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from app.market import service as market
from app.quant.bars import BarColumns
from app.quant.chains import ChainColumns
from app.quant.simulation import Market
from app.quant.simulation.terms import Step, Terms
from app.robots.host.parent import RobotFault
from app.robots.host.simulations import Job, RobotHost
from app.robots.service.choosing import Chosen

WHOLE = ("equity", "option", "future")
Progress = Callable[[int, int], None]

NO_HISTORY = "MissingHistoryError"


class Task(NamedTuple):
    """A robot to be run, and where it stands."""

    chosen: Chosen
    symbols: tuple[str, ...]
    terms: Terms
    state: dict[str, Any] | None = None
    """Of the step before; None: begin anew."""
    starts_at: int | None = None
    """Bars that opened before (microseconds) are looked back on and not traded."""


_hosts: dict[int, RobotHost] = {}


def host() -> RobotHost:
    """Return this process's host of robots, started when it is first needed."""
    known = _hosts.get(os.getpid())
    if known is None:
        # One that was inherited by a fork belongs to the parent, which goes on with it.
        _hosts.clear()
        known = _hosts[os.getpid()] = RobotHost()
        atexit.register(known.close)
    return known


def simulate(
    tasks: Sequence[Task],
    bars: Mapping[str, BarColumns],
    on_progress: Progress | None = None,
    chains: Mapping[str, ChainColumns] | None = None,
) -> list[Step | RobotFault]:
    """Run robots over the same bars, each on its own; one that fails takes no other with it.

    `chains` go to the robots that need any. `on_progress` hears of (bars done, bars in all); what it raises ends it.

    Raises:
        HostError: the host of robots cannot be started.
    """
    markets = _markets(tasks)
    jobs = [
        Job(
            source=task.chosen.source,
            parameters=task.chosen.parameters,
            symbols=task.symbols,
            terms=task.terms,
            state=task.state,
            starts_at=task.starts_at,
            markets={symbol: markets[symbol] for symbol in task.symbols},
            is_trusted=task.chosen.is_trusted,
            chains=_chains(task, chains or {}),
        )
        for task in tasks
    ]
    return host().simulate(jobs, bars, on_progress)


def chains_for(
    robots: Sequence[Chosen], symbols: Sequence[str], after: datetime | None = None
) -> dict[str, ChainColumns]:
    """Return the option chains of symbols, where one of the robots needs any."""
    if not any(each.needs_chains for each in robots):
        return {}
    return market.read_chains(symbols, after=after)


def _chains(task: Task, chains: Mapping[str, ChainColumns]) -> dict[str, ChainColumns] | None:
    if not task.chosen.needs_chains:
        return None
    return {symbol: chains[symbol] for symbol in task.symbols if symbol in chains}


def needs_history(fault: RobotFault) -> bool:
    """Whether nothing is wrong but that more bars are needed before the new ones."""
    return NO_HISTORY in fault.message


def _markets(tasks: Sequence[Task]) -> dict[str, Market]:
    """Return how the symbols are traded: multiplier, shares whole, and how options of it end."""
    known = market.describe_all({symbol for task in tasks for symbol in task.symbols})
    return {
        symbol: Market(
            float(each.multiplier),
            1.0 if each.asset_class in WHOLE else 1e-8,
            is_delivered=each.asset_class == "equity",
        )
        for symbol, each in known.items()
    }
