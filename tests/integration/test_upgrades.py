"""Upgrading in mid traffic and going back (F24): code of one version runs on the schema of the next."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, select

from app.core.cli import alembic_config
from app.core.db import db
from app.ledger import service as ledger
from app.ledger.models import LedgerEvent
from scripts.supervisor import Child, Spec
from tests.services import free_ports

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = int(os.environ.get("FAULT_ROUNDS", "5"))
HEAD = (ROOT / "migrations/HEAD").read_text().strip()
# Migrations that take something away, each with why no running code of the version before needs it.
CONTRACTIONS: dict[str, str] = {}
# What a next version may do: columns on the tables of the fill path, filled in, an index, a table.
NEXT = f"""
import sqlalchemy as sa
from alembic import op
revision = "next"
down_revision = "{HEAD}"
branch_labels = None
depends_on = None
TABLES = ("ledger_events", "trades", "account_days", "outbox", "trading_accounts", "api_keys")
def upgrade():
    for name in TABLES:
        op.add_column(name, sa.Column("later", sa.String(20), nullable=True))
    op.add_column("outbox", sa.Column("counted", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE trades SET later = 'x'")
    op.create_index("ix_ledger_events_later", "ledger_events", ["later"])
    op.create_table("later_things", sa.Column("id", sa.Integer(), primary_key=True))
def downgrade():
    op.drop_table("later_things")
    op.drop_index("ix_ledger_events_later", "ledger_events")
    op.drop_column("outbox", "counted")
    for name in TABLES:
        op.drop_column(name, "later")
"""


@pytest.mark.req("S1-113")
def test_every_migration_only_adds(engine_app):
    """Expand and contract: what the code of version N reads and writes is there in N+1 too."""
    db.session.remove()
    config = alembic_config()
    scripts = ScriptDirectory.from_config(config)
    revisions = [one.revision for one in scripts.walk_revisions()][::-1]
    command.downgrade(config, revisions[0])
    before = reflected()
    for revision in revisions[1:]:
        command.upgrade(config, revision)
        after = reflected()
        if revision not in CONTRACTIONS:
            assert faults(before, after) == [], revision
        before = after
    assert revisions[-1] == HEAD
    assert set(CONTRACTIONS) <= set(revisions)


def reflected() -> MetaData:
    metadata = MetaData()
    metadata.reflect(db.engine)
    db.engine.dispose()
    return metadata


def faults(before: MetaData, after: MetaData) -> list[str]:
    """Return what code that knows `before` could not do with `after`."""
    found = []
    for name, old in before.tables.items():
        new = after.tables.get(name)
        if new is None:
            found.append(f"{name} is gone")
            continue
        found += [f"{name}.{column} is gone" for column in set(old.c.keys()) - set(new.c.keys())]
        for column in new.c:
            known = old.c.get(column.name)
            must = not column.nullable and column.server_default is None and not column.primary_key
            if known is None and must:
                found.append(f"{name}.{column.name} is new and must be given")
            if known is not None and known.nullable and must:
                found.append(f"{name}.{column.name} must be given now")
    return found


def test_the_check_finds_what_old_code_could_not_do():
    from sqlalchemy import Column, Integer, Table

    before, after = MetaData(), MetaData()
    Table("a", before, Column("id", Integer, primary_key=True), Column("x", Integer))
    Table("b", before, Column("id", Integer, primary_key=True))
    Table("a", after, Column("id", Integer, primary_key=True), Column("y", Integer, nullable=False))
    assert sorted(faults(before, after)) == [
        "a.x is gone", "a.y is new and must be given", "b is gone",
    ]  # fmt: skip


class Traffic:
    """Posts fills from several threads, sends again only what 503 says may be, and keeps count."""

    def __init__(self, url: str, keys: list[str]) -> None:
        self.url, self.keys = url, keys
        self.stop = threading.Event()
        self.statuses: Counter[int] = Counter()
        self.acknowledged: list[str] = []
        self.threads = [
            threading.Thread(target=self._post, args=(number,)) for number in range(len(keys))
        ]

    def _post(self, thread: int) -> None:
        number = 0
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {self.keys[thread]}"
        while not self.stop.is_set():
            name = f"t{thread}-{number}"
            fill = {
                "external_id": name, "symbol": "SPY", "side": "buy" if number % 2 else "sell",
                "executed_at": f"2026-03-02T15:{number // 60 % 60:02d}:{number % 60:02d}Z",
                "qty": "1", "price": "100", "fee": "0", "currency": "USD",
            }  # fmt: skip
            answer = session.post(
                f"{self.url}/api/ledger/fills",
                json={"plugin_id": "robot", "fills": [fill]},
                timeout=40,
            )
            self.statuses[answer.status_code] += 1
            if answer.status_code == 200:
                self.acknowledged.append(name)
                number += 1
            elif answer.status_code == 503:
                assert int(answer.headers["Retry-After"]) >= 1
                time.sleep(0.2)
            else:
                time.sleep(0.2)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        for thread in self.threads:
            thread.start()
        try:
            yield
        finally:
            self.stop.set()
            for thread in self.threads:
                thread.join()


@contextlib.contextmanager
def granian(app, folder: Path) -> Iterator[str]:
    """Serve the same installation by a real web process."""
    port = free_ports(1)[0]
    environment = {
        **{name: value for name, value in os.environ.items() if name != "REDIS_URL"},
        "DATA_DIR": app.config["DATA_DIR"],
        "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"].replace("+psycopg", ""),
        "ENCRYPTION_KEY": app.config["ENCRYPTION_KEY"],
        "REDIS_URL": f"unix://{folder}/none.sock",
        "PUBLIC_URL": app.config["PUBLIC_URL"],
        "RATE_LIMITS": "key=off",
        "LOG_LEVEL": "ERROR",
    }
    line = [sys.executable, "-m", "granian", "--interface", "wsgi", "wsgi:app"]
    with (folder / "web.log").open("ab") as log:
        options = ["--port", str(port), "--blocking-threads", "4"]
        child = Child(Spec("web", [*line, *options], environment), log, log)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            with contextlib.suppress(requests.ConnectionError):
                if requests.get(f"{url}/healthz", timeout=5).status_code == 200:
                    break
            time.sleep(0.1)
        else:
            raise AssertionError((folder / "web.log").read_text())
        yield url
    finally:
        child.stop()


def next_version(folder: Path) -> Config:
    """Return Alembic's configuration of a version that has one more migration than this code."""
    place = folder / "migrations"
    shutil.copytree(ROOT / "migrations", place)
    (place / "versions" / "9999_next.py").write_text(NEXT)
    config = Config()
    config.set_main_option("script_location", str(place))
    return config


@pytest.mark.faults
@pytest.mark.req("S1-113")
def test_fills_go_on_while_the_schema_changes_and_changes_back(engine_app, member, api_key, tmp_path):  # fmt: skip
    keys = [api_key(member(f"m{number}@example.test"), ["ledger:write"]) for number in range(2)]
    db.session.remove()
    config = next_version(tmp_path)
    with granian(engine_app, tmp_path) as url:
        traffic = Traffic(url, keys)
        with traffic.running():
            for _ in range(ROUNDS):
                time.sleep(0.3)
                command.upgrade(config, "next")
                time.sleep(0.3)
                command.downgrade(config, HEAD)
    assert set(traffic.statuses) <= {200, 503}, traffic.statuses
    assert traffic.statuses[200] > 2 * ROUNDS
    kept = Counter(db.session.scalars(select(LedgerEvent.external_id)).all())
    assert set(kept) >= set(traffic.acknowledged)
    assert set(kept.values()) == {1}
    assert ledger.verify() is None
