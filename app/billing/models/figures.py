"""What the owner's figures are read from: movements of the monthly income, and their sums a day.

All of it follows from the history of plans and can be made anew (`flask billing rebuild-figures`).
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.billing.rules.movements import KINDS, STAGES
from app.core.db import db
from app.core.types import BigId


class MrrMovement(db.Model):
    """By how much a row of the history changed what comes in each month. Never edited."""

    __tablename__ = "mrr_movements"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        UniqueConstraint("subscription_id", "currency"),
        Index("ix_mrr_movements_day_id", "day", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscriptions.id"))
    """The row that caused it. One that changes the currency causes one in each of the two."""
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    ladder: Mapped[str] = mapped_column(String(20))
    offer_id: Mapped[int | None] = mapped_column(ForeignKey("offers.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    currency: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    """A month, with its sign."""
    subscriptions: Mapped[int]
    """1 where a ladder (or an offer) is paid from now on, -1 where it no longer is, else 0."""
    members: Mapped[int]
    """1 where the member paid nothing in this currency before, -1 where nothing now, else 0."""
    day: Mapped[date] = mapped_column(Date)
    """The UTC day from which the row of the history counts."""


class MrrDay(db.Model):
    """Sums of the movements of a day, kept with them, so that no figure reads all members."""

    __tablename__ = "mrr_days"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    ladder: Mapped[str] = mapped_column(String(20), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    subscriptions: Mapped[int]
    members: Mapped[int]
    movements: Mapped[int]


class FirstPlan(db.Model):
    """The first day on which a member paid for a plan of robots, one row a plan."""

    __tablename__ = "first_plans"
    __table_args__ = (Index("ix_first_plans_signed_up_on", "signed_up_on"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    tier: Mapped[str] = mapped_column(String(20), primary_key=True)
    day: Mapped[date] = mapped_column(Date, index=True)
    signed_up_on: Mapped[date] = mapped_column(Date)
    """The member's own first day, so that those who came together are counted together."""


class FunnelDay(db.Model):
    """How many of those who came on a day, from a source and at a site, got as far as a stage."""

    __tablename__ = "funnel_days"
    __table_args__ = (CheckConstraint(f"stage IN {STAGES}", name="stage"),)

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    """Of the sign-up, in UTC."""
    source: Mapped[str] = mapped_column(String(40), primary_key=True)
    """Empty: none was told."""
    site_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    """Which site told of it; empty: none."""
    stage: Mapped[str] = mapped_column(String(20), primary_key=True)
    """free: who came; low, mid, premium: who has paid for that plan of robots or a higher one."""
    members: Mapped[int]
