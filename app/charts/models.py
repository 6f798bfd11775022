"""Charts and every change of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import db
from app.core.types import BigId, UtcDateTime

AUTHOR_KINDS = ("member", "program", "model", "replica")
REVISION_KINDS = ("created", "changed", "undone", "renamed", "deleted", "restored")


class Chart(db.Model):
    """One chart of a member as it is now."""

    __tablename__ = "charts"
    __table_args__ = (Index("ix_charts_user_id_changed_at", "user_id", "changed_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    title: Mapped[str] = mapped_column(String(120))
    symbol: Mapped[str] = mapped_column(String(40))
    """As in the document, to list by."""
    timeframe: Mapped[str] = mapped_column(String(4))
    version: Mapped[int] = mapped_column(default=1)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    """Since when it is only there to be restored."""


class ChartRevision(db.Model):
    """One change of a chart. Rows are added and never altered; they go with their chart."""

    __tablename__ = "chart_revisions"
    __table_args__ = (
        UniqueConstraint("chart_id", "version"),
        UniqueConstraint("chart_id", "undoes"),
        CheckConstraint(f"kind IN {REVISION_KINDS}", name="kind"),
        CheckConstraint(f"author_kind IN {AUTHOR_KINDS}", name="author_kind"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    chart_id: Mapped[int] = mapped_column(ForeignKey("charts.id", ondelete="CASCADE"))
    version: Mapped[int]
    """The chart's version once this was done."""
    kind: Mapped[str] = mapped_column(String(10))
    author_kind: Mapped[str] = mapped_column(String(10))
    author_name: Mapped[str] = mapped_column(String(80), default="")
    key_id: Mapped[int | None]
    """The API key that was used."""
    operations: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """What was asked for."""
    changes: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """What came of it, piece by piece, so that it can be taken back."""
    undoes: Mapped[int | None]
    """The version whose change this took back."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ChartShare(db.Model):
    """A link by which anybody may look at a chart; of its token only the hash is kept."""

    __tablename__ = "chart_shares"

    id: Mapped[int] = mapped_column(primary_key=True)
    chart_id: Mapped[int] = mapped_column(ForeignKey("charts.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    shows_name: Mapped[bool] = mapped_column(default=False)
    """Whether the owner's public name stands on the page."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """None: until it is revoked."""
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Replay(db.Model):
    """History that a member goes through bar by bar."""

    __tablename__ = "chart_replays"
    __table_args__ = (Index("ix_chart_replays_user_id_changed_at", "user_id", "changed_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    symbol: Mapped[str] = mapped_column(String(40))
    asset_class: Mapped[str | None] = mapped_column(String(10))
    timeframe: Mapped[str] = mapped_column(String(4))
    from_at: Mapped[datetime] = mapped_column(UtcDateTime)
    to_at: Mapped[datetime] = mapped_column(UtcDateTime)
    position: Mapped[datetime] = mapped_column(UtcDateTime)
    """The instant up to which everything is known."""
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
