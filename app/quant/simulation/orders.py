"""What a robot returns, checked, and the orders and positions that came of it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterable
from typing import Any

from app.quant.options import read_contract
from app.quant.robot import Cancel, Order, Position, Side
from app.quant.simulation import rules
from app.quant.simulation.errors import RobotFaultError
from app.quant.simulation.terms import Market

SIDES: dict[str, int] = {"buy": 1, "sell": -1}
KINDS = ("market", "limit", "stop", "trailing")
MAX_ORDERS_A_BAR = 100
MAX_WORKING = 1_000
MAX_NUMBER = 1e12
MAX_NAME = 64
_SHOWN = 80
_PRICED = {"limit": "price", "stop": "price", "trailing": "trail"}
_PRICES = ("price", "trail", "stop_loss", "stop_loss_ratio", "take_profit")


class Working:
    """An order that works: what is left of it and what a trailing stop has seen."""

    __slots__ = ("bars_left", "best", "filled", "given_at", "is_triggered", "number", "order")

    def __init__(self, number: int, order: Order, given_at: int, best: float) -> None:
        self.number = number
        self.order = order
        self.given_at = given_at
        self.filled = 0.0
        self.bars_left = order.bars
        self.best = best
        """The best price that a trailing stop has seen."""
        self.is_triggered = False
        """A stop of which a part was filled: the rest is a market order."""

    @property
    def key(self) -> str:
        """The name in the book."""
        return self.order.name or f"#{self.number}"

    @property
    def rest(self) -> float:
        """What is still to be filled."""
        return rules.to_tick(self.order.qty - self.filled)

    def to_state(self) -> list[Any]:
        """Everything as a list for JSON."""
        return [
            self.number,
            list(self.order),
            self.given_at,
            self.best,
            self.filled,
            self.bars_left,
            self.is_triggered,
        ]

    @classmethod
    def from_state(cls, state: list[Any]) -> Working:
        """Read back what `to_state` wrote down."""
        number, order, given_at, best, filled, bars_left, is_triggered = state
        working = cls(number, Order(*order), given_at, best)
        working.filled, working.bars_left, working.is_triggered = filled, bars_left, is_triggered
        return working


class Protection:
    """The stop-loss and take-profit of what one order opened."""

    __slots__ = ("is_triggered", "levels", "order_number", "qty")

    def __init__(self, order_number: int, qty: float, levels: tuple[float, float]) -> None:
        self.order_number = order_number
        self.qty = qty
        self.levels = levels
        """(stop-loss, take-profit); NaN where there is none."""
        self.is_triggered = False

    def to_state(self) -> list[Any]:
        """Everything as a list for JSON."""
        levels = [None if math.isnan(level) else level for level in self.levels]
        return [self.order_number, self.qty, *levels, self.is_triggered]

    @classmethod
    def from_state(cls, state: list[Any]) -> Protection:
        """Read back what `to_state` wrote down."""
        number, qty, stop, take, is_triggered = state
        levels = (math.nan if stop is None else stop, math.nan if take is None else take)
        protection = cls(number, qty, levels)
        protection.is_triggered = is_triggered
        return protection


class Holding:
    """One symbol's position, its working orders and its protections."""

    __slots__ = (
        "bars_held",
        "close",
        "entry_price",
        "free_volume",
        "half_spread",
        "high_touch",
        "is_busy",
        "is_called",
        "is_contract",
        "low_touch",
        "market",
        "orders",
        "protections",
        "qty",
        "session",
        "shown",
        "symbol",
    )

    def __init__(self, symbol: str, market: Market) -> None:
        self.symbol = symbol
        self.market = market
        self.qty = 0.0
        self.entry_price = 0.0
        self.bars_held = 0
        self.shown: Position | None = None
        """What the robot sees of it."""
        self.session = 0
        """That of the last bar that mattered."""
        self.close = 0.0
        """The last one, at which the position is valued."""
        self.orders: list[Working] = []
        self.protections: list[Protection] = []
        self.free_volume = math.inf
        """What may still be filled of this bar's volume."""
        self.is_called = False
        """Its position is closed at the next open: the margin is gone."""
        self.low_touch = -math.inf
        """A bar whose low is not above it has to be traded; see `aim`."""
        self.high_touch = math.inf
        self.is_contract = False
        """An option of a chain: it has quotes and no bars."""
        self.half_spread = 0.0
        """Of the quote at which it is being filled."""
        self.is_busy = False
        """Something is held or ordered, so that its bars matter to the account."""

    def aim(self) -> None:
        """Work out which bars can fill anything, so that the others are passed by quickly."""
        self.low_touch, self.high_touch = -math.inf, math.inf
        self.is_busy = bool(self.orders or self.qty)
        levels: list[tuple[bool, float]] = []
        is_sure = self.is_called
        for working in self.orders:
            order, is_buy = working.order, working.order.side == "buy"
            if order.kind not in {"limit", "stop"} or working.bars_left or working.is_triggered:
                is_sure = True
            levels.append((is_buy == (order.kind == "limit"), order.price or 0.0))
        for protection in self.protections:
            is_sure = is_sure or protection.is_triggered
            levels.append((self.qty > 0, protection.levels[0]))
            levels.append((self.qty < 0, protection.levels[1]))
        if is_sure:
            self.low_touch = math.inf
            return
        lows = [level for is_low, level in levels if is_low and not math.isnan(level)]
        highs = [level for is_low, level in levels if not is_low and not math.isnan(level)]
        self.low_touch = max(lows, default=-math.inf)
        self.high_touch = min(highs, default=math.inf)

    def is_passed_by(self, high: float, low: float, close: float, session: int) -> bool:
        """Take a bar that fills nothing and ends no session; False: it has to be traded."""
        if low <= self.low_touch or high >= self.high_touch or session != self.session:
            return False
        self.close = close
        if self.shown is not None:
            self.bars_held += 1
            self.shown.bars_held = self.bars_held
        return True

    def value(self) -> float:
        """Return the position's value at the last close, below zero when short."""
        return self.qty * self.close * self.market.multiplier

    def to_state(self) -> list[Any]:
        """Everything that outlives a bar, as a list for JSON."""
        return [
            self.qty,
            self.entry_price,
            self.bars_held,
            self.close,
            self.is_called,
            [working.to_state() for working in self.orders],
            [protection.to_state() for protection in self.protections],
        ]

    def restore(self, state: list[Any]) -> None:
        """Read back what `to_state` wrote down."""
        self.qty, self.entry_price, self.bars_held, self.close, self.is_called = state[:5]
        self.orders = [Working.from_state(one) for one in state[5]]
        self.protections = [Protection.from_state(one) for one in state[6]]
        self.aim()


