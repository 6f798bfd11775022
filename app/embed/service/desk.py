"""The market desk: one instrument with its bars, and what stands beside the chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from app.charts.schemas import Document
from app.core import clock
from app.core.formatters import NEW_YORK
from app.core.i18n import gettext, lazy_gettext
from app.embed import rules
from app.embed.schemas import BarsQuery, DeskQuery
from app.embed.service import desk_charts, desk_levels
from app.embed.service.links import Target
from app.market import service as market
from app.market.errors import MalformedSymbolError
from app.market.schemas import Instrument, reading

if TYPE_CHECKING:
    from app.quant.bars import BarColumns
    from app.quant.frames import Hours

DESK = Target("/embed/desk", "desk", "desk")
FIRST_BARS = 600
"""What a page opens with; older ones come when a reader goes back to them."""
MORE_BARS = 2_000
MOST_SYMBOLS = 20
FEW = 2
WITHIN_SESSION = ("M1", "M5", "M15", "H1", "H4")
TIMEFRAMES = (
    ("M1", lazy_gettext("1m"), lazy_gettext("1 minute")),
    ("M5", lazy_gettext("5m"), lazy_gettext("5 minutes")),
    ("M15", lazy_gettext("15m"), lazy_gettext("15 minutes")),
    ("H1", lazy_gettext("1h"), lazy_gettext("1 hour")),
    ("H4", lazy_gettext("4h"), lazy_gettext("4 hours")),
    ("D1", lazy_gettext("D"), lazy_gettext("Daily")),
    ("W1", lazy_gettext("W"), lazy_gettext("Weekly")),
    ("MN", lazy_gettext("M"), lazy_gettext("Monthly")),
)
SECONDS = {"M1": 60, "M5": 300, "M15": 900, "H1": 3_600, "H4": 14_400}
TYPES = (
    ("candles", lazy_gettext("Candles")),
    ("bars", lazy_gettext("Bars")),
    ("line", lazy_gettext("Line")),
)
TOOLS = (
    ("trendline", lazy_gettext("Trend line")),
    ("fibonacci", lazy_gettext("Fibonacci")),
    ("support", lazy_gettext("Support")),
    ("resistance", lazy_gettext("Resistance")),
    ("target", lazy_gettext("Price target")),
    ("note", lazy_gettext("Note")),
)
FRESH = timedelta(minutes=3)
DELAYED = timedelta(minutes=30)
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
class Now:
    """What moves: the last price, its change, its age, and the newest bars."""

    strip: Strip
    last: float | None
    change: float | None
    """Against the close of the session before, in percent."""
    as_of: datetime | None
    state: str
    """simulated, live, delayed, closed or none."""
    zone: str
    digits: int
    query: BarsQuery
    wait: int = 5
    """Seconds until a page without a stream asks again."""


@dataclass(frozen=True)
class Desk:
    """The whole desk for one instrument and timeframe."""

    query: DeskQuery
    document: Document
    instrument: Instrument | None
    now: Now | None
    picture: rules.CandleChart | None
    symbols: Sequence[Instrument] = ()
    reason: str = ""
    """Why there is no chart."""
    panel: desk_charts.Panel | None = None
    levels: desk_levels.KeyLevels | None = None
    is_asked: bool = False
    """Whether the reader asked for another length of bars than the chart has."""
    words: dict[str, str] = field(default_factory=dict)

    @property
    def timeframe_name(self) -> str:
        """Name the length of the bars in words."""
        return next(str(name) for key, _, name in TIMEFRAMES if key == self.document.timeframe)


def desk(user_id: int, query: DeskQuery) -> Desk:
    """Return the desk as a member asks for it: an instrument, its bars, what is drawn on them.

    Raises:
        ChartNotFoundError: the address names a chart that is not the member's.
    """
    chart = desk_charts.find_chart(user_id, query)
    document = chart.document if chart else _document(query)
    is_asked = bool(chart and query.timeframe and query.timeframe != document.timeframe)
    if query.timeframe:
        document = document.model_copy(update={"timeframe": query.timeframe})
    found = _instrument(document.symbol) if document.symbol != _NOTHING else None
    query = query.replaced(symbol=document.symbol, timeframe=document.timeframe)
    if found is None:
        return Desk(query, document, None, None, None, find_symbols(""), _reason(document.symbol))
    bars = _read(found, document, last=FIRST_BARS)
    now = _now(found, document, bars, is_first=len(bars.opened_at) < FIRST_BARS)
    return Desk(
        query=query,
        document=document,
        instrument=found,
        now=now,
        levels=desk_levels.key_levels(document, now.last, now.zone, now.digits),
        picture=_picture(bars, found.currency),
        panel=desk_charts.panel(user_id, query, chart=chart),
        is_asked=is_asked,
        words=words(),
    )


def desk_bars(query: BarsQuery) -> Strip | None:
    """Return the bars before an instant; None where there is no such instrument."""
    document = Document(symbol=query.symbol or _NOTHING, timeframe=query.timeframe or "M5")
    found = _instrument(document.symbol)
    if found is None:
        return None
    end = market.instant(int(query.before or "9000000000") * rules.SECOND)
    bars = _read(found, document, last=MORE_BARS, end=end)
    return _strip(found, document, bars, is_first=len(bars.opened_at) < MORE_BARS)


def desk_now(query: BarsQuery) -> Now | None:
    """Return what moves: bars from `after` on, the open one among them."""
    document = Document(symbol=query.symbol or _NOTHING, timeframe=query.timeframe or "M5")
    found = _instrument(document.symbol)
    if found is None:
        return None
    after = market.instant(int(query.after) * rules.SECOND) if query.after else None
    bars = _read(found, document, last=FIRST_BARS, start=after)
    return _now(found, document, bars, is_first=False)


def desk_levels_of(user_id: int, query: DeskQuery) -> desk_levels.KeyLevels | None:
    """Return the key levels as they are by now."""
    chart = desk_charts.find_chart(user_id, query) if query.chart else None
    document = chart.document if chart else _document(query)
    document = document.model_copy(update={"timeframe": query.timeframe or document.timeframe})
    found = _instrument(document.symbol)
    if found is None:
        return None
    bars = _read(found, document, last=FEW)
    now = _now(found, document, bars, is_first=False)
    return desk_levels.key_levels(document, now.last, now.zone, now.digits)


def now_tag(query: BarsQuery) -> str:
    """Return what changes whenever the desk's figures do: by one small query.

    Who asks holds no stream, so it is here that the feed hears that the symbol is watched.
    """
    found = _instrument(query.symbol or _NOTHING)
    if found is None:
        return "0"
    marks = market.series_marks([found.id]).get(found.id, "")
    minute = int(clock.now().timestamp()) // 60
    tick = market.follow_live(found.id)
    return rules.short_hash(marks, tick, query.timeframe, query.after, minute)


def find_symbols(text: str) -> list[Instrument]:
    """Return instruments with bars whose symbol begins with a text, or else holds it."""
    return market.search_instruments(text, MOST_SYMBOLS)


_NOTHING = "-"


def _document(query: DeskQuery) -> Document:
    symbol = query.symbol
    if not symbol:
        first = find_symbols("")
        symbol = first[0].symbol if first else _NOTHING
    return Document(symbol=symbol, timeframe=query.timeframe or "M5")


def _instrument(symbol: str) -> Instrument | None:
    try:
        return market.find_with_bars([symbol]).get(symbol)
    except MalformedSymbolError:
        return None


def _reason(symbol: str) -> str:
    if symbol == _NOTHING:
        return gettext(
            "No bars are stored here yet. The operator brings them in from a provider or a file."
        )
    return gettext(
        "There are no bars of %(symbol)s here. Check the symbol, or choose one of those below.",
        symbol=symbol,
    )


def _read(
    found: Instrument,
    document: Document,
    *,
    last: int,
    start: datetime | None = None,
    end: datetime | None = None,
) -> BarColumns:
    wanted = reading.BarsQuery(
        timeframe=document.timeframe,
        start=start,
        end=end,
        count=last,
        extended=document.settings.shows_extended_hours,
    )
    return market.bars_until_now(found, wanted, clock.now())


def _strip(found: Instrument, document: Document, bars: BarColumns, *, is_first: bool) -> Strip:
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


def _now(found: Instrument, document: Document, bars: BarColumns, *, is_first: bool) -> Now:
    last = float(bars.close[-1]) if len(bars.close) else None
    strip = _strip(found, document, bars, is_first=is_first)
    as_of = _as_of(bars, strip.minute)
    query = BarsQuery(symbol=document.symbol, timeframe=document.timeframe)
    if len(bars.opened_at):
        # The bar before the newest may still be corrected: it comes along.
        known = int(bars.opened_at[max(0, len(bars.opened_at) - 2)]) // rules.SECOND
        query = query.replaced(after=str(known))
    return Now(
        strip=strip,
        last=last,
        change=_change(found, last),
        as_of=as_of,
        state=_state(found, as_of),
        zone=UTC_ZONE if found.venue == "24/7" else NEW_YORK_ZONE,
        digits=rules.digits_of(found.asset_class, last or 1.0),
        query=query,
    )


def _as_of(bars: BarColumns, minute: int) -> datetime | None:
    """Return up to when the newest bar is told: the end of its last minute, or its close."""
    if not len(bars.opened_at):
        return None
    opened, closed = (int(each[-1]) // rules.SECOND for each in (bars.opened_at, bars.closed_at))
    told = min(minute + 60, closed) if minute >= opened else closed
    return market.instant(min(told, int(clock.now().timestamp())) * rules.SECOND)


def _change(found: Instrument, last: float | None) -> float | None:
    days = market.read_many([found.id], "D1", last=2, include_open=True).get(found.id)
    closes = [] if days is None else days.close.tolist()
    if last is None or not closes[:-1] or not closes[0]:
        return None
    return float(last / closes[0] - 1) * 100


def _state(found: Instrument, as_of: datetime | None) -> str:
    if market.is_simulated(found.symbol):
        return "simulated"
    if as_of is None:
        return "none"
    age = clock.now() - as_of
    if age <= FRESH:
        return "live"
    return "delayed" if age <= DELAYED else "closed"


def _picture(bars: BarColumns, currency: str) -> rules.CandleChart | None:
    columns = [
        column[-rules.MOST_CANDLES :].tolist()
        for column in (bars.opened_at, bars.open, bars.high, bars.low, bars.close)
    ]
    candles = [
        rules.Candle(market.instant(at).astimezone(NEW_YORK), *prices)
        for at, *prices in zip(*columns, strict=True)
    ]
    return rules.candle_chart(candles, [], currency)


def words() -> dict[str, str]:
    """Return what the page's script says, in the reader's language."""
    return {
        "open": gettext("O"),
        "high": gettext("H"),
        "low": gettext("L"),
        "close": gettext("C"),
        "volume": gettext("Vol"),
        "older": gettext("Loading older bars"),
        "last": gettext("Last"),
        "as_of": gettext("as of %s"),
        "stale": gettext("No new price for a while."),
        "down": gettext("The feed is down; prices stand still."),
        "drawn": gettext("drawn by %s"),
        "proposed": gettext("proposed by %s"),
        "program": gettext("a program"),
        "model": gettext("a model"),
        "replica": gettext("a replica"),
        "support": gettext("Support"),
        "resistance": gettext("Resistance"),
        "target": gettext("Target"),
        "entry": gettext("Entry"),
        "stop": gettext("Stop"),
        "two_points": gettext("Drag on the chart from one place to the other. Escape ends it."),
        "one_point": gettext("Choose a place on the chart. Escape ends it."),
    }


def panel(user_id: int, query: DeskQuery) -> dict[str, Any]:
    """Return what the template of the desk needs."""
    return {"desk": desk(user_id, query), "timeframes": TIMEFRAMES}
