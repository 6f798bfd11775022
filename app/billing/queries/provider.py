"""Rows that mirror the provider: customers, events, subscriptions, invoices, checkouts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Table, func, not_, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.billing.models import (
    Checkout,
    Invoice,
    ProviderCustomer,
    ProviderEvent,
    ProviderSubscription,
    Subscription,
    Transaction,
)
from app.billing.rules.mirror import Fetched
from app.core import clock
from app.core.db import db, is_sqlite

PROVIDER = "stripe"


def insert_for(table: Any) -> Any:
    """Return an INSERT of the database at hand, which knows ON CONFLICT."""
    return (sqlite.insert if is_sqlite() else postgresql.insert)(table)


# --- Customers ---


def customer_of(user_id: int) -> str | None:
    """Return a member's id at the provider; one that was deleted there is none."""
    mine = ProviderCustomer.user_id == user_id, ProviderCustomer.deleted_at.is_(None)
    return db.session.scalar(select(ProviderCustomer.customer_id).where(*mine))


def count_customers(user_id: int) -> int:
    """Return how many ids a member has had at the provider."""
    mine = ProviderCustomer.user_id == user_id
    return int(db.session.scalar(select(func.count()).where(mine)) or 0)


def close_customer(customer_id: str, now: datetime) -> None:
    """Say that the provider has a customer no more."""
    wanted = ProviderCustomer.customer_id == customer_id, ProviderCustomer.deleted_at.is_(None)
    db.session.execute(update(ProviderCustomer).where(*wanted).values(deleted_at=now))


def owner_of(customer_id: str) -> int | None:
    """Return the member whom the provider knows by this id."""
    wanted = ProviderCustomer.customer_id == customer_id
    return db.session.scalar(select(ProviderCustomer.user_id).where(wanted))


def add_customer(user_id: int, customer_id: str, now: datetime) -> str:
    """Keep a member's id at the provider; return the one that counts, the first."""
    values = {"user_id": user_id, "customer_id": customer_id, "created_at": now}
    db.session.execute(insert_for(ProviderCustomer).values(values).on_conflict_do_nothing())
    return customer_of(user_id) or customer_id


# --- Events ---


def add_event(values: dict[str, Any]) -> int | None:
    """Keep an event; None for one that is there already."""
    found: int | None = db.session.execute(
        _new_event(on_sqlite=is_sqlite()), values
    ).scalar_one_or_none()
    return found


@lru_cache(maxsize=2)
def _new_event(*, on_sqlite: bool) -> Any:
    # Made once, and without what mapped classes cost: the provider sends hundreds a second.
    table = cast(Table, ProviderEvent.__table__)
    insert = (sqlite.insert if on_sqlite else postgresql.insert)(table)
    return insert.on_conflict_do_nothing().returning(table.c.id)


def pending_events(subject: str) -> list[tuple[int, str | None]]:
    """Return the events of a subject that are to be worked on: ids, and what each is about."""
    wanted = ProviderEvent.subject == subject, ProviderEvent.state == "pending"
    rows = db.session.execute(
        select(ProviderEvent.id, ProviderEvent.object_id).where(*wanted).order_by(ProviderEvent.id)
    )
    return [(row.id, row.object_id) for row in rows]


def close_events(ids: Collection[int], state: str, reason: str | None, now: datetime) -> None:
    """Say what became of events that were still to be worked on."""
    wanted = ProviderEvent.id.in_(ids), ProviderEvent.state == "pending"
    db.session.execute(
        update(ProviderEvent)
        .where(*wanted)
        .values(state=state, reason=reason, done_at=now, attempts=ProviderEvent.attempts + 1)
        .execution_options(synchronize_session=False)
    )


def find_event(event_id: str) -> ProviderEvent | None:
    """Return an event by the provider's id."""
    wanted = ProviderEvent.event_id == event_id
    return db.session.scalar(select(ProviderEvent).where(wanted).with_for_update())


# --- Subscriptions ---


