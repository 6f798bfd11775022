"""The journal: money moves from one account to another, once, and is never edited."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import db
from app.core.types import BigId, UtcDateTime


class Transaction(db.Model):
    """One movement of money between a member and us, in minor units of its currency."""

    __tablename__ = "transactions"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    subscription_id: Mapped[int | None] = mapped_column(ForeignKey("subscriptions.id"))
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoices.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    """payment, refund, dispute, dispute_reversal."""
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    """What the member paid (positive) or got back (negative)."""
    fee_minor: Mapped[int | None] = mapped_column(BigInteger)
    """What the provider kept of it; null until it has said so."""
    currency: Mapped[str] = mapped_column(String(3))
    status: Mapped[str] = mapped_column(String(20))
    provider_ref: Mapped[str | None] = mapped_column(String(200), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class JournalEntry(db.Model):
    """Something that moved money: the cause, told once for ever."""

    __tablename__ = "journal_entries"
    __table_args__ = (UniqueConstraint("source_type", "source_id", "purpose"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    source_type: Mapped[str] = mapped_column(String(20))
    """invoice, refund, dispute, payout, transfer, profit_share, correction."""
    source_id: Mapped[str] = mapped_column(String(100))
    purpose: Mapped[str] = mapped_column(String(40))
    """paid, fee, refunded, lost, won, sent, reversed, released …"""
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    """The member who paid or was paid."""
    split_id: Mapped[int | None] = mapped_column(ForeignKey("splits.id"))
    """The version of the split by which it was shared."""
    note: Mapped[str] = mapped_column(Text, default="")
    happened_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class JournalPosting(db.Model):
    """So much from one account to another. Balanced by its shape: one amount, two accounts.

    Accounts are names: stripe_clearing, revenue:robots, payable:7 (a creator's user id),
    reserve:7, fees, taxes, refunds:robots, disputes. See app/billing/rules/chart.py.
    """

    __tablename__ = "journal_postings"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("debit <> credit", name="accounts"),
        Index("ix_journal_postings_debit_day", "debit", "day"),
        Index("ix_journal_postings_credit_day", "credit", "day"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("journal_entries.id"), index=True)
    debit: Mapped[str] = mapped_column(String(40))
    credit: Mapped[str] = mapped_column(String(40))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    day: Mapped[date] = mapped_column(Date)
    """The UTC day of what happened."""


class JournalDay(db.Model):
    """What an account was debited and credited in a day: sums of postings, kept with them."""

    __tablename__ = "journal_days"
    __table_args__ = (
        # PostgreSQL finds a beginning of names only by such an index.
        Index(
            "ix_journal_days_account_day",
            "account",
            "day",
            postgresql_ops={"account": "varchar_pattern_ops"},
        ),
    )

    account: Mapped[str] = mapped_column(String(40), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    debit_minor: Mapped[int] = mapped_column(BigInteger)
    credit_minor: Mapped[int] = mapped_column(BigInteger)


class Reconciliation(db.Model):
    """What the provider says our balance is, and what the journal says; one for a currency and day."""

    __tablename__ = "reconciliations"
    __table_args__ = (UniqueConstraint("day", "currency"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    """All that moved up to the end of this UTC day."""
    currency: Mapped[str] = mapped_column(String(3))
    provider_minor: Mapped[int] = mapped_column(BigInteger)
    journal_minor: Mapped[int] = mapped_column(BigInteger)
    explained: Mapped[list[Any]] = mapped_column(JSON, default=list)
    """What only one of both has, by name: what, which, how much."""
    difference_minor: Mapped[int] = mapped_column(BigInteger)
    """What nothing explains; 0 is what it must be."""
    checked_at: Mapped[datetime] = mapped_column(UtcDateTime)
