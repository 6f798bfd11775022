"""LEAPS: long options of 6 to 18 months, how they age, what rolling them brings, by quarter."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from app.core.formatters import NEW_YORK
from app.ledger import service as ledger
from app.ledger.schemas import TradeView
from app.quant.options import read_contract
from app.trading.schemas.portfolio import Net, Position
from app.trading.service.combos import find_contract
from app.trading.service.portfolio import Book, Entry, Valued

if TYPE_CHECKING:
    from app.quant.legs import Roll

NEAREST, FURTHEST = 180, 550
"""Days to expiry of what counts: six to eighteen months."""
STEP = 30
RIGHTS = {"call": "C", "put": "P"}
MOST_TRADES = 500


class Tracked(NamedTuple):
    """A long option with time left."""

    entry: Entry
    valued: Valued
    intrinsic: float | None
    """What exercising a share of it brings now."""
    extrinsic: float | None
    """What is paid for the time that is left."""
    breakeven: float
    """At expiry, by the price it was bought at."""

    @property
    def position(self) -> Position:
        """The position as shown."""
        return self.valued.position


class Aged(NamedTuple):
    """A position so many days on, with price and volatility as they are."""

    days: int
    worth: float | None
    net: Net


class Quarter(NamedTuple):
    """What long-dated options brought that were closed in a quarter."""

    year: int
    number: int
    currency: str
    trades: int
    won: int
    net_pnl: Decimal


def tracked(book: Book) -> list[Tracked]:
    """Return the long options of a book that have six to eighteen months left."""
    return [
        _tracked(entry, each)
        for entry in book.entries
        for each in entry.valued
        if each.position.right in RIGHTS
        and each.position.qty > 0
        and each.position.days is not None
        and NEAREST <= each.position.days <= FURTHEST
    ]


def _tracked(entry: Entry, valued: Valued) -> Tracked:
    position, spot = valued.position, entry.at.spot
    side = 1 if position.right == "call" else -1
    strike, paid = float(position.strike or 0), float(position.entry_price)
    intrinsic = None if spot is None else max(side * (spot - strike), 0.0)
    known = position.price is not None and intrinsic is not None
    return Tracked(
        entry,
        valued,
        intrinsic,
        (position.price or 0.0) - (intrinsic or 0.0) if known else None,
        strike + side * paid,
    )


def projected(one: Tracked) -> list[Aged]:
    """Return worth and Greeks of a tracked option, month by month until it ends."""
    from app.quant.legs import Scenario, worth
    from app.trading.rules import valuing

    leg, spot = one.valued.leg, one.entry.at.spot
    if spot is None or not valuing.is_known(leg):
        return []
    left = int(one.position.days or 0)
    found = []
    for days in [*range(0, left, STEP), left]:
        scenario = Scenario(float(days))
        value = float(worth([leg], spot, scenario)[0])
        found.append(Aged(days, value, valuing.net_of([leg], spot, scenario)))
    return found


def roll(one: Tracked, strike: Decimal, expiry: date) -> Roll | None:
    """Return what rolling a tracked option to another contract brings; None: one has no price.

    Raises:
        ValidationError: the chain does not have that contract.
    """
    from app.quant.legs import roll as reckon
    from app.trading.rules import valuing

    chain, spot, price = one.entry.at.chain, one.entry.at.spot, one.position.price
    if chain is None or spot is None or price is None:
        return None
    quote, known = find_contract(chain, RIGHTS[one.position.right], strike, expiry)
    if quote.middle is None or quote.implied_volatility is None:
        return None
    old = one.valued.leg
    facts = valuing.Facts(old.kind, old.quantity, old.multiplier, quote.middle, float(strike))
    new = valuing.style(valuing.leg_of(facts, quote, known), chain)
    return reckon(old, price, new, spot)


def quarters(user_id: int, kind: str | None) -> list[Quarter]:
    """Return what a member's closed long-dated options brought, the newest quarter first."""
    page = ledger.list_trades(user_id, limit=MOST_TRADES)
    own = [each for each in page.items if each.kind == kind and _is_long_dated(each)]
    return quarters_of(own)


def quarters_of(trades: Iterable[TradeView]) -> list[Quarter]:
    """Return trades by the quarter in which they were closed, and by currency."""
    found: dict[tuple[int, int, str], list[TradeView]] = {}
    for each in trades:
        on = each.closed_on
        found.setdefault((on.year, (on.month + 2) // 3, each.currency), []).append(each)
    return [
        Quarter(
            *key,
            trades=len(own),
            won=sum(each.net_pnl > 0 for each in own),
            net_pnl=sum((each.net_pnl for each in own), Decimal(0)),
        )
        for key, own in sorted(found.items(), reverse=True)
    ]


def _is_long_dated(trade: TradeView) -> bool:
    if trade.asset_class != "option":
        return False
    try:
        expiry = date.fromordinal(read_contract(trade.symbol.replace(" ", "")).expiry)
    except ValueError:
        return False
    return (expiry - trade.entry_at.astimezone(NEW_YORK).date()).days >= NEAREST
