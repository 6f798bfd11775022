"""Rows as the syncing of the provider leaves them: paid invoices of members, offers of creators."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

from app.accounts import service as accounts
from app.billing.models import Creator, Invoice, Offer, ProviderSubscription
from app.core.db import db, transaction

AT = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)
_numbers = itertools.count(1)


def person() -> int:
    """Return the id of a new member."""
    with transaction():
        return accounts.create_user(f"payer{next(_numbers)}@example.test").id


def creator(**facts) -> int:
    """Return the id of a new member who sells, and whom the provider would pay."""
    user_id = person()
    made = {
        "provider_account_id": f"acct_{user_id}",
        "is_charges_enabled": True,
        "is_payouts_enabled": True,
        "created_at": AT,
        **facts,
    }
    with transaction():
        db.session.add(Creator(user_id=user_id, **made))
    return user_id


def offer(creator_id: int, price_minor: int = 5_000, **facts) -> int:
    """Return the id of an offer that is on sale."""
    with transaction():
        made = {"name": "Signals", "state": "active", "created_at": AT, "updated_at": AT, **facts}
        row = Offer(creator_id=creator_id, price_minor=price_minor, **made)
        db.session.add(row)
        db.session.flush()
        return row.id


def invoice(total_minor: int, *, offer_id: int | None = None, **facts) -> int:
    """Return the id of a paid invoice; with an offer it pays that."""
    number = next(_numbers)
    made = {
        "status": "paid",
        "currency": "USD",
        "tax_minor": 0,
        "paid_minor": max(total_minor, 0),
        "created_at": AT,
        "paid_at": AT,
        **facts,
    }
    user_id = made.pop("user_id", None) or person()
    ladder = made.pop("ladder", "robots")
    with transaction():
        bought = ProviderSubscription(
            provider_id=f"sub_{number}",
            user_id=user_id,
            ladder=ladder,
            plan="mid",
            offer_id=offer_id,
            price_id="price_1",
            interval="month",
            price_minor=max(total_minor, 0),
            currency=made["currency"],
            status="active",
            created_at=AT,
            fetched_at=AT,
        )
        db.session.add(bought)
        db.session.flush()
        row = Invoice(
            provider_id=f"in_{number}",
            user_id=user_id,
            provider_subscription_id=bought.id,
            total_minor=total_minor,
            lines=[],
            fetched_at=AT,
            **made,
        )
        db.session.add(row)
        db.session.flush()
        return row.id
