"""Bars for the desk: read for the chart, for the way back, and for the steps of a replay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import orjson

from app.charts import service as charts
from app.charts.errors import ChartNotFoundError
from app.charts.schemas import Document
from app.core import clock
from app.core.formatters import NEW_YORK
from app.embed import rules
from app.embed.schemas import BarsQuery
from app.ledger import service as ledger
from app.market import service as market
from app.market.errors import MalformedSymbolError
from app.market.schemas import Instrument, reading

if TYPE_CHECKING:
    from app.quant.bars import BarColumns
    from app.quant.frames import Hours

NOTHING = "-"
"""The symbol of a desk without any instrument."""
MORE_BARS = 2_000
MOST_TRADES = 300
WITHIN_SESSION = ("M1", "M5", "M15", "H1", "H4")
WITHIN_AHEAD = timedelta(days=14)
AHEAD = {"D1": timedelta(days=60), "W1": timedelta(days=300), "MN": timedelta(days=1_200)}
"""How far a step of a replay looks for its bars."""
UTC_ZONE, NEW_YORK_ZONE = "UTC", "America/New_York"


@dataclass(frozen=True)
class Strip:
    """Bars of one instrument in the form that the page's script draws."""

    bars: str
    sessions: str
    is_first: bool
    """Whether there is nothing older."""
    minute: int = 0
    """When the newest kept minute opened: later ones come from the feed."""


@dataclass(frozen=True)
class Step:
    """The next bars of a replay, and what belongs to the moment to which they lead."""

    strip: Strip
    until: int
    """The moment, in seconds."""
    deals: str
    drawings: int
    """How many drawings the chart has by then."""


def desk_bars(query: BarsQuery) -> Strip | None:
    """Return the bars before an instant; None where there is no such instrument."""
    document = Document(symbol=query.symbol or NOTHING, timeframe=query.timeframe or "M5")
    found = instrument(document.symbol)
    if found is None:
        return None
    end = market.instant(int(query.before or "9000000000") * rules.SECOND)
    bars = read(found, document, last=MORE_BARS, end=end)
    return strip(found, document, bars, is_first=len(bars.opened_at) < MORE_BARS)


def desk_step(user_id: int, query: BarsQuery) -> Step | None:
    """Return the next closed bars of a replay, and nothing beyond them."""
    document = Document(symbol=query.symbol or NOTHING, timeframe=query.timeframe or "M5")
    found = instrument(document.symbol)
    if found is None or not query.after:
        return None
    after = market.instant(int(query.after) * rules.SECOND)
    read = market.read_many(
        [found.id],
        document.timeframe,
        start=after + timedelta(seconds=1),
        end=after + AHEAD.get(document.timeframe, WITHIN_AHEAD),
        extended=document.settings.shows_extended_hours,
    )
    bars = read[found.id].rows(0, int(query.count)) if found.id in read else None
    if bars is None:
        return None
    until = market.instant(int(bars.closed_at[-1])) if len(bars.closed_at) else after
    return Step(
        strip=strip(found, document, bars, is_first=False),
        until=int(until.timestamp()),
        deals=deals(user_id, found, until),
        drawings=_drawings_by(user_id, query.chart, until),
    )


def _drawings_by(user_id: int, chart: str, until: datetime) -> int:
    try:
        document = charts.get_chart(user_id, int(chart)).document if chart else None
    except ChartNotFoundError:
        document = None
    return len(charts.as_known(document, until).drawings) if document else 0


def instrument(symbol: str) -> Instrument | None:
    """Return the instrument of a symbol that has bars; None for none."""
    try:
        return market.find_with_bars([symbol]).get(symbol)
    except MalformedSymbolError:
        return None


def read(
    found: Instrument,
    document: Document,
    *,
    last: int,
    start: datetime | None = None,
    end: datetime | None = None,
) -> BarColumns:
    """Return the newest bars of a stretch of time, with the minute that the feed is telling."""
    wanted = reading.BarsQuery(
        timeframe=document.timeframe,
        start=start,
        end=end,
        count=last,
        extended=document.settings.shows_extended_hours,
    )
    return market.bars_until_now(found, wanted, clock.now())


