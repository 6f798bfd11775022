"""The journal's entries for what members paid, got back or disputed, each by its own cause."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from app.billing.models import Invoice
from app.billing.service import journal


def invoice_paid(row: Invoice) -> None:
    """Post a paid invoice, once."""
    journal.record_invoice_paid(row.id)


def fee(row: Invoice, fee_minor: int, at: datetime) -> None:
    """Post what the provider kept of a payment, once."""
    journal.record_fee("invoice", str(row.id), fee_minor, row.currency, at, user_id=row.user_id)


def refunded(row: Invoice, refund_id: str, amount_minor: int, at: datetime) -> None:
    """Post a refund, once."""
    journal.record_refund(row.id, refund_id, amount_minor, at)


def refund_failed(row: Invoice, refund_id: str, at: datetime) -> None:
    """Post that a refund came back, once."""
    journal.record_refund_failed(row.id, refund_id, at)


def dispute_fee(row: Invoice, dispute_id: str, txn_id: str, fee_minor: int, at: datetime) -> None:
    """Post what the provider kept for a claim, or gave back of it; each of its bookings once."""
    key = f"{row.id}:{txn_id}:{dispute_id}"
    journal.record_fee("dispute", key, fee_minor, row.currency, at, user_id=row.user_id)


def disputed(
    row: Invoice,
    dispute_id: str,
    outcome: Literal["opened", "won", "lost"],
    amount_minor: int,
    at: datetime,
) -> None:
    """Post what a bank's claim moves, once."""
    journal.record_dispute(row.id, dispute_id, outcome, amount_minor, at)
