"""What was asked of models, what it cost, and what may be spent. No text of a question is kept here."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import db
from app.core.security import sealed
from app.core.types import BigId, ScaledDecimal, UtcDateTime

RUN_STATES = ("running", "done", "failed", "stopped")
CALL_STATES = ("reserved", "settled", "failed", "lost")


class AiRun(db.Model):
    """One request of somebody, with all the calls that it took."""

    __tablename__ = "ai_runs"
    __table_args__ = (
        UniqueConstraint("task", "request_key"),
        CheckConstraint(f"state IN {RUN_STATES}", name="state"),
        Index("ix_ai_runs_user_id_started_at", "user_id", "started_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    task: Mapped[str] = mapped_column(String(40))
    request_key: Mapped[str] = mapped_column(String(80))
    """Of whoever asks; the same request is one run."""
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    site_id: Mapped[str | None] = mapped_column(String(40))
    prompt: Mapped[str] = mapped_column(String(80))
    """Task and number of the prompt that it was asked with, such as "coach 3"."""
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(40), default="")
    """Why it failed, in a word of ours."""
    model: Mapped[str] = mapped_column(String(60), default="")
    """Which model gave the answer; "offline" where none was asked."""
    uses_own_key: Mapped[bool] = mapped_column(default=False)
    is_from_cache: Mapped[bool] = mapped_column(default=False)
    is_trial: Mapped[bool] = mapped_column(default=False)
    """Asked by the owner to try a prompt; no member has seen the answer."""
    cost: Mapped[Decimal] = mapped_column(ScaledDecimal(), default=Decimal(0))
    tool_calls: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AiCall(db.Model):
    """One call of one model: money reserved before it, settled after it."""

    __tablename__ = "ai_calls"
    __table_args__ = (
        CheckConstraint(f"state IN {CALL_STATES}", name="state"),
        Index("ix_ai_calls_state_started_at", "state", "started_at"),
        Index("ix_ai_calls_model_id", "model", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("ai_runs.id"), index=True)
    model: Mapped[str] = mapped_column(String(60))
    task: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(40), default="")
    scopes: Mapped[list[str]] = mapped_column(JSON)
    """Whose limits it counts against."""
    day: Mapped[date]
    reserved: Mapped[Decimal] = mapped_column(ScaledDecimal())
    """The most that it can cost, held back from the limits until it is over."""
    estimate: Mapped[Decimal] = mapped_column(ScaledDecimal())
    """What it was expected to cost."""
    cost: Mapped[Decimal] = mapped_column(ScaledDecimal(), default=Decimal(0))
    characters: Mapped[int]
    """How much text was sent: what one token is worth in characters is learned from it."""
    input_tokens: Mapped[int] = mapped_column(default=0)
    cached_tokens: Mapped[int] = mapped_column(default=0)
    output_tokens: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AiSpend(db.Model):
    """What one scope has spent and held back in one day (of an own key: one month)."""

    __tablename__ = "ai_spend"

    scope: Mapped[str] = mapped_column(String(60), primary_key=True)
    """all, site:…, user:…, own:… or own-day:… (a member's own key, in a month and in a day)."""
    day: Mapped[date] = mapped_column(primary_key=True)
    reserved: Mapped[Decimal] = mapped_column(ScaledDecimal(), default=Decimal(0))
    spent: Mapped[Decimal] = mapped_column(ScaledDecimal(), default=Decimal(0))
    is_told: Mapped[bool] = mapped_column(default=False)
    """Whether the operator has been told that it comes near its limit."""


class AiLimit(db.Model):
    """A limit that the owner has set in place of the catalogue's."""

    __tablename__ = "ai_limits"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    """user_day, site_day, global_day, a scope of its own such as user:12, or own-site:… (what a
    site's administrators have set for their own site: it holds only below the operator's)."""
    amount: Mapped[Decimal] = mapped_column(ScaledDecimal())
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AiSetting(db.Model):
    """Another setting of the owner in place of the catalogue's; who changed it: the audit log."""

    __tablename__ = "ai_settings"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    """alarm, most:… and order:… (of a task), or off:… (a model)."""
    value: Mapped[Any] = mapped_column(JSON)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AiAlarm(db.Model):
    """What the operator was told of spending: once for each kind, subject and period."""

    __tablename__ = "ai_alarms"
    __table_args__ = (UniqueConstraint("kind", "subject", "begins"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    """limit (a day's limit is nearly used up), member_cost or member_analyses (a month's)."""
    subject: Mapped[str] = mapped_column(String(60))
    begins: Mapped[date]
    amount: Mapped[Decimal] = mapped_column(ScaledDecimal())
    limit: Mapped[Decimal] = mapped_column(ScaledDecimal())
    told_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class AiBreaker(db.Model):
    """How a model has been doing; one that fails again and again is left alone for a while."""

    __tablename__ = "ai_breakers"

    model: Mapped[str] = mapped_column(String(60), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    """In a row."""
    reason: Mapped[str] = mapped_column(String(40), default="")
    open_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    succeeded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AiKey(db.Model):
    """A member's own key of a provider: decrypted in the worker alone."""

    __tablename__ = "ai_keys"
    __table_args__ = (UniqueConstraint("user_id", "provider"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    provider: Mapped[str] = mapped_column(String(20))
    key_encrypted: Mapped[str] = mapped_column(Text, info=sealed("ai-key:{user_id}:{provider}"))
    hint: Mapped[str] = mapped_column(String(4))
    """The key's last four characters."""
    state: Mapped[str] = mapped_column(String(10), default="unchecked")
    """unchecked, good, refused or unknown (the provider did not answer)."""
    monthly_limit: Mapped[Decimal | None] = mapped_column(ScaledDecimal())
    """US dollars a month that its owner allows; None: as much as the provider does."""
    daily_limit: Mapped[Decimal | None] = mapped_column(ScaledDecimal())
    """The same for a UTC day."""
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AiPrompt(db.Model):
    """One version of a task's prompt; versions are added, never changed."""

    __tablename__ = "ai_prompts"
    __table_args__ = (UniqueConstraint("task", "number"), UniqueConstraint("task", "checksum"))

    id: Mapped[int] = mapped_column(primary_key=True)
    task: Mapped[str] = mapped_column(String(40))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    checksum: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(String(200), default="")
    made_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    wp_user: Mapped[int | None]
    """Which WordPress user of the operator's site wrote it. Without both it came with the program,
    or by a command."""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AiPromptChoice(db.Model):
    """Which version of a task's prompt the owner has chosen; without a row the program's newest."""

    __tablename__ = "ai_prompt_choices"

    task: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AiAnswer(db.Model):
    """An answer that is given again to the same question on the same data."""

    __tablename__ = "ai_answers"

    cache_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    task: Mapped[str] = mapped_column(String(40))
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)
    model: Mapped[str] = mapped_column(String(60))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
