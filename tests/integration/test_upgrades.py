"""Upgrading in mid traffic and going back (F24): code of one version runs on the schema of the next."""

from __future__ import annotations

import os
import shutil
import time
from collections import Counter
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Integer, MetaData, Table, inspect, select, text

from app.core.cli import alembic_config
from app.core.db import db
from app.ledger import service as ledger
from app.ledger.models import LedgerEvent
from tests.traffic import Traffic, granian

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = int(os.environ.get("FAULT_ROUNDS", "5"))
HEAD = (ROOT / "migrations/HEAD").read_text().strip()
# Migrations that take something away, each with why no running code of the version before needs it.
CONTRACTIONS: dict[str, str] = {}
# The next version is not written yet, and the last migration of today asks little of running code:
# so this one is made up, as hard as a migration may be. It holds every table of the fill path at
# once, in another order than the requests do, so that locks cross and it has to give way.
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
    """Return the tables as the database has them, with what running code has to know of each column."""
    inspector, metadata = inspect(db.engine), MetaData()
    keys = inspector.get_multi_pk_constraint()
    for place, columns in inspector.get_multi_columns().items():
        key = keys[place]["constrained_columns"]
        Table(place[1], metadata, *(_column(one, is_key=one["name"] in key) for one in columns))
    db.engine.dispose()
    return metadata


def _column(found, *, is_key) -> Column:
    default = found["default"] and text(found["default"])
    return Column(
        found["name"],
        found["type"],
        nullable=found["nullable"],
        server_default=default,
        primary_key=is_key,
    )


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
    before, after = MetaData(), MetaData()
    Table("a", before, Column("id", Integer, primary_key=True), Column("x", Integer))
    Table("b", before, Column("id", Integer, primary_key=True))
    Table("a", after, Column("id", Integer, primary_key=True), Column("y", Integer, nullable=False))
    assert sorted(faults(before, after)) == [
        "a.x is gone", "a.y is new and must be given", "b is gone",
    ]  # fmt: skip


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
