"""What is read of creators: who they are, what they offer, who has bought it, what they are owed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from app.billing.models import (
    Creator,
    JournalDay,
    JournalEntry,
    JournalPosting,
    Offer,
    Payout,
    ProviderSubscription,
)
from app.billing.queries.journal import balance
from app.billing.rules import access, chart
from app.core.db import db
from app.core.errors import NotFoundError
from app.core.i18n import gettext

_GOES_ON = (
    ProviderSubscription.status.in_(access.LIVE),
    ProviderSubscription.cancel_at.is_(None),
)


def find_creator(user_id: int, *, lock: bool = False) -> Creator | None:
    """Return a creator, None for a member who is none; with `lock` until the transaction ends."""
    query = select(Creator).where(Creator.user_id == user_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return db.session.scalar(query)


def get_creator(user_id: int, *, lock: bool = False) -> Creator:
    """Return a creator.

    Raises:
        NotFoundError: the member is none.
    """
    found = find_creator(user_id, lock=lock)
    if found is None:
        message = gettext("You do not sell anything yet. Become a creator first.")
        raise NotFoundError(message, code="not_a_creator")
    return found


def creator_of_account(account_id: str) -> Creator | None:
    """Return whose account at the provider this is."""
    return db.session.scalar(select(Creator).where(Creator.provider_account_id == account_id))


def list_creators() -> list[int]:
    """Return the ids of all creators."""
    return list(db.session.scalars(select(Creator.user_id).order_by(Creator.user_id)))


# --- Offers ---


def list_offers(creator_id: int) -> list[Offer]:
    """Return all offers of a creator, the newest first."""
    mine = Offer.creator_id == creator_id
    return list(db.session.scalars(select(Offer).where(mine).order_by(Offer.id.desc())))


def get_offer(creator_id: int, offer_id: int, *, lock: bool = False) -> Offer:
    """Return an offer of a creator.

    Raises:
        NotFoundError: there is none of theirs.
    """
    query = select(Offer).where(Offer.id == offer_id, Offer.creator_id == creator_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found: Offer | None = db.session.scalar(query)
    if found is None:
        message = gettext("There is no such offer.")
        raise NotFoundError(message)
    return found


def find_offer(offer_id: int) -> Offer | None:
    """Return an offer of whomever."""
    return db.session.get(Offer, offer_id)


def list_subscribers(
    creator_id: int, before: int | None, limit: int
) -> Sequence[tuple[ProviderSubscription, str]]:
    """Return who has bought of a creator and what, the newest first."""
    query = (
        select(ProviderSubscription, Offer.name)
        .join(Offer, Offer.id == ProviderSubscription.offer_id)
        .where(Offer.creator_id == creator_id)
        .order_by(ProviderSubscription.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(ProviderSubscription.id < before)
    return [(row[0], row[1]) for row in db.session.execute(query)]


def going_on(creator_id: int) -> list[ProviderSubscription]:
    """Return what was bought of a creator, lives and is to be charged again."""
    query = (
        select(ProviderSubscription)
        .join(Offer, Offer.id == ProviderSubscription.offer_id)
        .where(Offer.creator_id == creator_id, *_GOES_ON)
    )
    return list(db.session.scalars(query.order_by(ProviderSubscription.id)))


def sell_still() -> list[int]:
    """Return the creators of whom something is paid that goes on."""
    query = (
        select(Offer.creator_id)
        .join(ProviderSubscription, Offer.id == ProviderSubscription.offer_id)
        .where(*_GOES_ON)
    )
    return list(db.session.scalars(query.distinct().order_by(Offer.creator_id)))


# --- What they are owed ---


def recent_sales(creator_id: int, currency: str, after: date) -> int:
    """Return what sales after a day have made payable, whatever was given back of them since."""
    query = (
        select(func.sum(JournalPosting.amount_minor))
        .join(JournalEntry, JournalEntry.id == JournalPosting.entry_id)
        .where(
            JournalPosting.credit == chart.payable(creator_id),
            JournalPosting.day > after,
            JournalPosting.currency == currency,
            JournalEntry.source_type == "invoice",
            JournalEntry.purpose == "paid",
        )
    )
    return int(db.session.scalar(query) or 0)


def currencies_of(creator_id: int) -> list[str]:
    """Return the currencies in which a creator has ever earned something."""
    accounts = chart.payable(creator_id), chart.reserve(creator_id)
    query = select(JournalDay.currency).where(JournalDay.account.in_(accounts)).distinct()
    return sorted(db.session.scalars(query))


def payable(creator_id: int, currency: str, through: date | None = None) -> int:
    """Return what a creator may be paid, before any hold; negative: they owe it."""
    return balance(chart.payable(creator_id), currency, through)


def reserve(creator_id: int, currency: str, through: date | None = None) -> int:
    """Return what is kept back of a creator's earnings."""
    return balance(chart.reserve(creator_id), currency, through)


def entries_of(creator_id: int, first: date, last: date) -> list[Any]:
    """Return the postings of a creator's accounts in some days, with their entries, oldest first."""
    mine = chart.payable(creator_id), chart.reserve(creator_id)
    query = (
        select(JournalPosting, JournalEntry)
        .join(JournalEntry, JournalEntry.id == JournalPosting.entry_id)
        .where(
            JournalPosting.debit.in_(mine) | JournalPosting.credit.in_(mine),
            JournalPosting.day.between(first, last),
        )
        .order_by(JournalPosting.day, JournalPosting.id)
    )
    return list(db.session.execute(query))


def unreleased(creator_id: int, through: date) -> list[str]:
    """Return the ids of invoices of which a part was reserved up to a day, and not released."""
    released = aliased(JournalEntry)
    is_released = (
        select(released.id)
        .where(
            released.source_type == "invoice",
            released.source_id == JournalEntry.source_id,
            released.purpose == "released",
        )
        .exists()
    )
    query = (
        select(JournalEntry.source_id)
        .join(JournalPosting, JournalPosting.entry_id == JournalEntry.id)
        .where(
            JournalPosting.credit == chart.reserve(creator_id),
            JournalPosting.day <= through,
            JournalEntry.source_type == "invoice",
            JournalEntry.purpose == "paid",
            ~is_released,
        )
        .distinct()
    )
    return list(db.session.scalars(query))


# --- Payouts ---


def get_payout(payout_id: int, *, lock: bool = False) -> Payout:
    """Return a payout."""
    return db.session.get_one(
        Payout, payout_id, with_for_update=lock or None, populate_existing=True
    )


def list_payouts(creator_id: int, limit: int = 20) -> list[Payout]:
    """Return a creator's newest payouts."""
    mine = Payout.creator_id == creator_id
    newest = Payout.id.desc()
    return list(db.session.scalars(select(Payout).where(mine).order_by(newest).limit(limit)))


def open_payouts(before: datetime) -> list[int]:
    """Return the ids of payouts that were written before a time and are neither sent nor failed."""
    waiting = Payout.state.in_(("pending", "unknown")), Payout.created_at < before
    return list(db.session.scalars(select(Payout.id).where(*waiting).order_by(Payout.id)))


def payout_of_transfer(transfer_id: str) -> Payout | None:
    """Return the payout that a transfer belongs to."""
    return db.session.scalar(select(Payout).where(Payout.transfer_id == transfer_id))
