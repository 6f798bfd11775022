"""What a chart is drawn from: whether there are bars of its symbol, and how far they reach."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from app.charts.rules import Reach
from app.charts.schemas import Document, Symbol
from app.core.errors import ValidationError
from app.core.i18n import gettext, listed
from app.market import service as market
from app.market.errors import MalformedSymbolError
from app.market.schemas import Instrument

if TYPE_CHECKING:
    from app.quant.bars import BarColumns

PRICED = 600
"""So many of the newest bars say between which prices a symbol moves."""
DAILY = ("D1", "W1", "MN")


def instrument_of(symbol: Symbol, asset_class: str | None) -> Instrument:
    """Return the instrument that a chart shows.

    Raises:
        ValidationError: nobody has bars of it.
    """
    try:
        if asset_class is None:
            found = market.find_with_bars([symbol]).get(symbol)
            if found is None:
                market.find_instruments([(symbol, None)])
        else:
            found = market.find_instruments([(symbol, asset_class)])[0]
    except MalformedSymbolError as error:
        raise ValidationError(error.message, field="symbol", code=error.code) from error
    if found is None or not market.kept_spans(found.id):
        message = gettext(
            "There are no bars of %(symbol)s. Choose a symbol that this service has.",
            symbol=symbol,
        )
        raise ValidationError(message, field="symbol", code="unknown_symbol")
    return found


def reach_of(document: Document) -> Reach:
    """Return how far the bars reach that a chart shows.

    Raises:
        ValidationError: there are none of its symbol, or of its timeframe.
    """
    instrument = instrument_of(document.symbol, document.asset_class)
    spans = market.kept_spans(instrument.id)
    bars = _newest(instrument, document)
    if not len(bars.opened_at):
        has = [one for one in ("M1", "D1") if one in spans]
        known = DAILY if has == ["D1"] else ("M1", "M5", "M15", "H1", "H4", *DAILY)
        message = gettext(
            "There are no %(timeframe)s bars of %(symbol)s. There are %(known)s.",
            timeframe=document.timeframe,
            symbol=document.symbol,
            known=listed(known),
        )
        raise ValidationError(message, field="timeframe", code="unknown_timeframe")
    first = min(market.instant(int(bars.opened_at[0])), *(one.first_at for one in spans.values()))
    return Reach(
        symbol=document.symbol,
        timeframe=document.timeframe,
        # A day, week or month begins before its first bar that is kept.
        first_at=first - timedelta(days=1),
        newest_at=max(
            market.instant(int(bars.opened_at[-1])), *(one.newest_at for one in spans.values())
        ),
        priced_from=market.instant(int(bars.opened_at[0])),
        low=Decimal(str(float(bars.low.min()))),
        high=Decimal(str(float(bars.high.max()))),
    )


def _newest(instrument: Instrument, document: Document) -> BarColumns:
    from app.quant.bars import empty_columns

    read = market.read_many(
        [instrument.id], document.timeframe, last=PRICED, include_open=True, extended=True
    )
    return read.get(instrument.id, empty_columns())
