"""Webhooks (where a user's programs listen, what became of each delivery) and mails to members."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import db
from app.core.security import sealed
from app.core.types import BigId, UtcDateTime

ENDPOINT_STATES = ("active", "disabled")
DELIVERY_STATES = ("pending", "delivered", "dead")
MAIL_STATES = ("pending", "sent", "refused", "skipped", "dead")


class WebhookEndpoint(db.Model):
    """An address to which a user's events are sent, with a secret of its own."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = (CheckConstraint(f"state IN {ENDPOINT_STATES}", name="state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    url: Mapped[str] = mapped_column(String(500))
    description: Mapped[str] = mapped_column(String(80), default="")
    event_types: Mapped[list[str]] = mapped_column(JSON)
    """Which types are sent; empty: all, those of later versions too."""
    secret_encrypted: Mapped[str] = mapped_column(Text, info=sealed("webhook:{user_id}"))
    previous_secret_encrypted: Mapped[str | None] = mapped_column(
        Text, info=sealed("webhook:{user_id}")
    )
    previous_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """So long both secrets sign."""
    state: Mapped[str] = mapped_column(String(10), default="active")
    disabled_reason: Mapped[str | None] = mapped_column(String(20))
    """owner, gone (it answered 410) or failing (for days)."""
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the first attempt failed since the last that succeeded."""
    paused_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """It asked for fewer requests (429, 502, 503, 504, Retry-After)."""
    busy_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """A sender is at it, one at a time; when the sender dies this ends by itself."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WebhookEvent(db.Model):
    """Something that happened to a user who listens, as it is sent: the same bytes each time."""

    __tablename__ = "webhook_events"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    message_id: Mapped[str] = mapped_column(String(40), unique=True)
    """The header webhook-id."""
    key: Mapped[str | None] = mapped_column(String(120), unique=True)
    """What happens once only has a name, so that it is told once only."""
    type: Mapped[str] = mapped_column(String(40))
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class WebhookDelivery(db.Model):
    """One event on its way to one endpoint."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        CheckConstraint(f"state IN {DELIVERY_STATES}", name="state"),
        UniqueConstraint("event_id", "endpoint_id"),
        Index("ix_webhook_deliveries_endpoint_id_id", "endpoint_id", "id"),
        Index("ix_webhook_deliveries_state_next_at", "state", "next_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("webhook_events.id", ondelete="CASCADE"))
    endpoint_id: Mapped[int] = mapped_column(ForeignKey("webhook_endpoints.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(10), default="pending")
    topic: Mapped[str | None] = mapped_column(String(80), index=True)
    """While one of a topic waits untried, a further event of the topic would say nothing new."""
    attempts: Mapped[int] = mapped_column(default=0)
    """In this round; a replay begins another."""
    rounds: Mapped[int] = mapped_column(default=1)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a sender took it up for the attempt that is under way."""
    last_status: Mapped[int | None]
    last_error: Mapped[str | None] = mapped_column(String(20))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WebhookAttempt(db.Model):
    """One try of a delivery: the status that came back, or a word for why none did."""

    __tablename__ = "webhook_attempts"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    delivery_id: Mapped[int] = mapped_column(
        ForeignKey("webhook_deliveries.id", ondelete="CASCADE"), index=True
    )
    number: Mapped[int]
    status: Mapped[int | None]
    error: Mapped[str | None] = mapped_column(String(20))
    ms: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class MailRow(db.Model):
    """A mail to a member: what it tells, and what became of it. The words are made at sending."""

    __tablename__ = "mails"
    __table_args__ = (
        CheckConstraint(f"state IN {MAIL_STATES}", name="state"),
        Index("ix_mails_topic_created_at", "topic", "created_at"),
        Index("ix_mails_state_created_at", "state", "created_at"),
        Index("ix_mails_user_id_claimed_at", "user_id", "claimed_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    topic: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(160), unique=True)
    """What happened, once for ever: payment_failed:in_123."""
    language: Mapped[str] = mapped_column(String(10))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Numbers, names and times; never a secret."""
    state: Mapped[str] = mapped_column(String(10), default="pending")
    reason: Mapped[str | None] = mapped_column(String(20))
    """Why it was skipped, or given up."""
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was first handed to the mail server, or was about to be."""
    answer: Mapped[str | None] = mapped_column(String(200))
    """What the mail server said last, without addresses."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was sent, refused, skipped or given up."""
    unsubscribed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the member ended mails like it by the link in it."""


class MailPreference(db.Model):
    """Whether a member wants the mails of a topic; without a row they do."""

    __tablename__ = "mail_preferences"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id"), primary_key=True, autoincrement=False
    )
    topic: Mapped[str] = mapped_column(String(40), primary_key=True)
    is_wanted: Mapped[bool]
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class MailClicks(db.Model):
    """How often links in mails of a topic were followed on a day, by whom is not kept."""

    __tablename__ = "mail_clicks"

    topic: Mapped[str] = mapped_column(String(40), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    count: Mapped[int]
