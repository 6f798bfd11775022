"""Running robots over bars, inside the walls."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import numpy as np

from app.quant.bars import BarColumns
from app.quant.chains import FIGURES, ChainColumns, join
from app.quant.robot import Cancel, Order, Robot
from app.quant.simulation import Market, RobotFaultError, Simulation, Terms, lookahead
from app.quant.simulation.orders import check_decisions
from app.robots.host import columns, wire
from app.robots.host.child import loading, walls
from app.robots.host.child.work import Place, blame

DAY_US = 86_400_000_000


class Bench:
    """The bars of a batch, and the robots that were loaded for it."""

    def __init__(self, batch: dict[str, Any], body: bytes, channel: socket.socket) -> None:
        self.bars = columns.unpack(batch["bars"], body)
        self.chains = columns.unpack_chains(batch["chains"], body[batch["chains_at"] :])
        self._channel = channel
        self._batch = batch
        self._kinds: dict[int, type[Robot]] = {}
        self._terms: dict[int, Terms] = {}

    def answer(self, job: dict[str, Any], at: Place) -> dict[str, Any]:
        """Return what the batch asks of a job: its run, or whether it looks ahead."""
        return self.check(job) if self._batch["task"] == "look_ahead" else self.run(job, at)

    def check(self, job: dict[str, Any]) -> dict[str, Any]:
        """Return the first bar at which a robot decides by more than it may know."""
        source, given = self._batch["sources"][job["source"]], (job["parameters"], job["symbols"])

        def load() -> Callable[[], Robot]:
            # Each piece has the time of a job, and says that it has begun.
            self._progress(0, 1)
            with walls.lenient():
                kind = loading.load(source)

            def make() -> Robot:
                with walls.lenient():
                    return loading.make(kind, *given)

            return make

        used = {symbol: self.bars[symbol] for symbol in job["symbols"]}
        has_signals = loading.load(source).signals is not Robot.signals
        with walls.strict():
            chains = self._chains_of(job)
            leak = lookahead.check_on_bar(load, used, self._terms_of(job), chains=chains)
            if leak is None and has_signals and len(used) == 1:
                leak = lookahead.check_signals(load, used[job["symbols"][0]])
        return {"leak": None if leak is None else [leak.way, leak.opened_at, leak.fault]}

    def run(self, job: dict[str, Any], at: Place) -> dict[str, Any]:
        """Return what a robot did: decisions for our side to repeat, or the whole step of ours."""
        robot = loading.make(self._kind(job), job["parameters"], job["symbols"])
        chains = self._chains_of(job)
        roots = () if chains is None else robot.symbols
        told = _Told(robot, at, roots, keeps=not job["is_trusted"])
        used = {symbol: self.bars[symbol] for symbol in robot.symbols}
        markets = {symbol: Market(*facts) for symbol, facts in job["markets"].items()}
        simulation = Simulation(
            robot,
            self._terms_of(job),
            job["state"],
            starts_at=job["starts_at"],
            markets=markets,
            chains=chains,
        )
        progress = self._progress if self._batch["has_progress"] else None
        fault = None
        try:
            with walls.strict():
                step = simulation.run(used, until=job["until"], on_progress=progress)
        except RobotFaultError as error:
            kind, message = _blame(error)
            fault = [kind, message, error.bar_opened_at, told.calls - 1]
            if error.step is None:
                raise
            step = error.step
        if job["is_trusted"]:
            return {"fault": fault, "step": step}
        memory = step.state["memory"]
        return {
            "fault": fault,
            "decisions": told.decisions,
            "lookback": robot.lookback,
            "memory": memory,
        }

    def _kind(self, job: dict[str, Any]) -> type[Robot]:
        """Return the robot's class; the module of one that is not ours is its job's alone."""
        number = job["source"]
        kind = self._kinds.get(number)
        if kind is None:
            kind = loading.load(self._batch["sources"][number])
            if job["is_trusted"]:
                self._kinds[number] = kind
        return kind

    def _chains_of(self, job: dict[str, Any]) -> dict[str, ChainColumns] | None:
        symbols = job["chains"]
        return None if symbols is None else {symbol: self.chains[symbol] for symbol in symbols}

    def _terms_of(self, job: dict[str, Any]) -> Terms:
        number: int = job["terms"]
        if number not in self._terms:
            self._terms[number] = Terms.model_validate(self._batch["terms"][number])
        return self._terms[number]

    def _progress(self, done: int, total: int) -> None:
        walls.limit_job(self._batch["job_seconds"])
        wire.send(self._channel, {"progress": [done, total]})


class _Told:
    """Stands between simulation and robot: knows the bar, and keeps the decisions."""

    def __init__(self, robot: Robot, at: Place, roots: tuple[str, ...], *, keeps: bool) -> None:
        self.calls = 0
        self.decisions: list[Any] = []
        decide, symbols = robot.on_bar, robot.symbols

        def on_bar(bars: Any, book: Any) -> Any:
            at.bars = bars
            self.calls += 1
            decided = decide(bars, book)
            if decided is None:
                return None
            checked = check_decisions(decided, symbols, roots)
            if checked and keeps:
                self.decisions.append([self.calls - 1, [_row(each) for each in checked]])
            return checked

        robot.on_bar = on_bar  # type: ignore[method-assign]


def _row(decision: Order | Cancel) -> list[Any]:
    return list(decision)


def _blame(error: RobotFaultError) -> tuple[str, str]:
    """Return the kind and the words of what the robot did wrong."""
    cause = error.__cause__
    if cause is None or isinstance(cause, RobotFaultError):
        return "order", str(cause or error)
    # No seconds: running out of time is no Exception and never comes this way.
    return blame(cause, 0)


def warm(source: str) -> None:
    """Run a robot once, so that nothing is loaded for the first time behind the walls."""
    kind = loading.load(source)
    robot = loading.make(kind, {}, ["A"])
    count = 40
    times = np.arange(count, dtype=np.int64) * DAY_US
    prices = np.linspace(10.0, 20.0, count)
    days = np.arange(1, count + 1, dtype=np.int32)
    bars = BarColumns(times, times + 1, days, prices, prices + 1, prices - 1, prices, prices)
    Simulation(robot, Terms(), chains={"A": _warm_chain()}).run({"A": bars})
    lookahead.check_on_bar(lambda: lambda: loading.make(kind, {}, ["A"]), {"A": bars}, Terms())


def _warm_chain() -> ChainColumns:
    figures = (1.0,) * len(FIGURES)
    return join([(DAY_US, 1, 10.0)], [[(9, 9 * DAY_US, 1, 10.0, *figures)]])
