"""Loops over many scopes around `kernels`, under the same rules: plain Python, compilable.

`starts[s]` to `starts[s + 1]` are the rows of scope `s` in the sorted columns.
"""

from typing import Any

from app.quant.kernels import (
    ALL_TIME,
    BEST,
    DAILY,
    DAY,
    DAY_WIDTH,
    FIRST,
    LOSS,
    LOSSES,
    MONTHLY,
    NOTIONAL,
    OPENING,
    PROFIT,
    REALIZED,
    TRADES,
    WEEKLY,
    WINS,
    WORST,
    fold_day,
    month_start,
    start_scope,
    write_open,
)


def count_starts(scope: Any, starts: Any) -> None:
    """Fill `starts` (zeros, one longer than there are scopes) from the scope of each row."""
    for at in range(len(scope)):
        starts[scope[at] + 1] += 1
    for at in range(len(starts) - 1):
        starts[at + 1] += starts[at]


def sort_trades(trades: Any, starts: Any, cursor: Any, ordered: Any) -> bool:
    """Move trades to the places of their scopes, keeping their order.

    Returns whether the days of every scope are in order. `cursor` is a copy of `starts`.
    """
    scope, day, pnl, notional = trades
    to_day, to_pnl, to_notional = ordered
    in_order = True
    for at in range(len(scope)):
        owner = scope[at]
        place = cursor[owner]
        cursor[owner] = place + 1
        to_day[place] = day[at]
        to_pnl[place] = pnl[at]
        to_notional[place] = notional[at]
        if place > starts[owner] and to_day[place - 1] > day[at]:
            in_order = False
    return in_order


def count_rows(starts: Any, day: Any, sizes: Any) -> None:
    """Count the daily, weekly, monthly and all-time rows that a fold will write."""
    for scope in range(len(starts) - 1):
        last = 0
        week_end = 0
        month_end = 0
        for at in range(starts[scope], starts[scope + 1]):
            now = day[at]
            if now == last:
                continue
            last = now
            sizes[DAILY] += 1
            if now > week_end:
                week_end = now - (now - 1) % 7 + 6
                sizes[WEEKLY] += 1
            if now > month_end:
                month_end = month_start(month_start(now) + 31) - 1
                sizes[MONTHLY] += 1
        if last > 0:
            sizes[ALL_TIME] += 1


def fold_trades(
    starts: Any, trades: Any, openings: Any, calendar: Any, out: Any, scratch: Any
) -> None:
    """Fold closed trades, sorted by scope and day, into the rows of every scope.

    The opening balance is booked on the day of the first trade.
    """
    days, pnls, notionals = trades
    axis, as_of, rates = calendar
    ints, floats, row = scratch
    for scope in range(len(openings)):
        begin = starts[scope]
        end = starts[scope + 1]
        if begin == end:
            continue
        start_scope(ints, floats, 1, scope)
        start_day(row, days[begin])
        row[OPENING] = openings[scope]
        for at in range(begin, end):
            day = days[at]
            if day != row[DAY]:
                fold_day(ints, floats, row, axis, rates, out)
                start_day(row, day)
            add_trade(row, pnls[at], notionals[at])
        fold_day(ints, floats, row, axis, rates, out)
        write_open(ints, floats, as_of, axis, rates, out)


def fold_scopes(
    starts: Any, rows: Any, balanced: Any, calendar: Any, out: Any, scratch: Any
) -> None:
    """Fold rows of daily money, sorted by scope and day, into the rows of every scope.

    The state that each scope ends in stays in its line of the scratch tables.
    """
    axis, as_of, rates = calendar
    all_ints, all_floats = scratch
    for scope in range(len(balanced)):
        ints = all_ints[scope]
        floats = all_floats[scope]
        start_scope(ints, floats, balanced[scope], scope)
        for at in range(starts[scope], starts[scope + 1]):
            fold_day(ints, floats, rows[at], axis, rates, out)
        if ints[FIRST] > 0:
            write_open(ints, floats, as_of, axis, rates, out)


def start_day(row: Any, day: int) -> None:
    """Empty the row for a new day."""
    for at in range(DAY_WIDTH):
        row[at] = 0
    row[DAY] = day


def add_trade(row: Any, pnl: int, notional: int) -> None:
    """Add one closed trade to the row of its day."""
    if row[TRADES] == 0:
        row[BEST] = pnl
        row[WORST] = pnl
    else:
        row[BEST] = max(row[BEST], pnl)
        row[WORST] = min(row[WORST], pnl)
    row[TRADES] += 1
    if pnl > 0:
        row[WINS] += 1
        row[PROFIT] += pnl
    elif pnl < 0:
        row[LOSSES] += 1
        row[LOSS] -= pnl
    row[REALIZED] += pnl
    row[NOTIONAL] += notional
