"""Robots over bars, run in the host: batches of jobs in, steps and faults out.

What a robot of a third party does is repeated on our side from its decisions alone, with our own
broker: whatever it changed in its process, its fills are those that the rules give. Robots of
ours share a process and their steps are taken as they are, after a look at symbols and prices.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, Self

from app.quant.bars import BarColumns
from app.quant.chains import ChainColumns
from app.quant.robot import Book, Cancel, Order, Robot, SymbolBars
from app.quant.robot import Parameters as NoParameters
from app.quant.simulation import Market, RobotFaultError, Simulation, Step, Terms
from app.quant.simulation.engine import MAX_MEMORY
from app.robots.host import columns
from app.robots.host.checking import NonsenseError, read_step
from app.robots.host.parent import KINDS, Host, Limits, Progress, RobotFault

MAX_LOOKBACK = 10_000


class Job(NamedTuple):
    """A robot to be run over the bars of its symbols."""

    source: str
    parameters: Mapping[str, Any]
    symbols: tuple[str, ...]
    terms: Terms
    state: dict[str, Any] | None = None
    """Of the step before; None: begin anew."""
    starts_at: int | None = None
    """Bars that opened before (microseconds) are looked back on and not traded."""
    until: int | None = None
    """Bars that closed later are not there yet."""
    markets: Mapping[str, Market] | None = None
    is_trusted: bool = False
    """It is one of ours (`RobotPlugin.is_builtin`)."""
    chains: Mapping[str, ChainColumns] | None = None
    """The option chains of its symbols, where it needs any (also where there are none)."""


class Leak(NamedTuple):
    """Where a robot decided by more than the bars up to it; see `app.quant.simulation.lookahead`."""

    way: str
    """signals or on_bar."""
    opened_at: int
    """Of the bar, in microseconds."""
    fault: str
    """later_bars, earlier_run or raised."""


class RobotHost:
    """Keeps a host for as long as a worker or command needs it; close it, or use `with`."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._host = Host("simulate", limits)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the host and its children."""
        self._host.close()

    def simulate(
        self,
        jobs: Sequence[Job],
        bars: Mapping[str, BarColumns],
        on_progress: Progress | None = None,
    ) -> list[Step | RobotFault]:
        """Run robots over bars; return for each job, in order, its step or why it was stopped.

        A robot that fails takes no other with it. `bars` are sent once for the robots of ours,
        and once for each robot of a third party, which has a process of its own.
        `on_progress` hears of (bars done, bars in all) of the job at work; what it raises ends it.

        Raises:
            HostError: the host cannot be started or its walls do not stand.
        """
        found: dict[int, Step | RobotFault] = {}
        for numbers in _groups(jobs):
            mine = [jobs[number] for number in numbers]
            answers = self._run(mine, bars, on_progress)
            for number, job, answer in zip(numbers, mine, answers, strict=True):
                found[number] = _outcome(job, bars, answer)
        return [found[number] for number in range(len(jobs))]

    def look_ahead(self, job: Job, bars: Mapping[str, BarColumns]) -> Leak | RobotFault | None:
        """Return the first bar at which a robot decides by more than the bars up to it.

        What it does at each bar is replayed on bars that end there, by its code loaded anew; its
        `signals` too, where it has them. It takes long: some hundred runs of the robot.

        Raises:
            HostError: the host cannot be started or its walls do not stand.
        """
        (answer,) = self._run([job], bars, _not_told, "look_ahead")
        if isinstance(answer, RobotFault) or answer.get("leak", "") is None:
            return answer if isinstance(answer, RobotFault) else None
        try:
            way, opened_at, fault = answer["leak"]
            return Leak(str(way), int(opened_at), str(fault))
        except (KeyError, TypeError, ValueError):
            return RobotFault("nonsense", "what came back could not be read")

    def _run(
        self,
        jobs: list[Job],
        bars: Mapping[str, BarColumns],
        on_progress: Progress | None,
        task: Literal["run", "look_ahead"] = "run",
    ) -> list[Any]:
        symbols = sorted({symbol for job in jobs for symbol in job.symbols})
        head, body = columns.pack(bars, symbols)
        quoted: dict[str, ChainColumns] = {}
        for job in jobs:
            quoted |= job.chains or {}
        chains, more = columns.pack_chains(quoted)
        sources, terms = _Table(), _Table()
        rows = [
            {
                "source": sources.number(job.source),
                "terms": terms.number(job.terms),
                "parameters": dict(job.parameters),
                "symbols": list(job.symbols),
                "state": job.state,
                "starts_at": job.starts_at,
                "until": job.until,
                "markets": job.markets or {},
                "is_trusted": job.is_trusted,
                "chains": None if job.chains is None else list(job.chains),
            }
            for job in jobs
        ]
        shared = {
            "task": task,
            "bars": head,
            "chains": chains,
            "chains_at": len(body),
            "sources": list(sources.numbers),
            "terms": [each.model_dump() for each in terms.numbers],
        }
        return self._host.run(rows, shared, body + more, on_progress)


