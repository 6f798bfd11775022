"""Instruments and their bars."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Double,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import db
from app.core.types import ScaledDecimal, UtcDateTime, UtcMicroseconds

ASSET_CLASSES = ("equity", "option", "future", "forex", "crypto", "index")
MACRO_KINDS = ("calendar", "rates", "sectors", "earnings")


class Instrument(db.Model):
    """Something that can be traded, at one venue."""

    __tablename__ = "instruments"
    __table_args__ = (
        Index("uq_instruments_symbol_asset_class", "symbol", "asset_class", unique=True),
        CheckConstraint(f"asset_class IN {ASSET_CLASSES}", name="asset_class"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    symbol: Mapped[str] = mapped_column(String(40))
    asset_class: Mapped[str] = mapped_column(String(10))
    multiplier: Mapped[Decimal] = mapped_column(ScaledDecimal())
    """Money per one unit of quantity and one point of price: 100 for an equity option."""
    currency: Mapped[str] = mapped_column(String(5))
    venue: Mapped[str] = mapped_column(String(10))
    """Exchange calendar code (XNYS, CMES) or "24/7"."""
    is_assumed: Mapped[bool] = mapped_column(default=False)
    """True when nobody described it and it was taken to be an equity in USD."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Bar(db.Model):
    """Open, high, low, close and volume of one minute (M1) or session (D1), as it was reported.

    Larger bars are made of these when they are read; splits are not worked into them.
    """

    __tablename__ = "bars"
    # On SQLite the rows lie in the order of the key: one symbol's bars are read in one go.
    __table_args__ = ({"sqlite_with_rowid": False},)

    instrument_id: Mapped[int] = mapped_column(ForeignKey("instruments.id"), primary_key=True)
    timeframe: Mapped[str] = mapped_column(String(4), primary_key=True)
    opened_at: Mapped[datetime] = mapped_column(UtcMicroseconds, primary_key=True)
    open: Mapped[Decimal] = mapped_column(ScaledDecimal())
    high: Mapped[Decimal] = mapped_column(ScaledDecimal())
    low: Mapped[Decimal] = mapped_column(ScaledDecimal())
    close: Mapped[Decimal] = mapped_column(ScaledDecimal())
    volume: Mapped[float] = mapped_column(Double)
    """From a millionth of a coin to trillions of one: no fixed number of decimals fits."""
    source: Mapped[str] = mapped_column(String(20))
    """Who reported it: csv, alpaca, massive, simulated."""
    received_at: Mapped[datetime] = mapped_column(UtcMicroseconds)
    """When it was first written."""
    revision: Mapped[int] = mapped_column(default=0)
    """How often it has been corrected."""
    corrected_at: Mapped[datetime | None] = mapped_column(UtcMicroseconds)


class BarSeries(db.Model):
    """How far the bars of an instrument reach; its row is the lock of who writes them."""

    __tablename__ = "bar_series"

    instrument_id: Mapped[int] = mapped_column(ForeignKey("instruments.id"), primary_key=True)
    timeframe: Mapped[str] = mapped_column(String(4), primary_key=True)
    first_at: Mapped[datetime | None] = mapped_column(UtcMicroseconds)
    """When the oldest bar opened."""
    newest_at: Mapped[datetime | None] = mapped_column(UtcMicroseconds)
    """When the newest bar opened."""
    bar_count: Mapped[int] = mapped_column(default=0)
    correction_count: Mapped[int] = mapped_column(default=0)
    """How many corrections there were; with the other three it tells whether anything changed."""


