"""The loop of the vectorised path: changes of a wanted position in, fills and daily money out.

One symbol, market orders at the next open, a stop-loss as a share of the fill: the rules are
those of `rules.py`, and the trades those that the simulation makes of the same changes, bit for
bit. Written once for Python and for the compiler, as `app.quant.kernels` is. What lies between
two events is passed by in a loop that does nothing but compare.

Layout of the arguments:
- `bars`: open, high, low, close.
- `changes`: numbers of the bars at whose close another position is wanted, and which.
- `sessions`: numbers of the first bars of the sessions, and their date ordinals.
- `account`: its terms T_…; its state, floats S_… and integers N_…; what is written: integers and
  floats of the fills, rows of daily money, equity at each session's close.
"""

import math
from typing import Any

from app.quant.bulk_kernels import add_trade, start_day
from app.quant.kernels import FEES, MARK, OPEN_DELTA, OPENING, REALIZED
from app.quant.simulation.rules import (
    AT_OPEN,
    NAN,
    borrow_cost,
    covers,
    exit_at_open,
    exit_inside,
    fee,
    is_called,
    market_price,
    stop_level,
    to_tick,
)

T_CASH, T_MARGIN, T_HALF, T_SLIP, T_ORDER, T_UNIT, T_RATIO, T_BORROW, T_MULTIPLIER, T_STOP = range(
    10
)
S_CASH, S_QTY, S_ENTRY, S_STOP, S_CLOSE = range(5)
STATE_SIZE = 5
N_FILLS, N_ROW, N_UNREALIZED, N_ENTRY_FEE, N_OVERNIGHT, N_EQUITY, N_REFUSED = range(7)
COUNTS_SIZE = 7
F_BAR, F_SIDE, F_REASON = range(3)
F_QTY, F_PRICE, F_FEE = range(3)
BY_ORDER, BY_STOP_LOSS, BY_MARGIN = range(3)
UNITS = 100_000_000
_CENT = 1_000_000


def trade_changes(bars: Any, changes: Any, sessions: Any, account: Any) -> None:
    """Trade all bars; see the top of the file."""
    terms, _, counts, out = account
    size = len(bars[0])
    change, session, at = 0, 0, 0
    called = 0
    start_session(0, sessions, counts, out)
    add_opening(terms, counts, out)
    while at < size:
        if session + 1 < len(sessions[0]) and at == sessions[0][session + 1]:
            end_session(session, sessions, account)
            session += 1
            start_session(session, sessions, counts, out)
        is_due = change < len(changes[0]) and changes[0][change] + 1 == at
        if called == 1:
            close_position(at, bars[0][at], BY_MARGIN, account)
        elif is_due:
            turn(at, bars[0][at], changes[1][change], account)
        if is_due:
            change += 1
        end = size
        if change < len(changes[0]):
            end = min(end, changes[0][change] + 1)
        if session + 1 < len(sessions[0]):
            end = min(end, sessions[0][session + 1])
        at, called = pass_by(at, max(end, at + 1), bars, account)
    end_session(session, sessions, account)


def pass_by(begin: int, end: int, bars: Any, account: Any) -> tuple[int, int]:
    """Go over bars in which nothing is ordered; return the next bar and whether margin is gone."""
    terms, state, _, _ = account
    called = 0
    at = begin
    while state[S_QTY] != 0.0 and at < end and called == 0:
        at = find_stop(at, end, bars, terms, state)
        if at < end:
            stop_out(at, bars, account)
            if state[S_QTY] != 0.0:
                called = lacks_margin(bars[3][at], terms, state)
                at += 1
    if state[S_QTY] == 0.0:
        at = end
    state[S_CLOSE] = bars[3][at - 1]
    return at, called


