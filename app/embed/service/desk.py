"""The market desk: one instrument with its bars, and what stands beside the chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from app.charts.schemas import Chart, Document
from app.core import clock
from app.core.i18n import gettext, lazy_gettext
from app.embed import rules
from app.embed.schemas import AnalysesQuery, BarsQuery, DeskQuery
from app.embed.service import analyses, desk_bars, desk_charts, desk_levels, desk_orders
from app.embed.service.links import Target
from app.market import service as market
from app.market.schemas import Instrument

if TYPE_CHECKING:
    from app.quant.bars import BarColumns

DESK = Target("/embed/desk", "desk", "desk")
FIRST_BARS = 600
"""What a page opens with; older ones come when a reader goes back to them."""
MOST_SYMBOLS = 20
FEW = 2
WAIT = 5
REPLAYED = 100
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


@dataclass(frozen=True)
class Now:
    """What moves: the last price, its change, its age, and the newest bars."""

    strip: desk_bars.Strip
    last: float | None
    change: float | None
    """Against the close of the session before, in percent."""
    as_of: datetime | None
    state: str
    """simulated, live, delayed, stale, closed or none."""
    zone: str
    digits: int
    query: BarsQuery
    wait: int
    """Seconds until a page without a stream asks again; 0: never."""
    version: int = 0
    """Of the chart, where one is kept: a page without a stream sees by it that somebody drew."""
    replay_from: int = 0
    """When the bar opened from which a replay may begin, in seconds."""


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
    deals: str = "[]"
    """The member's own trades of the instrument, for the page's script."""
    orders: Sequence[desk_orders.OpenOrder] = ()
    """Those of the member's robots that wait on the instrument."""
    replay: datetime | None = None
    """As of when the desk is; None for now."""
    replay_fault: str = ""
    """What is wrong with the moment that was asked for."""
    words: dict[str, str] = field(default_factory=dict)

    @property
    def replay_start(self) -> str:
        """Offer a start for a replay: a while ago, on the clock of the exchange."""
        if self.now is None or not self.now.replay_from:
            return ""
        at = market.instant(self.now.replay_from * rules.SECOND)
        return at.astimezone(ZoneInfo(self.now.zone)).strftime("%Y-%m-%dT%H:%M")

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
    found = desk_bars.instrument(document.symbol) if document.symbol != desk_bars.NOTHING else None
    query = query.replaced(symbol=document.symbol, timeframe=document.timeframe)
    if found is None:
        return Desk(query, document, None, None, None, find_symbols(""), _reason(document.symbol))
    at, bars, fault = _begin(found, document, query.replay)
    query = query.replaced(replay=str(int(at.timestamp())) if at else "")
    now = _now(found, document, bars, is_first=len(bars.opened_at) < FIRST_BARS, at=at)
    if chart:
        now = replace(now, query=now.query.replaced(chart=str(chart.id)), version=chart.version)
    return Desk(
        query=query,
        document=document,
        instrument=found,
        now=now,
        levels=desk_levels.key_levels(
            document, now.last, now.zone, now.digits, asked=_named(query, chart), at=at
        ),
        picture=desk_bars.picture(bars, found.currency),
        panel=desk_charts.panel(user_id, query, chart=chart),
        is_asked=is_asked,
        deals=desk_bars.deals(user_id, found, at),
        orders=() if at else desk_orders.open_orders(user_id, found.symbol, now.last),
        replay=at,
        replay_fault=fault,
        words=words(),
    )


def desk_now(user_id: int, query: BarsQuery) -> Now | None:
    """Return what moves: bars from `after` on, the open one among them, and the chart's version."""
    document = Document(symbol=query.symbol or desk_bars.NOTHING, timeframe=query.timeframe or "M5")
    found = desk_bars.instrument(document.symbol)
    if found is None:
        return None
    after = market.instant(int(query.after) * rules.SECOND) if query.after else None
    bars = desk_bars.read(found, document, last=FIRST_BARS, start=after)
    now = _now(found, document, bars, is_first=False)
    return replace(
        now,
        query=now.query.replaced(chart=query.chart),
        version=desk_charts.version_of(user_id, query.chart),
    )


def desk_levels_of(
    user_id: int, query: DeskQuery
) -> tuple[desk_levels.KeyLevels | None, Sequence[desk_orders.OpenOrder]]:
    """Return the key levels as they are by now, and the orders that wait."""
    chart = desk_charts.chart_or_none(user_id, query)
    document = chart.document if chart else _document(query)
    document = document.model_copy(update={"timeframe": query.timeframe or document.timeframe})
    found = desk_bars.instrument(document.symbol)
    if found is None:
        return None, ()
    at = desk_bars.replay_at(desk_bars.zone(found), query.replay)
    bars = _bars(found, document, FEW, at)
    now = _now(found, document, bars, is_first=False, at=at)
    orders = () if at else desk_orders.open_orders(user_id, found.symbol, now.last)
    levels = desk_levels.key_levels(
        document, now.last, now.zone, now.digits, asked=_named(query, chart), at=at
    )
    return levels, orders


def now_tag(user_id: int, query: BarsQuery) -> str:
    """Return what changes whenever the desk's figures do: by one small query.

    Who asks holds no stream, so it is here that the feed hears that the symbol is watched.
    """
    found = desk_bars.instrument(query.symbol or desk_bars.NOTHING)
    if found is None:
        return "0"
    marks = market.series_marks([found.id]).get(found.id, "")
    minute = int(clock.now().timestamp()) // 60
    tick = market.follow_live(found.id)
    version = desk_charts.version_of(user_id, query.chart)
    return rules.short_hash(marks, tick, version, query.timeframe, query.after, minute)


