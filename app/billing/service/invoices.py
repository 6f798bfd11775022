"""Invoices and what was paid for them, as fetched; each payment is one row and posted once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from app.billing.clients import stripe
from app.billing.models import Invoice
from app.billing.queries import provider as queries
from app.billing.rules.mirror import FetchedInvoice
from app.billing.service import books, letters

GRACE_SHOWN = timedelta(days=7)


@dataclass(frozen=True)
class Payment:
    """What is known of a payment beside its invoice."""

    charge_id: str | None
    fee_minor: int | None
    wants_action: bool
    """The bank wants the member to confirm it."""


def known_charges(provider_ids: Collection[str]) -> set[str]:
    """Return which invoices need no further question: their charge is known already."""
    found = queries.invoices_by_id(provider_ids)
    return {key for key, row in found.items() if row.charge_id is not None}


def fetch_payment(invoice: FetchedInvoice) -> Payment | None:
    """Ask what became of an invoice's payment; None where there is nothing to know."""
    is_paid = invoice.status == "paid" and invoice.paid_minor > 0
    has_failed = invoice.status == "open" and invoice.attempts > 0
    intent = invoice.payment_intent_id
    if intent is None or not (is_paid or has_failed):
        return None
    expand = {"expand": ["latest_charge.balance_transaction"]}
    body = stripe.ask(lambda till: till.payment_intents.retrieve(intent, params=expand))
    charge = body.get("latest_charge")
    if not is_paid or not isinstance(charge, dict):
        return Payment(None, None, body.get("status") == "requires_action")
    booked = charge.get("balance_transaction")
    fee = int(booked["fee"]) if isinstance(booked, dict) else None
    return Payment(charge["id"], fee, wants_action=False)


def write(
    invoice: FetchedInvoice, payment: Payment | None, user_id: int, fetched_at: datetime
) -> Invoice:
    """Write an invoice, its payment and their entries, in the present transaction."""
    values = asdict(invoice)
    sub = queries.find_subscription(values.pop("subscription") or "")
    values |= {
        "user_id": user_id,
        "provider_subscription_id": sub.id if sub else None,
        "charge_id": payment.charge_id if payment else None,
    }
    provider_id = values.pop("provider_id")
    row = queries.write_invoice(provider_id, values, fetched_at)
    if row.status == "paid":
        _write_payment(row, payment)
        books.invoice_paid(row)
        letters.tell_paid(row)
    elif row.status == "open" and row.attempts > 0:
        letters.tell_unpaid(row, sub, wants_action=bool(payment and payment.wants_action))
    return row


def _write_payment(row: Invoice, payment: Payment | None) -> None:
    if payment is None or payment.charge_id is None or row.paid_minor <= 0:
        return
    history = None
    if row.provider_subscription_id is not None:
        history = queries.row_of_provider(row.provider_subscription_id)
    paid_at = row.paid_at or row.created_at
    queries.write_transaction(payment.charge_id, {
        "user_id": row.user_id,
        "subscription_id": history,
        "invoice_id": row.id,
        "kind": "payment",
        "amount_minor": row.paid_minor,
        "fee_minor": payment.fee_minor,
        "currency": row.currency,
        "status": "succeeded",
        "created_at": paid_at,
    })  # fmt: skip
    if payment.fee_minor is not None:
        books.fee(row, payment.fee_minor, paid_at)
