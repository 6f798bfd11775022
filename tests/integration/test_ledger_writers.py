"""SQLite with four writing processes: everything is recorded, no lock error reaches a caller."""

from __future__ import annotations

import contextvars
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.core.db import db, transaction
from app.ledger import service
from app.ledger.models import LedgerEvent
from app.ledger.schemas import FillIn

ROOT = Path(__file__).resolve().parents[2]
PROCESSES = 4
# F7: a second for each round; `make faults N=300` lets them write for five minutes.
SECONDS = int(os.environ.get("FAULT_ROUNDS", "5"))
WRITER = """
import json, sys, time
from app import create_app
from app.ledger import service
from app.ledger.schemas import FillIn

folder, accounts, name, seconds = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3], float(sys.argv[4])
app = create_app({"DATA_DIR": folder, "REDIS_URL": "unix:///nonexistent/redis.sock",
                  "LOG_LEVEL": "CRITICAL"})
sent, times = 0, []
with app.app_context():
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        start = time.monotonic()
        fill = FillIn(f"{name}-{sent}", "2026-05-20T14:00:00Z", "AAPL",
                      "sell" if sent % 2 else "buy", 1, 10)
        results = service.record_fills(accounts[sent % len(accounts)], [fill], source="test")
        assert results[0].status == "created", results
        times.append(time.monotonic() - start)
        sent += 1
print(json.dumps(times))
"""


@pytest.mark.faults
@pytest.mark.req("S4-16")
def test_four_processes_write_at_once_and_nothing_is_lost(app, member):
    user_id = member()
    with transaction():
        # One account of its own for each, and one that all write into.
        accounts = [service.open_account(user_id, f"robot{n}", "paper").id for n in range(5)]
    folder = app.config["DATA_DIR"]
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, folder, json.dumps([accounts[n], accounts[4]]),
             f"p{n}", str(SECONDS)],
            cwd=ROOT,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "ENCRYPTION_KEY": app.config["ENCRYPTION_KEY"],
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for n in range(PROCESSES)
    ]  # fmt: skip
    times: list[float] = []
    for writer in writers:
        out, err = writer.communicate(timeout=SECONDS + 120)
        assert writer.returncode == 0, err.decode()[-2000:]
        assert b"locked" not in err
        times += json.loads(out.splitlines()[-1])
    times.sort()
    print(
        f"F7: {PROCESSES} writers without a pause for {SECONDS} s, {len(times)} fills,"
        f" p50 {times[len(times) // 2]:.3f} s, p99 {times[len(times) * 99 // 100]:.3f} s"
    )
    assert db.session.scalar(select(func.count()).select_from(LedgerEvent)) == len(times)
    db.session.rollback()
    assert service.verify() is None


@pytest.mark.parametrize("threads", [12])
def test_the_same_delivery_many_times_at_once_is_recorded_once(engine_app, member, threads):
    user_id = member()
    fills = [FillIn(f"f{n}", "2026-05-20T14:00:00Z", f"SYM{n}", "buy", 1, 10) for n in range(10)]

    def deliver(number):
        with engine_app.app_context():
            account_id = service.open_account(user_id, "ma_cross", "paper").id
            order = fills if number % 2 else fills[::-1]
            results = service.record_fills(account_id, order, source="test")
            db.session.remove()
        return [result.status for result in results]

    with ThreadPoolExecutor(threads) as pool:
        jobs = [
            pool.submit(contextvars.Context().run, deliver, number) for number in range(threads)
        ]
        statuses = [status for job in jobs for status in job.result(60)]
    assert statuses.count("created") == 10
    assert statuses.count("duplicate") == 10 * (threads - 1)
    assert service.verify() is None
