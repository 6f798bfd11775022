"""What was proposed on a chart, by which model, and what became of it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import db
from app.core.types import BigId, ScaledDecimal, UtcDateTime

STATES = ("waiting", "writing", "done", "failed", "stopped")
BIASES = ("long", "short", "neutral")
RESULTS = ("open", "target", "stop", "time", "not_entered", "no_data", "none")


class Analysis(db.Model):
    """One analysis of a chart; its proposal is also a prediction in the ledger."""

    __tablename__ = "analyses"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint(f"bias IN {BIASES}", name="bias"),
        CheckConstraint(f"result IN {RESULTS}", name="result"),
        Index("ix_analyses_user_id_asked_at", "user_id", "asked_at"),
        # What is still followed, the one that waits longest first: few of all there are.
        Index(
            "ix_analyses_open",
            "check_at",
            sqlite_where=text("result = 'open'"),
            postgresql_where=text("result = 'open'"),
        ),
        Index("ix_analyses_result_model", "result", "model", "prompt"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    sent_key: Mapped[str] = mapped_column(String(60), unique=True)
    """Member and form: what is sent twice is asked once."""
    chart_id: Mapped[int | None] = mapped_column(ForeignKey("charts.id", ondelete="SET NULL"))
    chart_version: Mapped[int] = mapped_column(default=0)
    """The version that was looked at; 0 where no chart was kept."""
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The chart as it was looked at, without its words."""
    symbol: Mapped[str] = mapped_column(String(40))
    timeframe: Mapped[str] = mapped_column(String(3))
    instrument_id: Mapped[int] = mapped_column(ForeignKey("instruments.id"))
    is_simulated: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    reason: Mapped[str] = mapped_column(String(40), default="")
    """Why there is no proposal, in a word of ours."""
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    model: Mapped[str] = mapped_column(String(60), default="")
    prompt: Mapped[str] = mapped_column(String(80), default="")
    is_from_cache: Mapped[bool] = mapped_column(default=False)

    # --- The proposal ---
    price: Mapped[Decimal | None] = mapped_column(ScaledDecimal())
    """Of the market when it was made."""
    priced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    bias: Mapped[str | None] = mapped_column(String(8))
    entry: Mapped[Decimal | None] = mapped_column(ScaledDecimal())
    target: Mapped[Decimal | None] = mapped_column(ScaledDecimal())
    stop: Mapped[Decimal | None] = mapped_column(ScaledDecimal())
    confidence: Mapped[Decimal | None] = mapped_column(ScaledDecimal())
    """0 to 1: how likely it is said to be that the target is reached before stop and time."""
    horizon_bars: Mapped[int | None]
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    parts: Mapped[list[Any]] = mapped_column(JSON, default=list)
    """The reasoning in pieces: a text, or [text, id of the fact that it states]."""
    facts: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    words: Mapped[str] = mapped_column(String(4000), default="")
    """The reasoning as one text, for the search."""
    removed_count: Mapped[int] = mapped_column(default=0)
    drawings: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Operations of charts that draw it."""
    dropped_count: Mapped[int] = mapped_column(default=0)
    """Drawings of the model that no chart could take."""
    applied_version: Mapped[int | None]
    """The chart's version with the drawings; None: not drawn, or taken back."""
    dismissed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    # --- What became of it ---
    account_id: Mapped[int | None] = mapped_column(ForeignKey("trading_accounts.id"))
    result: Mapped[str] = mapped_column(String(12), default="none")
    """none: nothing to follow (neutral, or no proposal)."""
    check_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it is looked at next."""
    followed: Mapped[list[Any]] = mapped_column(JSON, default=list)
    """How far it has been followed: what `app.quant.predictions.State` holds."""
    result_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    risk_multiple: Mapped[Decimal | None] = mapped_column(ScaledDecimal())
    """What was won in units of what was risked, after costs; None where nothing was entered."""

    @property
    def mark(self) -> str:
        """Names this analysis for ever: SQLite gives the id of one that was deleted to the next."""
        return f"{self.id}.{round(self.asked_at.timestamp() * 1_000_000)}"
