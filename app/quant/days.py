"""Daily money: what one session did to one account, and how accounts add up.

Money is an integer scaled by 1e8, `entry_notional` is in cents, days are date ordinals.
In a database or an array a column holds 64 bits: sums stay exact while gross profit, gross
loss, equity and flows of a scope stay below 92 billion and its summed entry notional below
92 million billion of the currency.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from app.quant.fifo import ClosedTrade, FillEffect, to_cents


class DayMoney(NamedTuple):
    """One session of one account or scope, in one currency.

    `gross_profit` and `gross_loss` (both >= 0) sum the net P&L of the trades closed that
    day; `realized` is the move of equity by fills, net of fees; `opening` the starting
    balance booked on the first day; `open_delta` is +1 when the account begins to hold a
    position overnight, -1 when it stops.
    """

    day: int
    trade_count: int = 0
    win_count: int = 0
    loss_count: int = 0
    gross_profit: int = 0
    gross_loss: int = 0
    best: int | None = None
    worst: int | None = None
    entry_notional: int = 0
    realized: int = 0
    fees: int = 0
    mark_change: int = 0
    flows: int = 0
    opening: int = 0
    open_delta: int = 0


def add_days(one: DayMoney, other: DayMoney) -> DayMoney:
    """Add two rows of the same day."""
    return DayMoney(
        one.day,
        one.trade_count + other.trade_count,
        one.win_count + other.win_count,
        one.loss_count + other.loss_count,
        one.gross_profit + other.gross_profit,
        one.gross_loss + other.gross_loss,
        max((b for b in (one.best, other.best) if b is not None), default=None),
        min((w for w in (one.worst, other.worst) if w is not None), default=None),
        one.entry_notional + other.entry_notional,
        one.realized + other.realized,
        one.fees + other.fees,
        one.mark_change + other.mark_change,
        one.flows + other.flows,
        one.opening + other.opening,
        one.open_delta + other.open_delta,
    )


def merge_days(*accounts: Iterable[DayMoney]) -> list[DayMoney]:
    """Add the daily money of several accounts by day: any order in, sorted by day out."""
    merged: dict[int, DayMoney] = {}
    for rows in accounts:
        for row in rows:
            known = merged.get(row.day)
            merged[row.day] = row if known is None else add_days(known, row)
    return [merged[day] for day in sorted(merged)]


class AccountDays:
    """Collects the daily money of one account from its effects, in any order of days.

    `opening` is the starting balance or None; `positions` the number of positions held
    before the first day that is booked here, when the work goes on from an earlier state.
    """

    def __init__(self, opened_on: int | None = None, opening: int | None = None) -> None:
        """Start a new account, or go on with an old one when `opened_on` is None."""
        self.positions = 0
        self._days: dict[int, list[int]] = {}
        self._trades: dict[int, list[int]] = {}
        if opened_on is not None:
            self._day(opened_on)[4] += opening or 0

    def add_fill(self, day: int, effect: FillEffect) -> None:
        """Book what a fill did, and its trade if it closed one."""
        sums = self._day(day)
        sums[0] += effect.realized
        sums[1] += effect.fee_closing + effect.fee_opening
        sums[5] += effect.open_delta
        if effect.closed is not None:
            self._add_trade(day, effect.closed)

    def add_fee(self, day: int, amount: int) -> None:
        """Book a fee that stands alone: it lowers equity, not the P&L of a trade."""
        sums = self._day(day)
        sums[0] -= amount
        sums[1] += amount

    def add_mark_change(self, day: int, amount: int) -> None:
        """Book the change of the value of open positions against the close before."""
        self._day(day)[2] += amount

    def add_flow(self, day: int, amount: int) -> None:
        """Book a deposit, or a withdrawal as a negative amount."""
        self._day(day)[3] += amount

    def rows(self) -> list[DayMoney]:
        """Give the rows in order of days."""
        rows = []
        held = self.positions
        for day in sorted(self._days):
            realized, fees, mark_change, flows, opening, positions = self._days[day]
            now = held + positions
            rows.append(
                DayMoney(
                    day,
                    *_trade_sums(self._trades.get(day, ())),
                    realized,
                    fees,
                    mark_change,
                    flows,
                    opening,
                    (now > 0) - (held > 0),
                )
            )
            held = now
        return rows

    def _day(self, day: int) -> list[int]:
        return self._days.setdefault(day, [0] * 6)

    def _add_trade(self, day: int, trade: ClosedTrade) -> None:
        self._trades.setdefault(day, []).extend((trade.net_pnl, to_cents(trade.entry_notional)))


def _trade_sums(
    pairs: Sequence[int],
) -> tuple[int, int, int, int, int, int | None, int | None, int]:
    pnl = pairs[::2]
    wins = [value for value in pnl if value > 0]
    losses = [value for value in pnl if value < 0]
    return (
        len(pnl),
        len(wins),
        len(losses),
        sum(wins),
        -sum(losses),
        max(pnl, default=None),
        min(pnl, default=None),
        sum(pairs[1::2]),
    )