def _not_told(done: int, total: int) -> None:
    """Take the word that a check is still at work."""


class _Table:
    """Numbers things that many jobs share."""

    def __init__(self) -> None:
        self.numbers: dict[Any, int] = {}

    def number(self, thing: Any) -> int:
        return self.numbers.setdefault(thing, len(self.numbers))


def _groups(jobs: Sequence[Job]) -> list[list[int]]:
    """Return which jobs share a process."""
    groups: dict[str, list[int]] = {}
    for number, job in enumerate(jobs):
        groups.setdefault("" if job.is_trusted else job.source, []).append(number)
    return list(groups.values())


def _outcome(job: Job, bars: Mapping[str, BarColumns], answer: Any) -> Step | RobotFault:
    if isinstance(answer, RobotFault):
        return answer
    try:
        if job.is_trusted:
            return _as_told(answer, read_step(job, bars, answer.get("step")))
        return repeat(job, bars, answer)
    except NonsenseError as error:
        return RobotFault("nonsense", str(error))


def _as_told(answer: dict[str, Any], step: Step) -> Step | RobotFault:
    fault = answer.get("fault")
    return step if fault is None else _fault(fault, step)


def _fault(told: Any, step: Step | None) -> RobotFault:
    try:
        kind, message, bar, _ = told
        return RobotFault(kind if kind in KINDS else "raised", str(message)[:500], int(bar), step)
    except (TypeError, ValueError) as error:
        raise NonsenseError("its fault could not be read") from error


# --- Repeating what a robot of a third party decided ---


def repeat(job: Job, bars: Mapping[str, BarColumns], answer: dict[str, Any]) -> Step | RobotFault:
    """Return the step that a robot's decisions give with our own broker.

    Raises:
        NonsenseError: the answer is not of the agreed form.
    """
    robot = _Repeated(job.symbols, answer)
    simulation = Simulation(
        robot,
        job.terms,
        job.state,
        starts_at=job.starts_at,
        markets=job.markets or {},
        chains=job.chains,
    )
    used = {symbol: bars[symbol] for symbol in job.symbols}
    try:
        step = simulation.run(used, until=job.until)
    except RobotFaultError as error:
        stands = None if error.step is None else _with_memory(error.step, answer)
        if isinstance(error.__cause__, RepeatedFaultError):
            return _fault(answer["fault"], stands)
        return RobotFault("order", error.fault, error.bar_opened_at, stands)
    return _with_memory(step, answer)


def _with_memory(step: Step, answer: dict[str, Any]) -> Step:
    memory = answer.get("memory")
    if not isinstance(memory, dict) or len(json.dumps(memory)) > MAX_MEMORY:
        message = "its memory is no JSON object, or too large"
        raise NonsenseError(message)
    return step._replace(state={**step.state, "memory": memory})


class _Repeated(Robot):
    """Says again what another robot has said, at the same bars."""

    def __init__(self, symbols: tuple[str, ...], answer: dict[str, Any]) -> None:
        super().__init__(NoParameters(), symbols)
        self._calls = 0
        self._lookback = answer.get("lookback")
        fault = answer.get("fault")
        try:
            self._decisions = {int(call): list(rows) for call, rows in answer["decisions"]}
            self._fault = None if fault is None else int(fault[3])
        except (KeyError, TypeError, ValueError, IndexError) as error:
            message = "its decisions could not be read"
            raise NonsenseError(message) from error
        if not isinstance(self._lookback, int) or not 1 <= self._lookback <= MAX_LOOKBACK:
            message = f"lookback must be a number from 1 to {MAX_LOOKBACK:,}"
            raise NonsenseError(message)

    @property
    def lookback(self) -> int:
        """The robot's own."""
        return int(self._lookback or 1)

    def on_bar(self, bars: Mapping[str, SymbolBars], book: Book) -> list[Order | Cancel]:
        """Return what was decided at this call."""
        del bars, book
        call, self._calls = self._calls, self._calls + 1
        if self._fault == call:
            raise RepeatedFaultError
        return [_decision(row) for row in self._decisions.get(call, [])]


class RepeatedFaultError(Exception):
    """What the robot broke in its own process."""


def _decision(row: Any) -> Order | Cancel:
    return Cancel(*row) if len(row) == 1 else Order(*row)
