"""What a database holds: read from a copy, from a snapshot, and again after it was put back."""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection, column, func, inspect, select, table

from app.admin.service.backup.archive import Facts

PAGE = 10_000
# What each start and each tick of the clock writes; nobody would miss it.
OWN = {"alembic_version", "audit_head", "clock_ticks", "installation"}


def read(connection: Connection) -> Facts:
    """Return the facts; tables that a former schema lacks are left out."""
    names = sorted(set(inspect(connection).get_table_names()))
    rows = {name: count(connection, name) for name in names if name != "alembic_version"}
    accounts, events, heads = _ledger(connection) if "trading_accounts" in rows else (0, 0, "")
    audit = None
    if "audit_head" in rows:
        head = table("audit_head", column("seq"), column("hash"))
        audit = connection.execute(select(head.c.seq, head.c.hash)).one_or_none()
    return Facts(
        revision=revision(connection, names) or "",
        rows=rows,
        ledger_accounts=accounts,
        ledger_events=events,
        ledger_heads=heads,
        audit_seq=audit.seq if audit else None,
        audit_hash=audit.hash if audit else None,
    )


def count(connection: Connection, name: str) -> int:
    """Return how many rows a table has."""
    return connection.scalar(select(func.count()).select_from(table(name))) or 0


def revision(connection: Connection, names: list[str] | None = None) -> str | None:
    """Return the number of the newest migration; None without a schema."""
    known = inspect(connection).get_table_names() if names is None else names
    if "alembic_version" not in known:
        return None
    version = table("alembic_version", column("version_num"))
    found: str | None = connection.scalar(select(version.c.version_num))
    return found


def is_used(connection: Connection) -> bool:
    """Whether a database holds anything that somebody could miss."""
    names = set(inspect(connection).get_table_names()) - OWN
    return any(
        connection.execute(select(1).select_from(table(name)).limit(1)).first() for name in names
    )


def _ledger(connection: Connection) -> tuple[int, int, str]:
    accounts = table("trading_accounts", column("id"), column("head_seq"), column("head_hash"))
    sha, number, events, after = hashlib.sha256(), 0, 0, -1
    while True:
        page = connection.execute(
            select(accounts).where(accounts.c.id > after).order_by(accounts.c.id).limit(PAGE)
        ).all()
        for row in page:
            sha.update(f"{row.id} {row.head_seq} {row.head_hash}\n".encode())
            events += row.head_seq
        number += len(page)
        if len(page) < PAGE:
            return number, events, sha.hexdigest()
        after = page[-1].id
