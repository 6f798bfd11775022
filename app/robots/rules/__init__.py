"""Pure decisions of the built-in robot: reading bars, trading them, adding up what came of it."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple, NoReturn

from app.quant import fifo
from app.quant.crossover import ABOVE, crosses
from app.quant.days import AccountDays
from app.quant.folds import FoldState, MetricRow, Rates, SessionAxis, fold
from app.robots.errors import BarFileError
from app.robots.schemas import Bar, MovingAverageSettings

SCALE = fifo.SCALE
COLUMNS = ("session", "open", "high", "low", "close", "volume")
PRICES = COLUMNS[1:5]
BUY, SELL = 1, -1
MAX_PRICE = Decimal(10**9)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?")


# --- Bars ---


def parse_bars(lines: Iterable[str], today: date) -> list[Bar]:
    """Read daily bars from the lines of a CSV file with a header.

    Columns beside the six are left alone. Prices with more than 8 decimals are rounded to 8, as
    the ledger keeps them.

    Raises:
        BarFileError: names the row (the header is row 1) and the field.
    """
    rows = csv.reader(lines, strict=True)
    bars: list[Bar] = []
    try:
        places, width = _read_header(next(rows, None))
        for number, cells in _numbered(rows):
            if len(cells) != width:
                _refuse(number, "", f"has {len(cells)} fields where the header has {width}")
            bar = _read_bar(number, {name: cells[at].strip() for name, at in places.items()})
            if bar.session > today:
                _refuse(number, "session", f"{bar.session} lies in the future")
            if bars and bar.session <= bars[-1].session:
                _refuse(number, "session", f"{bar.session} does not follow {bars[-1].session}")
            bars.append(bar)
    except csv.Error as error:
        _refuse(len(bars) + 2, "", f"is not valid CSV ({error})")
    if not bars:
        message = "row 2: there are no bars"
        raise BarFileError(message)
    return bars


def _numbered(rows: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Number the rows as an editor does and leave out empty lines."""
    return ((number, cells) for number, cells in enumerate(rows, start=2) if cells)


def _read_header(header: list[str] | None) -> tuple[dict[str, int], int]:
    names = [name.strip().lower() for name in header or []]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        _refuse(1, missing[0], f"there is no such column; needed: {', '.join(COLUMNS)}")
    return {name: names.index(name) for name in COLUMNS}, len(names)


def _read_bar(number: int, cells: dict[str, str]) -> Bar:
    session = _read_day(number, cells["session"])
    prices = {name: _read_price(number, name, cells[name]) for name in PRICES}
    if prices["high"] < prices["low"]:
        _refuse(number, "high", f"{cells['high']} is below the low of {cells['low']}")
    for name in ("open", "close"):
        if not prices["low"] <= prices[name] <= prices["high"]:
            _refuse(number, name, f"{cells[name]} is outside {cells['low']} to {cells['high']}")
    volume = _read_number(number, "volume", cells["volume"])
    if volume < 0:
        _refuse(number, "volume", f"{cells['volume']} is below zero")
    return Bar(session, prices["open"], prices["high"], prices["low"], prices["close"], volume)


def _read_day(number: int, text: str) -> date:
    # fromisoformat would also take "20200131" and "2020-W05-5".
    if _DAY.fullmatch(text):
        with suppress(ValueError):
            return date.fromisoformat(text)
    return _refuse(number, "session", f"{text!r} is not a date such as 2020-01-31")


def _read_price(number: int, name: str, text: str) -> int:
    value = _read_number(number, name, text)
    if value > MAX_PRICE:
        _refuse(number, name, f"{text} is too large for a price")
    scaled = int((value * SCALE).to_integral_value(ROUND_HALF_EVEN))
    if scaled <= 0:
        _refuse(number, name, f"{text} is not above zero")
    return scaled


def _read_number(number: int, name: str, text: str) -> Decimal:
    # Decimal() would also take NaN, infinity, underscores and foreign digits.
    if not _NUMBER.fullmatch(text):
        _refuse(number, name, f"{text!r} is not a number")
    return Decimal(text)


