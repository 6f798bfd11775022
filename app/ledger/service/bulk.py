"""Recording for many accounts at once: the same rules, a few statements for all of them.

Whose events only follow what is there is written together; an account whose events come out of
order is settled by itself, as by the other doors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import select

from app.core import gather, metrics
from app.core.db import db, transaction
from app.ledger import queries
from app.ledger.errors import AccountNotFoundError
from app.ledger.models import TradingAccount
from app.ledger.queries import bulk as bulk_queries
from app.ledger.rules.chain import Event
from app.ledger.rules.fills import RefusalError, plain_instant
from app.ledger.schemas import FeeIn, FillIn, FillResult, MarkIn
from app.ledger.service import derive, news
from app.ledger.service.delivery import Delivery, Facts, refused
from app.ledger.service.marks import append_fee, append_mark
from app.ledger.service.record import append_fills
from app.notifications import service as notifications

PAGE = 400


class Posting(NamedTuple):
    """What one account is to be told, in the order of time."""

    account_id: int
    fills: Sequence[FillIn] = ()
    marks: Sequence[MarkIn] = ()
    fees: Sequence[FeeIn] = ()
    venue: str = "XNYS"
    """Whose sessions the fees fall into."""

    def external_ids(self) -> list[str]:
        """Return the ids of all that is to be recorded."""
        groups: tuple[Sequence[FillIn | MarkIn | FeeIn], ...] = (self.fills, self.marks, self.fees)
        return [each.external_id for group in groups for each in group]


def record_many(postings: Sequence[Posting], *, source: str) -> dict[int, list[FillResult]]:
    """Record events of many accounts in one transaction; return the answers by account, in order.

    Raises:
        AccountNotFoundError: no such account.
    """
    with transaction(), gather.gathered():
        accounts = _lock([posting.account_id for posting in postings])
        known = _known_events(postings)
        facts: dict[tuple[str, str | None], Facts] = {}
        deliveries: list[Delivery] = []
        answers: dict[int, list[FillResult]] = {}
        for posting in postings:
            delivery = Delivery(accounts[posting.account_id], source, None)
            delivery.share(facts, known.get(posting.account_id, {}))
            answers[posting.account_id] = _append(delivery, posting)
            if delivery.writer.events:
                deliveries.append(delivery)
        _settle(deliveries)
    return answers


def _append(delivery: Delivery, posting: Posting) -> list[FillResult]:
    """Append what an account is told: fills and closing values as they follow in time, then fees.

    What is late for its position so comes before what would have followed.
    """
    answers: list[FillResult] = []
    marks = sorted(posting.marks, key=lambda mark: _moment(mark.occurred_at))
    fills = sorted(posting.fills, key=lambda fill: _moment(fill.executed_at))
    at = 0
    for mark in marks:
        end = at
        while end < len(fills) and _moment(fills[end].executed_at) <= _moment(mark.occurred_at):
            end += 1
        answers += append_fills(delivery, fills[at:end])
        answers.append(_answer(partial(append_mark, delivery, mark), mark.external_id))
        at = end
    answers += append_fills(delivery, fills[at:])
    return answers + [
        _answer(partial(append_fee, delivery, fee, posting.venue), fee.external_id)
        for fee in posting.fees
    ]


def _moment(value: str | datetime) -> str:
    """Return an instant as a text to sort by."""
    return value if isinstance(value, str) else plain_instant(value)


def _answer(append: Callable[[], FillResult], external_id: str) -> FillResult:
    try:
        return append()
    except RefusalError as error:
        return refused(external_id, error.refusal)


def _lock(account_ids: Sequence[int]) -> dict[int, TradingAccount]:
    """Return accounts as they are now, locked in one order for all."""
    found: dict[int, TradingAccount] = {}
    for start in range(0, len(account_ids), PAGE):
        rows = db.session.scalars(
            select(TradingAccount)
            .where(TradingAccount.id.in_(sorted(account_ids)[start : start + PAGE]))
            .order_by(TradingAccount.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        found.update({row.id: row for row in rows})
    missing = set(account_ids) - set(found)
    if missing:
        message = f"there is no trading account {min(missing)}"
        raise AccountNotFoundError(message)
    return found


def _known_events(postings: Sequence[Posting]) -> dict[int, dict[str, Event]]:
    found: dict[int, dict[str, Event]] = {}
    wanted = [(each.account_id, name) for each in postings for name in each.external_ids()]
    for start in range(0, len(wanted), PAGE):
        page = wanted[start : start + PAGE]
        for event in bulk_queries.find_events_of(page):
            found.setdefault(event.account_id, {})[event.external_id] = event
    return found


# --- Settling ---


def _settle(deliveries: Sequence[Delivery]) -> None:
    """Write the events, and what follows from them."""
    for delivery in deliveries:
        delivery.close()
    queries.insert_events([event for each in deliveries for event in each.writer.events])
    plain = [each for each in deliveries if each.derivation.is_plain]
    _store(plain)
    for delivery in deliveries:
        if not delivery.derivation.is_plain:
            delivery.derivation.store(delivery.writer.seq, is_deferred=False)
        metrics.count("ledger_events", delivery.account.kind, amount=len(delivery.writer.events))
    _tell(deliveries)


def _store(deliveries: Sequence[Delivery]) -> None:
    """Write trades, positions and day money of accounts whose rows only grow."""
    trades: list[tuple[int, Any]] = []
    days: set[tuple[int, str, str]] = set()
    for delivery in deliveries:
        account, derivation = delivery.account, delivery.derivation
        trades += [(account.id, trade) for trade in derivation.book.trades]
        derivation.keep_positions()
        account.derived_seq = delivery.writer.seq
        days.update((account.id, *key) for key in derivation.book.days)
    for _, trade in trades:
        derive.check_trade(trade)
    queries.insert_trades(trades)
    known = bulk_queries.days_of(days)
    rows: list[tuple[Any, ...]] = []
    changed: list[tuple[Delivery, dict[str, str]]] = []
    for delivery in deliveries:
        own = known.get(delivery.account.id, {})
        made, empty, first = derive.day_rows(
            delivery.account, delivery.derivation.changes(), own, {}
        )
        rows += made
        queries.delete_days(delivery.account.id, empty)
        changed.append((delivery, first))
    queries.write_days(rows)
    db.session.flush()
    for delivery, first in changed:
        derive.publish(delivery.account, first)
        _settle_opening(delivery, first.values())


def _settle_opening(delivery: Delivery, days: Iterable[str]) -> None:
    first, opened_on = min(days, default=None), delivery.account.opened_on
    if first and (opened_on is None or first < opened_on.isoformat()):
        derive.settle_opening(delivery.account)


def _tell(deliveries: Sequence[Delivery]) -> None:
    """Tell the programs of members who have any."""
    listening = notifications.listeners({each.account.user_id for each in deliveries})
    for delivery in deliveries:
        if delivery.account.user_id in listening:
            events, book = delivery.writer.events, delivery.derivation.book
            news.tell_recorded(delivery.account, events, book.trades)
