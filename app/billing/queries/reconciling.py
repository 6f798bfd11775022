"""What is read to compare the journal with the provider's balance."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime

from sqlalchemy import func, select

from app.billing.models import (
    Invoice,
    JournalEntry,
    JournalPosting,
    Payout,
    ProviderCustomer,
    Reconciliation,
)
from app.billing.rules import chart
from app.core.db import db


def newest(currency: str) -> Reconciliation | None:
    """Return the newest comparison in a currency."""
    mine = Reconciliation.currency == currency
    order = Reconciliation.day.desc()
    return db.session.scalar(select(Reconciliation).where(mine).order_by(order).limit(1))


def last_day() -> date | None:
    """Return up to which day all has been compared."""
    return db.session.scalar(select(func.max(Reconciliation.day)))


def first_day() -> date | None:
    """Return the day on which money may first have moved: of the first customer or entry."""
    customer = select(ProviderCustomer.created_at).order_by(ProviderCustomer.id).limit(1)
    entry = select(JournalEntry.created_at).order_by(JournalEntry.id).limit(1)
    began = [one for one in map(db.session.scalar, (customer, entry)) if one is not None]
    return min(began).date() if began else None


def list_newest(limit: int = 30) -> list[Reconciliation]:
    """Return the newest comparisons."""
    order = Reconciliation.day.desc(), Reconciliation.currency
    return list(db.session.scalars(select(Reconciliation).order_by(*order).limit(limit)))


def currencies() -> list[str]:
    """Return the currencies in which anything has been compared."""
    return sorted(db.session.scalars(select(Reconciliation.currency).distinct()))


def moved_by_us(start: datetime, end: datetime) -> dict[str, dict[str, int]]:
    """Return what entries that were made in a time moved of the provider's balance.

    By currency and by the provider's own name of what moved it. By when they were made, not by when
    it happened: what is posted late closes what was open.
    """
    first, last = _last_before(start), _last_before(end)
    found: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    query = (
        select(JournalEntry.source_type, JournalEntry.source_id, JournalPosting)
        .join(JournalEntry, JournalEntry.id == JournalPosting.entry_id)
        .where(JournalPosting.entry_id > first, JournalPosting.entry_id <= last)
        .where((JournalPosting.debit == chart.CLEARING) | (JournalPosting.credit == chart.CLEARING))
    )
    for source_type, source_id, row in db.session.execute(query).all():
        sign = 1 if row.debit == chart.CLEARING else -1
        key = name_of(source_type, source_id)
        found[row.currency][key] += sign * row.amount_minor
    return {currency: dict(amounts) for currency, amounts in found.items()}


def _last_before(moment: datetime) -> int:
    """Return the newest entry that was made before a time; few are newer than yesterday's."""
    query = select(JournalEntry.id).where(JournalEntry.created_at < moment)
    return db.session.scalar(query.order_by(JournalEntry.id.desc()).limit(1)) or 0


def name_of(source_type: str, source_id: str) -> str:
    """Return the provider's name of what an entry is about; ours where it has none."""
    if source_type == "invoice":
        charge = db.session.scalar(select(Invoice.charge_id).where(Invoice.id == int(source_id)))
        return charge or f"invoice:{source_id}"
    if source_type == "payout":
        mine = Payout.id == int(source_id)
        return db.session.scalar(select(Payout.transfer_id).where(mine)) or f"payout:{source_id}"
    # refund and dispute: after our own number of the invoice; others are named by it alone.
    return source_id.rpartition(":")[2]
