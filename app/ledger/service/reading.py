"""What an owner reads of the ledger: trades and fills."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from app.billing import service as billing
from app.core import paging
from app.core.formatters import NEW_YORK
from app.ledger import queries
from app.ledger.models import LedgerEvent, Trade, TradingAccount
from app.ledger.queries import trades
from app.ledger.rules.book import read_body
from app.ledger.schemas import AccountView, FillView, TradePage, TradeView
from app.ledger.service.derive import replacements
from app.market import service as market

MAX_PAGE = 500


def list_trades(
    user_id: int, account_id: int | None = None, cursor: str | None = None, limit: int = 50
) -> TradePage:
    """Return a user's trades, the newest first; AccountNotFoundError for a stranger's account.

    Only so far back as the user's plan shows; backtests, whose days are of the past anyway, whole.
    """
    if account_id is not None:
        queries.get_account(user_id, account_id)
    limit, since = max(1, min(limit, MAX_PAGE)), billing.history_since(user_id)
    rows = trades.list_trades(user_id, account_id, _read_cursor(cursor), limit + 1, since)
    symbols = market.instruments_by_id(trade.instrument_id for trade, _ in rows)
    items = [_trade_view(trade, account, symbols) for trade, account in rows[:limit]]
    has_more = len(rows) > limit
    return TradePage(items=items, next_cursor=_cursor(items[-1]) if has_more else None)


def trades_on(user_id: int, instrument_id: int, limit: int) -> list[TradeView]:
    """Return a user's trades of one instrument, the newest first; backtests left out.

    Only so far back as the user's plan shows.
    """
    since = billing.history_since(user_id)
    rows = trades.list_trades(user_id, None, None, limit, since, instrument_id=instrument_id)
    symbols = market.instruments_by_id([instrument_id])
    return [_trade_view(trade, account, symbols) for trade, account in rows]


def _trade_view(trade: Trade, account: TradingAccount, instruments: dict[int, Any]) -> TradeView:
    instrument = instruments[trade.instrument_id]
    columns = {
        name: getattr(trade, name) for name in TradeView.model_fields if hasattr(trade, name)
    }
    return TradeView(
        **columns,
        plugin_id=account.plugin_id,
        kind=account.kind,
        symbol=instrument.symbol,
        asset_class=instrument.asset_class,
    )


def _cursor(trade: TradeView) -> str:
    return paging.seal("trades", [trade.exit_at.isoformat(), trade.id])


def _read_cursor(cursor: str | None) -> tuple[datetime, int] | None:
    if cursor is None:
        return None
    at, trade_id = paging.unseal("trades", cursor)
    return datetime.fromisoformat(at), trade_id


def recent_fills(user_id: int, limit: int = 20) -> list[FillView]:
    """Return a user's newest fills over all accounts as they hold now, deleted ones marked.

    Only so far back as the user's plan shows.
    """
    views, since = [], billing.history_since(user_id)
    for account in queries.list_accounts(user_id):
        replaced = replacements(account.id, account.head_seq)
        for event in queries.list_newest(account.id, limit):
            view = _fill_view(account, event, replaced)
            if view is not None and _is_shown(account, view.executed_at, since):
                views.append(view)
    views.sort(key=lambda view: (view.executed_at, view.account_id, view.seq), reverse=True)
    return views[:limit]


def account_fills(user_id: int, account_id: int, limit: int = MAX_PAGE) -> list[FillView]:
    """Return the newest fills of one of a user's accounts as they hold now, without deleted ones.

    Raises:
        AccountNotFoundError: there is no such account, or it is another user's.
    """
    account = queries.get_account(user_id, account_id)
    replaced = replacements(account.id, account.head_seq)
    views = [
        _fill_view(account, event, replaced) for event in queries.list_newest(account.id, limit)
    ]
    return [view for view in views if view is not None and not view.is_deleted]


def find_account(user_id: int, plugin_id: str, kind: str) -> AccountView | None:
    """Return a user's first account of a robot and a kind."""
    found = queries.find_account(user_id, plugin_id, kind)
    return None if found is None else AccountView.model_validate(found)


def _is_shown(account: TradingAccount, at: datetime, since: date | None) -> bool:
    return since is None or account.kind == "backtest" or at.astimezone(NEW_YORK).date() >= since


def _fill_view(
    account: TradingAccount, event: LedgerEvent, replaced: dict[str, int]
) -> FillView | None:
    body = read_body(event.body)
    is_correction = event.kind == "correction"
    external_id = body["replaces"] if is_correction else event.external_id
    holds = replaced.get(external_id)
    if is_correction and holds != event.seq:
        return None
    if holds is not None and not is_correction and queries.is_correction(account.id, holds):
        return None
    return FillView(
        account_id=account.id,
        plugin_id=account.plugin_id,
        kind=account.kind,
        seq=event.seq,
        external_id=external_id,
        executed_at=datetime.fromisoformat(event.occurred_at),
        symbol=body["symbol"],
        side=body["side"],
        qty=Decimal(body["qty"]),
        price=Decimal(body["price"]),
        fee=Decimal(body["fee"]),
        fee_currency=body["fee_currency"],
        currency=body["currency"],
        source=event.source,
        is_corrected=is_correction,
        is_deleted=holds is not None and not is_correction,
    )
