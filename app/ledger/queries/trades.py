"""Reading closed trades."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.engine import Row

from app.core.db import db
from app.ledger.models import Trade, TradingAccount


def list_trades(
    user_id: int,
    account_id: int | None,
    before: tuple[datetime, int] | None,
    limit: int,
    since: date | None = None,
    *,
    instrument_id: int | None = None,
) -> Sequence[Row[Trade, TradingAccount]]:
    """Return a user's trades with their accounts, the newest exit first.

    `since` leaves out what was closed in an earlier session; not of backtests. Of one instrument,
    where it is told, what was traded and not what a backtest made.
    """
    query = (
        select(Trade, TradingAccount)
        .join(TradingAccount, Trade.account_id == TradingAccount.id)
        .where(TradingAccount.user_id == user_id)
        .order_by(Trade.exit_at.desc(), Trade.id.desc())
        .limit(limit)
    )
    if account_id is not None:
        query = query.where(Trade.account_id == account_id)
    if instrument_id is not None:
        query = query.where(Trade.instrument_id == instrument_id, TradingAccount.kind != "backtest")
    if since is not None:
        query = query.where(or_(Trade.closed_on >= since, TradingAccount.kind == "backtest"))
    if before is not None:
        query = query.where(
            or_(Trade.exit_at < before[0], (Trade.exit_at == before[0]) & (Trade.id < before[1]))
        )
    return db.session.execute(query).all()
