"""What the payment provider says, as it was fetched last. Its events are kept as they came."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import db
from app.core.types import BigId, UtcDateTime

EVENT_STATES = ("pending", "done", "ignored", "dead")
CHECKOUT_STATES = ("opening", "open", "complete", "expired")


class ProviderCustomer(db.Model):
    """A member as the provider knows them; one each, beside those that were deleted there."""

    __tablename__ = "provider_customers"
    __table_args__ = (
        Index(
            "uq_provider_customers_living", "user_id", unique=True,
            sqlite_where=text("deleted_at IS NULL"), postgresql_where=text("deleted_at IS NULL"),
        ),
        Index("ix_provider_customers_user_id", "user_id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    customer_id: Mapped[str] = mapped_column(String(100), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when the provider has them no more: nothing can be bought by it, its past is theirs."""


class ProviderEvent(db.Model):
    """A webhook of the provider: the body as it came, and what became of it."""

    __tablename__ = "provider_events"
    __table_args__ = (
        CheckConstraint(f"state IN {EVENT_STATES}", name="state"),
        Index("ix_provider_events_state_received_at", "state", "received_at"),
        Index("ix_provider_events_object_id", "object_id"),
        Index("ix_provider_events_subject_state", "subject", "state"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    event_id: Mapped[str] = mapped_column(String(100), unique=True)
    type: Mapped[str] = mapped_column(String(100))
    object_id: Mapped[str | None] = mapped_column(String(100))
    """What it is about, and all that is believed of it: the rest is fetched."""
    subject: Mapped[str | None] = mapped_column(String(120))
    """What is asked for anew because of it, such as customer:cus_1; events of one are one job."""
    account_id: Mapped[str | None] = mapped_column(String(100))
    """Which connected account; null: our own."""
    body: Mapped[str] = mapped_column(Text)
    is_live: Mapped[bool]
    source: Mapped[str] = mapped_column(String(10), default="webhook")
    """webhook; or sweep: never delivered, found by asking."""
    state: Mapped[str] = mapped_column(String(10), default="pending")
    reason: Mapped[str | None] = mapped_column(Text)
    """Why it was ignored or given up."""
    attempts: Mapped[int] = mapped_column(default=0)
    happened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class BillingLease(db.Model):
    """Who may write what was fetched of one customer; see service/locks.py."""

    __tablename__ = "billing_leases"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    holder: Mapped[str] = mapped_column(String(40))
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ProviderSubscription(db.Model):
    """A subscription at the provider as it was fetched last."""

    __tablename__ = "provider_subscriptions"
    __table_args__ = (Index("ix_provider_subscriptions_user_id_ladder", "user_id", "ladder"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[str] = mapped_column(String(100), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    ladder: Mapped[str] = mapped_column(String(20))
    plan: Mapped[str] = mapped_column(String(20))
    offer_id: Mapped[int | None] = mapped_column(ForeignKey("offers.id"))
    item_id: Mapped[str | None] = mapped_column(String(100))
    price_id: Mapped[str] = mapped_column(String(100))
    interval: Mapped[str] = mapped_column(String(5))
    price_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    status: Mapped[str] = mapped_column(String(20))
    """The provider's own word; app/billing/rules/access.py says what each allows."""
    is_paused: Mapped[bool] = mapped_column(default=False)
    resumes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    past_due_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    trial_end: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    period_start: Mapped[datetime | None] = mapped_column(UtcDateTime)
    period_end: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancel_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paid_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """In a pause: what was paid for ends here. Periods go on meanwhile, unpaid."""
    next_plan: Mapped[str | None] = mapped_column(String(20))
    """What it is from `next_at` on; `plan` and `price_minor` are what was paid for until then."""
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_price_minor: Mapped[int | None] = mapped_column(BigInteger)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    fetched_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Checkout(db.Model):
    """A member on the way to pay; one open at a time for a ladder or an offer."""

    __tablename__ = "checkouts"
    __table_args__ = (
        CheckConstraint(f"state IN {CHECKOUT_STATES}", name="state"),
        Index("ix_checkouts_user_id_ladder", "user_id", "ladder"),
        Index("ix_checkouts_source_created_at", "source", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    ladder: Mapped[str] = mapped_column(String(20))
    plan: Mapped[str] = mapped_column(String(20))
    offer_id: Mapped[int | None] = mapped_column(ForeignKey("offers.id"))
    interval: Mapped[str] = mapped_column(String(5))
    open_key: Mapped[str | None] = mapped_column(String(80), unique=True)
    """user:ladder:offer while it is open, so that two tabs share one; null afterwards."""
    session_id: Mapped[str | None] = mapped_column(String(100), unique=True)
    url: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default="opening")
    """opening: written before the provider is asked, so that a lost answer is looked up."""
    source: Mapped[str | None] = mapped_column(String(40))
    """Where the member came from: which prompt, page or campaign."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Invoice(db.Model):
    """An invoice of the provider as it was fetched last."""

    __tablename__ = "invoices"
    __table_args__ = (Index("ix_invoices_user_id_created_at", "user_id", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[str] = mapped_column(String(100), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    provider_subscription_id: Mapped[int | None] = mapped_column(
        ForeignKey("provider_subscriptions.id"), index=True
    )
    number: Mapped[str | None] = mapped_column(String(60))
    status: Mapped[str] = mapped_column(String(20))
    """draft, open, paid, uncollectible or void."""
    reason: Mapped[str | None] = mapped_column(String(40))
    """subscription_create, subscription_cycle, subscription_update, manual."""
    currency: Mapped[str] = mapped_column(String(3))
    total_minor: Mapped[int] = mapped_column(BigInteger)
    tax_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    """Part of the total."""
    paid_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """description, amount_minor, ladder, plan, offer_id, period_start, period_end of each."""
    payment_intent_id: Mapped[str | None] = mapped_column(String(100), index=True)
    charge_id: Mapped[str | None] = mapped_column(String(100), index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hosted_url: Mapped[str | None] = mapped_column(Text)
    pdf_url: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    paid_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fetched_at: Mapped[datetime] = mapped_column(UtcDateTime)
