"""What would make a reader take a backtest for something that it is not."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.i18n import gettext, listed
from app.market import service as market
from app.quant.bars import BarColumns
from app.quant.chains import ChainColumns
from app.robots.service.choosing import Chosen

ACCOUNT = "USD"
"""What a simulated account counts in."""


def notes(
    chosen: Chosen,
    timeframe: str,
    bars: Mapping[str, BarColumns],
    chains: Mapping[str, ChainColumns],
    fill_count: int,
) -> list[str]:
    """Return sentences about a run: what the robot was not given, and why it did nothing."""
    found = []
    without = [symbol for symbol in bars if not _has_chain(bars[symbol], chains.get(symbol))]
    if chosen.needs_chains and without:
        message = gettext(
            "No option chain of %(symbols)s is stored for this time: it saw none.",
            symbols=listed(without),
        )
        found.append(message)
    for symbol, each in sorted(market.describe_all(bars).items()):
        if each.currency != ACCOUNT:
            message = gettext(
                "%(symbol)s is priced in %(currency)s, and the run takes that for US dollars.",
                symbol=symbol,
                currency=each.currency,
            )
            found.append(message)
    if not fill_count:
        found.append(gettext("It traded nothing on these bars."))
        if timeframe != chosen.usual_timeframe:
            message = gettext(
                "It is made for bars of %(usual)s, and these are of %(given)s.",
                usual=chosen.usual_timeframe,
                given=timeframe,
            )
            found.append(message)
    return found


def _has_chain(bars: BarColumns, chains: ChainColumns | None) -> bool:
    """Whether a chain was quoted while the bars were."""
    if chains is None:
        return False
    first, last = int(bars.opened_at[0]), int(bars.closed_at[-1])
    return chains.count_until(last) > chains.count_until(first - 1)
