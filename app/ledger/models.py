"""The ledger: accounts, their append-only events, and what is derived from the events alone."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
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
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import db
from app.core.types import BigId, ScaledDecimal, UtcDateTime

ACCOUNT_KINDS = (
    "live", "paper", "journal", "copy", "backtest", "training", "replica", "contest", "null",
)  # fmt: skip
FORWARD_KINDS = ("live", "paper", "journal", "copy")
EVENT_KINDS = (
    "intent", "fill", "fee", "cash_flow", "mark", "corporate_action", "prediction", "outcome",
    "correction", "tombstone",
)  # fmt: skip


class TradingAccount(db.Model):
    """A book: whose, of which robot, in which currency. Never deleted."""

    __tablename__ = "trading_accounts"
    __table_args__ = (
        CheckConstraint(f"kind IN {ACCOUNT_KINDS}", name="kind"),
        UniqueConstraint("user_id", "plugin_id", "kind", "currency", "robot_version"),
        Index("ix_trading_accounts_plugin_id_kind", "plugin_id", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    plugin_id: Mapped[str] = mapped_column(String(64))
    """Not a foreign key: a member may keep a record of a robot that our catalogue does not list."""
    robot_version: Mapped[str] = mapped_column(String(20), default="")
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(80))
    currency: Mapped[str] = mapped_column(String(5), default="USD")
    starting_balance: Mapped[Decimal | None] = mapped_column(ScaledDecimal())
    """None: unknown, so ratios of this account have no answer."""
    given_opened_on: Mapped[date | None]
    """The owner's opening date, if they gave one."""
    opened_on: Mapped[date | None]
    """The earlier of the owner's date and the session of the earliest fill; None before both.

    Derived; the starting balance is booked on it.
    """
    is_ranked: Mapped[bool] = mapped_column(default=False)
    """Set only by us: broker-verified live, or paper that our own robots trade."""
    is_simulated: Mapped[bool] = mapped_column(default=False)
    """Trades on the simulated market: labelled so wherever it shows."""
    is_published: Mapped[bool] = mapped_column(default=False)
    """A run over past bars that the operator shows on the robot's page; a member's never is."""
    modelled_spread: Mapped[Decimal | None] = mapped_column(ScaledDecimal())
    """Of a run over past bars: what half the spread took in its prices; None: nobody told."""
    modelled_slippage: Mapped[Decimal | None] = mapped_column(ScaledDecimal())
    is_backfilled: Mapped[bool] = mapped_column(default=False)
    """History older than the account's first event was added later."""
    head_seq: Mapped[int] = mapped_column(default=0)
    head_hash: Mapped[str] = mapped_column(String(64), default="")
    """The newest event's; a missing last event is found by them."""
    derived_seq: Mapped[int] = mapped_column(default=0)
    """Trades and day money cover the events up to this one."""
    positions: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Open FIFO state by "instrument id:currency"; derived, so a rebuild makes the same."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LedgerEvent(db.Model):
    """One fact, never changed; `hash` covers every column but itself and the id."""

    __tablename__ = "ledger_events"
    __table_args__ = (
        UniqueConstraint("account_id", "seq"),
        UniqueConstraint("account_id", "external_id"),
        CheckConstraint(f"kind IN {EVENT_KINDS}", name="kind"),
        # The order in which events are applied, for re-deriving from a moment on.
        Index("ix_ledger_events_account_id_occurred_at", "account_id", "occurred_at", "seq"),
        Index(
            "ix_ledger_events_replacing",
            "account_id",
            sqlite_where=text("kind IN ('correction', 'tombstone')"),
            postgresql_where=text("kind IN ('correction', 'tombstone')"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("trading_accounts.id"))
    seq: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    occurred_at: Mapped[str] = mapped_column(String(27))
    """RFC 3339 in UTC with microseconds and Z: as text it is hashed as it is stored."""
    received_at: Mapped[str] = mapped_column(String(27))
    source: Mapped[str] = mapped_column(String(20))
    external_id: Mapped[str] = mapped_column(String(128))
    body: Mapped[str] = mapped_column(Text)
    """RFC 8785 JSON."""
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class PersonalText(db.Model):
    """Text of a person beside the chain: the event's body holds only SHA-256(salt + value)."""

    __tablename__ = "ledger_personal_texts"
    __table_args__ = (UniqueConstraint("event_id", "field"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    event_id: Mapped[int] = mapped_column(BigId, ForeignKey("ledger_events.id"))
    field: Mapped[str] = mapped_column(String(40))
    salt: Mapped[str] = mapped_column(String(64))
    value: Mapped[str] = mapped_column(Text)


class Trade(db.Model):
    """A round trip, flat to flat, in one instrument of one account. Derived."""

    __tablename__ = "trades"
    __table_args__ = (
        UniqueConstraint("account_id", "instrument_id", "open_seq", "close_seq"),
        Index("ix_trades_account_id_closed_on", "account_id", "closed_on"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("trading_accounts.id"))
    instrument_id: Mapped[int] = mapped_column(ForeignKey("instruments.id"))
    direction: Mapped[str] = mapped_column(String(5))
    qty: Mapped[Decimal] = mapped_column(ScaledDecimal())
    """The largest position held."""
    entry_at: Mapped[datetime] = mapped_column(UtcDateTime)
    exit_at: Mapped[datetime] = mapped_column(UtcDateTime)
    entry_price: Mapped[Decimal] = mapped_column(ScaledDecimal())
    exit_price: Mapped[Decimal] = mapped_column(ScaledDecimal())
    """Quantity-weighted averages."""
    gross_pnl: Mapped[Decimal] = mapped_column(ScaledDecimal())
    fees: Mapped[Decimal] = mapped_column(ScaledDecimal())
    net_pnl: Mapped[Decimal] = mapped_column(ScaledDecimal())
    entry_notional: Mapped[Decimal] = mapped_column(ScaledDecimal(2))
    currency: Mapped[str] = mapped_column(String(5))
    closed_on: Mapped[date]
    """The session of the closing fill."""
    open_seq: Mapped[int]
    close_seq: Mapped[int]


class AccountDay(db.Model):
    """Money of one account in one currency on one session with activity: the unit of all figures.

    Derived. Days without a row are flat.
    """

    __tablename__ = "account_days"
    __table_args__ = (
        Index(
            "ix_account_days_plugin_id_kind_currency_day", "plugin_id", "kind", "currency", "day"
        ),
        Index("ix_account_days_user_id_day", "user_id", "day"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("trading_accounts.id"), primary_key=True)
    currency: Mapped[str] = mapped_column(String(5), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    # Copies of the account's own columns, so that a scope is one range of an index.
    user_id: Mapped[int]
    plugin_id: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(10))
    is_ranked: Mapped[bool]
    trade_count: Mapped[int] = mapped_column(default=0)
    win_count: Mapped[int] = mapped_column(default=0)
    loss_count: Mapped[int] = mapped_column(default=0)
    gross_profit: Mapped[Decimal] = mapped_column(ScaledDecimal(), default=Decimal(0))
    gross_loss: Mapped[Decimal] = mapped_column(ScaledDecimal(), default=Decimal(0))
    best: Mapped[Decimal | None] = mapped_column(ScaledDecimal())
    worst: Mapped[Decimal | None] = mapped_column(ScaledDecimal())
    entry_notional: Mapped[Decimal] = mapped_column(ScaledDecimal(2), default=Decimal(0))
    fees: Mapped[Decimal] = mapped_column(ScaledDecimal(), default=Decimal(0))
    realized: Mapped[Decimal] = mapped_column(ScaledDecimal(), default=Decimal(0))
    """What fills moved equity by, net of fees."""
    mark_change: Mapped[Decimal] = mapped_column(ScaledDecimal(), default=Decimal(0))
    flows: Mapped[Decimal] = mapped_column(ScaledDecimal(), default=Decimal(0))
    opening: Mapped[Decimal] = mapped_column(ScaledDecimal(), default=Decimal(0))
    """The starting balance, booked on the opening day."""
    open_delta: Mapped[int] = mapped_column(default=0)
    """Change in the number of instruments held at the close: exposed while the sum is above 0."""


class ImportFile(db.Model):
    """An uploaded or given file of fills, and how far its import has come."""

    __tablename__ = "imports"
    __table_args__ = (Index("ix_imports_user_id_created_at", "user_id", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    plugin_id: Mapped[str] = mapped_column(String(64))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("trading_accounts.id"))
    file_name: Mapped[str] = mapped_column(String(200))
    file_hash: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10), default="preview")
    """preview, queued, running, done, cancelled, failed."""
    row_count: Mapped[int] = mapped_column(default=0)
    next_row: Mapped[int] = mapped_column(default=0)
    created_count: Mapped[int] = mapped_column(default=0)
    duplicate_count: Mapped[int] = mapped_column(default=0)
    refused_count: Mapped[int] = mapped_column(default=0)
    refusals: Mapped[list[Any]] = mapped_column(JSON, default=list)
    """The first hundred: {"row": 7, "reason": "…"}."""
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ImportContent(db.Model):
    """The bytes of an uploaded file, until its import is finished."""

    __tablename__ = "import_contents"

    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id"), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
