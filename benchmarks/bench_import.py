"""import: a CSV file of 1,000,000 fills into events, trades and daily money.

The reference is the bare `executemany` of the very same event and trade rows into the same tables
with the same indexes in a database of its own, with the same settings and the same number of
commits. Both are measured in CPU seconds of this process. Ours includes everything between the
file's bytes and the committed rows: reading, checking, hashing, FIFO and daily money.
"""

from __future__ import annotations

import os
import random
import resource
import sqlite3
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

FILLS = int(os.environ.get("FILLS", "1000000"))
CHUNK = 2000
GOAL = 0.20
SYMBOLS = ("AAPL", "MSFT", "NVDA", "BRK.B", "SPY", "BTC/USD", "ETH/USD", "/ESZ6", "TSLA", "AMD")
COLUMNS = "external_id,executed_at,symbol,side,qty,price,fee,currency"


def write_file(path: Path) -> None:
    """Write a file of fills in order of time: positions open, grow, shrink and close."""
    rng = random.Random(20261120)
    at = datetime(2016, 1, 4, 14, 30, tzinfo=UTC)
    step = timedelta(seconds=10.5 * 365.25 * 86_400 / FILLS)
    held = dict.fromkeys(SYMBOLS, 0)
    price = dict.fromkeys(SYMBOLS, 10_000)
    with path.open("w") as file:
        file.write(COLUMNS + "\n")
        for number in range(FILLS):
            at += step
            symbol = rng.choice(SYMBOLS)
            price[symbol] = max(100, price[symbol] + rng.randint(-20, 20))
            qty, side = rng.randint(1, 50), "buy"
            if held[symbol] > 0 and rng.random() < 0.6:
                side = "sell"
                qty = held[symbol] if rng.random() < 0.7 else min(qty, held[symbol])
            held[symbol] += qty if side == "buy" else -qty
            cents = price[symbol]
            file.write(
                f"fill-{number:07d},{at:%Y-%m-%dT%H:%M:%S}Z,{symbol},{side},{qty},"
                f"{cents // 100}.{cents % 100:02d},{rng.randint(0, 99) / 100:.2f},USD\n"
            )


def peak_mb() -> float:
    """Return the greatest memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def ours(folder: Path, path: Path) -> tuple[float, float]:
    """Import the file; return CPU seconds and megabytes that memory grew by."""
    from alembic import command

    from app import create_app
    from app.accounts import service as accounts
    from app.core.cli import alembic_config
    from app.core.db import transaction
    from app.ledger import service
    from app.ledger.service.imports import Target, import_file

    app = create_app({"DATA_DIR": str(folder), "REDIS_URL": "unix:///nonexistent/redis.sock"})
    with app.app_context():
        command.upgrade(alembic_config(), "head")
        with transaction():
            user_id = accounts.create_user("bench@example.test").id
            account_id = service.open_account(user_id, "warm", "journal").id
            # What a process does once: calendars and instruments.
            from app.ledger.schemas import FillIn

            day = "2016-01-04T14:30:00Z"
            warm = [FillIn(f"w{at}", day, name, "buy", 1, 1) for at, name in enumerate(SYMBOLS)]
            service.record_fills(account_id, warm, source="bench")
        memory, start = peak_mb(), time.process_time()
        with path.open("rb") as file:
            counts = import_file(Target(user_id, "bench", "journal"), file, print)
        seconds = time.process_time() - start
        grown = peak_mb() - memory
        if counts.created != FILLS:
            raise SystemExit(f"only {counts} of {FILLS} rows were created")
        start = time.process_time()
        if service.verify() is not None:
            raise SystemExit("the chain is broken")
        print(f"verify {time.process_time() - start:.1f} s CPU")
    return seconds, grown


def bare(source: Path, target: Path) -> float:
    """Insert the rows that we made, without making them; return CPU seconds."""
    read = sqlite3.connect(source)
    write = sqlite3.connect(target, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-65536"):
        write.execute(f"PRAGMA {pragma}")
    tables = ("ledger_events", "trades")
    for name in tables:
        for (sql,) in read.execute(
            "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND type IN ('table', 'index') "
            "AND sql IS NOT NULL ORDER BY type DESC",
            (name,),
        ):
            write.execute(sql)
    chunks = -(-FILLS // CHUNK)
    seconds = 0.0
    sizes = {name: read.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}
    cursors = {name: read.execute(f"SELECT * FROM {name} ORDER BY id") for name in tables}
    inserts = {
        name: f"INSERT INTO {name} VALUES ({', '.join('?' * len(cursors[name].description))})"
        for name in tables
    }
    for _ in range(chunks + 1):
        rows = {name: cursors[name].fetchmany(-(-sizes[name] // chunks)) for name in tables}
        start = time.process_time()
        write.execute("BEGIN IMMEDIATE")
        for name in tables:
            write.executemany(inserts[name], rows[name])
        write.execute("COMMIT")
        seconds += time.process_time() - start
    for name in tables:
        if write.execute(f"SELECT count(*) FROM {name}").fetchone()[0] != sizes[name]:
            raise SystemExit(f"{name}: not all rows were written")
    print(f"rows: {sizes['ledger_events']:,} events, {sizes['trades']:,} trades")
    return seconds


def main() -> None:
    """Measure both and print the comparison."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_file(folder / "fills.csv")
        our_seconds, grown = ours(folder, folder / "fills.csv")
        bare_seconds = bare(folder / "service.sqlite3", folder / "bare.sqlite3")
    print(
        f"ours {our_seconds:.1f} s CPU, {FILLS / our_seconds:,.0f} fills/s, memory +{grown:.0f} MB"
    )
    print(f"bare executemany {bare_seconds:.1f} s CPU, {FILLS / bare_seconds:,.0f} fills/s")
    ratio = bare_seconds / our_seconds
    print(f"import ratio={ratio:.3f} goal>={GOAL:.2f} {'ok' if ratio >= GOAL else 'short'}")


if __name__ == "__main__":
    main()
