"""What came of a simulation: round trips, days and figures, booked as the ledger books them."""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from app.quant import fifo
from app.quant.bars import BarColumns
from app.quant.chains import ChainColumns
from app.quant.days import AccountDays, DayMoney
from app.quant.folds import FoldState, MetricRow, Rates, SessionAxis, fold
from app.quant.options import read_contract
from app.quant.simulation.terms import OUTSIDE, Costs, SimulatedFill, Terms

SCALE = fifo.SCALE
DIGITS = 8
DAY_US = 86_400_000_000
SIDES = {"buy": 1, "sell": -1}
LIMITS = ("limit", "take_profit")
QUOTED = ("quote", "last")
MOST_CANDLES = 400
SATURDAY = 6
EXCHANGE_YEAR, WHOLE_YEAR = 252, 365
Mark = tuple[int, str, float, float]
Charge = tuple[int, str, float]


class Collected(NamedTuple):
    """All that a simulation gave over its whole run."""

    fills: list[SimulatedFill]
    marks: list[Mark]
    charges: list[Charge]
    rejected_count: int = 0


class Outcome(NamedTuple):
    """Round trips with their symbols, what is still held, equity by session, all-time figures."""

    trades: list[tuple[str, fifo.ClosedTrade]]
    positions: dict[str, fifo.Position]
    equity: list[tuple[int, int]]
    metrics: MetricRow
    year: int
    """How many sessions a year its figures reckon with."""
    risk_free_rate: float
    """A year's, over which its Sharpe ratio is."""


def units(value: float) -> int:
    """Return a number of the simulation as the ledger keeps it: in units of 1e-8."""
    return round(value * SCALE)


def exact(value: float) -> Decimal:
    """Return a number of the simulation as the ledger takes it."""
    return Decimal(units(value)).scaleb(-DIGITS)


def within(at_us: int, opened_at: int) -> int:
    """Return an instant that lies in the session whose end it is.

    Sessions around the clock end when the next begins, at midnight; no exchange's does.
    """
    return at_us - 1 if at_us > opened_at and at_us % DAY_US == 0 else at_us


def all_sessions(bars: Mapping[str, BarColumns]) -> list[int]:
    """Return the sessions that any of the symbols has a bar of, in order."""
    days: list[int] = np.unique(np.concatenate([each.session for each in bars.values()])).tolist()
    return days


def bars_of(symbol: str, bars: Mapping[str, BarColumns]) -> str:
    """Return by whose bars a symbol was traded: an option of a chain by those of its underlying."""
    return symbol if symbol in bars else read_contract(symbol).root


def newest_marks(marks: Sequence[Mark]) -> dict[str, float]:
    """Return the newest close by symbol."""
    return {symbol: close for _, symbol, _, close in sorted(marks)}


def session_of(bars: BarColumns, opened_at: int) -> int:
    """Return the session of the bar that opened at an instant."""
    at = int(np.searchsorted(bars.opened_at, opened_at, side="right")) - 1
    return int(bars.session[max(at, 0)])


def last_marks(marks: Sequence[Mark]) -> dict[tuple[int, str], float]:
    """Return the close by session and symbol; what is given anew counts instead of the first."""
    return {(session, symbol): close for session, symbol, _, close in marks}


def evaluate(
    bars: Mapping[str, BarColumns],
    found: Collected,
    terms: Terms,
    multipliers: Mapping[str, int],
    risk_free_rate: float,
) -> Outcome:
    """Book fills as the ledger does and fold the days as the performance engine does."""
    sessions = all_sessions(bars)
    days = AccountDays(sessions[0], units(terms.cash))
    positions: dict[str, fifo.Position] = defaultdict(fifo.Position)
    trades: list[tuple[str, fifo.ClosedTrade]] = []
    by_day: dict[int, list[SimulatedFill]] = defaultdict(list)
    for fill in found.fills:
        own = bars[bars_of(fill.symbol, bars)]
        by_day[session_of(own, fill.bar_opened_at)].append(fill)
    closes = last_marks(found.marks)
    marked: dict[int, list[tuple[str, float]]] = defaultdict(list)
    for (session, symbol), close in closes.items():
        marked[session].append((symbol, close))
    booked: dict[str, int] = {}
    for day in sessions:
        for fill in by_day.get(day, ()):
            effect = fifo.apply(positions[fill.symbol], _entry(fill, day, multipliers))
            days.add_fill(day, effect)
            if effect.closed is not None:
                trades.append((fill.symbol, effect.closed))
        _mark(days, day, positions, dict(marked.get(day, ())), booked)
    for session, _, money in found.charges:
        days.add_fee(session, units(money))
    rows = days.rows()
    around = any(date.fromordinal(day).isoweekday() >= SATURDAY for day in sessions)
    year = WHOLE_YEAR if around else EXCHANGE_YEAR
    rates = Rates.from_annual(risk_free_rate, year)
    axis = SessionAxis.from_days(sessions)
    figures, _ = fold(FoldState(), rows, axis, sessions[-1], rates)
    held = {symbol: each for symbol, each in positions.items() if each.direction}
    return Outcome(trades, held, _equity(sessions, rows), figures[-1], year, risk_free_rate)


