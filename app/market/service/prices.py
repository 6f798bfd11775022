"""What a chart and a program ask for first: bars with the open one, the price, the market's state."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from app.core import clock
from app.core.errors import ValidationError
from app.core.i18n import gettext
from app.market.queries.series import series_of
from app.market.rules import is_simulated
from app.market.schemas import Instrument
from app.market.schemas.reading import (
    BAR_COLUMNS,
    LARGEST_COUNT,
    USUAL_COUNT,
    BarsAnswer,
    BarsQuery,
    MarketState,
    PriceAnswer,
    StatusAnswer,
    VenueName,
)
from app.market.service.bars import instrument_with_bars, no_bars, read_many
from app.market.service.live import LiveBar, live_bar
from app.market.service.sessions import hours, instant, microseconds

if TYPE_CHECKING:
    from app.market.rules.state import Moment
    from app.quant.bars import BarColumns
    from app.quant.frames import Hours

AHEAD = timedelta(days=1)
"""An end may lie so far ahead: a chart asks for all of the hour or the day that is on."""
_SECOND = 1_000_000


# --- Bars ---


def chart_bars(symbol: str, asked: BarsQuery) -> BarsAnswer:
    """Return bars for a chart, the open one included and marked.

    Raises:
        NoBarsError: nobody has bars of the symbol.
        ValidationError: the stretch of time lies in the future or has no length.
    """
    now = clock.now()
    demand_past(asked.start, asked.end, now)
    found = instrument_with_bars(symbol, asked.asset_class)
    bars = bars_until_now(found, asked, now)
    market = _moment(hours(found.venue), now)
    as_of = _as_of(found, bars, now) if len(bars.opened_at) else None
    return BarsAnswer(
        symbol=found.symbol,
        asset_class=found.asset_class,
        venue=found.venue,
        currency=found.currency,
        timeframe=asked.timeframe,
        source=_source(found.id),
        is_simulated=is_simulated(found.symbol),
        as_of=None if as_of is None else instant(as_of),
        delay_seconds=_delay(as_of, market, asked, now),
        columns=BAR_COLUMNS,
        bars=_rows(bars),
        is_last_closed=as_of is None or int(bars.closed_at[-1]) <= microseconds(now),
    )


def _as_of(found: Instrument, bars: BarColumns, now: datetime) -> int:
    """Return until when bars tell: an open bar knows no more than the newest minute."""
    closed_at, known = int(bars.closed_at[-1]), microseconds(_newest(found, now).at)
    return max(min(closed_at, known), int(bars.opened_at[-1]))


def _delay(as_of: int | None, market: Moment, asked: BarsQuery, now: datetime) -> int | None:
    if as_of is None or market.state == "closed" or asked.end is not None:
        return None
    return max(0, microseconds(now) - as_of) // _SECOND


def demand_past(start: datetime | None, end: datetime | None, now: datetime) -> None:
    """Refuse a stretch of time that nobody can have bars of."""
    if start is not None and start > now:
        message = gettext("start: lies in the future; there are no bars of it yet.")
        raise ValidationError(message, field="start")
    if end is not None and end > now + AHEAD:
        message = gettext("end: lies in the future; leave it out for all bars until now.")
        raise ValidationError(message, field="end")
    if start is not None and end is not None and end <= start:
        message = gettext("end: must be later than start.")
        raise ValidationError(message, field="end")


def bars_until_now(found: Instrument, asked: BarsQuery, now: datetime) -> BarColumns:
    """Return the bars that are asked for, with the minute that the feed is telling."""
    count = asked.count or (LARGEST_COUNT if asked.start else USUAL_COUNT)
    bars = read_many(
        [found.id],
        asked.timeframe,
        start=asked.start,
        end=asked.end,
        last=count,
        extended=asked.extended,
        include_open=True,
        now=now,
        adjust=asked.adjust,
    ).get(found.id)
    if bars is None:
        raise no_bars(found.symbol)
    live = None if asked.end is not None and asked.end <= now else live_bar(found.id)
    if live is not None:
        bars = _with_live(found, asked, bars, live)
    return bars.rows(max(0, len(bars.opened_at) - count))


def _with_live(found: Instrument, asked: BarsQuery, bars: BarColumns, live: LiveBar) -> BarColumns:
    from app.market.rules import live as rule
    from app.quant import frames

    kept = series_of([found.id]).get((found.id, "M1"))
    if kept is not None and microseconds(kept.newest_at) >= live.opened_at:
        return bars
    when = hours(found.venue)
    at = frames.bounds(when, "D1", live.opened_at)
    if at is None or (asked.start is not None and live.opened_at < microseconds(asked.start)):
        return bars
    session = int(when.days[when.opens.searchsorted(at[0])])
    prices = (live.open, live.high, live.low, live.close)
    minute = rule.minute_columns(live.opened_at, prices, live.volume, session)
    return rule.with_minute(bars, minute, when, asked.timeframe, extended=asked.extended)


def _rows(bars: BarColumns) -> list[list[float]]:
    seconds = (bars.opened_at // _SECOND).tolist()
    prices = [each.round(8).tolist() for each in (bars.open, bars.high, bars.low, bars.close)]
    rows = zip(seconds, *prices, bars.volume.tolist(), strict=True)
    return [list(row) for row in rows]


def _source(instrument_id: int) -> str | None:
    from app.market.queries.bars import newest_source

    return newest_source(instrument_id, "M1") or newest_source(instrument_id, "D1")


# --- The price ---


class _Newest(NamedTuple):
    price: float
    at: datetime
    source: str | None


def read_price(symbol: str, asset_class: str | None = None) -> PriceAnswer:
    """Return the newest price of a symbol, how old it is and what that means.

    Raises:
        NoBarsError: nobody has bars of it.
    """
    now = clock.now()
    found = instrument_with_bars(symbol, asset_class)
    newest = _newest(found, now)
    age = max(0.0, (now - newest.at).total_seconds())
    from app.market.rules.state import price_state

    return PriceAnswer.model_validate(
        {
            "symbol": found.symbol,
            "asset_class": found.asset_class,
            "venue": found.venue,
            "currency": found.currency,
            "price": newest.price,
            "at": newest.at,
            "age_seconds": int(age),
            "state": price_state(_moment(hours(found.venue), now).state, age),
            "source": newest.source,
            "is_simulated": is_simulated(found.symbol),
        }
    )


def _newest(found: Instrument, now: datetime) -> _Newest:
    kept = [_newest_kept(found, timeframe, now) for timeframe in ("M1", "D1")]
    live = live_bar(found.id)
    told = [] if live is None else [_Newest(live.close, min(live.sent_at, now), live.source)]
    known = [each for each in (*told, *kept) if each is not None]
    if not known:
        raise no_bars(found.symbol)
    return max(known, key=lambda each: each.at)


def _newest_kept(found: Instrument, timeframe: str, now: datetime) -> _Newest | None:
    from app.market.queries.bars import newest_source

    # The day is read as it is kept: what is made of minutes is no newer than they are.
    if (found.id, timeframe) not in series_of([found.id]):
        return None
    bars = read_many([found.id], timeframe, last=1, extended=True, include_open=True, now=now)
    if found.id not in bars or not len(bars[found.id].opened_at):
        return None
    last = bars[found.id]
    at = min(int(last.closed_at[-1]), microseconds(now))
    return _Newest(float(last.close[-1]), instant(at), newest_source(found.id, timeframe))


# --- The market's hours ---


def market_status(venue: VenueName, now: datetime | None = None) -> StatusAnswer:
    """Return whether a market trades, and when that changes."""
    at = now or clock.now()
    sessions = hours(venue)
    found = _moment(sessions, at)
    here = found.at
    return StatusAnswer.model_validate(
        {
            "venue": venue,
            "state": found.state,
            "at": at,
            "next_state": found.next_state,
            "next_change_at": None if found.next_at is None else instant(found.next_at),
            "session": None if here is None else date.fromordinal(int(sessions.days[here])),
            "opens_at": None if here is None else instant(int(sessions.opens[here])),
            "closes_at": None if here is None else instant(int(sessions.closes[here])),
            "is_half_day": found.is_half_day,
        }
    )


def market_state(venue: str, now: datetime) -> MarketState:
    """Return in one word whether a market trades."""
    state: MarketState = _moment(hours(venue), now).state  # type: ignore[assignment]
    return state


def _moment(sessions: Hours, now: datetime) -> Moment:
    from app.market.rules.state import moment

    return moment(sessions, microseconds(now))