def subscriptions_of(user_id: int, ladder: str | None = None) -> list[ProviderSubscription]:
    """Return what the provider said of a member's subscriptions, the oldest first."""
    query = select(ProviderSubscription).where(ProviderSubscription.user_id == user_id)
    if ladder is not None:
        query = query.where(ProviderSubscription.ladder == ladder)
    return list(db.session.scalars(query.order_by(ProviderSubscription.id)))


def find_subscription(provider_id: str) -> ProviderSubscription | None:
    """Return a subscription by the provider's id."""
    wanted = ProviderSubscription.provider_id == provider_id
    return db.session.scalar(select(ProviderSubscription).where(wanted))


def _is_no_newer(column: Any, fetched_at: datetime) -> Any:
    """Return what tells that a row is not newer than what was fetched.

    One of a time to come was written by a clock that went ahead: it is no newer either.
    """
    return or_(column <= fetched_at, column > clock.now())


def write_subscription(sub: Fetched, user_id: int, fetched_at: datetime) -> int:
    """Keep what was fetched of a subscription, unless something newer is there; return its id."""
    values = asdict(sub) | {"user_id": user_id, "fetched_at": fetched_at}
    new = insert_for(ProviderSubscription).values(values)
    changed = {
        name: new.excluded[name] for name in values if name not in ("provider_id", "user_id")
    }
    db.session.execute(
        new.on_conflict_do_update(
            index_elements=["provider_id"],
            set_=changed,
            where=_is_no_newer(ProviderSubscription.fetched_at, fetched_at),
        )
    )
    found = db.session.scalars(
        select(ProviderSubscription.id).where(ProviderSubscription.provider_id == sub.provider_id)
    ).one()
    return int(found)


def has_newer(user_id: int, fetched_at: datetime) -> bool:
    """Whether something of a member's subscriptions was fetched later than this."""
    is_newer = not_(_is_no_newer(ProviderSubscription.fetched_at, fetched_at))
    wanted = ProviderSubscription.user_id == user_id, is_newer
    return db.session.execute(select(ProviderSubscription.id).where(*wanted)).first() is not None


def newest_row(user_id: int, ladder: str, offer_id: int | None, source: str | None) -> Any:
    """Return the row of a member's history that is the newest of a ladder or an offer."""
    query = select(Subscription).where(
        Subscription.user_id == user_id,
        Subscription.ladder == ladder,
        Subscription.offer_id.is_(None) if offer_id is None else Subscription.offer_id == offer_id,
    )
    if source is not None:
        query = query.where(Subscription.source == source)
    newest = Subscription.started_at.desc(), Subscription.id.desc()
    return db.session.scalar(query.order_by(*newest).limit(1))


# --- Invoices and payments ---


def invoices_by_id(provider_ids: Collection[str]) -> dict[str, Invoice]:
    """Return invoices by the provider's id."""
    rows = db.session.scalars(select(Invoice).where(Invoice.provider_id.in_(provider_ids)))
    return {row.provider_id: row for row in rows}


def write_invoice(provider_id: str, values: dict[str, Any], fetched_at: datetime) -> Invoice:
    """Keep what was fetched of an invoice, unless something newer is there."""
    all_values = values | {"provider_id": provider_id, "fetched_at": fetched_at}
    new = insert_for(Invoice).values(all_values)
    # What was found out by a further question stays when this time it was not asked.
    kept = {"charge_id"} if values.get("charge_id") is None else set()
    changed = {
        name: new.excluded[name]
        for name in all_values
        if name not in {"provider_id", "user_id", *kept}
    }
    db.session.execute(
        new.on_conflict_do_update(
            index_elements=["provider_id"],
            set_=changed,
            where=_is_no_newer(Invoice.fetched_at, fetched_at),
        )
    )
    wanted = select(Invoice).where(Invoice.provider_id == provider_id)
    return db.session.scalars(wanted.execution_options(populate_existing=True)).one()


def find_invoice(invoice_id: int, user_id: int | None = None) -> Invoice | None:
    """Return an invoice; with a user, only theirs."""
    query = select(Invoice).where(Invoice.id == invoice_id)
    if user_id is not None:
        query = query.where(Invoice.user_id == user_id)
    return db.session.scalar(query)