def find_stop(begin: int, end: int, bars: Any, terms: Any, state: Any) -> int:
    """Return the first bar that reaches the stop-loss or takes the margin, or `end`."""
    at = begin
    level = state[S_STOP]
    if state[S_QTY] > 0.0 and terms[T_MARGIN] >= 1.0:
        low = bars[2]
        while at < end and not low[at] <= level:
            at += 1
        return at
    while at < end and lacks_margin(bars[3][at], terms, state) == 0:
        if state[S_QTY] > 0.0 and bars[2][at] <= level:
            return at
        if state[S_QTY] < 0.0 and bars[1][at] >= level:
            return at
        at += 1
    return at


def lacks_margin(close: float, terms: Any, state: Any) -> int:
    """Tell (1 or 0) whether a position is to be closed, for an account with margin."""
    if state[S_QTY] > 0.0 and terms[T_MARGIN] >= 1.0:
        return 0
    value = state[S_QTY] * close * terms[T_MULTIPLIER]
    if is_called(state[S_CASH] + value, abs(value), terms[T_MARGIN]):
        return 1
    return 0


def stop_out(at: int, bars: Any, account: Any) -> None:
    """Close the position in a bar that reaches its stop-loss."""
    terms, state, _, _ = account
    direction = 1 if state[S_QTY] > 0.0 else -1
    levels = (state[S_STOP], NAN)
    half, slip = terms[T_HALF], terms[T_SLIP]
    code, price = exit_at_open(direction, levels, bars[0][at], half, slip)
    if code == 0:
        bar = (bars[0][at], bars[1][at], bars[2][at], bars[3][at])
        code, price = exit_inside(direction, levels, bar, AT_OPEN, (half, slip))
    if code != 0:
        book_exit(at, price, BY_STOP_LOSS, account)


def turn(at: int, opened: float, wanted: float, account: Any) -> None:
    """Close what is held and open what is wanted, if the account covers it."""
    terms, state, counts, out = account
    close_position(at, opened, BY_ORDER, account)
    if wanted == 0.0:
        return
    side = 1 if wanted > 0.0 else -1
    qty = abs(wanted)
    price = market_price(side, opened, terms[T_HALF], terms[T_SLIP])
    unit = price * terms[T_MULTIPLIER]
    cost = fee(qty * unit, qty, (terms[T_ORDER], terms[T_UNIT], terms[T_RATIO]), 1)
    cash = state[S_CASH] - side * qty * unit - cost
    if not covers(cash + wanted * unit, qty * unit, terms[T_MARGIN]):
        counts[N_REFUSED] += 1
        return
    state[S_CASH] = to_tick(state[S_CASH] - side * (qty * price * terms[T_MULTIPLIER]) - cost)
    state[S_QTY] = wanted
    state[S_ENTRY] = price
    ratio = terms[T_STOP]
    state[S_STOP] = NAN if math.isnan(ratio) else stop_level(side, price, ratio)
    charged = to_units(cost)
    counts[N_ENTRY_FEE] = charged
    row = out[2][counts[N_ROW]]
    row[REALIZED] -= charged
    row[FEES] += charged
    write_fill(at, side, BY_ORDER, (qty, price, cost), counts, out)


def close_position(at: int, opened: float, reason: int, account: Any) -> None:
    """Close what is held at an open."""
    terms, state, _, _ = account
    if state[S_QTY] != 0.0:
        side = -1 if state[S_QTY] > 0.0 else 1
        price = market_price(side, opened, terms[T_HALF], terms[T_SLIP])
        book_exit(at, price, reason, account)


def book_exit(at: int, price: float, reason: int, account: Any) -> None:
    """Book the fill that closes the position: the simulation's cash, and the ledger's money."""
    terms, state, counts, out = account
    side = -1 if state[S_QTY] > 0.0 else 1
    qty = abs(state[S_QTY])
    value = qty * price * terms[T_MULTIPLIER]
    # What an exit by a stop-loss costs belongs to the entry's order, which has paid already.
    first = 0 if reason == BY_STOP_LOSS else 1
    cost = fee(value, qty, (terms[T_ORDER], terms[T_UNIT], terms[T_RATIO]), first)
    state[S_CASH] = to_tick(state[S_CASH] - side * value - cost)
    charged = to_units(cost)
    gross = profit(state, price, terms)
    size = to_units(qty * terms[T_MULTIPLIER])
    notional = product(to_units(state[S_ENTRY]), size)
    row = out[2][counts[N_ROW]]
    add_trade(row, gross - charged - counts[N_ENTRY_FEE], divide_half_even(notional, _CENT))
    row[REALIZED] += counts[N_ENTRY_FEE]
    row[FEES] += charged
    state[S_QTY] = 0.0
    state[S_STOP] = NAN
    write_fill(at, side, reason, (qty, price, cost), counts, out)


