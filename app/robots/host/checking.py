"""A look at what came back from the host, before it is believed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.quant.bars import BarColumns
from app.quant.chains import Chain
from app.quant.options import read_contract
from app.quant.simulation.orders import is_contract
from app.quant.simulation.terms import OUTSIDE, OrderRecord, SimulatedFill, Step

if TYPE_CHECKING:
    from app.robots.host.simulations import Job


class NonsenseError(Exception):
    """What came back cannot be; the message says what."""


def read_step(job: Job, bars: Mapping[str, BarColumns], told: Any) -> Step:
    """Return a step from its JSON.

    Raises:
        NonsenseError: a fill of a foreign symbol, outside of its bar's prices, or out of time.
    """
    try:
        fills = [SimulatedFill(*row) for row in told[0]]
        orders = [OrderRecord(*row) for row in told[1]]
        marks = [(int(a), str(b), float(c), float(d)) for a, b, c, d in told[2]]
        charges = [(int(a), str(b), float(c)) for a, b, c in told[3]]
        step = Step(fills, orders, marks, charges, dict(told[4]))
    except (TypeError, ValueError, IndexError, KeyError) as error:
        message = "its step could not be read"
        raise NonsenseError(message) from error
    for fill in fills:
        _check_fill(job, bars, fill)
    for symbol in {row.symbol for row in orders} | {row[1] for row in marks}:
        _check_symbol(job, symbol)
    return step


def _check_symbol(job: Job, symbol: str) -> None:
    roots = () if job.chains is None else job.symbols
    if symbol not in job.symbols and not is_contract(symbol, roots):
        message = f"it traded {symbol}, which is not one of its symbols"
        raise NonsenseError(message)


def _check_fill(job: Job, bars: Mapping[str, BarColumns], fill: SimulatedFill) -> None:
    _check_symbol(job, fill.symbol)
    if not all(isinstance(each, int | float) for each in (*fill[:4], *fill[6:9])):
        message = "a fill has fields that are no numbers"
        raise NonsenseError(message)
    is_option = fill.symbol not in job.symbols
    own = bars[read_contract(fill.symbol).root if is_option else fill.symbol]
    row = int(own.opened_at.searchsorted(fill.bar_opened_at))
    if row >= len(own.opened_at) or own.opened_at[row] != fill.bar_opened_at:
        message = f"fill {fill.number}: there is no such bar"
        raise NonsenseError(message)
    if fill.at_us not in {int(own.opened_at[row]), int(own.closed_at[row])}:
        message = f"fill {fill.number}: is not at the open or the close of its bar"
        raise NonsenseError(message)
    numbers = (fill.qty, fill.price, fill.fee)
    if not all(math.isfinite(number) for number in numbers) or fill.qty <= 0 or fill.fee < 0:
        message = f"fill {fill.number}: quantity, price or fee cannot be"
        raise NonsenseError(message)
    if is_option:
        _check_quote(job, int(own.closed_at[row]), fill)
    else:
        _check_price(job, own, row, fill)


def _check_price(job: Job, own: BarColumns, row: int, fill: SimulatedFill) -> None:
    costs = job.terms.costs
    share = costs.spread_ratio / 2 + costs.slippage_ratio + 1e-9
    low, high = own.low[row] * (1 - share) - 1e-8, own.high[row] * (1 + share) + 1e-8
    if fill.reason not in OUTSIDE and not low <= fill.price <= high:
        message = f"fill {fill.number}: {fill.price} is outside of its bar's prices"
        raise NonsenseError(message)


def _check_quote(job: Job, closed_at: int, fill: SimulatedFill) -> None:
    """Demand that an option has a quote in the newest chain of the bar, and no better price."""
    if fill.reason in OUTSIDE:
        return
    root = read_contract(fill.symbol).root
    columns = (job.chains or {}).get(root)
    count = 0 if columns is None else columns.count_until(closed_at)
    quote = Chain(root, columns, count - 1).quote(fill.symbol) if columns and count else None
    prices = [] if quote is None else [quote.ask if fill.side == "buy" else quote.bid, quote.last]
    known = next((price for price in prices if not math.isnan(price)), math.nan)
    side = 1 if fill.side == "buy" else -1
    if not side * fill.price >= side * known - 1e-8:
        message = f"fill {fill.number}: {fill.price} is no price of {fill.symbol} at that bar"
        raise NonsenseError(message)
