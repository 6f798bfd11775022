"""Where and at what price an order is filled: small functions of one bar.

They run as they stand in Python and are compiled for the vectorised path (`compiled_signals`),
with the same bits: numbers in, numbers out, no allocation. `side` is +1 to buy, -1 to sell; NaN
says that there is no price (an order without a stop, a bar that does not reach it).
`half` is half the spread and `slip` the slippage, as shares of the price.
"""

import math

NAN = math.nan
NOTHING, STOP_LOSS, TAKE_PROFIT = range(3)
AT_OPEN, BY_LIMIT, BY_STOP = range(3)
"""How a position came into this bar: at its open (or before), or inside of it."""
DAYS_A_YEAR = 365.0
MAINTENANCE = 0.5
"""A position is closed when less than this share of its margin is left."""
_TICK = 1e8
_ROUNDING = 1e-9


def to_tick(value: float) -> float:
    """Round to 8 decimals, as the ledger keeps prices and quantities."""
    return math.floor(value * _TICK + 0.5) / _TICK


def worse(side: int, price: float, share: float) -> float:
    """Return a price made worse for this side by a share of it."""
    return to_tick(price * (1.0 + side * share))


def market_price(side: int, opened: float, half: float, slip: float) -> float:
    """Fill a market order: the open, made worse by half the spread and the slippage."""
    return worse(side, opened, half + slip)


def limit_at_open(side: int, price: float, opened: float, half: float, slip: float) -> float:
    """Fill a limit order at an open that is better than its price, never worse than that."""
    if side * (price - opened * (1.0 + side * half)) >= 0.0:
        found = worse(side, opened, half + slip)
        return min(found, price) if side > 0 else max(found, price)
    return NAN


def limit_inside(side: int, price: float, extreme: float, half: float) -> float:
    """Fill a limit order at its price when the bar, with half the spread, reaches it.

    `extreme` is the bar's low for a buy, its high for a sale.
    """
    if side * (price - extreme * (1.0 + side * half)) >= 0.0:
        return price
    return NAN


def stop_at_open(side: int, price: float, opened: float, half: float, slip: float) -> float:
    """Fill a stop order at an open that lies at its price or beyond it."""
    if side * (opened - price) >= 0.0:
        return worse(side, opened, half + slip)
    return NAN


def stop_inside(side: int, price: float, extreme: float, half: float, slip: float) -> float:
    """Fill a stop order at its price, made worse, when the bar reaches it.

    `extreme` is the bar's high for a buy, its low for a sale.
    """
    if side * (extreme - price) >= 0.0:
        return worse(side, price, half + slip)
    return NAN


def surely_adverse(direction: int, stop: float, bar: tuple[float, ...], entry: int) -> float:
    """Return the price furthest against a position that the bar may have had after its entry.

    `bar` is (open, high, low, close). What the bar surely had before the entry does not count:
    a bar that opens beyond the stop-loss of a breakout order came from there. Where the bar does
    not say what was first, the worse is taken.
    """
    if entry == BY_STOP and direction * (bar[0] - stop) <= 0.0:
        return bar[3]
    return bar[2] if direction > 0 else bar[1]


def surely_favourable(direction: int, bar: tuple[float, ...], entry: int) -> float:
    """Return the price furthest in favour of a position that the bar surely had after its entry.

    After a limit order inside the bar that is the close: the rest may have come before.
    """
    if entry == BY_LIMIT:
        return bar[3]
    return bar[1] if direction > 0 else bar[2]


def exit_at_open(
    direction: int, levels: tuple[float, float], opened: float, half: float, slip: float
) -> tuple[int, float]:
    """Say whether an open closes a position by its (stop-loss, take-profit), and at what price."""
    found = stop_at_open(-direction, levels[0], opened, half, slip)
    if not math.isnan(found):
        return STOP_LOSS, found
    found = limit_at_open(-direction, levels[1], opened, half, slip)
    if not math.isnan(found):
        return TAKE_PROFIT, found
    return NOTHING, NAN


def exit_inside(
    direction: int,
    levels: tuple[float, float],
    bar: tuple[float, ...],
    entry: int,
    costs: tuple[float, float],
) -> tuple[int, float]:
    """Say whether a bar closes a position inside: by its stop-loss first, else its take-profit."""
    half, slip = costs
    extreme = surely_adverse(direction, levels[0], bar, entry)
    found = stop_inside(-direction, levels[0], extreme, half, slip)
    if not math.isnan(found):
        return STOP_LOSS, found
    extreme = surely_favourable(direction, bar, entry)
    found = limit_inside(-direction, levels[1], extreme, half)
    if not math.isnan(found):
        return TAKE_PROFIT, found
    return NOTHING, NAN


def stop_level(direction: int, price: float, ratio: float) -> float:
    """Return the stop-loss of a position that was entered at `price`."""
    return to_tick(price * (1.0 - direction * ratio))


def trailing_level(side: int, best: float, trail: float) -> float:
    """Return the price of a trailing stop: `trail` away from the best price before this bar."""
    return to_tick(best + side * trail)


def better_price(side: int, best: float, high: float, low: float) -> float:
    """Return the best price that a trailing stop has seen, with this bar's."""
    return min(best, low) if side > 0 else max(best, high)


def fee(value: float, qty: float, rates: tuple[float, float, float], first: int) -> float:
    """Return the commission of a fill; `rates` are (per order, per unit, share of the value).

    What an order costs is paid with the first part of it (`first` is 1).
    """
    return to_tick(rates[0] * first + rates[1] * qty + rates[2] * value)


def covers(equity: float, value: float, margin_ratio: float) -> bool:
    """Tell whether an account covers positions of this value (all of them, without sign)."""
    return value * margin_ratio <= equity + _ROUNDING * value


def is_called(equity: float, value: float, margin_ratio: float) -> bool:
    """Tell whether an account has lost so much that its positions are closed."""
    return value > 0.0 and equity < MAINTENANCE * margin_ratio * value


def borrow_cost(value: float, rate: float, days: float) -> float:
    """Return what it costs to hold `value` short for so many days."""
    return to_tick(value * rate * days / DAYS_A_YEAR)


def whole_steps(qty: float, step: float) -> float:
    """Round a quantity down to what the market trades."""
    return to_tick(math.floor(qty / step + _ROUNDING) * step)
