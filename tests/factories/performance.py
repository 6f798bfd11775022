"""Accounts and daily money, written as the ledger would derive them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from app.core.db import db
from app.ledger.models import FORWARD_KINDS, AccountDay, TradingAccount

CREATED = datetime(2025, 1, 1, tzinfo=UTC)


def make_account(user_id, plugin_id="ma_cross", kind="journal", **columns) -> TradingAccount:
    """Return a stored account; `starting_balance` None means unknown."""
    account = TradingAccount(
        user_id=user_id,
        plugin_id=plugin_id,
        kind=kind,
        name=columns.pop("name", f"{plugin_id} {kind}"),
        currency=columns.pop("currency", "USD"),
        created_at=CREATED,
        **columns,
    )
    db.session.add(account)
    db.session.flush()
    return account


def make_day(account: TradingAccount, day: date, *pnls: str, **columns) -> AccountDay:
    """Return a stored day of an account on which trades with these net P&Ls closed."""
    values = [Decimal(pnl) for pnl in pnls]
    wins = [value for value in values if value > 0]
    losses = [value for value in values if value < 0]
    filled = {
        "trade_count": len(values),
        "win_count": len(wins),
        "loss_count": len(losses),
        "gross_profit": sum(wins, Decimal(0)),
        "gross_loss": -sum(losses, Decimal(0)),
        "best": max(values, default=None),
        "worst": min(values, default=None),
        "entry_notional": Decimal(500) * len(values),
        "realized": sum(values, Decimal(0)),
        "currency": account.currency,
        **columns,
    }
    row = AccountDay(
        account_id=account.id,
        day=day,
        user_id=account.user_id,
        plugin_id=account.plugin_id,
        kind=account.kind,
        is_ranked=account.is_ranked,
        **filled,
    )
    merged = db.session.merge(row)
    db.session.flush()
    return merged


def is_forward(kind: str) -> bool:
    """Whether figures of this kind count as forward."""
    return kind in FORWARD_KINDS
