"""What members closed in a week, for many at a time.

`account_days` is the ledger's table; like a foreign key it is named here, and not written.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import func, select

from app.core.db import db
from app.performance.models import PerformanceScope
from app.performance.rules import FORWARD_KINDS


class Book(NamedTuple):
    """What a member's accounts of one kind and currency closed."""

    user_id: int
    kind: str
    currency: str
    trades: int
    wins: int
    net: Decimal
    fees: Decimal


def active_members(first: date, after_id: int, limit: int) -> Sequence[int]:
    """Return members whose accounts moved since a day, by id, the next ones after `after_id`."""
    query = (
        select(PerformanceScope.user_key)
        .where(
            # The order of the unique index: one range of it is read, however many members there are.
            PerformanceScope.user_key > after_id,
            PerformanceScope.account_id == 0,
            PerformanceScope.plugin_id == "",
            PerformanceScope.last_day >= first,
        )
        .group_by(PerformanceScope.user_key)
        .order_by(PerformanceScope.user_key)
        .limit(limit)
    )
    return db.session.scalars(query).all()


def books(user_ids: Sequence[int], first: date, last: date) -> list[Book]:
    """Return what some members closed from one day to another, by member, kind and currency."""
    days = db.metadata.tables["account_days"].c
    query = (
        select(
            days.user_id,
            days.kind,
            days.currency,
            func.sum(days.trade_count),
            func.sum(days.win_count),
            func.sum(days.gross_profit),
            func.sum(days.gross_loss),
            func.sum(days.fees),
        )
        .where(
            days.user_id.in_(user_ids), days.day.between(first, last), days.kind.in_(FORWARD_KINDS)
        )
        .group_by(days.user_id, days.kind, days.currency)
        .having(func.sum(days.trade_count) > 0)
        .order_by(days.user_id, days.kind, days.currency)
    )
    return [
        Book(user_id, kind, currency, int(trades), int(wins), profit - loss, fees)
        for user_id, kind, currency, trades, wins, profit, loss, fees in db.session.execute(query)
    ]


def simulated(user_ids: Sequence[int]) -> set[tuple[int, str]]:
    """Return for which of some members which kinds trade on the simulated market."""
    query = select(PerformanceScope.user_key, PerformanceScope.kind).where(
        PerformanceScope.user_key.in_(user_ids),
        PerformanceScope.account_id == 0,
        PerformanceScope.plugin_id == "",
        PerformanceScope.is_simulated,
    )
    return {(user_id, kind) for user_id, kind in db.session.execute(query)}
