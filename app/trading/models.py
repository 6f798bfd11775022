"""A member's accounts at brokers. The keys lie encrypted and are never given back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import db
from app.core.security import sealed
from app.core.types import UtcDateTime
from app.trading.rules import ACCOUNT_TYPES, BROKERS


class UserTradingAccount(db.Model):
    """One key pair of one member at one broker."""

    __tablename__ = "user_trading_accounts"
    __table_args__ = (
        UniqueConstraint("user_id", "broker", "key_fingerprint"),
        CheckConstraint(f"broker IN {BROKERS}", name="broker"),
        CheckConstraint(f"account_type IN {ACCOUNT_TYPES}", name="account_type"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    broker: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(60))
    api_key_encrypted: Mapped[str] = mapped_column(Text, info=sealed("broker-key:{user_id}"))
    secret_key_encrypted: Mapped[str] = mapped_column(Text, info=sealed("broker-secret:{user_id}"))
    key_hint: Mapped[str] = mapped_column(String(4))
    """The key's last four characters, by which its owner knows it."""
    key_fingerprint: Mapped[str] = mapped_column(String(64))
    """Tells the same key again; without our secret nothing can be found by it."""
    account_type: Mapped[str] = mapped_column(String(10))
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
