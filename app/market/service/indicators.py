"""Indicators over the bars of a chart, computed with the bars before them that they need."""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan
from typing import TYPE_CHECKING, Any

from app.core import clock
from app.core.i18n import lazy_gettext
from app.core.parse import parse
from app.market.rules import is_simulated
from app.market.schemas import Instrument
from app.market.schemas.indicators import IndicatorAnswer, IndicatorName
from app.market.schemas.levels import LevelWarmUp
from app.market.schemas.reading import BarsQuery
from app.market.service.bars import instrument_with_bars, read_many
from app.market.service.prices import bars_until_now, demand_past
from app.market.service.sessions import hours, instant, microseconds

if TYPE_CHECKING:
    from datetime import datetime

    from app.quant.bars import BarColumns

SECOND = 1_000_000
REASONS = {
    "index_without_volume": lazy_gettext("An index has no volume."),
    "needs_timeframe_within_day": lazy_gettext(
        "VWAP begins anew with each session: choose a timeframe of up to four hours."
    ),
    "nothing_traded": lazy_gettext("Nothing was traded."),
    "too_few_bars": lazy_gettext("There are too few bars of history."),
}
BY_VOLUME = ("vwap", "volume_profile")


def read_indicator(
    symbol: str, kind: IndicatorName, settings: Mapping[str, Any], asked: BarsQuery
) -> IndicatorAnswer:
    """Return an indicator at each of the bars that are asked for.

    Raises:
        NoBarsError: nobody has bars of the symbol.
        ValidationError: a setting is unknown or out of its range, or the stretch of time is none.
    """
    from app.quant import indicator_settings

    told = parse(indicator_settings.MODELS[kind], dict(settings)).model_dump()
    now = clock.now()
    demand_past(asked.start, asked.end, now)
    found = instrument_with_bars(symbol, asked.asset_class)
    shown = bars_until_now(found, asked, now)
    answer = IndicatorAnswer(
        symbol=found.symbol,
        asset_class=found.asset_class,
        timeframe=asked.timeframe,
        is_simulated=is_simulated(found.symbol),
        kind=kind,
        settings=told,
        columns=["opened_at", "value"],
        rows=[],
        lines={},
        warm_up=LevelWarmUp(bars=0, wanted=0, is_done=True),
        reason=None,
        code=None,
    )
    hindrance = _hindrance(found, kind, asked)
    if hindrance is not None:
        return _refused(answer, hindrance)
    if kind == "volume_profile":
        return _profile(answer, shown, told)
    return _lines(answer, found, asked, shown, now)


def _hindrance(found: Instrument, kind: str, asked: BarsQuery) -> str | None:
    if kind in BY_VOLUME and found.asset_class == "index":
        return "index_without_volume"
    if kind == "vwap" and asked.timeframe in {"D1", "W1", "MN"}:
        return "needs_timeframe_within_day"
    return None


def _refused(answer: IndicatorAnswer, code: str) -> IndicatorAnswer:
    return answer.model_copy(update={"code": code, "reason": str(REASONS[code])})


def _profile(
    answer: IndicatorAnswer, shown: BarColumns, settings: Mapping[str, Any]
) -> IndicatorAnswer:
    from app.quant.levels.profile import volume_profile

    made = volume_profile(
        shown.high, shown.low, shown.volume, settings["rows"], settings["value_area"]
    )
    answer = answer.model_copy(update={"columns": ["low", "high", "volume"]})
    if made is None:
        return _refused(answer, "nothing_traded")
    edges = made.edges.round(8).tolist()
    rows = zip(edges[:-1], edges[1:], made.volume.round(8).tolist(), strict=True)
    told = {"poc": made.poc, "vah": made.vah, "val": made.val, "share": made.share}
    return answer.model_copy(
        update={
            "rows": [list(row) for row in rows],
            "lines": {name: round(value, 8) for name, value in told.items()},
        }
    )


def _lines(
    answer: IndicatorAnswer, found: Instrument, asked: BarsQuery, shown: BarColumns, now: datetime
) -> IndicatorAnswer:
    import numpy as np

    from app.quant import chart_lines, frames
    from app.quant.bars import join

    wanted = chart_lines.warm_up(answer.kind, answer.settings)
    before = _before(found, asked, shown, now, wanted)
    bars, when = join([before, shown]), hours(found.venue)
    if asked.timeframe in frames.SPANS:
        at = bars.opened_at
        regular = frames.is_regular(when, frames.locate(when, at), at)
    else:
        regular = np.ones(len(bars.opened_at), np.bool_)
    made = chart_lines.lines(answer.kind, answer.settings, bars, regular)
    skipped = len(before.opened_at)
    values = [each[skipped:] for each in made.values()]
    rows = _rows(shown, [each.round(8) for each in values])
    has_any = any(not np.isnan(each).all() for each in values)
    warm = LevelWarmUp(bars=skipped, wanted=wanted, is_done=skipped >= wanted)
    answer = answer.model_copy(
        update={"columns": ["opened_at", *made], "rows": rows, "warm_up": warm}
    )
    if has_any or not rows:
        return answer
    return _refused(answer, "nothing_traded" if answer.kind == "vwap" else "too_few_bars")


def _rows(shown: BarColumns, values: list[Any]) -> list[list[float | None]]:
    columns = [(shown.opened_at // SECOND).tolist()]
    columns += [[None if isnan(one) else one for one in each.tolist()] for each in values]
    return [list(row) for row in zip(*columns, strict=True)]


def _before(
    found: Instrument, asked: BarsQuery, shown: BarColumns, now: datetime, wanted: int
) -> BarColumns:
    """Return the bars before the first one shown: so many, and of VWAP those of its session."""
    from app.quant.bars import empty_columns

    if not len(shown.opened_at):
        return empty_columns()
    when, first = hours(found.venue), int(shown.opened_at[0])
    session = int(when.ends.searchsorted(first, side="right"))
    start = None if wanted else instant(int(when.opens[min(session, len(when.opens) - 1)]))
    if start is not None and microseconds(start) >= first:
        return empty_columns()
    return read_many(
        [found.id],
        asked.timeframe,
        start=start,
        end=instant(first),
        last=wanted or None,
        extended=asked.extended,
        include_open=True,
        now=now,
        adjust=asked.adjust,
    ).get(found.id, empty_columns())