def find_symbols(text: str) -> list[Instrument]:
    """Return instruments with bars whose symbol begins with a text, or else holds it."""
    return market.search_instruments(text, MOST_SYMBOLS)


def _document(query: DeskQuery) -> Document:
    symbol = query.symbol
    if not symbol:
        first = find_symbols("")
        symbol = first[0].symbol if first else desk_bars.NOTHING
    return Document(symbol=symbol, timeframe=query.timeframe or "M5")


def _named(query: DeskQuery, chart: Chart | None) -> DeskQuery:
    """Return a query that names the chart which is shown, and no other."""
    return query.replaced(chart=str(chart.id) if chart else "")


def _reason(symbol: str) -> str:
    if symbol == desk_bars.NOTHING:
        return gettext(
            "No bars are stored here yet. The operator brings them in from a provider or a file."
        )
    return gettext(
        "There are no bars of %(symbol)s here. Check the symbol, or choose one of those below.",
        symbol=symbol,
    )


def _begin(
    found: Instrument, document: Document, asked: str
) -> tuple[datetime | None, BarColumns, str]:
    """Return the moment of a replay, the bars that were closed by then, and what is wrong with it.

    Without a moment they are those of now. A replay without bars stays one: it shows no others.
    """
    fault, at = "", desk_bars.replay_at(desk_bars.zone(found), asked)
    if asked and at is None:
        fault = gettext("A replay needs a moment in the past. Choose an earlier one.")
    bars = _bars(found, document, FIRST_BARS, at)
    if at and not len(bars.opened_at):
        fault = gettext("No bar had closed by that moment. End the replay and choose a later one.")
    return at, bars, fault


def _bars(found: Instrument, document: Document, last: int, at: datetime | None) -> BarColumns:
    if at is None:
        return desk_bars.read(found, document, last=last)
    return desk_bars.read_past(found, document, last=last, at=at)


def _now(
    found: Instrument,
    document: Document,
    bars: BarColumns,
    *,
    is_first: bool,
    at: datetime | None = None,
) -> Now:
    last = float(bars.close[-1]) if len(bars.close) else None
    part = desk_bars.strip(found, document, bars, is_first=is_first)
    as_of = at or _as_of(bars, part.minute)
    query = BarsQuery(symbol=document.symbol, timeframe=document.timeframe)
    if len(bars.opened_at):
        # The bar before the newest may still be corrected: it comes along.
        query = query.replaced(after=str(desk_bars.seconds(bars, FEW)))
    return Now(
        strip=part,
        last=last,
        change=_change(found, last, at),
        as_of=as_of,
        state=_state(found, as_of, is_past=at is not None),
        zone=desk_bars.zone(found),
        digits=rules.digits_of(found.asset_class, last or 1.0),
        query=query,
        wait=0 if at else WAIT,
        replay_from=desk_bars.seconds(bars, REPLAYED),
    )


def _as_of(bars: BarColumns, minute: int) -> datetime | None:
    """Return up to when the newest bar is told: the end of its last minute, or its close."""
    if not len(bars.opened_at):
        return None
    opened, closed = (int(each[-1]) // rules.SECOND for each in (bars.opened_at, bars.closed_at))
    told = min(minute + 60, closed) if minute >= opened else closed
    return market.instant(min(told, int(clock.now().timestamp())) * rules.SECOND)


def _change(found: Instrument, last: float | None, at: datetime | None) -> float | None:
    days = market.read_many([found.id], "D1", last=2, include_open=True, end=at).get(found.id)
    closes = [] if days is None else days.close.tolist()
    if last is None or not closes[:-1] or not closes[0]:
        return None
    return float(last / closes[0] - 1) * 100


def _state(found: Instrument, as_of: datetime | None, *, is_past: bool) -> str:
    if market.is_simulated(found.symbol):
        return "simulated"
    return "none" if as_of is None or is_past else market.live_state(found).state


def words() -> dict[str, str]:
    """Return what the page's script says, in the reader's language."""
    return {
        "open": gettext("O"),
        "high": gettext("H"),
        "low": gettext("L"),
        "close": gettext("C"),
        "volume": gettext("Vol"),
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
        "present": gettext("The present is reached."),
        "lost": gettext("The next bar did not come. Look at the connection, then play on."),
        "keys": gettext(
            "Chart. Arrow keys move along it, plus and minus zoom, Home and End go to its ends."
        ),
        "play": gettext("Play"),
        "pause": gettext("Pause"),
        "two_points": gettext("Drag on the chart from one place to the other. Escape ends it."),
        "one_point": gettext("Choose a place on the chart. Escape ends it."),
    }


def panel(user_id: int, query: DeskQuery) -> dict[str, Any]:
    """Return what the template of the desk needs."""
    found = desk(user_id, query)
    shown = AnalysesQuery(
        symbol=found.document.symbol if found.instrument else "",
        timeframe=found.document.timeframe,
        chart=str(found.panel.chart.id) if found.panel and found.panel.chart else "",
    )
    proposal = analyses.analysis_panel(user_id, shown)
    return {"desk": found, "timeframes": TIMEFRAMES, "proposal": proposal}
