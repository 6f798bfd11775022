"""The fold of daily money over days: rows of metrics, and a state to go on from.

`fold(state, rows, …)` equals folding all rows from the start, to the last bit, when the
state came from the rows before. One call costs some tens of microseconds a day.
"""

import math
import struct
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Self

from app.quant import kernels
from app.quant.days import DayMoney
from app.quant.fifo import SCALE

PERIODS = ("daily", "weekly", "monthly", "all_time")
_LAYOUT = 2
_Out = tuple[list[list[list[int]]], list[list[list[int]]], list[list[list[float]]], list[int]]
_PACKED = struct.Struct(f"<B{kernels.STATE_INTS}q{kernels.STATE_FLOATS}d")
# For sums beyond 64 bits, which are absurd but must not stop anybody's work: each in two halves.
_WIDE_LAYOUT = 130
_WIDE = struct.Struct(f"<B{2 * kernels.STATE_INTS}q{kernels.STATE_FLOATS}d")
_HALF = 62
# Layout 1, and 129 for wide sums, knew nothing of the sessions behind the profit factor.
_OLD_LAYOUTS = {1: 1, 129: 2}
_OLD_INTS, _OLD_FLOATS = 17, 6
_UNKNOWN = -(2**40)


class MetricRow(NamedTuple):
    """The figures of one period of one scope; None is "no answer".

    Money fields are integers scaled by 1e8; averages are floats in the currency; `_ratio`
    fields are floats with 1.0 = 100 %. docs/metrics.md defines each.
    """

    period: str
    start: int
    session_count: int
    exposed_count: int
    trade_count: int
    win_count: int
    loss_count: int
    gross_profit: int
    gross_loss: int
    total_pnl: int
    best_trade_pnl: int | None
    worst_trade_pnl: int | None
    drawdown_amount: int
    equity: int | None
    fees: int
    win_ratio: float | None
    profit_factor: float | None
    avg_trade_size: float | None
    expectancy: float | None
    average_win: float | None
    average_loss: float | None
    payoff_ratio: float | None
    exposure_ratio: float
    return_ratio: float | None
    drawdown_ratio: float | None
    profit_factor_margin: float | None
    """How far ln(profit_factor) may be off, 95 %: `stats.profit_factor_interval` makes the ends."""
    sharpe_ratio: float | None
    sortino_ratio: float | None
    mean_return_lower_bound: float | None


class Rates(NamedTuple):
    """The risk-free rate of one session and the square root of the sessions in a year."""

    risk_free: float
    annual_root: float

    @classmethod
    def from_annual(cls, risk_free_rate: float = 0.05, sessions_a_year: int = 252) -> Self:
        """Take a yearly rate; 365 sessions a year for what trades around the clock."""
        risk_free = math.pow(1.0 + risk_free_rate, 1.0 / sessions_a_year) - 1.0
        return cls(risk_free, math.sqrt(sessions_a_year))


class SessionAxis(NamedTuple):
    """The sessions of a calendar as a table of "how many sessions lie before this day"."""

    first: int
    before: list[int]

    @classmethod
    def from_days(cls, days: Sequence[int]) -> Self:
        """Take sorted session ordinals. Days outside them have no sessions."""
        if not days:
            return cls(0, [0])
        before = []
        for count, (day, following) in enumerate(
            zip(days, [*days[1:], days[-1] + 1], strict=True), start=1
        ):
            if following <= day:
                message = f"Sessions must be sorted and distinct: {following} after {day}"
                raise ValueError(message)
            before.extend([count] * (following - day))
        return cls(days[0], [0, *before])


