"""robot-host: one tick of 10,000 deployments through the host, and the same without any walls.

Each has one new bar, a state of its own, and one of three robots of ours on one of ten symbols.
What counts is CPU time of all processes, the start of the host and sending the bars included. The
reference runs the same simulations in this process, one after the other. Printed beside: the same
for 1,000 deployments of a third party's robot, whose fills are made again on our side.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

import numpy as np  # noqa: E402
from harness import print_ratio  # noqa: E402

from app.quant.bars import BarColumns  # noqa: E402
from app.quant.simulation import Simulation, Terms  # noqa: E402
from app.robots.host.child import loading  # noqa: E402
from app.robots.host.simulations import Job, RobotHost  # noqa: E402

GOAL = 2.5
COUNT = int(os.environ.get("COUNT", "10000"))
ROBOTS = ("ma_cross", "donchian_breakout", "random_null")
SYMBOLS = tuple(f"S{number}" for number in range(10))
BARS = 120
MINUTE_US = 60_000_000


def make_bars(seed: int) -> BarColumns:
    """Return minutes of a random walk."""
    chance = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(chance.normal(0, 0.001, BARS)))
    begin = np.concatenate(([100.0], close[:-1]))
    opened = np.arange(BARS, dtype=np.int64) * MINUTE_US
    days = np.full(BARS, 719_163, np.int32)
    high, low = np.maximum(begin, close), np.minimum(begin, close)
    return BarColumns(opened, opened + MINUTE_US, days, begin, high, low, close, np.full(BARS, 9e3))


def make_jobs(host: RobotHost, bars: dict[str, BarColumns]) -> list[Job]:
    """Return deployments that have seen all bars but the last."""
    before = {symbol: each.rows(0, BARS - 1) for symbol, each in bars.items()}
    kinds = []
    for robot in ROBOTS:
        source = (ROOT / "app" / "robots" / "plugins" / robot / "robot.py").read_text()
        kinds += [Job(source, {}, (symbol,), Terms(), is_trusted=True) for symbol in SYMBOLS]
    begun = host.simulate(kinds, before)
    ready = [job._replace(state=step.state) for job, step in zip(kinds, begun, strict=True)]
    return [ready[number % len(ready)] for number in range(COUNT)]


def plainly(jobs: list[Job], bars: dict[str, BarColumns]) -> list[Any]:
    """Run the same simulations here, without a host."""
    kinds = {source: loading.load(source) for source in {job.source for job in jobs}}
    steps = []
    for job in jobs:
        robot = loading.make(kinds[job.source], dict(job.parameters), list(job.symbols))
        steps.append(Simulation(robot, job.terms, job.state).run(bars))
    return steps


def cpu() -> float:
    """Return the CPU seconds of this process and of the children that have ended."""
    return sum(
        sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )


def main() -> None:
    """Measure and print."""
    bars = {symbol: make_bars(number) for number, symbol in enumerate(SYMBOLS)}
    with RobotHost() as host:
        jobs = make_jobs(host, bars)
    begun, at = cpu(), time.perf_counter()
    with RobotHost() as host:
        ours = host.simulate(jobs, bars)
    spent, wall = cpu() - begun, time.perf_counter() - at
    begun = cpu()
    plain = plainly(jobs, bars)
    reference = cpu() - begun
    if [each.fills for each in ours] != [each.fills for each in plain]:
        sys.exit("the host and the plain simulation differ")
    theirs = [job._replace(is_trusted=False) for job in jobs if job.source == jobs[0].source]
    begun = cpu()
    with RobotHost() as host:
        host.simulate(theirs[:1000], bars)
    print(
        f"{COUNT} deployments: {spent:.2f} s CPU, {wall:.2f} s wall; without walls {reference:.2f} s"
    )
    print(f"{len(theirs[:1000])} of a third party's robot: {cpu() - begun:.2f} s CPU")
    mine = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"peak memory {mine:.0f} MB here, {child:.0f} MB in the largest child")
    print_ratio("robot-host", spent / reference, GOAL)


if __name__ == "__main__":
    main()
