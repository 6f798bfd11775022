"""The outbox as a place where outgoing jobs wait while the installation is held."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Flask
from sqlalchemy import and_, select, update

from app.core import hold
from app.core.db import db
from app.core.outbox import OutboxRow

DROPPED = "it had become too old when the installation was released"


def register(app: Flask) -> None:
    """List the outbox among what waits."""
    hold.add_room(app, "jobs", hold.Room(_waiting, _drop))


def _due() -> Any:
    names = hold.outgoing_jobs()
    return and_(OutboxRow.name.in_(names), OutboxRow.state.in_(("pending", "running")))


def _waiting() -> list[hold.Waiting]:
    found = db.session.execute(
        select(OutboxRow.name, OutboxRow.key, OutboxRow.created_at).where(_due())
    )
    return [hold.Waiting(row.name, row.key, row.created_at) for row in found]


def _drop(before: datetime) -> int:
    found = db.session.execute(
        update(OutboxRow)
        .where(_due(), OutboxRow.created_at < before)
        .values(state="dead", error=DROPPED, locked_until=None)
    )
    return int(getattr(found, "rowcount", 0))
