"""Key levels of a symbol at an instant, kept in Redis for as long as their bars stay the same."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import orjson

from app.core import cache, clock
from app.core.errors import ValidationError
from app.core.i18n import gettext, lazy_gettext
from app.market.queries.actions import actions_of
from app.market.queries.series import Reach, series_of
from app.market.rules import is_simulated
from app.market.schemas import Instrument
from app.market.schemas.levels import Level, LevelBars, LevelsAnswer, LevelWarmUp
from app.market.service.bars import demand_timeframe, instrument_with_bars, read_many
from app.market.service.sessions import hours, instant, microseconds

if TYPE_CHECKING:
    from app.market.schemas.reading import Timeframe
    from app.quant.bars import BarColumns
    from app.quant.levels import key as quant

FORMAT = 1
"""Of what is kept; another one is not found."""
SESSION_SECONDS = 26 * 3_600
MINUTE_SECONDS = 120
MINUTE_US = 60_000_000
SESSIONS_OF_MINUTES = 260
"""Where no days are kept they are made of the minutes of so many sessions."""
LONG = ("D1", "W1", "MN")

REASONS = {
    "no_session_before": lazy_gettext("There is no earlier session."),
    "no_bars_of_session_before": lazy_gettext("There are no bars of the session before."),
    "no_bars_of_period_before": lazy_gettext("There are no bars of the period before."),
    "sessions_are_missing": lazy_gettext("Bars of some sessions of the period are missing."),
    "too_few_days": lazy_gettext("There are too few days of history."),
    "too_few_weeks": lazy_gettext("There are too few weeks of history."),
    "index_without_volume": lazy_gettext("An index has no volume."),
    "no_minutes_of_session_before": lazy_gettext("There are no minutes of the session before."),
    "no_days": lazy_gettext("There are no days of history."),
    "nothing_traded": lazy_gettext("Nothing was traded."),
    "no_pre_market": lazy_gettext("It does not trade before the market."),
    "pre_market_not_begun": lazy_gettext("The hours before the market have not begun."),
    "no_bars_before_market": lazy_gettext("There are no bars before the market."),
    "opening_range_not_over": lazy_gettext("The first 30 minutes are not over."),
    "no_bars_of_opening": lazy_gettext("There are no bars of the first 30 minutes."),
    "session_not_begun": lazy_gettext("The session has not begun."),
    "no_bars_of_session": lazy_gettext("There are no bars of the session."),
}


def read_levels(
    symbol: str,
    asset_class: str | None = None,
    timeframe: Timeframe = "M5",
    at: datetime | None = None,
) -> LevelsAnswer:
    """Return the key levels of a symbol as they were known at an instant; now by default.

    Raises:
        NoBarsError: nobody has bars of it.
        MalformedSymbolError: the text cannot be a symbol.
        ValidationError: the instant lies in the future, or there is no such timeframe.
    """
    now = clock.now()
    if at is not None and at > now:
        message = gettext("at: lies in the future; leave it out for the present levels.")
        raise ValidationError(message, field="at")
    demand_timeframe(timeframe)
    found = instrument_with_bars(symbol, asset_class)
    place = _place(found, at or now)
    levels = _levels(found, place, timeframe)
    return LevelsAnswer(
        symbol=found.symbol,
        asset_class=found.asset_class,
        venue=found.venue,
        currency=found.currency,
        timeframe=timeframe,
        at=instant(place.now),
        session=date.fromordinal(place.day),
        is_simulated=is_simulated(found.symbol),
        levels={name: _told(kept) for name, kept in levels.items()},
    )


def _place(found: Instrument, at: datetime) -> quant.Place:
    from app.quant.levels.key import Place

    sessions, now = hours(found.venue), microseconds(at)
    # On the hour, so to say: nothing changes between two closes of minutes.
    now -= now % MINUTE_US
    session = min(int(sessions.ends.searchsorted(now, side="right")), len(sessions.days) - 1)
    return Place(sessions, session, now, has_volume=found.asset_class != "index")


def _levels(found: Instrument, place: quant.Place, timeframe: str) -> dict[str, Any]:
    series = series_of([found.id])
    minute, day = series.get((found.id, "M1")), series.get((found.id, "D1"))
    long_profile = timeframe if timeframe in LONG else "M"
    base = f"levels:{FORMAT}:{found.id}:{place.day}"
    names = (
        f"{base}:{long_profile}:{_history_mark(found.id, place, minute, day)}",
        f"{base}:{place.now}:{_mark(str(minute))}",
    )
    kept = [None if text is None else orjson.loads(text) for text in cache.find(*names)]
    of_session: dict[str, Any] | None = kept[0]
    of_minute: dict[str, Any] | None = kept[1]
    if of_session is not None and of_minute is not None:
        return of_session | of_minute
    minutes = _minutes(found.id, place, with_day_before=of_session is None)
    new: dict[str, tuple[bytes, int]] = {}
    if of_session is None:
        of_session = _session_part(found.id, place, minutes, long_profile, has_days=day is not None)
        new[names[0]] = (orjson.dumps(of_session), SESSION_SECONDS)
    if of_minute is None:
        of_minute = _minute_part(place, minutes)
        new[names[1]] = (orjson.dumps(of_minute), MINUTE_SECONDS)
    cache.keep(new)
    return of_session | of_minute


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _history_mark(each: int, place: quant.Place, minute: Reach | None, day: Reach | None) -> str:
    """Return a text that changes whenever a bar before the session comes in or changes.

    The new minutes of the session itself do not change it; a correction of one of them does.
    """
    from app.market.queries.bars import count_since

    facts: list[Any] = [day]
    if minute is not None:
        start = int(place.hours.starts[place.session])
        is_present = microseconds(minute.newest_at) < int(place.hours.ends[place.session])
        own = count_since(each, "M1", start) if is_present else 0
        facts += [minute.first_at, minute.correction_count, minute.bar_count - own]
    actions = [(row.session, row.kind, str(row.value)) for row in actions_of([each]).get(each, [])]
    return _mark(repr([*facts, actions]))


def _minutes(each: int, place: quant.Place, *, with_day_before: bool) -> BarColumns:
    from app.quant.bars import empty_columns

    first = max(0, place.session - with_day_before)
    found = read_many(
        [each],
        "M1",
        start=instant(int(place.hours.starts[first])),
        extended=True,
        include_open=True,
        now=instant(max(place.now, int(place.hours.starts[place.session]))),
    )
    return found.get(each, empty_columns())


def _session_part(
    each: int, place: quant.Place, minutes: BarColumns, long_profile: str, *, has_days: bool
) -> dict[str, Any]:
    from app.quant.bars import empty_columns
    from app.quant.levels.key import session_levels

    starts = place.hours.starts
    # As at the beginning of the session: what is answered does not depend on when it is asked.
    begin = instant(int(starts[place.session]))
    first = max(0, place.session - SESSIONS_OF_MINUTES)
    days = read_many(
        [each],
        "D1",
        start=None if has_days else instant(int(starts[first])),
        end=begin,
        include_open=True,
        now=begin,
    )
    found = session_levels(
        place,
        days.get(each, empty_columns()),
        minutes,
        long_profile=None if long_profile == "M" else long_profile,
    )
    return _plain(found)


def _minute_part(place: quant.Place, minutes: BarColumns) -> dict[str, Any]:
    from app.quant.levels.key import minute_levels

    return _plain(minute_levels(place, minutes))


def _plain(levels: quant.Levels) -> dict[str, Any]:
    """Return levels as lists, as they are kept and as they come back."""
    return {
        name: [
            None if each.price is None else round(each.price, 8),
            each.reason,
            None if each.bars is None else list(each.bars),
            None if each.warm_up is None else list(each.warm_up),
        ]
        for name, each in levels.items()
    }


def _told(kept: list[Any]) -> Level:
    price, reason, bars, warm_up = kept
    return Level.model_construct(
        price=price,
        reason=None if reason is None else str(REASONS[reason]),
        code=reason,
        bars=None if bars is None else _bars(bars),
        warm_up=None
        if warm_up is None
        else LevelWarmUp.model_construct(
            bars=warm_up[0], wanted=warm_up[1], is_done=bool(warm_up[2])
        ),
    )


def _bars(kept: list[Any]) -> LevelBars:
    timeframe, first, last, count, at = kept
    return LevelBars.model_construct(
        timeframe=timeframe,
        first_at=instant(first),
        last_at=instant(last),
        bar_count=count,
        at=None if at is None else instant(at),
    )
