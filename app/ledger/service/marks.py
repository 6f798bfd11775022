"""Recording marks, cash flows and fees that belong to no fill."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.core.db import transaction
from app.core.i18n import gettext
from app.ledger import queries
from app.ledger.rules.book import read_body
from app.ledger.rules.fills import (
    Refusal,
    RefusalError,
    plain_number,
    read_above_zero,
    read_asset_class,
    read_currency,
    read_external_id,
    read_instant,
    read_number,
    read_symbol,
)
from app.ledger.schemas import CashFlowIn, FeeIn, FillResult, MarkIn
from app.ledger.service.delivery import OTHER_VALUES, Delivery, agree, refused
from app.market import service as market


def record_marks(account_id: int, marks: Sequence[MarkIn], *, source: str) -> list[FillResult]:
    """Record closing prices of instruments; what open positions are worth follows from them."""
    with transaction():
        delivery = Delivery(queries.lock_account(account_id), source, None)
        results = []
        for mark in marks:
            try:
                results.append(append_mark(delivery, mark))
            except RefusalError as error:
                results.append(refused(mark.external_id, error.refusal))
        delivery.settle()
    return results


def append_mark(delivery: Delivery, mark: MarkIn) -> FillResult:
    """Append a mark to a delivery.

    Raises:
        RefusalError: a value of it is wrong.
    """
    external_id = read_external_id(mark.external_id)
    at = read_instant(mark.occurred_at, "occurred_at", delivery.latest)
    facts = delivery.facts(read_symbol(mark.symbol), read_asset_class(mark.asset_class))
    price = read_above_zero(mark.price, "price")
    currency = read_currency(mark.currency, "currency") or facts.currency
    body = {
        "asset_class": facts.asset_class,
        "currency": currency,
        "price": plain_number(price),
        "session": facts.session(at),
        "symbol": read_symbol(mark.symbol),
    }
    known = _find_same(delivery, "mark", external_id, at, body)
    if known is not None:
        return known
    event = delivery.append("mark", at, external_id, body)
    derivation, key = delivery.derivation, f"{facts.id}:{currency}"
    if derivation.is_behind:
        pass
    elif derivation.is_in_order(key, at):
        derivation.book.add_mark(key, price, at, currency, body["session"])
        derivation.note_times([("mark", at)])
    else:
        derivation.add_late(key, at)
    return FillResult(external_id, "created", seq=event.seq)


def _find_same(
    delivery: Delivery, kind: str, external_id: str, at: str, body: dict[str, Any]
) -> FillResult | None:
    """Answer for a mark or flow whose id the account has; None when it is new."""
    events = {event.external_id: event for event in delivery.writer.events}
    same = events.get(external_id) or delivery.find_events([external_id]).get(external_id)
    if same is None:
        return None
    if same.kind == kind and same.occurred_at == at and agree(read_body(same.body), body):
        return FillResult(external_id, "duplicate", seq=same.seq)
    return refused(external_id, Refusal("external_id", OTHER_VALUES))


def record_cash_flow(
    account_id: int, flow: CashFlowIn, *, source: str, venue: str = "XNYS"
) -> FillResult:
    """Record a deposit or a withdrawal on the session of `venue` that it falls into."""
    with transaction():
        delivery = Delivery(queries.lock_account(account_id), source, None)
        try:
            result = _append_flow(delivery, flow, venue)
        except RefusalError as error:
            return refused(flow.external_id, error.refusal)
        delivery.settle()
    return result


def _append_flow(delivery: Delivery, flow: CashFlowIn, venue: str) -> FillResult:
    external_id = read_external_id(flow.external_id)
    at = read_instant(flow.occurred_at, "occurred_at", delivery.latest)
    amount = read_number(flow.amount, "amount")
    if amount == 0:
        raise RefusalError("amount", gettext("must not be zero"))
    currency = read_currency(flow.currency, "currency") or delivery.account.currency
    session = market.session_finder(venue)(at)
    body = {"amount": plain_number(amount), "currency": currency, "session": session}
    known = _find_same(delivery, "cash_flow", external_id, at, body)
    if known is not None:
        return known
    event = delivery.append("cash_flow", at, external_id, body)
    if not delivery.derivation.is_behind:
        delivery.derivation.book.add_flow(currency, session, amount)
    return FillResult(external_id, "created", seq=event.seq)


def record_fees(
    account_id: int, fees: Sequence[FeeIn], *, source: str, venue: str = "XNYS"
) -> list[FillResult]:
    """Record fees that belong to no fill, each on the session of `venue` that it falls into."""
    with transaction():
        delivery = Delivery(queries.lock_account(account_id), source, None)
        results = []
        for fee in fees:
            try:
                results.append(append_fee(delivery, fee, venue))
            except RefusalError as error:
                results.append(refused(fee.external_id, error.refusal))
        delivery.settle()
    return results


def append_fee(delivery: Delivery, fee: FeeIn, venue: str) -> FillResult:
    """Append a fee to a delivery.

    Raises:
        RefusalError: a value of it is wrong.
    """
    external_id = read_external_id(fee.external_id)
    at = read_instant(fee.occurred_at, "occurred_at", delivery.latest)
    amount = read_above_zero(fee.amount, "amount")
    currency = read_currency(fee.currency, "currency") or delivery.account.currency
    session = market.session_finder(venue)(at)
    body = {"amount": plain_number(amount), "currency": currency, "session": session}
    known = _find_same(delivery, "fee", external_id, at, body)
    if known is not None:
        return known
    event = delivery.append("fee", at, external_id, body)
    if not delivery.derivation.is_behind:
        delivery.derivation.book.add_fee(currency, session, amount)
    return FillResult(external_id, "created", seq=event.seq)
