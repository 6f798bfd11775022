"""search-jobs: one parameter search by the product, by one worker and by a worker with a helper.

160 average crosses over 36,000 minute bars: the jobs `robots.run_search` and `robots.help_search`
as two processes on one database, from the bars to the written result. The ratio is the CPU time of
the worker that is alone over that of the busier one of two: how often a search is done in the same
time where each worker has a core. Wall times are printed beside it; on a machine whose cores are
busy with other work they say little.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import backtest_data
import harness
import numpy as np

from tests.conftest import make_app, migrate

BARS = int(os.environ.get("BARS", "36000"))
GRID = {"fast": list(range(5, 21)), "slow": list(range(30, 50, 2))}
SYMBOL = "BTC/USD"
"""Trades at all hours."""


def csv() -> str:
    """Return minute bars as the file that a member sends."""
    bars = backtest_data.make_bars(BARS)
    minutes = np.datetime64("2024-01-01", "s") + 60 * np.arange(BARS)
    times = np.datetime_as_string(minutes, unit="s")
    rows = zip(times, bars.open, bars.high, bars.low, bars.close, strict=True)
    lines = [f"{at}Z,{o:.2f},{h:.2f},{low:.2f},{c:.2f},1000" for at, o, h, low, c in rows]
    return "\n".join(["opened_at,open,high,low,close,volume", *lines])


def spent_by(
    works: list[Callable[[], None]],
) -> tuple[list[float], float]:
    """Run each in a process of its own, all at once; return their CPU seconds and the wall time."""
    fork = multiprocessing.get_context("fork")
    queue = fork.SimpleQueue()

    def one(number: int, work: Callable[[], None]) -> None:
        work()
        spent = os.times()
        queue.put((number, spent.user + spent.system + spent.children_user + spent.children_system))

    started = time.perf_counter()
    children = [fork.Process(target=one, args=each) for each in enumerate(works)]
    for child in children:
        child.start()
    found = dict(queue.get() for _ in children)
    for child in children:
        child.join()
    return [found[number] for number in range(len(works))], time.perf_counter() - started


def searched(start: Callable[[], int], *, is_helped: bool) -> tuple[int, list[float], float]:
    """Do a new search, alone or with help: its id, the CPU seconds of each, and the wall time."""
    from app.core.db import db
    from app.robots.queries import running as queries
    from app.robots.service import work

    run_id = start()
    # No process takes part in another's connections.
    db.session.remove()
    db.engine.dispose()

    def help_when_running() -> None:
        while queries.get_run(None, run_id).state == "queued":
            db.session.rollback()
            time.sleep(0.01)
        work.help_search_job(run_id)

    works = [lambda: work.run_search_job(run_id), help_when_running]
    return run_id, *spent_by(works if is_helped else works[:1])


def main() -> None:
    from app.accounts import service as accounts
    from app.core.db import transaction
    from app.robots import service
    from app.robots.schemas.running import RunIn, SearchIn

    app = make_app(Path(tempfile.mkdtemp(prefix="trp-search-")))
    migrate(app)
    with app.app_context():
        with transaction():
            service.sync_catalogue()
            user_id = accounts.create_user("bench@example.test").id
        search = SearchIn(grid=GRID, folds=2)
        asked = RunIn(plugin_id="ma_cross", kind="search", timeframe="M1", files={SYMBOL: csv()},
                      search=search)  # fmt: skip
        start = lambda: service.start_run(user_id, asked).id  # noqa: E731 - asked for twice
        one, (alone,), alone_wall = searched(start, is_helped=False)
        two, both, both_wall = searched(start, is_helped=True)
        results = [service.get_run(user_id, run_id).result for run_id in (one, two)]
        assert None not in results
        assert results[0].tries == results[1].tries
    count = results[0].try_count
    print(f"{count} tries: {alone:.2f} s CPU by one; {both[0]:.2f} s and {both[1]:.2f} s by two")
    print(f"wall: {alone_wall:.2f} s and {both_wall:.2f} s (load average {os.getloadavg()[0]:.1f})")
    harness.print_ratio("search-jobs", alone / max(both), 1.8, at_least=True)


if __name__ == "__main__":
    main()