def _entry(fill: SimulatedFill, day: int, multipliers: Mapping[str, int]) -> fifo.Fill:
    return fifo.Fill(
        side=SIDES[fill.side],
        qty=units(fill.qty),
        price=units(fill.price),
        fee=units(fill.fee),
        multiplier=multipliers.get(fill.symbol, SCALE),
        at=within(fill.at_us, fill.bar_opened_at),
        day=day,
        seq=fill.number,
    )


def _mark(
    days: AccountDays,
    day: int,
    positions: Mapping[str, fifo.Position],
    closes: Mapping[str, float],
    booked: dict[str, int],
) -> None:
    """Value what is held at the session's close; what went flat is worth nothing any more."""
    for symbol, position in positions.items():
        before = booked.get(symbol, 0)
        if position.direction and symbol in closes:
            worth = position.unrealized_pnl(units(closes[symbol]))
        else:
            worth = before if position.direction else 0
        if worth != before:
            days.add_mark_change(day, worth - before)
            booked[symbol] = worth


def _equity(sessions: Sequence[int], rows: Sequence[DayMoney]) -> list[tuple[int, int]]:
    moves = {row.day: row.opening + row.realized + row.mark_change + row.flows for row in rows}
    total, found = 0, []
    for day in sessions:
        total += moves.get(day, 0)
        found.append((day, total))
    return found


# --- What a page shows of it ---


def drawdowns(equity: Sequence[tuple[int, int]]) -> list[float]:
    """Return how far equity lay under its peak at each close, as ratios of zero or below."""
    peak, found = 0, []
    for _, value in equity:
        peak = max(peak, value)
        found.append(value / peak - 1 if peak > 0 else 0.0)
    return found


def monthly_returns(equity: Sequence[tuple[int, int]], opening: int) -> list[tuple[str, float]]:
    """Return the return of each calendar month against the close before it."""
    ends: dict[str, int] = {}
    for day, value in equity:
        ends[date.fromordinal(day).strftime("%Y-%m")] = value
    before, found = opening, []
    for month, value in ends.items():
        if before > 0:
            found.append((month, value / before - 1))
        before = value
    return found


def costs_by_kind(
    found: Collected, costs: Costs, multipliers: Mapping[str, int]
) -> dict[str, float]:
    """Return what trading cost: commissions, half the spread and slippage of each fill, borrowing.

    A limit order's price is not made worse by slippage; the spread lies between it and the middle.
    What an option's quotes took is told by its fills; at its end nothing is paid.
    """
    half, slip = costs.spread_ratio / 2, costs.slippage_ratio
    spread = slippage = 0.0
    for fill in found.fills:
        value = fill.qty * fill.price * multipliers.get(fill.symbol, SCALE) / SCALE
        if fill.reason in OUTSIDE:
            continue
        if fill.reason in QUOTED:
            spread += fill.spread
            slippage += value * slip / (1 + SIDES[fill.side] * slip)
        elif fill.reason in LIMITS:
            spread += value * half / (1 + SIDES[fill.side] * half)
        else:
            middle = value / (1 + SIDES[fill.side] * (half + slip))
            spread += middle * half
            slippage += middle * slip
    return {
        "commission": math.fsum(fill.fee for fill in found.fills),
        "spread": spread,
        "slippage": slippage,
        "borrow": math.fsum(money for _, _, money in found.charges),
    }


def candles(
    bars: BarColumns, most: int = MOST_CANDLES
) -> list[tuple[int, float, float, float, float]]:
    """Return (opened_at, open, high, low, close) of at most so many candles."""
    count = len(bars.close)
    if not count:
        return []
    starts = np.arange(0, count, max(1, -(-count // most)))
    ends = np.append(starts[1:], count) - 1
    return list(
        zip(
            bars.opened_at[starts].tolist(),
            bars.open[starts].tolist(),
            np.maximum.reduceat(bars.high, starts).tolist(),
            np.minimum.reduceat(bars.low, starts).tolist(),
            bars.close[ends].tolist(),
            strict=True,
        )
    )


def bars_hash(
    bars: Mapping[str, BarColumns], chains: Mapping[str, ChainColumns] | None = None
) -> str:
    """Return a hash that changes with every bar, and with every quote of options."""
    digest = hashlib.sha256()
    for symbol, columns in sorted(bars.items()):
        digest.update(symbol.encode() + b"\n")
        for column in columns:
            digest.update(np.ascontiguousarray(column).tobytes())
    for symbol, parts in sorted((chains or {}).items()):
        digest.update(b"chains " + symbol.encode() + b"\n")
        for part in parts:
            digest.update(part.tobytes())
    return digest.hexdigest()


def short_hash(text: str) -> str:
    """Return the beginning of a text's SHA-256, long enough for a name."""
    return hashlib.sha256(text.encode()).hexdigest()[:14]


def last_of_session(bars: BarColumns, session: int) -> int:
    """Return the number of the last bar of a session, or of the one before it."""
    return max(int(np.searchsorted(bars.session, session, side="right")) - 1, 0)