def invoice_of_payment(charge_id: str | None, intent_id: str | None) -> Invoice | None:
    """Return the invoice that a charge or a payment intent paid."""
    if intent_id is not None:
        by_intent = select(Invoice).where(Invoice.payment_intent_id == intent_id).limit(1)
        found: Invoice | None = db.session.scalar(by_intent)
        if found is not None:
            return found
    if charge_id is None:
        return None
    return db.session.scalar(select(Invoice).where(Invoice.charge_id == charge_id).limit(1))


def refunded(invoice_ids: Collection[int]) -> dict[int, int]:
    """Return how much of invoices is given back, as far as we know; those that failed left out."""
    rows = db.session.execute(
        select(Transaction.invoice_id, -func.sum(Transaction.amount_minor))
        .where(
            Transaction.invoice_id.in_(invoice_ids),
            Transaction.kind == "refund",
            Transaction.status != "failed",
        )
        .group_by(Transaction.invoice_id)
    )
    return {row[0]: int(row[1]) for row in rows if row[0] is not None}


def write_transaction(ref: str, values: dict[str, Any]) -> bool:
    """Keep a movement of money, once; a later call follows its status. Whether it is new."""
    statement = insert_for(Transaction).values(values | {"provider_ref": ref})
    new: int | None = db.session.scalar(
        statement.on_conflict_do_nothing().returning(Transaction.id)
    )
    if new is None:
        changed = {"status": values["status"]}
        if values.get("fee_minor") is not None:
            changed["fee_minor"] = values["fee_minor"]
        db.session.execute(
            update(Transaction)
            .where(Transaction.provider_ref == ref)
            .values(changed)
            .execution_options(synchronize_session=False)
        )
    return new is not None


# --- Checkouts ---


def open_checkouts(user_id: int) -> list[Checkout]:
    """Return a member's checkouts that have not ended."""
    wanted = Checkout.user_id == user_id, Checkout.state.in_(("opening", "open"))
    return list(db.session.scalars(select(Checkout).where(*wanted).order_by(Checkout.id)))


def find_checkout(session_id: str, user_id: int) -> Checkout | None:
    """Return a member's checkout by the provider's id."""
    wanted = Checkout.session_id == session_id, Checkout.user_id == user_id
    return db.session.scalar(select(Checkout).where(*wanted))


def row_of_provider(provider_subscription_id: int) -> int | None:
    """Return the newest row of the history that follows a subscription of the provider."""
    wanted = Subscription.provider_subscription_id == provider_subscription_id
    newest = Subscription.started_at.desc(), Subscription.id.desc()
    return db.session.scalar(select(Subscription.id).where(wanted).order_by(*newest).limit(1))


def paid_invoices_of(provider_subscription_id: int) -> list[Invoice]:
    """Return the invoices of a subscription that were paid by card."""
    wanted = (
        Invoice.provider_subscription_id == provider_subscription_id,
        Invoice.status == "paid",
        Invoice.charge_id.is_not(None),
    )
    return list(db.session.scalars(select(Invoice).where(*wanted).order_by(Invoice.id)))


def stuck_subjects(before: datetime) -> list[str]:
    """Return whom events are about that came in before a time and are still to be worked on."""
    wanted = ProviderEvent.state == "pending", ProviderEvent.received_at < before
    query = select(ProviderEvent.subject).where(*wanted).distinct()
    return sorted(subject for subject in db.session.scalars(query) if subject is not None)


def has_transaction(ref: str, status: str) -> bool:
    """Whether a refund or dispute is kept with the status that it has."""
    wanted = Transaction.provider_ref == ref, Transaction.status == status
    return db.session.execute(select(Transaction.id).where(*wanted)).first() is not None


def source_of(user_id: int, ladder: str) -> str | None:
    """Return where a member came from who bought last on a ladder."""
    wanted = Checkout.user_id == user_id, Checkout.ladder == ladder, Checkout.state == "complete"
    newest = select(Checkout.source).where(*wanted).order_by(Checkout.id.desc()).limit(1)
    return db.session.scalar(newest)
