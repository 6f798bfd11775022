"""What members asked the coach, and what it answered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import db
from app.core.types import BigId, UtcDateTime

STATES = ("waiting", "writing", "done", "failed", "stopped")


class CoachConversation(db.Model):
    """Questions of a member that belong together."""

    __tablename__ = "coach_conversations"
    __table_args__ = (Index("ix_coach_conversations_user_id_changed_at", "user_id", "changed_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    title: Mapped[str] = mapped_column(String(120))
    """The beginning of its first question."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CoachMessage(db.Model):
    """One question and its answer."""

    __tablename__ = "coach_messages"
    __table_args__ = (
        UniqueConstraint("conversation_id", "number"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        CheckConstraint("feedback IN (1, -1)", name="feedback"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("coach_conversations.id", ondelete="CASCADE")
    )
    number: Mapped[int]
    """Its place in the conversation, from 1."""
    sent_key: Mapped[str] = mapped_column(String(60), unique=True)
    """Member and form: what is sent twice is asked once."""
    question: Mapped[str] = mapped_column(Text)
    symbol: Mapped[str] = mapped_column(String(40), default="")
    """The instrument that is meant where the question names none."""
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    reason: Mapped[str] = mapped_column(String(40), default="")
    """Why there is no answer, in a word of ours."""
    answer: Mapped[str] = mapped_column(Text, default="")
    parts: Mapped[list[Any]] = mapped_column(JSON, default=list)
    """The answer in pieces: a text, or [text, id of the fact that it states]."""
    facts: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """The facts that the answer cites, as they were when it was written."""
    showing: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    """Cards and panel beside the answer, as `rules.showing` decided."""
    removed_count: Mapped[int] = mapped_column(default=0)
    """How many sentences were left out because a number of theirs could not be proven."""
    model: Mapped[str] = mapped_column(String(60), default="")
    prompt: Mapped[str] = mapped_column(String(80), default="")
    feedback: Mapped[int | None]
    """1: it helped. -1: it did not."""
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def mark(self) -> str:
        """Names this question for ever: SQLite gives the id of one that was deleted to the next."""
        return f"{self.id}.{round(self.asked_at.timestamp() * 1_000_000)}"


class CoachTrial(db.Model):
    """A dry run of a version of a task's prompt by the operator; no member sees it."""

    __tablename__ = "coach_trials"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES}", name="state"),
        Index("ix_coach_trials_task_number_id", "task", "number", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    task: Mapped[str] = mapped_column(String(40))
    number: Mapped[int]
    """The version that is tried."""
    asked_by: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    """Whose account the tools look into."""
    site_id: Mapped[str | None] = mapped_column(String(40))
    question: Mapped[str] = mapped_column(Text)
    symbol: Mapped[str] = mapped_column(String(40), default="")
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    reason: Mapped[str] = mapped_column(String(40), default="")
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """Pieces, facts and removed sentences of the answer, fields, the model and the cost."""
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def mark(self) -> str:
        """Names this dry run for ever: SQLite gives the id of one that was deleted to the next."""
        return f"trial:{self.id}.{round(self.asked_at.timestamp() * 1_000_000)}"


class CoachDay(db.Model):
    """How many questions a member has asked in one day, and the row at which they wait for each other.

    The plans count by month, in `usage_counts`; deleting a conversation gives nothing back.
    """

    __tablename__ = "coach_days"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    asked: Mapped[int]
