"""The same aggregation against pandas groupby-apply, and the peak memory of ours.

The reference is measured on one user in a hundred and scaled by the trades, because all of
it takes a quarter of an hour or more; groupby-apply is linear in its groups. The memory is that
of a process of its own which loads the code, draws the trades and hands the rows over in
blocks, as to a writer; that with every row held at once is printed too.
"""

from __future__ import annotations

import subprocess
import sys

import aggregate_data as source
import harness

MEMORY_GOAL_MB = 600
BLOCKS, HELD = "--memory-of-blocks", "--memory-of-all"
SAMPLE_USERS = source.USER_COUNT // 100


def measure_memory(kind: str) -> float:
    """Run ours alone in a new process and return its peak resident megabytes."""
    command = [sys.executable, __file__, kind]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])


def print_memory(kind: str) -> None:
    """Aggregate once and print the peak."""
    from bench_aggregate_compute import aggregate, hand_over

    kept = hand_over(source.make_trades()) if kind == BLOCKS else aggregate(source.make_trades())
    print(kept is not None, harness.peak_memory_mb())


def main() -> None:
    from bench_aggregate_compute import hand_over
    from references import groupby_apply

    data = source.make_trades()
    frame = groupby_apply.make_frame(data)
    sample = frame[frame["user"] < SAMPLE_USERS].reset_index(drop=True)
    hand_over(data)
    ours = harness.time_cpu(lambda: hand_over(data), runs=7)
    sampled = harness.time_cpu(lambda: groupby_apply.aggregate(sample), runs=1)
    reference = sampled * source.TRADE_COUNT / len(sample)
    memory = measure_memory(BLOCKS)
    verdict = "ok" if memory < MEMORY_GOAL_MB else "short"
    print(f"ours      {ours:9.3f} s CPU for {source.TRADE_COUNT:,} trades")
    print(f"reference {sampled:9.3f} s CPU for a sample of {len(sample):,} trades")
    print(f"reference {reference:9.1f} s CPU scaled to all")
    print(f"peak memory {measure_memory(HELD):.0f} MB with every row held at once")
    print(f"peak memory {memory:.0f} MB goal<{MEMORY_GOAL_MB} {verdict}")
    harness.print_ratio("aggregate-pandas", reference / ours, 1000, at_least=True)


if __name__ == "__main__":
    if sys.argv[-1] in {BLOCKS, HELD}:
        print_memory(sys.argv[-1])
    else:
        main()
