"""A customer's state at the provider, fetched and written: the only way in which it changes here.

An event is only a hint whom to ask about. Everything of a customer is fetched under a lock of the
database and written in one transaction, while the lock is still held; so the order, the number and
the loss of events change nothing but the time at which it happens.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.accounts import service as accounts
from app.billing.clients import stripe
from app.billing.errors import TillMissingError
from app.billing.queries import provider as queries
from app.billing.rules import mirror
from app.billing.rules.mirror import Fetched, FetchedInvoice, Object
from app.billing.service import checkouts, history, invoices, locks, prices, till
from app.billing.service.invoices import Payment
from app.core import clock
from app.core.db import transaction
from app.core.errors import NotFoundError
from app.core.failpoints import failpoint

NEWEST_INVOICES = 20
NEWEST_SESSIONS = 20
NOT_OURS = "the provider's customer is none of ours"


@dataclass(frozen=True)
class Snapshot:
    """All that is looked at of a customer, as of one time."""

    customer_id: str
    user_id: int
    fetched_at: datetime
    subscriptions: list[Fetched]
    invoices: list[FetchedInvoice]
    payments: dict[str, Payment] = field(default_factory=dict)
    """By payment intent: what a paid invoice's charge and fee are, or that a bank asks."""
    sessions: list[Object] = field(default_factory=list)


def subject_of(customer_id: str) -> str:
    """Return the name by which a customer's events and lock are found."""
    return f"customer:{customer_id}"


def sync_customer(customer_id: str, also_invoices: Collection[str] = ()) -> int | None:
    """Fetch and write a customer's state; return whose it is, None for one that is not ours.

    Raises:
        TillAwayError: the provider does not answer; nothing was written.
        LeaseLostError: somebody else works on the customer.
    """
    with locks.lease(subject_of(customer_id)) as held:
        return sync_held(held, customer_id, also_invoices)


def sync_held(
    held: locks.Lease,
    customer_id: str,
    also_invoices: Collection[str] = (),
    *,
    alongside: Callable[[], None] = lambda: None,
) -> int | None:
    """Do the same for who holds the customer's lock already, and goes on holding it.

    `alongside` is called in the transaction in which the state is written.
    """
    subject = subject_of(customer_id)
    with transaction():
        events = queries.pending_events(subject)
    user_id = _owner(customer_id)
    ids = [one[0] for one in events]
    if user_id is None:
        with transaction():
            queries.close_events(ids, "ignored", NOT_OURS, clock.now())
        return None
    is_gone = any(about == customer_id for _, about in events) and till.is_gone(customer_id)
    named = {about for _, about in events if about and about.startswith("in_")}
    snapshot = _fetch(customer_id, user_id, named | set(also_invoices))
    failpoint("billing.fetched")
    with transaction():
        locks.require(held)
        write(snapshot)
        if is_gone:
            queries.close_customer(customer_id, clock.now())
        alongside()
        queries.close_events(ids, "done", None, clock.now())
    failpoint("billing.synced")
    return user_id


def sync_user(user_id: int) -> bool:
    """Fetch and write a member's state; whether the provider knows the member at all."""
    with transaction():
        customer_id = queries.customer_of(user_id)
    if customer_id is None:
        return False
    sync_customer(customer_id)
    return True


def _owner(customer_id: str) -> int | None:
    """Return whose a customer is; one whose id we never got to know is told by what it says."""
    with transaction():
        user_id = queries.owner_of(customer_id)
    if user_id is not None:
        return user_id
    try:
        body = stripe.ask(lambda till: till.customers.retrieve(customer_id))
    except TillMissingError:
        return None
    claimed = None if body.get("deleted") else mirror.user_of(body)
    if claimed is None:
        return None
    with transaction():
        try:
            accounts.get_user(claimed)
        except NotFoundError:
            return None
        kept = queries.add_customer(claimed, customer_id, clock.now())
    return claimed if kept == customer_id else None


# --- Fetching ---


def _fetch(customer_id: str, user_id: int, invoice_ids: set[str]) -> Snapshot:
    fetched_at = clock.now()
    bodies = list(stripe.each(lambda till: till.subscriptions.list(params={
        "customer": customer_id, "status": "all", "limit": 100,
        "expand": ["data.latest_invoice"],
    })))  # fmt: skip
    for body in bodies:
        for item in (body.get("items") or {}).get("data", []):
            prices.remember(item["price"])
    subs = [mirror.subscription(body, fetched_at) for body in bodies]
    found = _fetch_invoices(customer_id, invoice_ids)
    with transaction():
        known = invoices.known_charges([one.provider_id for one in found])
        waits = bool(queries.open_checkouts(user_id))
    payments = {
        one.payment_intent_id: payment
        for one in found
        if one.payment_intent_id and one.provider_id not in known
        for payment in [invoices.fetch_payment(one)]
        if payment is not None
    }
    return Snapshot(
        customer_id=customer_id,
        user_id=user_id,
        fetched_at=fetched_at,
        subscriptions=[sub for sub in subs if sub is not None],
        invoices=found,
        payments=payments,
        sessions=_fetch_sessions(customer_id) if waits else [],
    )


def _fetch_invoices(customer_id: str, invoice_ids: set[str]) -> list[FetchedInvoice]:
    asked = {"customer": customer_id, "limit": NEWEST_INVOICES, "expand": ["data.payments"]}
    bodies = list(stripe.each(lambda till: till.invoices.list(params=asked), NEWEST_INVOICES))
    for key in sorted(invoice_ids - {body["id"] for body in bodies}):
        body = _find_invoice(key)
        # Its number came in with an event: whose it is, is not believed.
        if body is not None and body.get("customer") == customer_id:
            bodies.append(body)
    return [mirror.invoice(body, prices.describe) for body in bodies]


def _find_invoice(key: str) -> Object | None:
    expand = {"expand": ["payments"]}
    try:
        return stripe.ask(lambda till: till.invoices.retrieve(key, params=expand))
    except TillMissingError:
        return None  # a draft that was deleted


def _fetch_sessions(customer_id: str) -> list[Object]:
    asked: dict[str, Any] = {"customer": customer_id, "limit": NEWEST_SESSIONS}
    return list(
        stripe.each(lambda till: till.checkout.sessions.list(params=asked), NEWEST_SESSIONS)
    )


# --- Writing ---


def write(snapshot: Snapshot) -> None:
    """Write what was fetched, in the present transaction: mirror, history, payments, checkouts."""
    accounts.lock_user(snapshot.user_id)
    if queries.has_newer(snapshot.user_id, snapshot.fetched_at):
        return  # a later look has been written: this one knows nothing more
    checkouts.settle(snapshot.user_id, snapshot.sessions)
    history.follow(snapshot.user_id, snapshot.subscriptions, snapshot.fetched_at)
    for one in snapshot.invoices:
        payment = snapshot.payments.get(one.payment_intent_id or "")
        invoices.write(one, payment, snapshot.user_id, snapshot.fetched_at)
