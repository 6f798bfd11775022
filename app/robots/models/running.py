"""Robots at work: runs over past bars, and deployments that trade on paper."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Double,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, deferred, mapped_column

from app.core.db import db
from app.core.types import BigId, ScaledDecimal, UtcDateTime

RUN_KINDS = ("backtest", "search")
RUN_STATES = ("queued", "running", "done", "failed", "cancelled")
RUN_SOURCES = ("file", "store")
DEPLOYMENT_STATES = ("active", "paused", "stopped", "failed")
ORDER_STATES = ("working", "filled", "partial", "cancelled", "expired", "rejected")


class RobotRun(db.Model):
    """A robot over past bars: once (backtest), or with many parameters (search)."""

    __tablename__ = "robot_runs"
    __table_args__ = (
        CheckConstraint(f"kind IN {RUN_KINDS}", name="kind"),
        CheckConstraint(f"state IN {RUN_STATES}", name="state"),
        CheckConstraint(f"source IN {RUN_SOURCES}", name="source"),
        Index("ix_robot_runs_user_id_created_at", "user_id", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    plugin_id: Mapped[str] = mapped_column(String(64))
    version: Mapped[str] = mapped_column(String(20))
    """The robot's own version, as its metadata say; the run's hash is in the result."""
    kind: Mapped[str] = mapped_column(String(10))
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON)
    symbols: Mapped[list[str]] = mapped_column(JSON)
    timeframe: Mapped[str] = mapped_column(String(4))
    source: Mapped[str] = mapped_column(String(10))
    """file: bars that the member uploaded; store: those of the service."""
    from_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    to_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    terms: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Cash, margin and costs, as `app.quant.simulation.terms.Terms` has them."""
    search: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """What a search varies: {"grid": {name: [values]}, "folds": 4}."""
    state: Mapped[str] = mapped_column(String(10), default="queued")
    progress: Mapped[float] = mapped_column(Double, default=0.0)
    error: Mapped[str | None] = mapped_column(Text)
    result: Mapped[dict[str, Any] | None] = deferred(mapped_column(JSON))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("trading_accounts.id"))
    """The ledger account that keeps the fills."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RobotRunFile(db.Model):
    """The bars that a member uploaded for a run, until it is finished."""

    __tablename__ = "robot_run_files"

    run_id: Mapped[int] = mapped_column(ForeignKey("robot_runs.id"), primary_key=True)
    symbol: Mapped[str] = mapped_column(String(40), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """The file as it was sent, packed by zlib."""


class RobotRunTry(db.Model):
    """What a try of a search came to, until the search is finished: one that was cut goes on."""

    __tablename__ = "robot_run_tries"

    run_id: Mapped[int] = mapped_column(ForeignKey("robot_runs.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Of the code, the parameters, the terms and the bars: another of these is another try."""
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """JSON, packed by zlib."""


class RobotDeployment(db.Model):
    """A robot with its parameters that trades on paper by the clock. One account, one record."""

    __tablename__ = "robot_deployments"
    __table_args__ = (
        CheckConstraint(f"state IN {DEPLOYMENT_STATES}", name="state"),
        # What the clock asks for each minute: who is active on these symbols, and how far.
        Index("ix_robot_deployments_due", "state", "timeframe", "feed"),
        Index("ix_robot_deployments_user_id", "user_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    plugin_id: Mapped[str] = mapped_column(String(64))
    version: Mapped[str] = mapped_column(String(20))
    """A short name of code, parameters, symbols and terms together."""
    code_hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the robot's code as it was when it was deployed."""
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON)
    symbols: Mapped[list[str]] = mapped_column(JSON)
    feed: Mapped[str] = mapped_column(String(400))
    """The symbols as one text: deployments of one feed are run together."""
    timeframe: Mapped[str] = mapped_column(String(4))
    terms: Mapped[dict[str, Any]] = mapped_column(JSON)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("trading_accounts.id"), index=True)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("robot_deployments.id"))
    """The deployment that this one goes on from with other parameters."""
    state: Mapped[str] = mapped_column(String(10), default="active")
    reason: Mapped[str | None] = mapped_column(Text)
    """Why it is paused or failed, in words for its member."""
    watermark: Mapped[datetime] = mapped_column(UtcDateTime)
    """When the last bar that was handled closed: only later ones are traded on."""
    starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when bars count: when it was made, or resumed last."""
    marked_on: Mapped[date | None]
    """The last session at whose close what it holds was valued by the clock."""
    late_count: Mapped[int] = mapped_column(default=0)
    """Bars that came in, or were corrected, when their turn was over: noted, not traded on."""
    memory: Mapped[dict[str, Any] | None] = deferred(mapped_column(JSON))
    """The state of the simulation after the last bar; None before the first."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RobotOrder(db.Model):
    """An order of a deployment, and what became of it."""

    __tablename__ = "robot_orders"
    __table_args__ = (
        CheckConstraint(f"state IN {ORDER_STATES}", name="state"),
        UniqueConstraint("deployment_id", "number"),
        # The chart asks for the few that wait, among all that ever were.
        Index(
            "ix_robot_orders_working",
            "deployment_id",
            sqlite_where=text("state = 'working'"),
            postgresql_where=text("state = 'working'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    deployment_id: Mapped[int] = mapped_column(ForeignKey("robot_deployments.id"))
    number: Mapped[int]
    """Counts the orders of the deployment from 1."""
    name: Mapped[str] = mapped_column(String(80), default="")
    symbol: Mapped[str] = mapped_column(String(40))
    side: Mapped[str] = mapped_column(String(4))
    qty: Mapped[Decimal] = mapped_column(ScaledDecimal())
    kind: Mapped[str] = mapped_column(String(10))
    price: Mapped[Decimal | None] = mapped_column(ScaledDecimal())
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """The close of the bar on which the robot decided."""
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(200), default="")
    filled_qty: Mapped[Decimal] = mapped_column(ScaledDecimal(), default=Decimal(0))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
