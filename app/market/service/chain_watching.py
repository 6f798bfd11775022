"""Option chains that somebody looks at or holds: fetched each minute while their market trades."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from app.core import cache, clock, outbox
from app.core.db import transaction
from app.core.errors import UnavailableError
from app.market.queries import chains
from app.market.rules import is_simulated
from app.market.schemas import Instrument
from app.market.service.chain_fetching import fetch_chain, has_provider
from app.market.service.instruments import find_instruments, instruments_by_id
from app.market.service.sessions import hours, microseconds

log = structlog.get_logger()
WANTED = "trp:chains:wanted"
"""Sorted set: ids of underlyings, each with the second until which its chain is wanted."""
LOOKED_AT = timedelta(minutes=5)
HELD = timedelta(days=1)
"""Who holds options looks at them again: a day after the last look nobody fetches them."""
_MINUTE = timedelta(minutes=1)
_WHOLE = timedelta(minutes=10)
"""So far back each minute's chain stays; before, one of each half hour."""
_THINNED = timedelta(days=2)


def want_chain(instrument: Instrument, span: timedelta = LOOKED_AT) -> None:
    """Want the chain of an underlying to be fetched each minute for a while.

    An invented one is made of the newest price whenever somebody asks.
    """
    if not is_simulated(instrument.symbol):
        cache.want(WANTED, str(instrument.id), (clock.now() + span).timestamp())


def hold_chain(symbol: str) -> None:
    """Want the chain of an underlying of which somebody holds options."""
    instrument = find_instruments([(symbol, None)])[0]
    if instrument is not None:
        want_chain(instrument, HELD)


def fetch_wanted_chains() -> int:
    """Have each wanted chain fetched that trades and that a provider has; how many.

    However many look at it, a chain is fetched once a minute.
    """
    now = clock.now()
    found = instruments_by_id({int(each) for each in cache.wanted(WANTED, now.timestamp())})
    due = [each for each in found.values() if _trades(each, now) and has_provider(each)]
    with transaction():
        for each in due:
            outbox.enqueue(
                "market.fetch_chain",
                {"instrument_id": each.id},
                key=f"market.fetch_chain:{each.id}:{now:%Y-%m-%dT%H:%MZ}",
                queue="bulk",
            )
    return len(due)


def fetch_wanted_chain(instrument_id: int) -> bool:
    """Fetch a chain unless this minute's is there; whether it was.

    What fails is logged and not tried again: the next minute comes, and until then readers see how
    old the quotes are.
    """
    instrument = instruments_by_id({instrument_id}).get(instrument_id)
    minute = clock.now().replace(second=0, microsecond=0)
    if instrument is None or chains.find_chain(instrument_id, minute.date(), minute):
        return False
    try:
        fetch_chain(instrument.symbol)
    except UnavailableError as error:
        log.warning("chain_not_fetched", symbol=instrument.symbol, reason=error.message)
        return False
    with transaction():
        chains.thin(instrument_id, minute - _THINNED, minute - _WHOLE)
    return True


def _trades(instrument: Instrument, now: datetime) -> bool:
    """Return whether a market is open, or has closed within the minute."""
    times, at = hours(instrument.venue), microseconds(now)
    session = int(times.opens.searchsorted(at, side="right")) - 1
    return session >= 0 and at < int(times.closes[session]) + _MINUTE // timedelta(microseconds=1)
