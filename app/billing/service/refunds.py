"""Giving money back: by an administrator, and of a subscription that was bought twice."""

from __future__ import annotations

from typing import Any, Literal

from app.accounts import service as accounts
from app.billing.clients import stripe
from app.billing.models import Invoice, ProviderSubscription
from app.billing.queries import provider as queries
from app.billing.service import alarms, changes, payments, syncing, till
from app.core.db import db, transaction
from app.core.errors import ConflictError, NotFoundError, ValidationError
from app.core.formatters import minor_money
from app.core.i18n import gettext

Reason = Literal["duplicate", "fraudulent", "requested_by_customer"]
UNDONE = ("failed", "canceled")
"""States of a refund that gives nothing back."""
OPEN_DISPUTES = ("needs_response", "under_review", "lost")


def refund(
    invoice_id: int,
    *,
    reason: Reason = "requested_by_customer",
    amount_minor: int | None = None,
    refunded_minor: int | None = None,
    ends_access: bool = False,
) -> int:
    """Give back what an invoice was paid with, all that is left or a part; return how much.

    `ends_access` cancels its subscription at once. `refunded_minor` is what had been given back as
    it was decided, or else what we know of: where it is another by now, as after a lost answer or a
    second press of the button, a part is not given back again. Calls at one moment have one key: it
    holds how much had been given back before, and how often it was tried, since a refund that failed
    is made anew.

    Raises:
        NotFoundError: there is no such invoice.
        ValidationError: more than is left.
        ConflictError: nothing was paid by card, all of it is back, some of it was given back
            meanwhile, or a bank claims it.
    """
    stripe.require()
    with transaction():
        row = queries.find_invoice(invoice_id)
        known = queries.refunded([invoice_id]).get(invoice_id, 0)
    if row is None:
        message = gettext("There is no such invoice.")
        raise NotFoundError(message)
    if row.status != "paid" or row.charge_id is None:
        message = gettext("Nothing of this invoice was paid by card.")
        raise ConflictError(message, code="not_refundable")
    charge = stripe.ask(lambda client: client.charges.retrieve(row.charge_id))
    before, tries = _before(str(row.charge_id))
    amount = _amount(int(charge["amount"]) - before, amount_minor)
    if amount_minor is not None and before != (known if refunded_minor is None else refunded_minor):
        payments.sync_charge(str(row.charge_id))
        message = gettext(
            "%(amount)s of it are given back by now, some of that just now or in another window. "
            "Look again before you give back more.",
            amount=minor_money(before, row.currency),
        )
        raise ConflictError(message, code="refunded_meanwhile", refunded_minor=before)
    _check_disputes(str(row.charge_id))
    key = till.key_of("refund", row.provider_id, before, tries, amount)
    params: dict[str, Any] = {"charge": row.charge_id, "amount": amount, "reason": reason}
    stripe.ask(lambda client: client.refunds.create(params=params, options=stripe.options(key)))
    with transaction():
        accounts.audit("payment.refunded", user_id=row.user_id, subject=f"invoice:{row.id}",
                       amount_minor=amount, currency=row.currency, reason=reason)  # fmt: skip
        sub = _subscription_of(row) if ends_access else None
    if sub is not None:
        changes.end(sub)
    payments.sync_charge(str(row.charge_id))
    return amount


def _amount(left: int, asked: int | None) -> int:
    if left <= 0:
        message = gettext("All of it has been given back already.")
        raise ConflictError(message, code="not_refundable")
    amount = left if asked is None else asked
    if not 0 < amount <= left:
        message = gettext("amount_minor: from 1 to %(most)s, which is what is left", most=left)
        raise ValidationError(message, field="amount_minor")
    return amount


def _before(charge_id: str) -> tuple[int, int]:
    """Return how much of a payment is given back, and how many tries there were, failed ones too.

    Both come out of one answer, so that who asks at the same moment cannot see a half of it.
    """
    asked = {"charge": charge_id, "limit": 100}
    made = list(stripe.each(lambda client: client.refunds.list(params=asked)))
    back = sum(int(one["amount"]) for one in made if one.get("status") not in UNDONE)
    return back, len(made)


def _check_disputes(charge_id: str) -> None:
    asked = {"charge": charge_id, "limit": 100}
    for one in stripe.each(lambda client: client.disputes.list(params=asked)):
        if one.get("status") in OPEN_DISPUTES:
            message = gettext("The member's bank claims this payment: it cannot be given back.")
            raise ConflictError(message, code="not_refundable")


def _subscription_of(row: Invoice) -> ProviderSubscription | None:
    if row.provider_subscription_id is None:
        return None
    return db.session.get(ProviderSubscription, row.provider_subscription_id)


def give_back_double(provider_id: str) -> None:
    """Cancel a subscription that a member has bought beside another, and give back its payments.

    Safe to be cut anywhere: what was cancelled is so, and what was given back is seen at the
    provider before anything is given back.
    """
    with transaction():
        row = queries.find_subscription(provider_id)
    if row is None:
        return
    alarms.ring("double_subscription", f"subscription {row.id}", row.user_id)
    changes.end(row)
    syncing.sync_user(row.user_id)
    with transaction():
        paid = queries.paid_invoices_of(row.id)
    for invoice in paid:
        try:
            refund(invoice.id, reason="duplicate")
        except ConflictError:
            continue  # given back before this was cut, or claimed by the bank


def end_disputed(subscription_id: int) -> None:
    """Cancel the subscription whose payment the bank took back for good."""
    with transaction():
        row = db.session.get(ProviderSubscription, subscription_id)
    if row is not None:
        changes.end(row)
        syncing.sync_user(row.user_id)
