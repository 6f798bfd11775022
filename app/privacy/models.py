"""What members ask of us with their own data, and the copies that wait to be fetched."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import db
from app.core.types import UtcDateTime

KINDS = ("export", "erasure")
STATES = ("queued", "running", "ready", "expired", "failed", "waiting", "cancelled", "done")


class PrivacyRequest(db.Model):
    """A member asked for a copy of everything, or for the erasure of the account."""

    __tablename__ = "privacy_requests"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        Index("ix_privacy_requests_user_id_id", "user_id", "id"),
        Index("ix_privacy_requests_state_due_at", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Of an erasure: when it happens. Of a copy: when it is thrown away."""
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tables_done: Mapped[int] = mapped_column(default=0)
    tables_all: Mapped[int] = mapped_column(default=0)
    size: Mapped[int] = mapped_column(default=0)
    link_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    """SHA-256 of the one link that fetches the copy once."""
    link_ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PrivacyPart(db.Model):
    """A piece of a copy's zip file."""

    __tablename__ = "privacy_parts"

    request_id: Mapped[int] = mapped_column(ForeignKey("privacy_requests.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)
