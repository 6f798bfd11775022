"""What the programs of a member are told of: one event a delivery, however many fills it holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.ledger.models import ImportFile, TradingAccount
from app.ledger.rules.book import TradeRow
from app.ledger.rules.chain import Event
from app.ledger.rules.fills import plain_number
from app.notifications import service as notifications

MOST_TRADES = 20
"""So many are named; who wants all asks for the account's trades."""


def tell_recorded(
    account: TradingAccount, events: Sequence[Event], trades: Sequence[TradeRow]
) -> None:
    """Tell of recorded fills, and of the trades that they closed in the order of time.

    Trades that a late fill changes are told by no event of their own: the figures that follow are.
    """
    numbers = [event.seq for event in events if event.kind == "fill"]
    if numbers:
        facts = {"count": len(numbers), "first_seq": numbers[0], "last_seq": numbers[-1]}
        notifications.emit(account.user_id, "fills.recorded", {**_account(account), **facts})
    if trades:
        told = {"count": len(trades), "trades": [_trade(trade) for trade in trades[:MOST_TRADES]]}
        notifications.emit(account.user_id, "trades.closed", {**_account(account), **told})


def _account(account: TradingAccount) -> dict[str, Any]:
    return {"account_id": account.id, "plugin_id": account.plugin_id, "kind": account.kind}


def _trade(trade: TradeRow) -> dict[str, Any]:
    return {
        "open_seq": trade.open_seq,
        "close_seq": trade.close_seq,
        "direction": trade.direction,
        "qty": plain_number(trade.qty),
        "net_pnl": plain_number(trade.net_pnl),
        "currency": trade.instrument.rpartition(":")[2],
        "closed_at": trade.exit_at,
    }


def tell_imported(found: ImportFile) -> None:
    """Tell that an import has ended, done or failed; once."""
    data = {
        "import_id": found.id,
        "state": found.state,
        "account_id": found.account_id,
        "rows": found.row_count,
        "created": found.created_count,
        "duplicate": found.duplicate_count,
        "refused": found.refused_count,
    }
    key = f"import.finished:{found.id}"
    notifications.emit(found.user_id, "import.finished", data, key=key)
