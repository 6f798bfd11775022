"""The simulated broker: an account, its positions and working orders, and one bar at a time."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from app.quant.robot import Cancel, Order
from app.quant.simulation import rules
from app.quant.simulation.errors import RobotFaultError
from app.quant.simulation.orders import MAX_WORKING, SIDES, Holding, Protection, Working
from app.quant.simulation.terms import OUTSIDE, Market, OrderRecord, SimulatedFill, Terms

_EXITS = {rules.STOP_LOSS: "stop_loss", rules.TAKE_PROFIT: "take_profit"}
_TINY = 1e-9
Bar = tuple[float, float, float, float, float, int, int]
"""Open, high, low, close, volume, opened at, closed at."""


class Broker:
    """Fills orders by the rules of `rules.py` and keeps the account."""

    def __init__(self, terms: Terms, markets: dict[str, Market]) -> None:
        costs = terms.costs
        self.cash = terms.cash
        self.holdings = {symbol: Holding(symbol, market) for symbol, market in markets.items()}
        self.fill_count = 0
        self.order_count = 0
        self.fills: list[SimulatedFill] = []
        self.records: dict[int, OrderRecord] = {}
        self.guard: Callable[[Holding, float, float], bool] | None = None
        """Whether what options may cost stays covered when so much is traded at a price."""
        self._margin_ratio = terms.margin_ratio
        self._half = costs.spread_ratio / 2.0
        self._slip = costs.slippage_ratio
        self._fees = (costs.commission_per_order, costs.commission_per_unit, costs.commission_ratio)
        self._volume_share = costs.volume_share

    # --- The account ---

    def equity(self) -> float:
        """Return cash and what is held, at the last closes."""
        return self.cash + sum(held.value() for held in self.holdings.values() if held.qty)

    def check_margin(self) -> None:
        """Mark the positions of an account that has lost its margin: they are closed next."""
        value = sum(
            abs(held.value())
            for held in self.holdings.values()
            if held.qty and not held.is_contract
        )
        if rules.is_called(self.equity(), value, self._margin_ratio):
            for held in self.holdings.values():
                # What options may cost is there in cash: see `desk`.
                held.is_called = held.qty != 0 and not held.is_contract
                held.aim()

    def fee(self, value: float, qty: float, first: int) -> float:
        """Return the commission of a fill; `first`: 1 where it is its order's first."""
        return rules.fee(value, qty, self._fees, first)

    def charge(self, amount: float) -> None:
        """Take a cost from the cash."""
        self.cash = rules.to_tick(self.cash - amount)

    # --- Orders ---

    def take(self, decisions: list[Order | Cancel], given_at: int) -> None:
        """Take a robot's checked decisions, in their order; they work from the next bar on.

        Raises:
            RobotFaultError: too many orders would work.
        """
        for decision in decisions:
            if isinstance(decision, Cancel):
                self._cancel(decision.name, "robot")
            elif decision.qty > 0:
                self._place(decision, given_at)

    def _place(self, order: Order, given_at: int) -> None:
        if order.name:
            self._cancel(order.name, "replaced")
        held = self.holdings[order.symbol]
        if len(held.orders) >= MAX_WORKING:
            message = f"more than {MAX_WORKING} orders of {order.symbol} would work"
            raise RobotFaultError(message)
        self.order_count += 1
        working = Working(self.order_count, order, given_at, held.close)
        held.orders.append(working)
        self._record(working, "working")

    def _cancel(self, name: str, reason: str) -> None:
        for held in self.holdings.values():
            for working in held.orders:
                if working.key == name:
                    self.end(held, working, "cancelled", reason)
                    return

    def cancel_all(self, held: Holding, reason: str) -> None:
        """End every order of a symbol, and its protections."""
        for working in list(held.orders):
            self.end(held, working, "cancelled", reason)
        held.protections.clear()

    def end(self, held: Holding, working: Working, state: Any, reason: str = "") -> None:
        """Let an order work no more."""
        held.orders.remove(working)
        self._record(working, state, reason)

    def _record(self, working: Working, state: Any, reason: str = "") -> None:
        order = working.order
        self.records[working.number] = OrderRecord(
            working.number,
            order.name,
            order.symbol,
            order.side,
            order.qty,
            order.kind,
            order.price,
            working.given_at,
            state,
            reason,
            working.filled,
        )

    # --- One bar ---

    def trade(self, held: Holding, bar: Bar) -> None:
        """Fill what this bar fills, in the order of the rules, and let orders grow older."""
        share = self._volume_share
        held.free_volume = math.inf if share >= 1 else bar[4] * share
        if held.is_called:
            held.is_called = False
            self._close_all(held, bar)
        if held.orders or held.protections:
            self._trade_open(held, bar)
            self._trade_inside(held, bar)
            self._grow_older(held, bar)
        held.bars_held = held.bars_held + 1 if held.qty else 0

    def _close_all(self, held: Holding, bar: Bar) -> None:
        self.cancel_all(held, "margin")
        if held.qty:
            held.free_volume = math.inf
            side = -1 if held.qty > 0 else 1
            price = rules.market_price(side, bar[0], self._half, self._slip)
            self.book_outside(held, side, abs(held.qty), price, (bar[5], bar[5], "margin"))

    def book_outside(
        self, held: Holding, side: int, qty: float, price: float, when: tuple[int, int, str]
    ) -> None:
        """Book what no order asked for: a margin call, an option's end, shares that it brings."""
        name: Any = "buy" if side > 0 else "sell"
        self.order_count += 1
        working = Working(self.order_count, Order(held.symbol, name, qty), when[1], price)
        working.filled = qty
        self._book(held, side, (qty, price, 1), (working.number, *when))
        self._record(working, "filled")

    def _trade_open(self, held: Holding, bar: Bar) -> None:
        """Market orders first, so that a position that is sold is not stopped out as well."""
        at = (bar[5], bar[5])
        for working in list(held.orders):
            if working.order.kind == "market" or working.is_triggered:
                side = SIDES[working.order.side]
                price = rules.market_price(side, bar[0], self._half, self._slip)
                reason = "open" if working.order.kind == "market" else working.order.kind
                self.fill(held, working, price, (*at, reason))
        self._protect_at_open(held, bar)
        for working in list(held.orders):
            price = self._price_at_open(working, bar[0])
            if not math.isnan(price):
                self.fill(held, working, price, (*at, working.order.kind))
                self._protect_at_open(held, bar)

    def _price_at_open(self, working: Working, opened: float) -> float:
        order, side = working.order, SIDES[working.order.side]
        costs = (self._half, self._slip)
        if order.kind == "market" or working.is_triggered:
            return math.nan
        if order.kind == "limit":
            return rules.limit_at_open(side, order.price or 0.0, opened, *costs)
        level = _stop_price(working)
        return rules.stop_at_open(side, level, opened, *costs)

    def _protect_at_open(self, held: Holding, bar: Bar) -> None:
        for protection in list(held.protections):
            direction = 1 if held.qty > 0 else -1
            if protection.is_triggered:
                price = rules.market_price(-direction, bar[0], self._half, self._slip)
                code = rules.STOP_LOSS
            else:
                code, price = rules.exit_at_open(
                    direction, protection.levels, bar[0], self._half, self._slip
                )
            if code:
                self._leave(held, protection, price, (bar[5], bar[5], _EXITS[code]))

    def _trade_inside(self, held: Holding, bar: Bar) -> None:
        """Stops before limits: where one bar reaches both, the worse is taken to be first."""
        self._protect_inside(held, bar, rules.AT_OPEN, list(held.protections))
        at = (bar[6], bar[5])
        for kind, entry in (("stop", rules.BY_STOP), ("limit", rules.BY_LIMIT)):
            for working in list(held.orders):
                if (working.order.kind == "limit") != (kind == "limit"):
                    continue
                price = self._price_inside(working, bar)
                if not math.isnan(price):
                    before = list(held.protections)
                    self.fill(held, working, price, (*at, working.order.kind))
                    fresh = [one for one in held.protections if one not in before]
                    self._protect_inside(held, bar, entry, fresh)

    def _price_inside(self, working: Working, bar: Bar) -> float:
        order, side = working.order, SIDES[working.order.side]
        if order.kind == "market" or working.is_triggered:
            return math.nan
        if order.kind == "limit":
            extreme = bar[2] if side > 0 else bar[1]
            return rules.limit_inside(side, order.price or 0.0, extreme, self._half)
        extreme = bar[1] if side > 0 else bar[2]
        return rules.stop_inside(side, _stop_price(working), extreme, self._half, self._slip)

    def _protect_inside(
        self, held: Holding, bar: Bar, entry: int, protections: list[Protection]
    ) -> None:
        for protection in protections:
            if protection not in held.protections or protection.is_triggered:
                continue
            direction = 1 if held.qty > 0 else -1
            code, price = rules.exit_inside(
                direction, protection.levels, bar[:4], entry, (self._half, self._slip)
            )
            if code:
                self._leave(held, protection, price, (bar[6], bar[5], _EXITS[code]))

    def _grow_older(self, held: Holding, bar: Bar) -> None:
        for working in list(held.orders):
            side = SIDES[working.order.side]
            working.best = rules.better_price(side, working.best, bar[1], bar[2])
            if working.bars_left:
                working.bars_left -= 1
                if not working.bars_left:
                    self.end(held, working, "expired")

    # --- Fills ---

    def _leave(
        self, held: Holding, protection: Protection, price: float, when: tuple[int, int, str]
    ) -> None:
        """Close what a protection guards; what the bar's volume leaves over goes at the market."""
        qty = self._fillable(held, min(protection.qty, abs(held.qty)))
        if qty <= 0:
            protection.is_triggered = protection.is_triggered or when[2] == "stop_loss"
            return
        protection.qty = rules.to_tick(protection.qty - qty)
        protection.is_triggered = when[2] == "stop_loss"
        if protection.qty <= 0:
            held.protections.remove(protection)
        side = -1 if held.qty > 0 else 1
        self._book(held, side, (qty, price, 0), (protection.order_number, *when))

    def fill(
        self, held: Holding, working: Working, price: float, when: tuple[int, int, str]
    ) -> None:
        """Fill what the volume and the account allow of an order; `when`: at, bar, reason."""
        order, side = working.order, SIDES[working.order.side]
        closing = min(working.rest, abs(held.qty)) if side * held.qty < 0 else 0.0
        if order.reduce_only and not closing:
            self.end(held, working, "cancelled", "nothing_to_close")
            return
        qty = self._fillable(held, closing if order.reduce_only else working.rest)
        if qty <= 0:
            return
        refused = self._refusal(held, side, qty, price, int(not working.filled))
        if refused:
            qty = 0.0 if refused == "options" else min(qty, closing)
        opening = max(rules.to_tick(qty - closing), 0.0)
        if qty > 0:
            first = int(not working.filled)
            working.filled = rules.to_tick(working.filled + qty)
            working.is_triggered = order.kind in {"stop", "trailing"}
            self._book(held, side, (qty, price, first), (working.number, *when))
            self._protect(held, working, opening, price)
        if refused:
            self.end(held, working, "rejected", refused)
        elif working.rest <= 0:
            self.end(held, working, "filled")
        elif order.reduce_only and not held.qty:
            self.end(held, working, "cancelled", "nothing_to_close")
        else:
            self._record(working, "partial")

    def _fillable(self, held: Holding, qty: float) -> float:
        if held.free_volume < qty:
            return rules.whole_steps(held.free_volume, held.market.step)
        return qty

    def _refusal(self, held: Holding, side: int, qty: float, price: float, first: int) -> str:
        """Say why the account does not cover a fill; one that only reduces is always covered."""
        if self.guard is not None and not self.guard(held, side * qty, price):
            return "options"
        after = rules.to_tick(held.qty + side * qty)
        if held.is_contract or (abs(after) <= abs(held.qty) and after * held.qty >= 0):
            return ""
        unit = price * held.market.multiplier
        cost = self.fee(qty * unit, qty, first)
        cash = self.cash - side * qty * unit - cost
        value, equity = abs(after) * unit, cash + after * unit
        for other in self.holdings.values():
            if other is not held and other.qty:
                value += abs(other.value())
                equity += other.value()
        if rules.covers(equity, value, self._margin_ratio):
            return ""
        return "cash" if self._margin_ratio >= 1 else "margin"

    def _book(
        self,
        held: Holding,
        side: int,
        done: tuple[float, float, int],
        when: tuple[int, int, int, str],
    ) -> None:
        qty, price, first = done
        number, at_us, opened_at, reason = when
        value = qty * price * held.market.multiplier
        cost = 0.0 if reason in OUTSIDE else self.fee(value, qty, first)
        self.cash = rules.to_tick(self.cash - side * value - cost)
        held.free_volume -= qty
        self._move(held, side, qty, price)
        self.fill_count += 1
        self.fills.append(
            SimulatedFill(
                self.fill_count,
                number,
                at_us,
                opened_at,
                held.symbol,
                "buy" if side > 0 else "sell",
                qty,
                price,
                cost,
                reason,
                rules.to_tick(held.half_spread * qty * held.market.multiplier),
            )
        )

    def _move(self, held: Holding, side: int, qty: float, price: float) -> None:
        before, after = held.qty, rules.to_tick(held.qty + side * qty)
        if before * side >= 0:
            spent = abs(before) * held.entry_price + qty * price
            held.entry_price = spent / abs(after)
        elif after * before < 0:
            held.entry_price, held.bars_held = price, 0
            held.protections.clear()
        elif after == 0:
            held.entry_price, held.bars_held = 0.0, 0
            held.protections.clear()
        held.qty = after
        self._trim(held)

    def _trim(self, held: Holding) -> None:
        """Let protections guard no more than is held; the oldest go first, as the lots do."""
        excess = sum(one.qty for one in held.protections) - abs(held.qty)
        while excess > _TINY and held.protections:
            oldest = held.protections[0]
            cut = min(oldest.qty, excess)
            oldest.qty = rules.to_tick(oldest.qty - cut)
            excess -= cut
            if oldest.qty <= 0:
                held.protections.pop(0)

    def _protect(self, held: Holding, working: Working, opened: float, price: float) -> None:
        order = working.order
        if opened <= 0:
            return
        stop, take = order.stop_loss, order.take_profit
        if stop is None and order.stop_loss_ratio is not None:
            stop = rules.stop_level(SIDES[order.side], price, order.stop_loss_ratio)
        if stop is None and take is None:
            return
        levels = (math.nan if stop is None else stop, math.nan if take is None else take)
        held.protections.append(Protection(working.number, opened, levels))


def _stop_price(working: Working) -> float:
    order = working.order
    if order.kind == "trailing":
        return rules.trailing_level(SIDES[order.side], working.best, order.trail or 0.0)
    return order.price or 0.0
