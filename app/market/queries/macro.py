"""Facts of the whole economy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from app.core.db import db, is_sqlite
from app.market.models import MacroFact

_STEP = 500


def put(rows: Sequence[dict[str, Any]]) -> None:
    """Write facts, each in the place of the former one of its kind and key."""
    insert: Any = sqlite.insert if is_sqlite() else postgresql.insert
    for start in range(0, len(rows), _STEP):
        statement = insert(MacroFact).values(rows[start : start + _STEP])
        new = {name: statement.excluded[name] for name in ("at", "body", "source", "received_at")}
        db.session.execute(
            statement.on_conflict_do_update(index_elements=["kind", "key"], set_=new)
        )


def between(kind: str, start: datetime, end: datetime) -> list[MacroFact]:
    """Return the facts of a kind that are due from `start` on and before `end`, in order."""
    query = select(MacroFact).where(
        MacroFact.kind == kind, MacroFact.at >= start, MacroFact.at < end
    )
    return list(db.session.scalars(query.order_by(MacroFact.at, MacroFact.key)))


def known(kind: str, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the bodies of those facts that are there, by key."""
    found = {}
    for start in range(0, len(keys), _STEP):
        rows = db.session.execute(
            select(MacroFact.key, MacroFact.body).where(
                MacroFact.kind == kind, MacroFact.key.in_(keys[start : start + _STEP])
            )
        )
        found.update({row.key: row.body for row in rows})
    return found


def newest(kind: str) -> datetime | None:
    """Return when a fact of a kind was last written; None where there is none."""
    return db.session.scalar(select(func.max(MacroFact.received_at)).where(MacroFact.kind == kind))


def drop_before(kind: str, end: datetime) -> None:
    """Forget what is long over."""
    db.session.execute(delete(MacroFact).where(MacroFact.kind == kind, MacroFact.at < end))
