"""The history of plans: what a member may use follows from it. Rows are added, never edited."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import db
from app.core.types import UtcDateTime


class Subscription(db.Model):
    """A member's plan on one ladder from a time on; the newest row of a ladder counts.

    A further row says what changed: another plan, the end of a trial, a pause, a cancellation.
    """

    __tablename__ = "subscriptions"
    __table_args__ = (
        CheckConstraint("status IN ('active', 'cancelled', 'expired')", name="status"),
        Index("ix_subscriptions_user_id_started_at", "user_id", "started_at"),
        Index("ix_subscriptions_ladder_started_at", "ladder", "started_at"),
        Index("uq_subscriptions_change_key", "change_key", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    ladder: Mapped[str] = mapped_column(String(20), default="robots", server_default="robots")
    """robots, ai_traders, signals, coach, creator; or offers: what a creator sells."""
    offer_id: Mapped[int | None] = mapped_column(ForeignKey("offers.id"))
    """Which creator's offer; each offer is a ladder of its own with one plan."""
    tier: Mapped[str] = mapped_column(String(20), server_default="free")
    """The key of the plan on its ladder; "offer" for a creator's."""
    status: Mapped[str] = mapped_column(String(10), default="active")
    """active; cancelled: not renewed, usable until ends_at; expired: no longer usable."""
    source: Mapped[str] = mapped_column(String(20))
    """Where it comes from: operator, demo, or a payment provider (stripe)."""
    interval: Mapped[str | None] = mapped_column(String(5))
    """month or year; null where nothing is paid."""
    price_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    """What is paid each interval, before tax; 0 in a trial, a pause and for a gift."""
    currency: Mapped[str] = mapped_column(String(3), default="USD", server_default="USD")
    provider_subscription_id: Mapped[int | None] = mapped_column(
        ForeignKey("provider_subscriptions.id"), index=True
    )
    change_key: Mapped[str | None] = mapped_column(String(80))
    """Of rows that follow the provider: whose change it is, and after which row."""
    reason: Mapped[str | None] = mapped_column(Text)
    """Why an administrator gave or changed it, or why the member left."""
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
