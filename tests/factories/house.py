"""A small house with something of everything, and a way to damage it as no code of ours would."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from decimal import Decimal

from sqlalchemy import text

from app.accounts import service as accounts
from app.billing import service as billing
from app.core import clock, outbox
from app.core.db import db, is_sqlite, transaction
from app.ledger import service as ledger
from app.ledger.schemas import FillIn
from app.moderation import service as moderation
from app.moderation.schemas import ReportIn
from workers import queues

FILLS = [
    FillIn("b1", "2026-05-19T14:00:00Z", "AAPL", "buy", Decimal(2), Decimal(10)),
    FillIn("s1", "2026-05-19T15:00:00Z", "AAPL", "sell", Decimal(2), Decimal(12)),
    FillIn("b2", "2026-05-20T14:00:00Z", "AAPL", "buy", Decimal(2), Decimal(10)),
    FillIn("s2", "2026-05-20T15:00:00Z", "AAPL", "sell", Decimal(2), Decimal(9)),
    FillIn("b3", "2026-05-20T16:00:00Z", "MSFT", "buy", Decimal(1), Decimal(100)),
]


def furnish(site_id: str) -> tuple[int, int]:
    """Fill the house through its front doors; return two users who are members of the site."""
    with transaction():
        user_id = accounts.create_user("one@example.test").id
        other_id = accounts.create_user("two@example.test").id
        for number, each in enumerate((user_id, other_id), 1):
            accounts.link_member(site_id, number, each)
            billing.subscribe(each, "mid", source="operator")
            accounts.create_key(each, None, "test")
        account = ledger.open_account(
            user_id, "ma_cross", "paper", starting_balance=Decimal(1000), is_ranked=True
        )
        journal = ledger.open_account(other_id, "ma_cross", "journal")
        moderation.report(
            site_id, user_id, ReportIn(robot="ma_cross", reason="other", text="Its record is late.")
        )
        accounts.audit("probe.made", user_id=user_id, number=1)
        accounts.audit("probe.made", user_id=other_id, number=2)
    for account_id in (account.id, journal.id):
        ledger.record_fills(account_id, FILLS, source="test")
    imported = ledger.preview_import(user_id, "sheet", "a.csv", CSV)
    ledger.start_import(user_id, imported.id)
    work_off()
    return user_id, other_id


CSV = b"""external_id,executed_at,symbol,side,qty,price,fee,currency
a,2026-05-19T14:00:00Z,AAPL,buy,1,10,0,USD
b,2026-05-19T15:00:00Z,AAPL,sell,1,11,0,USD
"""


def work_off() -> None:
    """Do all jobs that are due, as the workers would."""
    for _ in range(10):
        db.session.rollback()
        due = db.session.scalars(
            db.select(outbox.OutboxRow.id).where(
                outbox.OutboxRow.state == "pending", outbox.OutboxRow.available_at <= clock.now()
            )
        ).all()
        if not due:
            return
        for row_id in due:
            queues.perform(row_id)


def damage(*statements: str) -> None:
    """Change the database behind the back of its triggers and foreign keys."""
    db.session.rollback()
    if is_sqlite():
        with closing(sqlite3.connect(str(db.engine.url.database), timeout=20)) as connection:
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall():
                connection.execute(f'DROP TRIGGER "{name}"')
            for statement in statements:
                connection.execute(statement)
            connection.commit()
        return
    with db.engine.begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        for statement in statements:
            connection.execute(text(statement))
        connection.execute(text("SET session_replication_role = DEFAULT"))


def drop_rules(table: str) -> None:
    """Take a table's unique keys away."""
    if is_sqlite():
        damage(
            f"CREATE TABLE bare AS SELECT * FROM {table}",
            f"DROP TABLE {table}",
            f"ALTER TABLE bare RENAME TO {table}",
        )
    else:
        damage(f"ALTER TABLE {table} DROP CONSTRAINT uq_{table}_key")
