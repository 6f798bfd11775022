"""Who sells through us, what they sell, how it is shared, and what was paid out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import db
from app.core.types import UtcDateTime

PRODUCT_TYPES = ("replica", "copy", "creator")
OFFER_STATES = ("draft", "active", "retired")
PAYOUT_STATES = ("pending", "unknown", "sent", "failed", "reversed")


class Creator(db.Model):
    """A member who sells, and their account at the provider."""

    __tablename__ = "creators"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    provider_account_id: Mapped[str | None] = mapped_column(String(100), unique=True)
    country: Mapped[str | None] = mapped_column(String(2))
    is_charges_enabled: Mapped[bool] = mapped_column(default=False)
    is_payouts_enabled: Mapped[bool] = mapped_column(default=False)
    requirements: Mapped[list[Any]] = mapped_column(JSON, default=list)
    """What the provider still wants to know, in its own words."""
    is_suspended: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    fetched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Offer(db.Model):
    """What a creator sells by subscription: an access of 10 to 500 a month."""

    __tablename__ = "offers"
    __table_args__ = (
        CheckConstraint(f"product_type IN {PRODUCT_TYPES}", name="product_type"),
        CheckConstraint(f"state IN {OFFER_STATES}", name="state"),
        CheckConstraint("price_minor >= 0", name="price"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    creator_id: Mapped[int] = mapped_column(ForeignKey("creators.user_id"), index=True)
    product_type: Mapped[str] = mapped_column(String(20), default="creator")
    name: Mapped[str] = mapped_column(String(80))
    description: Mapped[str] = mapped_column(Text, default="")
    price_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3), default="USD")
    interval: Mapped[str] = mapped_column(String(5), default="month")
    state: Mapped[str] = mapped_column(String(10), default="draft")
    provider_product_id: Mapped[str | None] = mapped_column(String(100), unique=True)
    provider_price_id: Mapped[str | None] = mapped_column(String(100))
    """The price at which it is sold now; earlier ones stay with those who bought at them."""
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Split(db.Model):
    """How the money of a product type is shared from a day on. A change is a further row."""

    __tablename__ = "splits"
    __table_args__ = (
        UniqueConstraint("product_type", "starts_on"),
        CheckConstraint("creator_bps BETWEEN 0 AND 10000", name="creator_bps"),
        CheckConstraint("profit_bps BETWEEN 0 AND 10000", name="profit_bps"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    product_type: Mapped[str] = mapped_column(String(20))
    creator_bps: Mapped[int]
    """The creator's part in hundredths of a percent; the rest is the platform's."""
    profit_bps: Mapped[int | None]
    """Copying: the part of a follower's new profit that is charged; null: a price is."""
    starts_on: Mapped[date] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Payout(db.Model):
    """What a creator is sent for the weeks up to a day; written before the provider is asked."""

    __tablename__ = "payouts"
    __table_args__ = (
        CheckConstraint(f"state IN {PAYOUT_STATES}", name="state"),
        CheckConstraint("amount_minor > 0", name="amount"),
        UniqueConstraint("creator_id", "currency", "through"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    creator_id: Mapped[int] = mapped_column(ForeignKey("creators.user_id"), index=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    through: Mapped[date] = mapped_column(Date)
    """The last day whose money it holds."""
    state: Mapped[str] = mapped_column(String(10), default="pending")
    """unknown: asked for, and the answer was lost; only the provider may resolve it."""
    transfer_id: Mapped[str | None] = mapped_column(String(100), unique=True)
    reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ProfitShare(db.Model):
    """What a follower owes a leader for the new profit of a period; the newest has their mark."""

    __tablename__ = "profit_shares"
    __table_args__ = (
        CheckConstraint("charged_minor >= 0", name="charged"),
        UniqueConstraint("leader_id", "follower_id", "account_key", "currency", "through"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    leader_id: Mapped[int] = mapped_column(ForeignKey("creators.user_id"), index=True)
    follower_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    account_key: Mapped[str] = mapped_column(String(40))
    """Which of the follower's accounts copies; a name of the floors above, not looked into."""
    currency: Mapped[str] = mapped_column(String(3))
    through: Mapped[date] = mapped_column(Date)
    """The last day of the period; the next one begins after it."""
    equity_minor: Mapped[int] = mapped_column(BigInteger)
    mark_before_minor: Mapped[int] = mapped_column(BigInteger)
    """The high-water mark at the beginning, moved by what was paid in and taken out since."""
    mark_minor: Mapped[int] = mapped_column(BigInteger)
    charged_minor: Mapped[int] = mapped_column(BigInteger)
    split_id: Mapped[int] = mapped_column(ForeignKey("splits.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