def _refuse(number: int, name: str, reason: str) -> NoReturn:
    where = f"row {number}, {name}: " if name else f"row {number} "
    raise BarFileError(where + reason, field=name or None, row=number)


def run_version(robot_version: str, symbol: str, parts: Sequence[object], bars: list[Bar]) -> str:
    """Return a short name of a run that changes with the settings and with every bar."""
    digest = hashlib.sha256(repr((robot_version, symbol, *map(str, parts))).encode())
    for bar in bars:
        digest.update(repr((bar.session.toordinal(), *bar[1:5])).encode())
    return f"{robot_version}-{digest.hexdigest()[:14]}"


# --- Trading ---


class RobotFill(NamedTuple):
    """An order that was filled at the open of the bar number `at`."""

    at: int
    side: int
    price: int
    is_entry: bool


class Run(NamedTuple):
    """What the robot did: fills in order, and how many entries the cash did not cover."""

    fills: list[RobotFill]
    skipped_count: int


def trade_crosses(bars: list[Bar], settings: MovingAverageSettings, cash: int) -> Run:
    """Trade one share on strict crosses, each order at the open of the bar that follows.

    A cross above buys, a cross below sells what is held (and sells short with `short`). A cross
    in the direction already held changes nothing. A cross on the last bar finds no open to trade
    at. An entry that costs more than the account is worth is skipped. Without costs.
    """
    signals = crosses([bar.close for bar in bars], settings.fast, settings.slow)
    fills: list[RobotFill] = []
    held, entry_price, skipped = 0, 0, 0
    for at in range(1, len(bars)):
        signal, price = signals[at - 1], bars[at].open
        if signal in {0, held}:
            continue
        if held:
            fills.append(RobotFill(at, -held, price, is_entry=False))
            cash += held * (price - entry_price)
            held = 0
        if signal == ABOVE or settings.short:
            if price > cash:
                skipped += 1
                continue
            fills.append(RobotFill(at, signal, price, is_entry=True))
            held, entry_price = signal, price
    return Run(fills, skipped)


# --- What came of it ---


class Outcome(NamedTuple):
    """Round trips, the open rest, the value of the position at each close, and all-time figures."""

    trades: list[fifo.ClosedTrade]
    position: fifo.Position
    marks: list[tuple[int, int]]
    """(number of the bar, signed profit of the open position at its close)."""
    metrics: MetricRow


def evaluate(bars: list[Bar], fills: list[RobotFill], cash: int, risk_free_rate: float) -> Outcome:
    """Book the fills as the ledger does and fold the days as the performance engine does."""
    position = fifo.Position()
    days = AccountDays(bars[0].session.toordinal(), cash)
    trades: list[fifo.ClosedTrade] = []
    marks: list[tuple[int, int]] = []
    waiting = list(reversed(fills))
    unrealized = 0
    for at, bar in enumerate(bars):
        day = bar.session.toordinal()
        while waiting and waiting[-1].at == at:
            effect = fifo.apply(position, _book_entry(waiting.pop(), day, seq=len(marks)))
            days.add_fill(day, effect)
            if effect.closed is not None:
                trades.append(effect.closed)
        value = open_profit(position, bar.close)
        if value != unrealized:
            days.add_mark_change(day, value - unrealized)
            unrealized = value
        if position.direction:
            marks.append((at, value))
    axis = SessionAxis.from_days([bar.session.toordinal() for bar in bars])
    rates = Rates.from_annual(risk_free_rate)
    rows, _ = fold(FoldState(), days.rows(), axis, bars[-1].session.toordinal(), rates)
    return Outcome(trades, position, marks, rows[-1])


def open_profit(position: fifo.Position, price: int) -> int:
    """Return what closing the position at `price` would realise, in money scaled by 1e8."""
    value = position.open_qty * price - position.cost
    return fifo.divide_half_even(position.direction * value, SCALE)


def _book_entry(fill: RobotFill, day: int, *, seq: int) -> fifo.Fill:
    return fifo.Fill(
        side=fill.side,
        qty=SCALE,
        price=fill.price,
        fee=0,
        multiplier=SCALE,
        at=fill.at,
        day=day,
        seq=seq,
    )
