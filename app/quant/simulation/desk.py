"""Options of chains: they have no bars, but quotes as of some instants.

- An order that was given at the close of a bar is filled at the next chain: at its bid or ask, made
  worse by the slippage. Where a chain tells neither, at the last price of a contract that traded,
  made worse by half the spread too; without a spread in the costs not at all.
- Orders of one combo are filled together or wait together.
- What the options may cost at the worst has to be there in cash (`cover`), whatever the margin.
- A position is worth what closing it would have brought: the bid when long, the ask when short. A
  session whose chain does not have the contract, or without a chain, has no value of it.
- An option ends at the close of its underlying on its last day. That of an index ends in cash;
  that of a share in shares at the strike, where the account covers them, and else in cash too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from app.quant.chains import Chain, ChainColumns, Quote
from app.quant.options import read_contract
from app.quant.robot import Cancel, Order
from app.quant.simulation import cover, rules
from app.quant.simulation.broker import Bar, Broker
from app.quant.simulation.errors import RobotFaultError
from app.quant.simulation.orders import SIDES, Holding, Working
from app.quant.simulation.terms import Market, Terms

LEAST = 1e-8
"""What a worthless option is booked at: a ledger takes no price of zero."""
_NEVER = 2**62
_CENT = 1e-6


class Desk:
    """Trades the options of some underlyings for a broker's account."""

    def __init__(
        self,
        broker: Broker,
        terms: Terms,
        chains: Mapping[str, ChainColumns],
        state: Mapping[str, Any] | None = None,
    ) -> None:
        self.chains = dict(chains)
        self.shown: dict[str, Chain] = {}
        self.marks: dict[tuple[int, str], tuple[float, float]] = {}
        self._broker = broker
        self._costs = terms.costs
        known = state or {}
        self._seen: dict[str, int] = dict.fromkeys(chains, 0) | known.get("seen", {})
        self._closed: dict[str, int] = dict.fromkeys(chains, 0) | known.get("closed", {})
        self._settles: dict[str, int] = dict(known.get("settles", {}))
        for symbol in self._seen:
            self._show(symbol)
        broker.guard = self._is_covered_after

    def to_state(self) -> dict[str, Any]:
        """Everything that outlives a bar, for JSON."""
        return {"seen": self._seen, "closed": self._closed, "settles": self._settles}

    def _show(self, symbol: str) -> None:
        columns = self.chains.get(symbol)
        count = columns.count_until(self._seen[symbol]) if columns is not None else 0
        if columns is not None and count:
            self.shown[symbol] = Chain(symbol, columns, count - 1)

    # --- Orders ---

    def prepare(self, decisions: Sequence[Order | Cancel]) -> None:
        """Make room for the contracts that are ordered.

        Raises:
            RobotFaultError: one is neither held nor in the chain that the robot sees.
        """
        holdings = self._broker.holdings
        for decision in decisions:
            if isinstance(decision, Cancel) or decision.symbol in holdings:
                continue
            chain = self.shown.get(read_contract(decision.symbol).root)
            settles_at = None if chain is None else chain.settles_at(decision.symbol)
            if settles_at is None:
                message = f"it ordered {decision.symbol}, which is not in the chain that it sees"
                raise RobotFaultError(message)
            self._settles[decision.symbol] = settles_at
            holdings[decision.symbol] = contract_holding(decision.symbol)

    # --- A bar of an underlying has closed ---

    def close(self, symbol: str, bar: Bar) -> bool:
        """Fill, value and end what the newest chain and the time say; whether anything was done."""
        before, self._closed[symbol] = self._closed.get(symbol, 0), bar[6]
        is_new = self._look(symbol, bar[6])
        mine = self._contracts(symbol)
        if is_new and mine:
            if self.shown[symbol].as_of > before:
                self._fill_all(symbol, mine, bar)
            self._value(symbol, mine)
        ended = [held for held in mine if self._settles[held.symbol] <= bar[6]]
        for held in ended:
            self._end(symbol, held, bar)
        for held in mine:
            if not held.qty and not held.orders:
                del self._broker.holdings[held.symbol], self._settles[held.symbol]
        return bool(is_new or ended)

    def _look(self, symbol: str, now: int) -> bool:
        columns = self.chains.get(symbol)
        count = columns.count_until(now) if columns is not None else 0
        if columns is None or not count:
            return False
        as_of = int(columns.snapshots["as_of"][count - 1])
        if as_of <= self._seen.get(symbol, 0):
            return False
        self._seen[symbol] = as_of
        self.shown[symbol] = Chain(symbol, columns, count - 1)
        return True

    def _contracts(self, underlying: str) -> list[Holding]:
        return [
            held
            for held in self._broker.holdings.values()
            if held.is_contract and read_contract(held.symbol).root == underlying
        ]

    # --- Fills ---

    def _fill_all(self, underlying: str, mine: Sequence[Holding], bar: Bar) -> None:
        groups: dict[str, list[tuple[Holding, Working]]] = {}
        orders = [(held, working) for held in mine for working in held.orders]
        for held, working in sorted(orders, key=lambda each: each[1].number):
            name = working.order.combo or f"#{working.number}"
            groups.setdefault(name, []).append((held, working))
        for legs in groups.values():
            self._fill_together(underlying, legs, bar)
        for held, working in orders:
            if working in held.orders and working.bars_left:
                working.bars_left -= 1
                if not working.bars_left:
                    self._broker.end(held, working, "expired")

    def _fill_together(
        self, underlying: str, legs: Sequence[tuple[Holding, Working]], bar: Bar
    ) -> None:
        """Fill all orders of a combo, or none."""
        found = []
        for held, working in legs:
            quote = self.shown[underlying].quote(held.symbol)
            priced = None if quote is None else self._price(working, quote)
            if quote is None or priced is None:
                return
            self._free_volume(held, quote)
            if len(legs) > 1 and held.free_volume < working.rest:
                return
            found.append((held, working, *priced))
        moves = [(held, _move_of(held, working), price) for held, working, price, *_ in found]
        fees = sum(
            self._broker.fee(working.rest * price * cover.LOT, working.rest, 1)
            for _, working, price, *_ in found
        )
        if not self._is_covered(moves, fees):
            for held, working in legs:
                self._broker.end(held, working, "rejected", "options")
            return
        guard, self._broker.guard = self._broker.guard, None
        for held, working, price, half, reason in found:
            held.half_spread = half
            self._broker.fill(held, working, price, (bar[6], bar[5], reason))
            held.half_spread = 0.0
        self._broker.guard = guard

    def _free_volume(self, held: Holding, quote: Quote) -> None:
        share = self._costs.volume_share
        traded = 0.0 if math.isnan(quote.volume) else quote.volume
        held.free_volume = math.inf if share >= 1 else traded * share

    def _price(self, working: Working, quote: Quote) -> tuple[float, float, str] | None:
        """Return at what an order is filled, half the spread, and by which kind of price."""
        side, limit = SIDES[working.order.side], working.order.price
        slip = self._costs.slippage_ratio
        base, other = (quote.ask, quote.bid) if side > 0 else (quote.bid, quote.ask)
        half, reason = 0.0, "quote"
        if math.isnan(quote.bid) and math.isnan(quote.ask):
            ratio = self._costs.spread_ratio / 2
            if not (ratio and quote.last > 0 and quote.volume > 0):
                return None
            half, reason = quote.last * ratio, "last"
            base = quote.last + side * half
        elif not base > 0:
            return None
        elif not math.isnan(other):
            half = abs(base - other) / 2
        if working.order.kind == "limit" and limit is not None:
            if side * base > side * limit:
                return None
            worse = rules.to_tick(base * (1 + side * slip))
            return (min(worse, limit) if side > 0 else max(worse, limit)), half, reason
        return max(rules.to_tick(base * (1 + side * slip)), LEAST), half, reason

    # --- Cover ---

    def _is_covered_after(self, held: Holding, qty: float, price: float) -> bool:
        """Whether trading shares leaves enough for the options of the account."""
        if not any(each.is_contract and each.qty for each in self._broker.holdings.values()):
            return True
        fees = self._broker.fee(abs(qty) * price * held.market.multiplier, abs(qty), 1)
        return self._is_covered([(held, qty, price)], fees)

    def _is_covered(self, moves: Sequence[tuple[Holding, float, float]], fees: float) -> bool:
        """Whether cash covers the worst that options may come to, after some trades.

        What makes nothing worse than it is may always be done: a way out stays open.
        """
        spent = math.fsum(qty * price * held.market.multiplier for held, qty, price in moves)
        changes: dict[str, float] = {}
        for held, qty, _ in moves:
            changes[held.symbol] = changes.get(held.symbol, 0.0) + qty
        after = self._broker.cash - spent - fees + self._worst(changes)
        return after >= -_CENT or after >= self._broker.cash + self._worst({}) - _CENT

    def _worst(self, changes: Mapping[str, float]) -> float:
        holdings = self._broker.holdings
        legs: dict[str, list[Any]] = {}
        for held in holdings.values():
            qty = held.qty + changes.get(held.symbol, 0.0)
            if held.is_contract and qty:
                contract = read_contract(held.symbol)
                legs.setdefault(contract.root, []).append((contract, qty))
        return sum(
            cover.worst(each, holdings[root].qty + changes.get(root, 0.0))
            for root, each in legs.items()
        )

    # --- Values and ends ---

    def _value(self, underlying: str, mine: Sequence[Holding]) -> None:
        chain = self.shown[underlying]
        for held in mine:
            quote = chain.quote(held.symbol) if held.qty else None
            if quote is None:
                continue
            price = quote.bid if held.qty > 0 else quote.ask
            price = quote.last if math.isnan(price) else price
            if not math.isnan(price):
                held.close = max(price, LEAST)
                self.marks[chain.session, held.symbol] = (held.qty, held.close)

    def _end(self, underlying: str, held: Holding, bar: Bar) -> None:
        """End an option at its underlying's close, or at the next open where there was none."""
        contract, broker = read_contract(held.symbol), self._broker
        is_late = bar[5] >= self._settles[held.symbol]
        broker.cancel_all(held, "expiry")
        if not held.qty:
            return
        value = cover.intrinsic(contract, bar[0] if is_late else bar[3])
        when = (bar[5], bar[5]) if is_late else (bar[6], bar[5])
        share, side = broker.holdings[underlying], -1 if held.qty > 0 else 1
        qty = -side * abs(held.qty) * cover.LOT * (1 if contract.right == "C" else -1)
        is_delivered = (
            value > 0 and share.market.is_delivered and self._can_take(share, qty, contract.strike)
        )
        price = LEAST if is_delivered else max(rules.to_tick(value), LEAST)
        broker.book_outside(held, side, abs(held.qty), price, (*when, "expiry"))
        if is_delivered:
            reason = "exercise" if side < 0 else "assignment"
            way = 1 if qty > 0 else -1
            broker.book_outside(share, way, abs(qty), contract.strike, (*when, reason))

    def _can_take(self, share: Holding, qty: float, strike: float) -> bool:
        """Whether an account has the shares, or the cash for them."""
        if qty > 0:
            return self._broker.cash >= qty * strike
        return share.qty >= -qty


def contract_holding(symbol: str) -> Holding:
    """Return an empty position of an option."""
    held = Holding(symbol, Market(cover.LOT, 1.0))
    held.is_contract = True
    return held


def _move_of(held: Holding, working: Working) -> float:
    """Return by how much an order changes what is held."""
    side, qty = SIDES[working.order.side], working.rest
    if working.order.reduce_only:
        qty = min(qty, abs(held.qty)) if side * held.qty < 0 else 0.0
    return side * qty
