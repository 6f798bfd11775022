"""kill -9 in the middle of a restore: the database is the old one or the new one, never half."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.admin.service import backup as backups
from app.admin.service.backup import engines, facts
from app.core import hold
from app.core.db import db, transaction
from app.ledger import service as ledger

pytestmark = pytest.mark.faults

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = int(os.environ.get("FAULT_ROUNDS", "5"))
SWAP = """
import os, random, signal, sys, threading, time
from sqlalchemy import URL
from app.admin.service.backup.engines import Sqlite, _sqlite_url
from pathlib import Path
path, scratch, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
def end():
    time.sleep(seconds)
    os.kill(os.getpid(), signal.SIGKILL)
threading.Thread(target=end, daemon=True).start()
Sqlite(URL.create("sqlite", database=path)).swap(_sqlite_url(Path(scratch)), "x")
"""


def held_state():
    """Return what the database holds, without the few rows that a restore adds."""
    db.session.remove()
    for attempt in range(5):
        try:
            with engines.connected(db.engine.url) as connection:
                found = facts.read(connection)
        except OperationalError:
            # PostgreSQL still ends connections for a process that was killed a moment ago.
            if attempt == 4:
                raise
            time.sleep(0.5)
        else:
            return found.ledger_heads, found.rows["users"]
    raise AssertionError


@pytest.mark.req("S0-115")
def test_a_restore_that_is_killed_leaves_the_old_or_the_new(engine_app, member, tmp_path):
    for number in range(3):
        with transaction():
            ledger.open_account(member(f"m{number}@example.test"), "robot", "journal")
    path, _manifest = backups.backup(tmp_path / "backup.zip")
    new = held_state()
    member("later@example.test")
    old = held_state()
    assert old != new
    db.session.remove()
    environment = {
        **{name: value for name, value in os.environ.items() if name != "REDIS_URL"},
        "DATA_DIR": engine_app.config["DATA_DIR"],
        "DATABASE_URL": engine_app.config["SQLALCHEMY_DATABASE_URI"].replace("+psycopg", ""),
        "ENCRYPTION_KEY": engine_app.config["ENCRYPTION_KEY"],
    }
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "restore", str(path), "--force"]
    for _ in range(ROUNDS):
        running = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        time.sleep(random.uniform(0.7, 3.0))
        running.send_signal(signal.SIGKILL)
        running.wait()
        found = held_state()
        assert found in {old, new}
        assert hold.is_held() is (found == new)
        if found == new:
            with transaction():
                hold.release()
            member("later@example.test")
        db.session.remove()  # the restore ends every connection, also an idle one of ours
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    assert held_state() == new
    assert hold.is_held()


@pytest.mark.req("S0-115")
def test_the_swap_of_a_sqlite_file_is_cut_at_any_page(app, tmp_path):
    """A file of 16 MB, so that the kill falls into the copying of its pages."""
    db.session.execute(text("CREATE TABLE ballast (body BLOB)"))
    db.session.commit()
    path = Path(str(db.engine.url.database))
    db.session.remove()
    db.engine.dispose()
    scratch = tmp_path / "scratch.sqlite3"
    for file, letter in ((path, "a"), (scratch, "b")):
        if file is scratch:
            shutil.copy(path, scratch)
        with engines.connected(engines._sqlite_url(file)) as connection:
            connection.execute(text("DELETE FROM ballast"))
            for _ in range(16):
                connection.execute(
                    text("INSERT INTO ballast VALUES (:body)"), {"body": letter * 1_000_000}
                )
            connection.commit()
    seen = set()
    for number in range(ROUNDS):
        seconds = number / ROUNDS * 0.3 + random.uniform(0, 0.05)
        subprocess.run(
            [sys.executable, "-c", SWAP, str(path), str(scratch), str(seconds)],
            cwd=ROOT, check=False, capture_output=True,
        )  # fmt: skip
        engines.check_sqlite(path)
        with engines.connected(engines._sqlite_url(path)) as connection:
            rows = connection.execute(
                text(
                    "SELECT substr(body, 1, 1), substr(body, -1), count(*) FROM ballast GROUP BY 1, 2"
                )
            ).all()
        assert len(rows) == 1
        letter, last, count = rows[0]
        assert (letter, count) == (last, 16)
        seen.add(letter)
    assert seen <= {"a", "b"}
