"""What accounts hold, from the state that their events left."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from app.core.types import from_scaled
from app.ledger import queries
from app.ledger.queries import bulk
from app.ledger.rules.book import Held, read_body
from app.ledger.schemas import AccountView
from app.market import service as market


class OpenPosition(NamedTuple):
    """What an account holds of one instrument."""

    symbol: str
    direction: str
    qty: Decimal
    entry_price: Decimal
    """The average of what is held."""
    entry_at: datetime
    unrealized_pnl: Decimal | None
    """As last marked. None: never marked, or worth then what was paid; nobody can tell which."""
    valued_at: datetime | None
    """When the last mark or fill has changed that; None like it."""
    instrument_id: int
    currency: str
    multiplier: Decimal
    """Money per one unit of quantity and one point of price."""

    def pnl_at(self, price: Decimal) -> Decimal:
        """Return what it would have made at a price, before fees."""
        change = price - self.entry_price if self.direction == "long" else self.entry_price - price
        return change * self.qty * self.multiplier


def held_quantities(account_ids: Collection[int]) -> dict[int, dict[str, Decimal]]:
    """Return what accounts hold by symbol, short ones below zero."""
    states = bulk.position_states(account_ids)
    return {
        account_id: {
            each.symbol: each.qty if each.direction == "long" else -each.qty
            for each in _positions(state)
        }
        for account_id, state in states.items()
    }


def fill_sums(
    account_ids: Collection[int],
) -> dict[int, dict[tuple[str, str], tuple[int, Decimal]]]:
    """Return how many fills accounts have by symbol and side, and their quantities together."""
    found: dict[int, dict[tuple[str, str], tuple[int, Decimal]]] = {}
    for account_id, text in bulk.fill_bodies(account_ids):
        body = read_body(text)
        own = found.setdefault(account_id, {})
        count, qty = own.get((body["symbol"], body["side"]), (0, Decimal(0)))
        own[body["symbol"], body["side"]] = (count + 1, qty + Decimal(body["qty"]))
    return found


def held_symbols(account_ids: Collection[int]) -> dict[int, list[str]]:
    """Return what accounts hold, by account; those that hold nothing are left out."""
    states = bulk.position_states(account_ids)
    held = {
        account_id: [int(key.partition(":")[0]) for key in state.get("open", {})]
        for account_id, state in states.items()
    }
    symbols = market.instruments_by_id({each for ids in held.values() for each in ids})
    return {
        account_id: sorted(symbols[each].symbol for each in ids)
        for account_id, ids in held.items()
        if ids
    }


class HeldPosition(NamedTuple):
    """What one of a user's accounts holds of one instrument."""

    account: AccountView
    symbol: str
    asset_class: str
    currency: str
    multiplier: Decimal
    """Money per one unit of quantity and one point of price."""
    qty: Decimal
    """Below zero: short."""
    entry_price: Decimal
    entry_at: datetime


def positions_of(
    user_id: int, kinds: Collection[str], account_id: int | None = None
) -> list[HeldPosition]:
    """Return what a user's accounts of some kinds hold, or one of them, by account and symbol.

    Raises:
        AccountNotFoundError: there is no such account, or it is another user's.
    """
    if account_id is not None:
        accounts: Sequence[Any] = [queries.get_account(user_id, account_id)]
    else:
        accounts = [each for each in queries.list_accounts(user_id) if each.kind in kinds]
    found = []
    for account in accounts:
        view = AccountView.model_validate(account)
        state = (account.positions or {}).get("open", {})
        held = {key: Held.from_state(kept).position for key, kept in state.items()}
        symbols = market.instruments_by_id({int(key.partition(":")[0]) for key in held})
        own = [
            HeldPosition(
                view,
                symbols[int(key.partition(":")[0])].symbol,
                symbols[int(key.partition(":")[0])].asset_class,
                key.partition(":")[2],
                from_scaled(each.multiplier),
                from_scaled(each.open_qty * each.direction),
                from_scaled(each.cost // each.open_qty),
                datetime.fromisoformat(each.entry_at),
            )
            for key, each in held.items()
        ]
        found += sorted(own, key=lambda each: each.symbol)
    return found


def open_positions(account_id: int) -> list[OpenPosition]:
    """Return what an account holds, by symbol."""
    return _positions(queries.get_account(None, account_id).positions or {})


def _positions(kept_state: dict[str, Any]) -> list[OpenPosition]:
    state = kept_state.get("open", {})
    held = {key: Held.from_state(kept) for key, kept in state.items()}
    symbols = market.instruments_by_id({int(key.partition(":")[0]) for key in held})
    found = [
        OpenPosition(
            symbol=symbols[int(key.partition(":")[0])].symbol,
            direction="long" if each.position.direction > 0 else "short",
            qty=from_scaled(each.position.open_qty),
            entry_price=from_scaled(each.position.cost // each.position.open_qty),
            entry_at=datetime.fromisoformat(each.position.entry_at),
            unrealized_pnl=from_scaled(each.booked) if each.booked else None,
            valued_at=datetime.fromisoformat(each.at) if each.booked else None,
            instrument_id=int(key.partition(":")[0]),
            currency=key.partition(":")[2],
            multiplier=from_scaled(each.position.multiplier),
        )
        for key, each in held.items()
    ]
    return sorted(found, key=lambda each: each[:5])