def write_fill(at: int, side: int, reason: int, done: Any, counts: Any, out: Any) -> None:
    """Write a fill: its bar, side and reason; quantity, price and fee."""
    number = counts[N_FILLS]
    counts[N_FILLS] = number + 1
    out[0][number][F_BAR] = at
    out[0][number][F_SIDE] = side
    out[0][number][F_REASON] = reason
    out[1][number][F_QTY] = done[0]
    out[1][number][F_PRICE] = done[1]
    out[1][number][F_FEE] = done[2]


# --- Sessions and money ---


def start_session(session: int, sessions: Any, counts: Any, out: Any) -> None:
    """Begin the row of a session."""
    counts[N_ROW] = session
    start_day(out[2][session], sessions[1][session])


def add_opening(terms: Any, counts: Any, out: Any) -> None:
    """Book the starting balance on the first session."""
    out[2][0][OPENING] = to_units(terms[T_CASH])
    counts[N_EQUITY] = out[2][0][OPENING]


def end_session(session: int, sessions: Any, account: Any) -> None:
    """Value what is held at the session's close, and pay for what is held short over it."""
    terms, state, counts, out = account
    row = out[2][session]
    if state[S_QTY] < 0.0 and terms[T_BORROW] > 0.0 and session + 1 < len(sessions[0]):
        value = -(state[S_QTY] * state[S_CLOSE] * terms[T_MULTIPLIER])
        days = float(sessions[1][session + 1] - sessions[1][session])
        cost = borrow_cost(value, terms[T_BORROW], days)
        state[S_CASH] = to_tick(state[S_CASH] - cost)
        row[REALIZED] -= to_units(cost)
        row[FEES] += to_units(cost)
    worth = profit(state, state[S_CLOSE], terms) if state[S_QTY] != 0.0 else 0
    row[MARK] = worth - counts[N_UNREALIZED]
    counts[N_UNREALIZED] = worth
    overnight = 1 if state[S_QTY] != 0.0 else 0
    row[OPEN_DELTA] = overnight - counts[N_OVERNIGHT]
    counts[N_OVERNIGHT] = overnight
    counts[N_EQUITY] += row[REALIZED] + row[MARK]
    out[3][session] = counts[N_EQUITY]


def profit(state: Any, price: float, terms: Any) -> int:
    """Return what closing the position at `price` realises before fees, in units of 1e-8."""
    direction = 1 if state[S_QTY] > 0.0 else -1
    size = to_units(abs(state[S_QTY]) * terms[T_MULTIPLIER])
    return product(direction * (to_units(price) - to_units(state[S_ENTRY])), size)


def to_units(value: float) -> int:
    """Return a number of 8 decimals as a whole one."""
    return math.floor(value * 1e8 + 0.5)


def product(price: int, size: int) -> int:
    """Multiply two numbers in units of 1e-8, rounded half to even, within 64 bits."""
    whole = size // UNITS
    rest = price * (size - whole * UNITS)
    return price * whole + _round_half(rest, UNITS, price * whole)


def divide_half_even(value: int, by: int) -> int:
    """Divide and round half to even."""
    return _round_half(value, by, 0)


def _round_half(value: int, by: int, beside: int) -> int:
    """Divide and round; half goes to where the sum with `beside` is even."""
    quotient = value // by
    double = 2 * (value - quotient * by)
    if double > by or (double == by and (quotient + beside) % 2 != 0):
        return quotient + 1
    return quotient