class FoldState:
    """Everything the fold of one scope needs to go on after its last day."""

    __slots__ = ("floats", "ints")

    def __init__(self, *, is_balanced: bool = True) -> None:
        """Start empty.

        `is_balanced` says that every account of the scope has a starting balance; without
        it the ratios that need one are None, now and later.
        """
        self.ints = [0] * kernels.STATE_INTS
        self.floats = [0.0] * kernels.STATE_FLOATS
        self.ints[kernels.BALANCED] = int(is_balanced)

    @property
    def last_day(self) -> int | None:
        """The day of the last row, None before the first."""
        return self.ints[kernels.LAST] or None

    @property
    def first_day(self) -> int | None:
        """The opening day, None before the first row."""
        return self.ints[kernels.FIRST] or None

    @property
    def equity(self) -> int:
        """The closing equity; without a balance the summed moves."""
        return self.ints[kernels.EQUITY]

    @classmethod
    def from_numbers(cls, ints: list[int], floats: list[float]) -> Self:
        """Take over the two lists of the kernels."""
        state = cls()
        state.ints = ints
        state.floats = floats
        return state

    def copy(self) -> "FoldState":
        """Copy, to keep this one as a checkpoint."""
        return FoldState.from_numbers(self.ints.copy(), self.floats.copy())

    def pack(self) -> bytes:
        """Write the state as bytes, exact to the last bit."""
        try:
            return _PACKED.pack(_LAYOUT, *self.ints, *self.floats)
        except struct.error:
            high = [value >> _HALF for value in self.ints]
            low = [value & ((1 << _HALF) - 1) for value in self.ints]
            return _WIDE.pack(_WIDE_LAYOUT, *high, *low, *self.floats)

    @classmethod
    def unpack(cls, packed: bytes) -> Self:
        """Read what `pack` wrote, or an older release did.

        The state of an older one goes on without a margin of the profit factor, for periods that
        had begun, until it is folded from the start.

        Raises:
            ValueError: another layout; fold from the start then.
        """
        count = kernels.STATE_INTS
        if packed and packed[0] in _OLD_LAYOUTS:
            return cls.from_numbers(*_read_old(packed))
        if len(packed) == _PACKED.size and packed[0] == _LAYOUT:
            numbers = _PACKED.unpack(packed)[1:]
            return cls.from_numbers(list(numbers[:count]), list(numbers[count:]))
        if len(packed) == _WIDE.size and packed[0] == _WIDE_LAYOUT:
            numbers = _WIDE.unpack(packed)[1:]
            halves = zip(numbers[:count], numbers[count : 2 * count], strict=True)
            ints = [(high << _HALF) + low for high, low in halves]
            return cls.from_numbers(ints, list(numbers[2 * count :]))
        message = "The checkpoint has another layout"
        raise ValueError(message)

    @staticmethod
    def is_old(packed: bytes | None) -> bool:
        """Whether a state was written by a release that knew no margin of the profit factor."""
        return packed is not None and packed[0] in _OLD_LAYOUTS


def _read_old(packed: bytes) -> tuple[list[int], list[float]]:
    common = kernels.STATE_INTS - 3 * kernels.BLOCK_INTS
    count, words = common + 3 * _OLD_INTS, _OLD_LAYOUTS[packed[0]]
    layout = struct.Struct(f"<B{words * count}q{3 * _OLD_FLOATS}d")
    if len(packed) != layout.size:
        message = "The checkpoint has another layout"
        raise ValueError(message)
    numbers = layout.unpack(packed)[1:]
    ints = list(numbers[:count])
    if words > 1:
        ints = [(high << _HALF) + low for high, low in zip(ints, numbers[count:], strict=False)]
    floats = numbers[words * count :]
    state = ints[:common]
    moments: list[float] = []
    for period in range(3):
        begin = common + period * _OLD_INTS
        state += [*ints[begin : begin + _OLD_INTS], _UNKNOWN]
        moments += [*floats[period * _OLD_FLOATS :][:_OLD_FLOATS], 0.0, 0.0, 0.0]
    return state, moments


def fold(
    state: FoldState,
    rows: Iterable[DayMoney],
    axis: SessionAxis,
    as_of: int,
    rates: Rates,
) -> tuple[list[MetricRow], FoldState]:
    """Add days of money; give every row that changed and the state after them.

    The rows are the daily ones, the weeks and months that ended by a later day, and the
    open week, month and all time, which hold idle sessions up to `as_of`. The state given
    is left as it was.
    """
    closed, after = advance(state, rows, axis, rates)
    return closed + open_rows(after, axis, as_of, rates), after


