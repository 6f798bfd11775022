"""What the owner's figures are made from: sums of days, and rows that an index finds."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import case, func, select, true

from app.billing.models import (
    ConversionEvent,
    Creator,
    FunnelDay,
    JournalDay,
    MrrDay,
    MrrMovement,
    Offer,
    ProviderSubscription,
)
from app.billing.rules.figures import Span
from app.core.db import db, is_sqlite

LOST = ("churn", "contraction")
OFFERS = "offers"
ONE_DAY = timedelta(days=1)
Rows = list[Any]


def begins(day: date) -> datetime:
    """Return the first moment of a UTC day."""
    return datetime.combine(day, time(), UTC)


def within(column: Any, span: Span) -> Any:
    """Whether a moment lies in the days of a period."""
    return (column >= begins(span.first)) & (column < begins(span.last + timedelta(days=1)))


def _utc_day(column: Any) -> Any:
    return func.date(column) if is_sqlite() else func.date(func.timezone("UTC", column))


def starts_with(column: Any, prefix: str) -> Any:
    """Compare so that an index of the column is used on either database."""
    if is_sqlite():
        return (column >= prefix) & (column < prefix[:-1] + chr(ord(prefix[-1]) + 1))
    return column.like(prefix + "%")


# --- Monthly income ---


def income_before(day: date) -> Rows:
    """Return currency, income, members and subscriptions to offers as a day began."""
    return _all(
        select(
            MrrDay.currency,
            func.sum(MrrDay.amount_minor),
            func.sum(MrrDay.members),
            func.sum(case((MrrDay.ladder == OFFERS, MrrDay.subscriptions), else_=0)),
            func.sum(case((MrrDay.ladder == OFFERS, MrrDay.amount_minor), else_=0)),
        )
        .where(MrrDay.day < day)
        .group_by(MrrDay.currency)
    )


def income_by_day(span: Span) -> Rows:
    """Return day, currency, and by how much all that counts moved, in order of the day."""
    gone = MrrDay.kind == "churn"
    offer = MrrDay.ladder == OFFERS
    return _all(
        select(
            MrrDay.day,
            MrrDay.currency,
            func.sum(MrrDay.amount_minor).label("amount"),
            func.sum(MrrDay.members).label("members"),
            func.sum(case((gone, -MrrDay.members), else_=0)).label("left"),
            func.sum(case((MrrDay.kind.in_(LOST), -MrrDay.amount_minor), else_=0)).label("lost"),
            func.sum(case((offer, MrrDay.subscriptions), else_=0)).label("offers"),
            func.sum(case((offer & gone, -MrrDay.subscriptions), else_=0)).label("offers_left"),
            func.sum(case((offer, MrrDay.amount_minor), else_=0)).label("offers_amount"),
        )
        .where(MrrDay.day.between(span.first, span.last))
        .group_by(MrrDay.day, MrrDay.currency)
        .order_by(MrrDay.day)
    )


def movements_by_day(span: Span) -> Rows:
    """Return day, currency, kind, amount and how many movements."""
    keys = MrrDay.day, MrrDay.currency, MrrDay.kind
    sums = func.sum(MrrDay.amount_minor), func.sum(MrrDay.movements)
    statement = select(*keys, *sums).where(MrrDay.day.between(span.first, span.last))
    return _all(statement.group_by(*keys))


def income_by_ladder(last: date) -> Rows:
    """Return ladder, currency, income and subscriptions at the end of a day."""
    keys = MrrDay.ladder, MrrDay.currency
    sums = func.sum(MrrDay.amount_minor), func.sum(MrrDay.subscriptions)
    return _all(select(*keys, *sums).where(MrrDay.day <= last).group_by(*keys).order_by(*keys))


# --- The journal ---


def journal_by_day(prefix: str, span: Span) -> Rows:
    """Return account, currency, day, debit and credit of accounts whose name begins so."""
    columns = (
        JournalDay.account, JournalDay.currency, JournalDay.day, JournalDay.debit_minor,
        JournalDay.credit_minor,
    )  # fmt: skip
    days = JournalDay.day.between(span.first, span.last)
    return _all(select(*columns).where(starts_with(JournalDay.account, prefix), days))


def journal_balances(prefix: str) -> Rows:
    """Return account, currency and credit less debit of accounts whose name begins so."""
    keys = JournalDay.account, JournalDay.currency
    balance = func.sum(JournalDay.credit_minor) - func.sum(JournalDay.debit_minor)
    statement = select(*keys, balance).where(starts_with(JournalDay.account, prefix))
    return _all(statement.group_by(*keys).having(balance != 0).order_by(*keys))


# --- Members ---


def funnel(span: Span, site_id: str | None) -> Rows:
    """Return day, source, stage and how many got there, at all sites or of one."""
    keys = FunnelDay.day, FunnelDay.source, FunnelDay.stage
    at = true() if site_id is None else FunnelDay.site_id == site_id
    statement = select(*keys, func.sum(FunnelDay.members))
    return _all(statement.where(FunnelDay.day.between(span.first, span.last), at).group_by(*keys))


def at_site(site_id: str | None) -> Any:
    """Whether a step of the funnel was told by a site; None: by whichever."""
    return true() if site_id is None else ConversionEvent.site_id == site_id


def trials(span: Span) -> tuple[int, int]:
    """Return how many trials ended in a period, and how many of them were followed by a payment."""
    paid = (
        select(MrrMovement.id)
        .where(
            MrrMovement.user_id == ProviderSubscription.user_id,
            MrrMovement.ladder == ProviderSubscription.ladder,
            MrrMovement.offer_id.is_not_distinct_from(ProviderSubscription.offer_id),
            MrrMovement.kind.in_(("new", "reactivation")),
            MrrMovement.day >= _utc_day(ProviderSubscription.trial_end),
        )
        .exists()
    )
    sums = func.count(), func.sum(case((paid, 1), else_=0))
    statement = select(*sums).where(within(ProviderSubscription.trial_end, span))
    ended, converted = db.session.execute(statement).one()
    return int(ended), int(converted or 0)


# --- Creators ---


def count_creators() -> int:
    """Return how many may sell."""
    return db.session.scalar(select(func.count()).select_from(Creator)) or 0


def creators(first: date) -> Rows:
    """Return creator, first day with a subscriber, subscribers as a day began, and now."""
    count = MrrMovement.subscriptions
    return _all(
        select(
            Offer.creator_id,
            func.min(MrrMovement.day),
            func.sum(case((MrrMovement.day < first, count), else_=0)),
            func.sum(count),
        )
        .join(Offer, Offer.id == MrrMovement.offer_id)
        .where(MrrMovement.offer_id.is_not(None))
        .group_by(Offer.creator_id)
    )


def _all(statement: Any) -> Rows:
    return list(db.session.execute(statement))
