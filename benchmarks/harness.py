"""Timing and the ratio line that every benchmark prints last."""

from __future__ import annotations

import resource
import statistics
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def time_cpu(work: Callable[[], Any], runs: int = 5) -> float:
    """Return the median CPU seconds of this process over several runs."""
    return statistics.median(_one_cpu(work) for _ in range(runs))


def time_pair(
    ours: Callable[[], Any], reference: Callable[[], Any], runs: int = 7
) -> tuple[float, float]:
    """Return the median CPU seconds of two kinds of work, run in turns.

    Turns share what else the machine does, so the ratio holds on a busy one.
    """
    pairs = [(_one_cpu(ours), _one_cpu(reference)) for _ in range(runs)]
    return statistics.median(p[0] for p in pairs), statistics.median(p[1] for p in pairs)


def peak_memory_mb() -> float:
    """Return the largest resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def ratio_line(name: str, ratio: float, goal: float, *, at_least: bool = False) -> str:
    """Write the last line of a benchmark: its ratio, its goal and whether it is met."""
    is_met = ratio >= goal if at_least else ratio <= goal
    sign = ">=" if at_least else "<="
    shown = f"{ratio:.0f}" if ratio >= 100 else f"{ratio:.3f}"
    return f"{name} ratio={shown} goal{sign}{goal} {'ok' if is_met else 'short'}"


def print_ratio(name: str, ratio: float, goal: float, *, at_least: bool = False) -> None:
    """Print the last line of a benchmark."""
    print(ratio_line(name, ratio, goal, at_least=at_least), flush=True)


def _one_cpu(work: Callable[[], Any]) -> float:
    started = time.process_time()
    result = work()
    spent = time.process_time() - started
    del result  # freed outside the clock
    return spent
