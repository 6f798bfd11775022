"""The rows that the owner's figures are made of, newest first, found by the key of the last one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import or_, select, tuple_

from app.billing.models import (
    ConversionEvent,
    FirstPlan,
    JournalEntry,
    JournalPosting,
    MrrMovement,
    ProviderSubscription,
)
from app.billing.queries.figures import at_site, starts_with, within
from app.billing.rules.figures import Span
from app.core.db import db


def movements(span: Span, after: Any, limit: int) -> list[MrrMovement]:
    """Return movements of the monthly income."""
    place = tuple_(MrrMovement.day, MrrMovement.id)
    query = select(MrrMovement).where(MrrMovement.day.between(span.first, span.last))
    if after is not None:
        query = query.where(place < (span.first.fromisoformat(after[0]), after[1]))
    newest = MrrMovement.day.desc(), MrrMovement.id.desc()
    return list(db.session.scalars(query.order_by(*newest).limit(limit)))


def revenue(span: Span, after: Any, limit: int) -> list[tuple[JournalPosting, JournalEntry]]:
    """Return postings from and to accounts of revenue and refunds, each with its cause."""
    is_revenue = or_(
        *(
            starts_with(column, prefix)
            for column in (JournalPosting.debit, JournalPosting.credit)
            for prefix in ("revenue:", "refunds:")
        )
    )
    query = (
        select(JournalPosting, JournalEntry)
        .join(JournalEntry, JournalEntry.id == JournalPosting.entry_id)
        .where(JournalPosting.day.between(span.first, span.last), is_revenue)
    )
    if after is not None:
        query = query.where(JournalPosting.id < after[0])
    rows = db.session.execute(query.order_by(JournalPosting.id.desc()).limit(limit))
    return [(row[0], row[1]) for row in rows]


def sign_ups(span: Span, after: Any, limit: int, site_id: str | None) -> list[ConversionEvent]:
    """Return who came."""
    mine = ConversionEvent.kind == "sign_up", within(ConversionEvent.happened_at, span)
    query = select(ConversionEvent).where(*mine, at_site(site_id))
    if after is not None:
        query = query.where(ConversionEvent.id < after[0])
    return list(db.session.scalars(query.order_by(ConversionEvent.id.desc()).limit(limit)))


def first_plans(span: Span, after: Any, limit: int) -> list[FirstPlan]:
    """Return the first payments of plans."""
    place = tuple_(FirstPlan.day, FirstPlan.user_id, FirstPlan.tier)
    query = select(FirstPlan).where(FirstPlan.day.between(span.first, span.last))
    if after is not None:
        query = query.where(place < (span.first.fromisoformat(after[0]), after[1], after[2]))
    newest = FirstPlan.day.desc(), FirstPlan.user_id.desc(), FirstPlan.tier.desc()
    return list(db.session.scalars(query.order_by(*newest).limit(limit)))


def trials(span: Span, after: Any, limit: int) -> list[ProviderSubscription]:
    """Return subscriptions whose trial ended."""
    query = select(ProviderSubscription).where(within(ProviderSubscription.trial_end, span))
    if after is not None:
        query = query.where(ProviderSubscription.id < after[0])
    return list(db.session.scalars(query.order_by(ProviderSubscription.id.desc()).limit(limit)))
