"""paper-tick: 10,000 robots on paper go over one new minute, from the bars to the written ledger.

Deployments of the moving-average cross with parameters of their own on 20 symbols. Not timed: two
sessions of minutes before, and the first run, which warms them up. Timed: finding what is due,
reading the bars, running the robots in their host, and writing fills, orders and states. The
figures that follow (performance) are jobs of their own. `ENGINE=postgresql` runs it there.
The ratio is the CPU time of a minute, ours and the host's together, over the goal of 10 seconds:
they work in turns, so on a machine that does nothing else that is the wall time. Both are printed.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import harness
import numpy as np
from sqlalchemy import func, insert, select

from tests.conftest import create_database, make_app, migrate, with_database
from tests.services import postgres_server

COUNT = int(os.environ.get("COUNT", "10000"))
SYMBOLS = [f"S{number:02d}" for number in range(20)]
GOAL_SECONDS = 10.0
OPENED = datetime(2026, 6, 29, 13, 30, tzinfo=UTC)
MINUTES = 390
STEP = timedelta(minutes=1)


def make_accounts(count: int) -> None:
    """Put users, accounts and deployments there, as `deploy` would one by one."""
    from app.accounts import service as accounts
    from app.core.db import db, transaction
    from app.ledger.models import TradingAccount
    from app.ledger.rules.chain import GENESIS
    from app.quant.simulation.terms import Terms
    from app.robots import service
    from app.robots.models import RobotDeployment
    from app.robots.service import choosing

    terms = Terms().model_dump(mode="json")
    with transaction():
        service.sync_catalogue()
        service.sync_versions()
        user_id = accounts.create_user("bench@example.test").id
    chosen = choosing.choose("ma_cross", {})
    with transaction():
        rows = [
            {
                "id": number, "user_id": user_id, "plugin_id": "ma_cross", "kind": "paper",
                "robot_version": f"bench-{number}", "name": "bench", "currency": "USD",
                "starting_balance": 10_000, "given_opened_on": OPENED.date(),
                "opened_on": OPENED.date(), "is_ranked": False, "is_simulated": False,
                "is_backfilled": False, "head_seq": 0, "head_hash": GENESIS, "derived_seq": 0,
                "positions": {}, "created_at": OPENED,
            }
            for number in range(1, count + 1)
        ]  # fmt: skip
        db.session.execute(insert(TradingAccount), rows)
        deployed = []
        for number in range(1, count + 1):
            symbol = SYMBOLS[number * len(SYMBOLS) // (count + 1)]
            fast = 2 + number % 12
            parameters = {**chosen.parameters, "fast": fast, "slow": fast + 3 + number % 20}
            deployed.append({
                "id": number, "user_id": user_id, "plugin_id": "ma_cross", "version": "bench",
                "code_hash": chosen.code_hash, "parameters": parameters, "symbols": [symbol],
                "feed": symbol, "timeframe": "M1", "terms": terms, "account_id": number,
                "state": "active", "watermark": OPENED, "starts_at": OPENED, "late_count": 0,
                "created_at": OPENED, "updated_at": OPENED,
            })  # fmt: skip
        db.session.execute(insert(RobotDeployment), deployed)


def store(first: int, last: int) -> None:
    """Bring in the minutes from number `first` up to `last` of every symbol."""
    from app.core.db import transaction
    from app.core.types import EPOCH
    from app.market import service as market
    from app.quant.bars import ScaledBars, price_units

    start = (OPENED - EPOCH) // timedelta(microseconds=1)
    for seed, symbol in enumerate(SYMBOLS):
        walk = np.random.default_rng(seed).normal(0, 0.05, MINUTES).cumsum()
        close = np.round(100 + walk, 2)[first:last]
        units = price_units(close)
        opened_at = start + 60_000_000 * np.arange(first, last, dtype=np.int64)
        bars = ScaledBars(
            opened_at, units, units + 1_000_000, units - 1_000_000, units,
            np.full(last - first, 1000.0),
        )  # fmt: skip
        with transaction():
            instrument = market.get_instrument(symbol)
            market.store_bars(instrument.id, "M1", bars, "csv")


def tick() -> tuple[int, int]:
    """Do what the clock's minute asks for; return how many batches and deployments moved."""
    from app.core.db import db, transaction
    from app.core.outbox import OutboxRow
    from app.robots.service import paper

    paper.run_due()
    waiting = select(OutboxRow.id, OutboxRow.payload).where(
        OutboxRow.name == "robots.run_batch", OutboxRow.state == "pending"
    )
    rows = db.session.execute(waiting.order_by(OutboxRow.id)).all()
    moved = sum(paper.run_batch(**row.payload) for row in rows)
    with transaction():
        for row in rows:
            db.session.get_one(OutboxRow, row.id).state = "done"
            db.session.get_one(OutboxRow, row.id).key = f"done-{row.id}"
    return len(rows), moved


def cpu_of(who: int) -> float:
    """Return the CPU time of this process, or of its children that have ended."""
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def run() -> None:
    """Make the house, run the warm-up, time one minute."""
    from app.core import clock
    from app.core.db import db
    from app.ledger.models import LedgerEvent
    from app.robots.service import engine

    make_accounts(COUNT)
    moment = OPENED + 200 * STEP + timedelta(seconds=2)
    clock.now = lambda: moment
    store(0, 200)
    tick()
    engine.host().close()
    seconds: list[float] = []
    used: list[float] = []
    hosts = cpu_of(resource.RUSAGE_CHILDREN)
    for minute in range(200, 203):
        moment = OPENED + (minute + 1) * STEP + timedelta(seconds=2)
        store(minute, minute + 1)
        before = db.session.scalar(select(func.count()).select_from(LedgerEvent)) or 0
        db.session.rollback()
        started, spent = time.perf_counter(), cpu_of(resource.RUSAGE_SELF)
        batches, moved = tick()
        seconds.append(time.perf_counter() - started)
        used.append(cpu_of(resource.RUSAGE_SELF) - spent)
        events = (db.session.scalar(select(func.count()).select_from(LedgerEvent)) or 0) - before
        print(
            f"{db.engine.dialect.name}: {moved} deployments in {batches} batches, {events} events, "
            f"{seconds[-1]:.2f} s, {used[-1]:.2f} s CPU of ours, {harness.peak_memory_mb():.0f} MB",
            flush=True,
        )
        assert moved == COUNT
    engine.host().close()
    hosts = (cpu_of(resource.RUSAGE_CHILDREN) - hosts) / len(seconds)
    print(f"the host of robots: {hosts:.2f} s CPU a minute, with its start", flush=True)
    harness.print_ratio("paper-tick", (sum(used) / len(used) + hosts) / GOAL_SECONDS, 1.0)


def main() -> None:
    """Run it on the database that is asked for."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        settings = {}
        if os.environ.get("ENGINE") == "postgresql":
            (folder / "postgres").mkdir()
            url = stack.enter_context(postgres_server(folder / "postgres"))
            create_database(url, "bench")
            settings["SQLALCHEMY_DATABASE_URI"] = with_database(url, "bench")
        app = make_app(folder, **settings)
        migrate(app)
        with app.app_context():
            run()


if __name__ == "__main__":
    main()