def read_past(found: Instrument, document: Document, *, last: int, at: datetime) -> BarColumns:
    """Return the newest bars that were closed at an instant: an open one would tell its rest."""
    bars = read(found, document, last=last + 1, end=at)
    closed = int((bars.closed_at <= market.microseconds(at)).sum())
    return bars.rows(max(0, closed - last), closed)


def strip(found: Instrument, document: Document, bars: BarColumns, *, is_first: bool) -> Strip:
    """Return bars in the form that the script draws, with their sessions."""
    hours = market.hours(found.venue)
    within = document.timeframe in WITHIN_SESSION
    minute = market.newest_minute(found.id)
    return Strip(
        bars=rules.bars_text(bars),
        sessions=rules.sessions_text(_sessions(hours, bars)) if within else "",
        is_first=is_first,
        minute=int(minute.timestamp()) if minute else 0,
    )


def _sessions(hours: Hours, bars: BarColumns) -> list[rules.Session]:
    """Return the sessions of the bars, and those up to the one that follows now."""
    if not len(bars.opened_at):
        return []
    first = int(hours.ends.searchsorted(int(bars.opened_at[0]), side="right"))
    now = market.microseconds(clock.now())
    last = int(hours.starts.searchsorted(max(now, int(bars.opened_at[-1])), side="right")) + 1
    edges = (hours.opens, hours.closes, hours.starts, hours.ends)
    return [
        rules.Session(*(int(edge[at]) // rules.SECOND for edge in edges))
        for at in range(first, min(last, len(hours.days)))
    ]


def zone(found: Instrument) -> str:
    """Return the clock of an instrument's exchange."""
    return UTC_ZONE if found.venue == "24/7" else NEW_YORK_ZONE


def moment(text: str) -> datetime | None:
    """Return the moment of a replay as the page's forms send it, in seconds; None for now."""
    return replay_at(UTC_ZONE, text)


def replay_at(zone: str, text: str) -> datetime | None:
    """Return the instant of a replay; None for none, and for one in the future."""
    if not text:
        return None
    if text.isdigit():
        at = market.instant(int(text) * rules.SECOND)
    else:
        try:
            local = datetime.fromisoformat(text)
        except ValueError:
            return None
        at = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return at if at < clock.now() else None


def seconds(bars: BarColumns, back: int) -> int:
    """Return when the bar opened that lies so many before the last."""
    count = len(bars.opened_at)
    return int(bars.opened_at[max(0, count - back)]) // rules.SECOND if count else 0


def deals(user_id: int, found: Instrument, until: datetime | None) -> str:
    """Return the entries and exits of a member's trades of an instrument for the script's marks."""
    deals = [
        (at, is_entry == (each.direction == "long"), is_entry, f"{each.qty.normalize():f}")
        for each in ledger.trades_on(user_id, found.id, MOST_TRADES)
        for at, is_entry in ((each.entry_at, True), (each.exit_at, False))
        if until is None or at <= until
    ]
    return orjson.dumps(
        [
            {"at": int(at.timestamp()), "buy": is_buy, "entry": is_entry, "text": text}
            for at, is_buy, is_entry, text in sorted(deals)
        ]
    ).decode()


def picture(bars: BarColumns, currency: str) -> rules.CandleChart | None:
    """Return the drawing for a page without the script, of the newest bars."""
    columns = [
        column[-rules.MOST_CANDLES :].tolist()
        for column in (bars.opened_at, bars.open, bars.high, bars.low, bars.close)
    ]
    candles = [
        rules.Candle(market.instant(at).astimezone(NEW_YORK), *prices)
        for at, *prices in zip(*columns, strict=True)
    ]
    return rules.candle_chart(candles, [], currency)