def check_decisions(
    returned: Any, symbols: Iterable[str], roots: Collection[str] = ()
) -> list[Order | Cancel]:
    """Check what a robot returned at the close of a bar.

    `roots` are the symbols whose options it may order by name.

    Raises:
        RobotFaultError: names what is wrong with it.
    """
    if returned is None:
        return []
    try:
        # One more than allowed is enough: a generator may have no end.
        decisions = list(itertools.islice(returned, MAX_ORDERS_A_BAR + 1))
    except Exception as error:
        message = f"it returned {_short(returned)}, which is no list of orders ({error})"
        raise RobotFaultError(message) from error
    if len(decisions) > MAX_ORDERS_A_BAR:
        message = f"it returned more than {MAX_ORDERS_A_BAR} orders at one bar"
        raise RobotFaultError(message)
    known = tuple(symbols)
    return [_check(decision, known, roots) for decision in decisions]


def is_contract(symbol: Any, roots: Collection[str]) -> bool:
    """Whether a name is that of an option of one of these symbols."""
    if not roots or not isinstance(symbol, str):
        return False
    try:
        return read_contract(symbol).root in roots
    except ValueError:
        return False


def _check(decision: Any, symbols: tuple[str, ...], roots: Collection[str]) -> Order | Cancel:
    if isinstance(decision, Cancel):
        _check_name(decision.name)
        return decision
    if not isinstance(decision, Order):
        message = f"it returned {_short(decision)}, which is no order"
        raise RobotFaultError(message)
    of_chain = decision.symbol not in symbols
    if of_chain and not is_contract(decision.symbol, roots):
        message = f"it ordered {_short(decision.symbol)}, which is none of {', '.join(symbols)}"
        raise RobotFaultError(message)
    if decision.side not in tuple(SIDES) or decision.kind not in KINDS:
        message = (
            f"an order needs side buy or sell and kind {', '.join(KINDS)}, "
            f"not {_short(decision.side)}, {_short(decision.kind)}"
        )
        raise RobotFaultError(message)
    _check_name(decision.name)
    _check_name(decision.combo)
    checked = _check_numbers(decision)
    if of_chain:
        _check_option(checked)
    return checked


def _check_option(order: Order) -> None:
    guards = (order.stop_loss, order.stop_loss_ratio, order.take_profit)
    if order.kind not in {"market", "limit"} or any(guards) or order.qty % 1:
        message = (
            f"an option of a chain is ordered in whole contracts at the market or with a limit, "
            f"without stops: {order.symbol}"
        )
        raise RobotFaultError(message)


def _check_numbers(order: Order) -> Order:
    qty = rules.to_tick(_number("qty", order.qty, least=0.0))
    found = {name: getattr(order, name) for name in _PRICES}
    numbers: dict[str, Any] = {
        name: None if value is None else rules.to_tick(_number(name, value, least=1e-8))
        for name, value in found.items()
    }
    needed = _PRICED.get(order.kind)
    if needed and numbers[needed] is None:
        message = f"a {order.kind} order needs a {needed}"
        raise RobotFaultError(message)
    ratio = numbers["stop_loss_ratio"]
    if ratio is not None and ratio >= 1:
        message = f"stop_loss_ratio is {ratio}: it must be below 1"
        raise RobotFaultError(message)
    if isinstance(order.bars, bool) or not isinstance(order.bars, int) or order.bars < 0:
        message = f"bars is {_short(order.bars)}: it must be a whole number, 0 or more"
        raise RobotFaultError(message)
    side: Side = "buy" if order.side == "buy" else "sell"
    return order._replace(side=side, qty=qty, reduce_only=bool(order.reduce_only), **numbers)


def _number(name: str, value: Any, *, least: float) -> float:
    try:
        number = math.nan if isinstance(value, str | bytes | bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not least <= number <= MAX_NUMBER:
        message = f"{name} is {_short(value)}: it must be a number from {least:g} to {MAX_NUMBER:g}"
        raise RobotFaultError(message)
    return number


def _check_name(name: Any) -> None:
    if not isinstance(name, str) or len(name) > MAX_NAME:
        message = f"an order's name is text of at most {MAX_NAME} characters, not {_short(name)}"
        raise RobotFaultError(message)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
