"""What this installation knows of itself, in one row: its id, its address, and whether it is held."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock, security
from app.core.db import db, is_sqlite
from app.core.security import sealed
from app.core.types import UtcDateTime

ROW = 1


class Installation(db.Model):
    """The one row: it comes along when the database is copied, the settings do not."""

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    installation_id: Mapped[str] = mapped_column(String(40))
    public_url: Mapped[str] = mapped_column(String(500))
    """PUBLIC_URL when it first ran, or was last released; another one now means a copy."""
    marker_encrypted: Mapped[str | None] = mapped_column(Text, info=sealed("installation"))
    """A known text: whether it can be read says whether the encryption key is the right one."""
    held_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    held_because: Mapped[str | None] = mapped_column(String(20))
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


def find() -> Installation | None:
    """Return the row as it stands now; None before anything has run on this database."""
    return db.session.get(Installation, ROW, populate_existing=True)


def lock(public_url: str) -> Installation:
    """Return the row for changing it in the present transaction; made when there is none."""
    values = {
        "id": ROW,
        "installation_id": f"trp_{security.random_token(12)}",
        "public_url": public_url,
        "created_at": clock.now(),
    }
    insert = sqlite.insert if is_sqlite() else postgresql.insert
    db.session.execute(insert(Installation).values(values).on_conflict_do_nothing())
    return db.session.get_one(Installation, ROW, populate_existing=True, with_for_update=True)
