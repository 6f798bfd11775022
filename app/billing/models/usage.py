"""How much members use of what their plans count."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import db
from app.core.types import BigId, UtcDateTime


class UsageCount(db.Model):
    """How often a member has used a feature in a day or month; never more than the plan gave."""

    __tablename__ = "usage_counts"
    __table_args__ = (
        UniqueConstraint("user_id", "key", "period"),
        CheckConstraint("used >= 0", name="used"),
        Index("ix_usage_counts_key_period", "key", "period"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    key: Mapped[str] = mapped_column(String(40))
    """The key of the feature."""
    period: Mapped[str] = mapped_column(String(10))
    """By UTC: 2026-05 for a month, 2026-05-20 for a day."""
    used: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class UsageRef(db.Model):
    """One use, so that asking for it again does not count again."""

    __tablename__ = "usage_refs"
    __table_args__ = (
        UniqueConstraint("user_id", "key", "ref"),
        Index("ix_usage_refs_created_at", "created_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    key: Mapped[str] = mapped_column(String(40))
    ref: Mapped[str] = mapped_column(String(100))
    period: Mapped[str] = mapped_column(String(10))
    amount: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
