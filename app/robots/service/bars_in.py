"""The bars of a run: from files that were sent, or from the service's store."""

from __future__ import annotations

import zlib

from app.core.errors import AppError, ValidationError
from app.core.i18n import gettext
from app.market import service as market
from app.quant.bars import BarColumns
from app.robots.errors import BarFileError, RunNotFoundError
from app.robots.models import RobotRun
from app.robots.queries import running as queries

FILES = ("M1", "D1")


def bars_of(run: RobotRun) -> dict[str, BarColumns]:
    """Return the bars of a run by symbol.

    Raises:
        BarFileError: a file is wrong; symbol, row and field are named.
        NoBarsError: the store has none of a symbol.
        RunNotFoundError: the run is over, and its files are gone.
    """
    if run.source == "file":
        files = queries.run_files(run.id)
        if not files:
            # Cancelled or finished by somebody else a moment ago.
            raise RunNotFoundError(gettext("There is no such run."))
        return {
            symbol: parse_file(symbol, zlib.decompress(files[symbol]).decode(), run.timeframe)
            for symbol in run.symbols
        }
    return {
        symbol: market.read_bars(symbol, run.timeframe, start=run.from_at, end=run.to_at)
        for symbol in run.symbols
    }


def parse_file(symbol: str, text: str, timeframe: str) -> BarColumns:
    """Return the bars of a CSV file of days or minutes.

    Raises:
        BarFileError: names the symbol, the row and the field.
    """
    if timeframe not in FILES:
        message = gettext("timeframe: files hold bars of M1 or D1; others are made by the store")
        raise ValidationError(message, field="timeframe")
    found = market.parse_bar_file(text.splitlines(), timeframe, venue_of(symbol), any_day=True)
    try:
        return market.demand_good(found).columns
    except AppError as error:
        message = f"{symbol}: {error.message}{_taken_for(symbol, error)}"
        raise BarFileError(message, **error.details) from error


def _taken_for(symbol: str, error: AppError) -> str:
    """Return as what a symbol was read, where a time of its bars cannot be and we only assume it."""
    assumed = market.describe_all([symbol])[symbol]
    if not assumed.is_assumed or getattr(error, "field", None) != "opened_at":
        return ""
    return gettext(
        " (%(symbol)s is taken for a share; what trades around the clock is named like BTC/USD)",
        symbol=symbol,
    )


def venue_of(symbol: str) -> str:
    """Return whose sessions a symbol trades in."""
    return market.describe_all([symbol])[symbol].venue
