"""The bar store: writing bars that may repeat or correct what is there, reading larger ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from app.core import clock, events
from app.core.errors import ValidationError
from app.core.i18n import gettext, listed
from app.market.errors import NoBarsError
from app.market.events import BarsCorrected
from app.market.queries.actions import actions_of
from app.market.queries.series import all_series, lock_series, series_of
from app.market.rules import SIMULATED, is_simulated
from app.market.schemas import Instrument, Series, StoreResult
from app.market.service.instruments import (
    demand_symbol,
    find_instruments,
    find_with_bars,
    instruments_by_id,
)
from app.market.service.sessions import hours as hours_of
from app.market.service.sessions import instant, microseconds

if TYPE_CHECKING:
    from app.market.models import BarSeries
    from app.market.rules.store import Parts
    from app.market.service.reading import Window
    from app.quant.bars import BarColumns, ScaledBars
    from app.quant.frames import Gap, Hours

# numpy and what stands on it are imported inside the functions: few web processes need them.

STORED = ("M1", "D1")
"""Timeframes that are kept; the larger ones are made of them when they are read."""
SETTLE = timedelta(seconds=90)
"""How long a larger bar waits for its last minutes after its close, unless they are there."""
_FOREVER = 2**62


def store_bars(
    instrument_id: int,
    timeframe: str,
    bars: ScaledBars | BarColumns,
    source: str,
    *,
    replace: bool = True,
) -> StoreResult:
    """Keep closed bars of one instrument, in order of time; what is there already stays one row.

    A bar that differs from the kept one of the same time corrects it; without `replace` only when
    the same source reported both. Must run inside `transaction()`.

    Raises:
        ValidationError: a timeframe that is not kept, or a bar that cannot be (which one is said).
    """
    return store_many({instrument_id: bars}, timeframe, source, replace=replace)[instrument_id]


def store_many(
    given: Mapping[int, ScaledBars | BarColumns],
    timeframe: str,
    source: str,
    *,
    replace: bool = True,
) -> dict[int, StoreResult]:
    """Do the same for the bars of many instruments, by a few statements for all of them.

    Must run inside `transaction()`.

    Raises:
        ValidationError: what `store_bars` raises, for the first instrument of which it is so.
    """
    from app.market.queries import bars as rows
    from app.market.rules import store as rule

    if timeframe not in STORED:
        raise ValidationError(_not_kept(timeframe), field="timeframe")
    now = microseconds(clock.now())
    instruments = instruments_by_id(given)
    checked = {
        each: _checked(instruments[each], timeframe, bars, source, now)
        for each, bars in given.items()
    }
    found = {each: StoreResult() for each in given}
    new = {each: bars for each, bars in checked.items() if len(bars.opened_at)}
    if not new:
        return found
    series = lock_series(new, timeframe)
    first = min(int(bars.opened_at[0]) for bars in new.values())
    last = max(int(bars.opened_at[-1]) for bars in new.values())
    kept = rows.read_kept(new, timeframe, first, last)
    parts = {
        each: rule.compare(bars, kept[each], source, replace=replace) for each, bars in new.items()
    }
    rows.insert({each: part.new for each, part in parts.items()}, timeframe, source, now)
    rows.correct({each: part.changed for each, part in parts.items()}, timeframe, source, now)
    for each, part in parts.items():
        newest = series[each].newest_at
        found[each] = _reach(series[each], new[each], part)
        _tell_corrections(instruments[each], timeframe, part, newest)
    return found


def _checked(
    instrument: Instrument,
    timeframe: str,
    bars: ScaledBars | BarColumns,
    source: str,
    now: int,
) -> ScaledBars:
    from app.market.rules import store as rule
    from app.quant.bars import scaled

    if is_simulated(instrument.symbol) != (source == SIMULATED):
        message = gettext(
            "Bars of %(symbol)s cannot come from '%(source)s': invented and real ones never mix.",
            symbol=instrument.symbol,
            source=source,
        )
        raise ValidationError(message, field="source")
    given = scaled(bars)
    rule.check(given, timeframe, hours_of(instrument.venue), now)
    return given


def _reach(series: BarSeries, given: ScaledBars, parts: Parts) -> StoreResult:
    """Note how far the bars of an instrument reach now; return what became of those given."""
    first, last = instant(int(given.opened_at[0])), instant(int(given.opened_at[-1]))
    created, corrected = len(parts.new.opened_at), len(parts.changed.opened_at)
    series.bar_count += created
    series.correction_count += corrected
    series.first_at = min(series.first_at or first, first)
    series.newest_at = max(series.newest_at or last, last)
    return StoreResult(created=created, same=parts.same, corrected=corrected)


def _tell_corrections(
    instrument: Instrument, timeframe: str, parts: Any, newest: datetime | None
) -> None:
    late = parts.new.opened_at[parts.new.opened_at < microseconds(newest)] if newest else []
    touched = [
        int(each[at]) for each in (late, parts.changed.opened_at) for at in (0, -1) if len(each)
    ]
    if touched:
        events.publish(
            BarsCorrected(
                instrument_id=instrument.id,
                symbol=instrument.symbol,
                timeframe=timeframe,
                from_at=instant(min(touched)),
                to_at=instant(max(touched)),
                corrected=len(parts.changed.opened_at),
                late=len(late),
            )
        )


def _not_kept(timeframe: str) -> str:
    return gettext(
        "Bars are kept as %(choices)s; larger ones are made of them when they are read, so "
        "'%(given)s' cannot be written.",
        given=timeframe[:10],
        choices=listed(STORED),
    )


class Wanted(TypedDict, total=False):
    """Which bars are wanted; what is left out does not narrow them."""

    start: datetime | None
    """Bars open from here on."""
    end: datetime | None
    """Bars open before this."""
    last: int | None
    """The newest so many."""
    extended: bool
    """Keep the hours before and after the market, for timeframes within a session."""
    include_open: bool
    """Give the bar that has not closed yet, too, and those whose last minutes may still come."""
    now: datetime | None
    """The instant of asking; the present one by default."""
    adjust: bool
    """Work splits into the prices and volumes before them (the default)."""
    dividends: bool
    """Work cash dividends into the prices before them, too (not by default)."""


def read_bars(
    symbol: str,
    timeframe: str,
    *,
    asset_class: str | None = None,
    **wanted: Unpack[Wanted],
) -> BarColumns:
    """Return the closed bars of a symbol, in order of time.

    Raises:
        NoBarsError: nobody has bars of it.
        MalformedSymbolError: the text cannot be a symbol.
        ValidationError: there is no such timeframe.
    """
    found = instrument_with_bars(symbol, asset_class)
    bars = read_many([found.id], timeframe, **wanted)
    if found.id not in bars:
        raise no_bars(symbol)
    return bars[found.id]


def instrument_with_bars(symbol: str, asset_class: str | None = None) -> Instrument:
    """Return the instrument whose bars a symbol means.

    Raises:
        NoBarsError: nobody has bars of it.
        MalformedSymbolError: the text cannot be a symbol.
    """
    if asset_class:
        found = find_instruments([(symbol, asset_class)])[0]
    else:
        demand_symbol(symbol)
        found = find_with_bars([symbol]).get(symbol)
    if found is None:
        raise no_bars(symbol)
    return found


def no_bars(symbol: str) -> NoBarsError:
    """Return the error that says that nobody has bars of a symbol."""
    message = gettext(
        "There are no bars of %(symbol)s. Bring some in: flask market import FILE --symbol "
        "%(symbol)s --timeframe M1",
        symbol=symbol[:40],
    )
    return NoBarsError(message, symbol=symbol[:40])


def read_many(
    instrument_ids: Iterable[int], timeframe: str, **wanted: Unpack[Wanted]
) -> dict[int, BarColumns]:
    """Return closed bars by instrument, each in order of time; who holds none at all is left out.

    Closed are bars whose minutes are all in, or that ended `SETTLE` ago.
    """
    from app.market.service.reading import Reader

    return Reader(demand_timeframe(timeframe), _venues(instrument_ids), _window(wanted)).read()


def _window(wanted: Wanted) -> Window:
    from app.market.service.reading import Window

    start, end = wanted.get("start"), wanted.get("end")
    return Window(
        start=0 if start is None else microseconds(start),
        end=_FOREVER if end is None else microseconds(end),
        now=microseconds(wanted.get("now") or clock.now()),
        last=wanted.get("last"),
        extended=wanted.get("extended", False),
        include_open=wanted.get("include_open", False),
        splits=wanted.get("adjust", True),
        dividends=wanted.get("dividends", False),
    )


def closed_bars_since(
    instrument_ids: Iterable[int],
    timeframe: str,
    after: datetime | Mapping[int, datetime],
    *,
    now: datetime | None = None,
    extended: bool = False,
    adjust: bool = True,
) -> dict[int, BarColumns]:
    """Return the bars of many instruments that have closed after an instant, by one query.

    `after` is one instant, or one for each instrument (the close of the last bar that was seen).
    Instruments without a new bar are left out.
    """
    from app.market.service.reading import Reader

    ids = set(instrument_ids)
    if not ids:
        return {}
    marks = after if isinstance(after, Mapping) else dict.fromkeys(ids, after)
    window = _window({"now": now, "extended": extended, "adjust": adjust})
    reader = Reader(demand_timeframe(timeframe), _venues(ids), window)
    return reader.read_after({each: microseconds(marks[each]) for each in ids})


def demand_timeframe(timeframe: str) -> str:
    """Return the timeframe; ValidationError when there is no such one."""
    from app.quant.bars import TIMEFRAMES

    if timeframe in TIMEFRAMES:
        return timeframe
    message = gettext(
        "'%(given)s' is not one of %(choices)s.", given=timeframe[:10], choices=listed(TIMEFRAMES)
    )
    raise ValidationError(message, field="timeframe")


def _venues(instrument_ids: Iterable[int]) -> dict[int, Hours]:
    return {each.id: hours_of(each.venue) for each in instruments_by_id(instrument_ids).values()}


def list_series() -> list[Series]:
    """Return what bars there are: each symbol and timeframe, from when to when, and how many."""
    return [
        Series(
            symbol=instrument.symbol,
            asset_class=instrument.asset_class,
            venue=instrument.venue,
            timeframe=series.timeframe,
            first_at=series.first_at,
            newest_at=series.newest_at,
            bar_count=series.bar_count,
            correction_count=series.correction_count,
        )
        for series, instrument in all_series()
    ]


def find_gaps(symbol: str, asset_class: str, timeframe: str) -> list[Gap]:
    """Return where kept bars of regular hours are missing between the oldest and the newest."""
    from app.market.queries.bars import read_openings
    from app.quant import frames

    found = find_instruments([(symbol, asset_class)])[0]
    if found is None:
        raise no_bars(symbol)
    openings = read_openings(found.id, timeframe)
    return frames.find_gaps(openings, hours_of(found.venue), timeframe)


def newest_minute(instrument_id: int) -> datetime | None:
    """Return when the newest kept minute of an instrument opened; None where there are none."""
    found = series_of([instrument_id]).get((instrument_id, "M1"))
    return found.newest_at if found else None


def series_marks(instrument_ids: Iterable[int]) -> dict[int, str]:
    """Return a short text for each instrument that changes whenever its bars change."""
    marks: dict[int, str] = {}
    found = series_of(instrument_ids)
    for each, timeframe in sorted(found):
        row = found[each, timeframe]
        mark = f"{timeframe}:{row.bar_count}:{row.correction_count}:{row.newest_at}"
        marks[each] = f"{marks[each]};{mark}" if each in marks else mark
    for each, actions in actions_of(marks).items():
        texts = [f"{row.session}:{row.kind}:{row.value}" for row in actions]
        marks[each] = ";".join([marks[each], *texts])
    return marks