class CorporateAction(db.Model):
    """A split or a cash dividend; bars stay as they were reported, and are adjusted when read."""

    __tablename__ = "corporate_actions"
    __table_args__ = (
        UniqueConstraint("instrument_id", "session", "kind"),
        CheckConstraint("kind IN ('split', 'dividend')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    instrument_id: Mapped[int] = mapped_column(ForeignKey("instruments.id"))
    session: Mapped[date]
    """The first session that trades without it (the ex-date)."""
    kind: Mapped[str] = mapped_column(String(10))
    value: Mapped[Decimal] = mapped_column(ScaledDecimal())
    """Split: new shares for one old one. Dividend: money per share."""
    source: Mapped[str] = mapped_column(String(20))
    received_at: Mapped[datetime] = mapped_column(UtcMicroseconds)


class OptionChain(db.Model):
    """The options of an underlying as they were quoted at one instant."""

    __tablename__ = "option_chains"
    # One at the close of a session, and one at any instant within it.
    __table_args__ = (
        Index(
            "uq_option_chains_underlying_id_session",
            "underlying_id",
            "session",
            unique=True,
            sqlite_where=text("quoted_at IS NULL"),
            postgresql_where=text("quoted_at IS NULL"),
        ),
        UniqueConstraint("underlying_id", "quoted_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    underlying_id: Mapped[int] = mapped_column(ForeignKey("instruments.id"))
    session: Mapped[date]
    price: Mapped[Decimal | None] = mapped_column(ScaledDecimal())
    """What the underlying stood at, where the file told."""
    quoted_at: Mapped[datetime | None] = mapped_column(UtcMicroseconds)
    """When it was quoted; NULL: at the close of its session."""
    source: Mapped[str] = mapped_column(String(20))
    received_at: Mapped[datetime] = mapped_column(UtcMicroseconds)


class OptionQuote(db.Model):
    """One contract of a chain, as it was published."""

    __tablename__ = "option_quotes"
    __table_args__ = (
        CheckConstraint("option_right IN ('C', 'P')", name="option_right"),
        {"sqlite_with_rowid": False},
    )

    chain_id: Mapped[int] = mapped_column(
        ForeignKey("option_chains.id", ondelete="CASCADE"), primary_key=True
    )
    expiry: Mapped[date] = mapped_column(primary_key=True)
    strike: Mapped[Decimal] = mapped_column(ScaledDecimal(), primary_key=True)
    option_right: Mapped[str] = mapped_column(String(1), primary_key=True)
    bid: Mapped[Decimal | None] = mapped_column(ScaledDecimal())
    ask: Mapped[Decimal | None] = mapped_column(ScaledDecimal())
    open: Mapped[Decimal | None] = mapped_column(ScaledDecimal())
    high: Mapped[Decimal | None] = mapped_column(ScaledDecimal())
    low: Mapped[Decimal | None] = mapped_column(ScaledDecimal())
    close: Mapped[Decimal | None] = mapped_column(ScaledDecimal())
    volume: Mapped[int | None] = mapped_column(BigInteger)
    open_interest: Mapped[int | None] = mapped_column(BigInteger)
    implied_volatility: Mapped[float | None] = mapped_column(Double)
    delta: Mapped[float | None] = mapped_column(Double)
    gamma: Mapped[float | None] = mapped_column(Double)
    vega: Mapped[float | None] = mapped_column(Double)
    theta: Mapped[float | None] = mapped_column(Double)
    rho: Mapped[float | None] = mapped_column(Double)
    quoted_at: Mapped[datetime | None] = mapped_column(UtcMicroseconds)
    """When the quote was made; NULL: not told."""


class MarketSubscription(db.Model):
    """Somebody needs the bars of an instrument kept up to date."""

    __tablename__ = "market_subscriptions"

    instrument_id: Mapped[int] = mapped_column(ForeignKey("instruments.id"), primary_key=True)
    wanted_by: Mapped[str] = mapped_column(String(40), primary_key=True)
    """Which part of the service, such as "robots"."""
    created_at: Mapped[datetime] = mapped_column(UtcMicroseconds)


class MacroFact(db.Model):
    """A release, a rate expectation, a sector's close or a company's earnings, as last told."""

    __tablename__ = "macro_facts"
    __table_args__ = (
        CheckConstraint(f"kind IN {MACRO_KINDS}", name="kind"),
        Index("ix_macro_facts_kind_at", "kind", "at"),
    )

    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    key: Mapped[str] = mapped_column(String(160), primary_key=True)
    """What tells two of a kind apart: a later report of the same takes the former one's place."""
    at: Mapped[datetime] = mapped_column(UtcMicroseconds)
    """When it is due."""
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    """As `rules.macro` shapes it."""
    source: Mapped[str] = mapped_column(String(20))
    received_at: Mapped[datetime] = mapped_column(UtcMicroseconds)
