"""A parameter search by two processes against one: 400 average crosses over 300,000 minute bars.

The same tries (vectorised path, every metric of each) in chunks of 5, by one worker process and
by two, in turns; and as the reference what one and two bare processes take that are given their
whole share at once and send nothing back: no pair of workers can do better than that machine. Wall time, because that is what a second worker saves: on a machine whose cores
are busy with other work the ratio says little, so it also prints how much of a core the workers got
(two that get one core together cannot be faster than one) and what CPU time the tries took. Workers
are started and have compiled before; a chunk of parameters goes to them and its scores come back.
"""

from __future__ import annotations

import multiprocessing
import os
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import backtest_data
import harness

from app.quant import search
from app.quant.bars import BarColumns
from app.quant.compiled_signals import COMPILED_SIGNALS
from app.quant.crossover import cross_changes
from app.quant.simulation.signals import Changes, run_signals
from app.quant.simulation.terms import Terms

ROUNDS = int(os.environ.get("ROUNDS", "5"))
CHOICES = {"fast": range(5, 25), "slow": range(30, 70, 2)}
CHUNK = 5
"""Small: when the tries run out, one worker waits for the last chunk of the other."""


@cache
def bars() -> BarColumns:
    return backtest_data.make_bars(300_000)


def try_chunk(chunk: list[dict[str, int]]) -> tuple[list[float | None], float]:
    """Return the Sharpe ratio of each combination, and the CPU seconds that they took."""
    scores, started = [], time.process_time()
    for one in chunk:
        changes = Changes(*cross_changes(bars().close, one["fast"], one["slow"]))
        run = run_signals(bars(), changes, Terms(cash=1e6), 0.01, COMPILED_SIGNALS)
        scores.append(run.all_time.sharpe_ratio)
    return scores, time.process_time() - started


def bare_seconds(tries: list[dict[str, int]], count: int) -> float:
    """Return the wall time of all tries by so many processes without any plumbing."""
    fork = multiprocessing.get_context("fork")
    gate = fork.Barrier(count + 1)

    def work(share: list[dict[str, int]]) -> None:
        gate.wait()
        try_chunk(share)
        gate.wait()

    children = [fork.Process(target=work, args=(tries[at::count],)) for at in range(count)]
    for child in children:
        child.start()
    gate.wait()
    started = time.perf_counter()
    gate.wait()
    took = time.perf_counter() - started
    for child in children:
        child.join()
    return took


def main() -> None:
    tries = search.grid(CHOICES)
    try_chunk(tries[:1])  # compiled and loaded before anybody forks
    chunks = [tries[at : at + CHUNK] for at in range(0, len(tries), CHUNK)]
    with ProcessPoolExecutor(1) as one, ProcessPoolExecutor(2) as two:
        pools = (one, two)
        found = [[scores for scores, _ in pool.map(try_chunk, chunks)] for pool in pools]
        assert found[0] == found[1]
        spent: tuple[list[float], list[float]] = ([], [])
        used: tuple[list[float], list[float]] = ([], [])
        bare: tuple[list[float], list[float]] = ([], [])
        for _ in range(ROUNDS):
            for count, times in enumerate(bare, 1):
                times.append(bare_seconds(tries, count))
            for pool, times, cpu in zip(pools, spent, used, strict=True):
                started = time.perf_counter()
                cpu.append(sum(seconds for _, seconds in pool.map(try_chunk, chunks)))
                times.append(time.perf_counter() - started)
    alone, both = (statistics.median(times) for times in spent)
    lone, pair = (statistics.median(times) for times in bare)
    load = os.getloadavg()[0]
    print(
        f"{len(tries)} tries: {alone:.2f} s by one, {both:.2f} s by two (load average {load:.1f})"
    )
    for name, times, cpu in zip(("one", "two"), spent, used, strict=True):
        share = statistics.median(c / t for c, t in zip(cpu, times, strict=True))
        print(f"by {name}: {statistics.median(cpu):.2f} s CPU, {share:.2f} cores got")
    print(
        f"bare processes: {lone:.2f} s by one, {pair:.2f} s by two, {lone / pair:.2f} times;"
        f" the workers reach {alone / both / (lone / pair):.2f} of that"
    )
    harness.print_ratio("search-workers", alone / both, 1.8, at_least=True)


if __name__ == "__main__":
    main()