def advance(
    state: FoldState, rows: Iterable[DayMoney], axis: SessionAxis, rates: Rates
) -> tuple[list[MetricRow], FoldState]:
    """Add days of money; give only the rows that are final by it, and the new state.

    Raises:
        ValueError: a day that is not after the one before.
    """
    after = state.copy()
    rows = list(rows)
    out = _make_out(len(rows))
    for row in rows:
        if row[0] <= after.ints[kernels.LAST]:
            message = f"Day {row[0]} is not after day {after.ints[kernels.LAST]}"
            raise ValueError(message)
        kernels.fold_day(after.ints, after.floats, row, axis, rates, out)
    return _metric_rows(out), after


def open_rows(state: FoldState, axis: SessionAxis, as_of: int, rates: Rates) -> list[MetricRow]:
    """Give the open week, month and all time, idle from the last day to `as_of`."""
    if state.last_day is None:
        return []
    out = _make_out(1)
    kernels.write_open(state.ints, state.floats, as_of, axis, rates, out)
    return _metric_rows(out)


def _make_out(size: int) -> _Out:
    return (
        [[[0] * kernels.COUNT_WIDTH for _ in range(size)] for _ in PERIODS],
        [[[0] * kernels.MONEY_WIDTH for _ in range(size)] for _ in PERIODS],
        [[[math.nan] * kernels.RATIO_WIDTH for _ in range(size)] for _ in PERIODS],
        [0] * len(PERIODS),
    )


def _metric_rows(out: _Out) -> list[MetricRow]:
    counts, money, ratios, sizes = out
    return [
        metric_row(period, counts[number][at], money[number][at], ratios[number][at])
        for number, period in enumerate(PERIODS)
        for at in range(sizes[number])
    ]


def metric_row(
    period: str, counts: Sequence[int], money: Sequence[int], ratios: Sequence[float]
) -> MetricRow:
    """Build a row from the lines of the three tables that the kernels write."""
    _, start, sessions, exposed, trades, wins, losses, is_funded = counts
    profit, loss, pnl, best, worst, drop, equity, fees = money
    answers = [None if math.isnan(ratio) else ratio for ratio in ratios]
    win, factor, size, expectancy, average_win, average_loss = answers[:6]
    payoff = None if average_win is None or average_loss is None else average_win / average_loss
    return MetricRow(
        period,
        start,
        sessions,
        exposed,
        trades,
        wins,
        losses,
        profit,
        loss,
        pnl,
        best if trades else None,
        worst if trades else None,
        drop,
        equity if is_funded else None,
        fees,
        win,
        factor,
        size,
        expectancy,
        average_win,
        average_loss,
        payoff,
        exposed / sessions,
        *answers[6:],
    )


def public_metrics(row: MetricRow) -> dict[str, float | int | None]:
    """Give the eleven public figures in their public units.

    Money in the currency, win rate in percent 0 to 100, drawdown in percent, zero or
    negative; None is "no answer".
    """
    return {
        "trade_count": row.trade_count,
        "win_count": row.win_count,
        "loss_count": row.loss_count,
        "win_rate": None if row.win_ratio is None else row.win_ratio * 100.0,
        "total_pnl": row.total_pnl / SCALE,
        "profit_factor": row.profit_factor,
        "sharpe_ratio": row.sharpe_ratio,
        # 0.0 - x, so that no drawdown is 0 and not -0.
        "max_drawdown": None if row.drawdown_ratio is None else 0.0 - row.drawdown_ratio * 100.0,
        "avg_trade_size": row.avg_trade_size,
        "best_trade_pnl": None if row.best_trade_pnl is None else row.best_trade_pnl / SCALE,
        "worst_trade_pnl": None if row.worst_trade_pnl is None else row.worst_trade_pnl / SCALE,
    }
