"""Reading a CSV file of daily or minute bars: what is good in it, and what is wrong by row. Pure."""

from __future__ import annotations

import csv
import re
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from app.core.i18n import gettext
from app.core.types import EPOCH
from app.market.rules.hours import usual_hours
from app.market.schemas import BarFile, FileGap, RowFault
from app.quant import frames
from app.quant.bars import MAX_PRICE, PRICE_UNITS, BarColumns, ScaledBars, price_floats

TIME_COLUMNS = {"M1": "opened_at", "D1": "session"}
PRICES = ("open", "high", "low", "close")
_MICROSECOND = timedelta(microseconds=1)
MAX_FAULTS = 1000
"""So many are kept with their reasons; beyond them they are only counted."""
MAX_VOLUME = 1e18
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"(?P<zone>[Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
_PLAIN = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,8}))?")
# Decimal() would also take NaN, infinity, underscores and foreign digits.
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?")


class _BadRowError(Exception):
    """A row that is no bar: the field and why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


class _Reading:
    """What has been read so far."""

    def __init__(self, timeframe: str, now: datetime) -> None:
        self.timeframe = timeframe
        self.time_column = TIME_COLUMNS[timeframe]
        self.now = (now - EPOCH) // _MICROSECOND
        self.today = now.date()
        self.rows = array("q")
        self.times = array("q")
        """Microseconds of minutes, date ordinals of days; strictly rising."""
        self.prices = [array("q") for _ in PRICES]
        self.volumes = array("d")
        self.faults: list[RowFault] = []
        self.fault_count = 0

    def refuse(self, row: int, field: str, reason: str) -> None:
        """Note what is wrong with a row."""
        self.fault_count += 1
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(RowFault(row, field, reason))

    def take(self, row: int, cells: list[str]) -> None:
        """Read the cells of one row: time, open, high, low, close, volume."""
        time = self._time(cells[0])
        prices = [_price(name, text) for name, text in zip(PRICES, cells[1:5], strict=True)]
        _check_prices(prices, cells)
        volume = _volume(cells[5])
        if self.times and time <= self.times[-1]:
            self._refuse_order(time, cells[0])
        self.rows.append(row)
        self.times.append(time)
        for column, price in zip(self.prices, prices, strict=True):
            column.append(price)
        self.volumes.append(volume)

    def _time(self, text: str) -> int:
        if self.timeframe == "D1":
            day = _day(text)
            if day > self.today:
                _refuse("session", gettext("%(day)s lies in the future", day=day))
            return day.toordinal()
        at = _instant(text)
        if at > self.now:
            _refuse("opened_at", gettext("%(time)s lies in the future", time=text))
        return at

    def _refuse_order(self, time: int, text: str) -> NoReturn:
        last = self.times[-1]
        shown = str(date.fromordinal(last)) if self.timeframe == "D1" else _shown(last)
        reason = gettext("%(this)s does not follow %(last)s", this=text, last=shown)
        at = bisect_left(self.times, time)
        if self.times[at] == time:
            reason += gettext(": it is there already, in row %(row)s", row=self.rows[at])
        _refuse(self.time_column, reason)


def parse_bar_file(
    lines: Iterable[str],
    timeframe: str,
    hours: frames.Hours,
    now: datetime,
    *,
    any_day: bool = False,
) -> BarFile:
    """Read bars from the lines of a CSV file with a header; `timeframe` is M1 or D1.

    Rows that are no good bars are left out of the columns and told as faults; the header is row 1.
    Columns beside the six are left alone. Prices with more than 8 decimals are rounded to 8.
    With `any_day` daily bars may lie on days without a session; they get the usual hours.
    """
    reading = _Reading(timeframe, now)
    row = 0
    try:
        rows = csv.reader(lines, strict=True)
        places, width = _read_header(next(rows, None), reading.time_column)
        # Rows are numbered as an editor does; empty ones are left out.
        for row, cells in enumerate(rows, start=2):
            if cells:
                _read_row(reading, row, cells, places, width)
    except csv.Error as error:
        reading.refuse(max(row, 1) + 1, "", gettext("is not valid CSV (%(error)s)", error=error))
    except _BadRowError as error:
        reading.refuse(1, error.field, error.reason)
    else:
        if not reading.rows and not reading.fault_count:
            reading.refuse(2, "", gettext("there are no bars"))
    return _finish(reading, hours, any_day=any_day)


def _read_row(reading: _Reading, row: int, cells: list[str], places: list[int], width: int) -> None:
    if len(cells) != width:
        reason = gettext(
            "has %(count)s fields where the header has %(width)s", count=len(cells), width=width
        )
        reading.refuse(row, "", reason)
        return
    try:
        reading.take(row, [cells[at].strip() for at in places])
    except _BadRowError as error:
        reading.refuse(row, error.field, error.reason)


def _read_header(header: list[str] | None, time_column: str) -> tuple[list[int], int]:
    names = [name.strip().lower() for name in header or []]
    needed = [time_column, *PRICES, "volume"]
    for name in needed:
        if name not in names:
            reason = gettext("there is no such column; needed: %(names)s", names=", ".join(needed))
            _refuse(name, reason)
    return [names.index(name) for name in needed], len(names)


# --- Cells ---


def _refuse(field: str, reason: str) -> NoReturn:
    raise _BadRowError(field, reason)


def _day(text: str) -> date:
    # fromisoformat would also take "20200131" and "2020-W05-5".
    if _DAY.fullmatch(text):
        with suppress(ValueError):
            return date.fromisoformat(text)
    return _refuse(
        "session", gettext("%(given)s is not a date such as 2020-01-31", given=repr(text[:40]))
    )


def _instant(text: str) -> int:
    found = _INSTANT.fullmatch(text)
    if found and not found["zone"]:
        reason = gettext("%(given)s has no zone; write UTC as %(given)sZ", given=text)
        _refuse("opened_at", reason)
    if found:
        with suppress(ValueError):
            return (datetime.fromisoformat(text.upper()) - EPOCH) // _MICROSECOND
    reason = gettext("%(given)s is not a time such as 2020-01-31T14:30:00Z", given=repr(text[:40]))
    return _refuse("opened_at", reason)


def _shown(at: int) -> str:
    return f"{datetime.fromtimestamp(at // 1_000_000, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _price(name: str, text: str) -> int:
    plain = _PLAIN.fullmatch(text)
    if plain:
        units = int(plain[1]) * PRICE_UNITS + int((plain[2] or "").ljust(8, "0"))
    else:
        value = Decimal(_number(name, text))
        if value > MAX_PRICE:
            _refuse(name, gettext("%(given)s is too large for a price", given=text))
        units = int((value * PRICE_UNITS).to_integral_value(ROUND_HALF_EVEN))
    if units <= 0:
        _refuse(name, gettext("%(given)s is not above zero", given=text))
    return units


def _volume(text: str) -> float:
    value = float(_number("volume", text))
    if value < 0:
        _refuse("volume", gettext("%(given)s is below zero", given=text))
    if value > MAX_VOLUME:
        _refuse("volume", gettext("%(given)s is too large", given=text))
    return value


def _number(name: str, text: str) -> str:
    if not _NUMBER.fullmatch(text):
        _refuse(name, gettext("%(given)s is not a number", given=repr(text[:40])))
    return text


def _check_prices(prices: list[int], cells: list[str]) -> None:
    opening, high, low, close = prices
    if high < low:
        reason = gettext("%(high)s is below the low of %(low)s", high=cells[2], low=cells[3])
        _refuse("high", reason)
    for name, price, text in (("open", opening, cells[1]), ("close", close, cells[4])):
        if not low <= price <= high:
            reason = gettext(
                "%(given)s is outside %(low)s to %(high)s", given=text, low=cells[3], high=cells[2]
            )
            _refuse(name, reason)


# --- The whole file ---


def _finish(reading: _Reading, hours: frames.Hours, *, any_day: bool) -> BarFile:
    """Put the good rows into columns; what lies at no time of the exchange becomes a fault."""
    times = np.array(reading.times, np.int64)
    rows = np.array(reading.rows, np.int64)
    if reading.timeframe == "D1":
        places = _place_days(times, hours, any_day=any_day)
    else:
        places = _place_minutes(times, hours)
    closed_at = places.closed_at
    is_open = ~places.is_off & (closed_at > reading.now)
    good = ~places.is_off & ~is_open
    for at in np.flatnonzero(~good).tolist():
        time, row = int(times[at]), int(rows[at])
        reason = gettext("has not closed yet") if is_open[at] else _why_off(reading, time)
        reading.refuse(row, reading.time_column, f"{_shown_time(reading, time)} {reason}")
    prices = [np.array(column, np.int64)[good] for column in reading.prices]
    volume = np.array(reading.volumes, np.float64)[good]
    opened_at, rows = places.opened_at[good], rows[good]
    floats = [price_floats(each) for each in prices]
    return BarFile(
        timeframe=reading.timeframe,
        columns=BarColumns._make(
            [opened_at, closed_at[good], places.session[good], *floats, volume]
        ),
        scaled=ScaledBars._make([opened_at, *prices, volume]),
        faults=sorted(reading.faults),
        fault_count=reading.fault_count,
        gaps=[
            FileGap(int(rows[gap.at]), gap.after, gap.before, gap.missing, gap.sessions)
            for gap in frames.find_gaps(opened_at, hours, reading.timeframe)
        ],
    )


class _Places(NamedTuple):
    opened_at: NDArray[np.int64]
    closed_at: NDArray[np.int64]
    session: NDArray[np.int32]
    is_off: NDArray[np.bool_]


def _place_minutes(at: NDArray[np.int64], hours: frames.Hours) -> _Places:
    found = frames.locate(hours, at)
    is_off = (found == frames.NOWHERE) | (at % frames.MINUTE != 0)
    return _Places(at, at + frames.MINUTE, hours.days[found], is_off)


def _place_days(days: NDArray[np.int64], hours: frames.Hours, *, any_day: bool) -> _Places:
    found = np.minimum(np.searchsorted(hours.days, days), len(hours.days) - 1)
    is_off = hours.days[found] != days
    opens, closes = hours.opens[found], hours.closes[found]
    if any_day and is_off.any():
        opens[is_off], closes[is_off] = usual_hours(days[is_off].tolist())
        is_off = np.zeros(len(days), np.bool_)
    return _Places(opens, closes, days.astype(np.int32), is_off)


def _shown_time(reading: _Reading, time: int) -> str:
    return str(date.fromordinal(time)) if reading.timeframe == "D1" else _shown(time)


def _why_off(reading: _Reading, time: int) -> str:
    if reading.timeframe == "D1":
        return gettext("is no session of its exchange")
    if time % frames.MINUTE:
        return gettext("is not the start of a minute")
    return gettext("lies outside the hours of its exchange")
