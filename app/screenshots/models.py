"""Pictures that members sent, what was read from them, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import db
from app.core.security import sealed
from app.core.types import UtcDateTime

STATES = ("waiting", "reading", "done", "unreadable", "failed", "confirmed")


class Screenshot(db.Model):
    """One picture of one member."""

    __tablename__ = "screenshots"
    __table_args__ = (
        UniqueConstraint("user_id", "picture_hash"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        Index("ix_screenshots_expires_at", "expires_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    picture_hash: Mapped[str] = mapped_column(String(64))
    """Of the points that are kept: the same picture is there once."""
    media_type: Mapped[str] = mapped_column(String(20))
    width: Mapped[int]
    height: Mapped[int]
    key_encrypted: Mapped[str] = mapped_column(
        Text, info=sealed("screenshot:{user_id}:{picture_hash}")
    )
    """Opens the picture."""
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    reason: Mapped[str] = mapped_column(String(40), default="")
    """Why there is no reading, in a word of ours."""
    tries: Mapped[int] = mapped_column(default=0)
    asked_count: Mapped[int] = mapped_column(default=1)
    """How often its owner has asked for a reading."""
    broker: Mapped[str] = mapped_column(String(30), default="")
    found: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Positions as they were read, weighed."""
    model: Mapped[str] = mapped_column(String(60), default="")
    prompt: Mapped[str] = mapped_column(String(80), default="")
    positions: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Keys of the positions that its owner has confirmed."""
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When its owner has asked for a reading last."""
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def mark(self) -> str:
        """Names this picture for ever: SQLite gives the id of one that was deleted to the next."""
        return f"{self.id}.{round(self.sent_at.timestamp() * 1_000_000)}"


class ScreenshotContent(db.Model):
    """A picture's bytes, locked with a key of its own."""

    __tablename__ = "screenshot_contents"

    screenshot_id: Mapped[int] = mapped_column(ForeignKey("screenshots.id"), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
