"""What was given back or taken back of a payment: refunds and disputes, fetched by its charge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.accounts import service as accounts
from app.billing.clients import stripe
from app.billing.errors import TillMissingError
from app.billing.models import Invoice
from app.billing.queries import provider as queries
from app.billing.rules.mirror import Object, moment
from app.billing.service import alarms, books, letters, locks, syncing
from app.core import clock, outbox
from app.core.db import transaction

TAKEN = ("needs_response", "under_review", "won", "lost")
"""States of a dispute in which the bank has taken the money; an inquiry takes nothing."""
NOT_OURS = "the payment is for none of our invoices"


@dataclass(frozen=True)
class Charge:
    """A payment and what became of it."""

    body: Object
    refunds: Sequence[Object]
    disputes: Sequence[Object]

    @property
    def intent(self) -> str | None:
        """The payment intent that it belongs to."""
        found = self.body.get("payment_intent")
        return found["id"] if isinstance(found, dict) else found


def sync_charge(charge_id: str) -> bool:
    """Fetch and write what became of a payment; False where it is none of ours.

    Raises:
        TillAwayError, LeaseLostError: nothing was written.
    """
    subject = f"charge:{charge_id}"
    with transaction():
        ids = [one[0] for one in queries.pending_events(subject)]
    charge = _fetch(charge_id)
    customer = charge.body.get("customer") if charge is not None else None
    if charge is None or not customer:
        return _ignore(ids)
    # The invoice first: what is given back of a payment is posted behind the payment.
    if syncing.sync_customer(str(customer)) is None:
        return _ignore(ids)
    with locks.lease(syncing.subject_of(str(customer))) as held:
        charge = _fetch(charge_id)
        with transaction():
            locks.require(held)
            if charge is None or not _write(charge):
                queries.close_events(ids, "ignored", NOT_OURS, clock.now())
                return False
            queries.close_events(ids, "done", None, clock.now())
    return True


def _ignore(ids: Sequence[int]) -> bool:
    with transaction():
        queries.close_events(ids, "ignored", NOT_OURS, clock.now())
    return False


def _fetch(charge_id: str) -> Charge | None:
    try:
        body = stripe.ask(lambda till: till.charges.retrieve(charge_id))
    except TillMissingError:
        return None
    asked = {"charge": charge_id, "limit": 100}
    refunds = list(stripe.each(lambda till: till.refunds.list(params=asked)))
    disputes = list(stripe.each(lambda till: till.disputes.list(params=asked)))
    return Charge(body, refunds, disputes)


def _write(charge: Charge) -> bool:
    row = queries.invoice_of_payment(charge.body["id"], charge.intent)
    if row is None:
        return False
    accounts.lock_user(row.user_id)
    # The oldest first, as they happened.
    for refund in sorted(charge.refunds, key=lambda one: (one["created"], one["id"])):
        _write_refund(row, refund)
    for dispute in sorted(charge.disputes, key=lambda one: (one["created"], one["id"])):
        _write_dispute(row, dispute)
    return True


def _at(body: Object) -> datetime:
    found = moment(body["created"])
    return found if found is not None else clock.now()


def _write_refund(row: Invoice, body: Object) -> None:
    status, amount = str(body.get("status")), int(body["amount"])
    if status in ("canceled", "requires_action"):
        return
    values = {
        "user_id": row.user_id,
        "subscription_id": _history_of(row),
        "invoice_id": row.id,
        "kind": "refund",
        "amount_minor": -amount,
        "fee_minor": None,
        "currency": str(body["currency"]).upper(),
        "status": status,
        "created_at": _at(body),
    }
    queries.write_transaction(body["id"], values)
    books.refunded(row, body["id"], amount, _at(body))
    if status == "failed":
        books.refund_failed(row, body["id"], clock.now())
        return
    letters.tell_refund(row, body["id"], amount, _at(body))


def _history_of(row: Invoice) -> int | None:
    found = row.provider_subscription_id
    return None if found is None else queries.row_of_provider(found)


def _write_dispute(row: Invoice, body: Object) -> None:
    status, amount = str(body.get("status")), int(body["amount"])
    if status not in TAKEN:
        return
    values = {
        "user_id": row.user_id,
        "subscription_id": _history_of(row),
        "invoice_id": row.id,
        "kind": "dispute",
        "amount_minor": -amount,
        "fee_minor": None,
        "currency": str(body["currency"]).upper(),
        "status": status,
        "created_at": _at(body),
    }
    is_new = queries.write_transaction(body["id"], values)
    books.disputed(row, body["id"], "opened", amount, _at(body))
    for moved in body.get("balance_transactions") or []:
        books.dispute_fee(row, body["id"], str(moved["id"]), int(moved["fee"]), _at(body))
    if is_new:
        alarms.ring("dispute", f"invoice {row.id}", row.user_id)
    if status == "won":
        back = values | {"kind": "dispute_reversal", "amount_minor": amount}
        queries.write_transaction(f"{body['id']}:won", back)
        books.disputed(row, body["id"], "won", amount, clock.now())
    if status == "lost":
        books.disputed(row, body["id"], "lost", amount, clock.now())
        _end_access(row, body["id"])


def _end_access(row: Invoice, dispute_id: str) -> None:
    """Have the subscription cancelled whose payment the bank took back for good."""
    if row.provider_subscription_id is None:
        return
    outbox.enqueue(
        "billing.end_disputed",
        {"subscription_id": row.provider_subscription_id},
        key=f"billing.disputed:{dispute_id}",
        queue="critical",
    )
