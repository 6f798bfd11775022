"""Option chains: bringing them in by file, reading them."""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from app.core import clock
from app.core.db import db, transaction
from app.core.errors import ValidationError
from app.core.i18n import gettext
from app.market import models
from app.market.errors import NoBarsError
from app.market.queries import chains
from app.market.rules.chains import parse_chain_file
from app.market.schemas import ChainFile, OptionChain, OptionQuote
from app.market.service.instruments import find_instruments, get_instrument
from app.market.service.sessions import hours, microseconds

if TYPE_CHECKING:
    from app.quant.chains import ChainColumns
    from app.quant.frames import Hours

ROOT = re.compile(r"[A-Z]{1,6}")
FIGURES = ("bid", "ask", "close", "volume", "open_interest", "implied_volatility", "delta")
"""What a simulation takes of a contract, in the order of `app.quant.chains.FIGURES`."""


def import_chain(
    lines: Iterable[str],
    underlying: str,
    session: date,
    *,
    at: datetime | None = None,
    skip_bad: bool = False,
) -> tuple[ChainFile, bool]:
    """Bring in the chain of a session's close, or of an instant of it; one that is there is replaced.

    Returns the file, and whether it was taken: with a bad row it is not, unless `skip_bad` takes
    the good ones.

    Raises:
        MalformedSymbolError: the text cannot be a symbol.
        ValidationError: the session or the instant lies in the future.
    """
    if session > clock.now().date():
        message = gettext("%(session)s lies in the future.", session=session)
        raise ValidationError(message, field="session")
    if at is not None and at > clock.now():
        raise ValidationError(gettext("That instant is still to come."), field="time")
    find_instruments([(underlying, None)])
    file = parse_chain_file(lines, session)
    if file.faults and not (skip_bad and file.quotes):
        return file, False
    with transaction():
        instrument = get_instrument(underlying)
        chain = chains.find_chain(instrument.id, session, at)
        if chain is None:
            chain = models.OptionChain(underlying_id=instrument.id, session=session, quoted_at=at)
            db.session.add(chain)
        chain.price, chain.source, chain.received_at = file.price, chains.CSV, clock.now()
        db.session.flush()
        chains.replace_quotes(chain.id, file.quotes)
    return file, True


def read_chain(underlying: str, session: date | None = None) -> OptionChain:
    """Return the option chain of a session; without one the newest.

    Raises:
        NoBarsError: there is no such chain.
    """
    found = find_instruments([(underlying, None)])[0]
    chain = chains.find_chain(found.id, session) if found else None
    if chain is None:
        raise no_chain(underlying)
    return OptionChain(underlying, chain.session, chain.price, chains.read_quotes(chain.id))


def no_chain(underlying: str) -> NoBarsError:
    """Return the error that says that there is no chain of a symbol."""
    message = gettext(
        "There is no option chain of %(symbol)s. Bring one in: flask market import-chain FILE "
        "--underlying %(symbol)s --session 2026-01-30",
        symbol=underlying[:40],
    )
    return NoBarsError(message, symbol=underlying[:40])


def read_chains(
    symbols: Iterable[str], *, after: datetime | None = None
) -> dict[str, ChainColumns]:
    """Return the option chains of underlyings as a simulation takes them, each in order of time.

    A chain counts from when it was quoted, or from the close of its session on. With `after` they begin with the newest that
    was there at that instant. A symbol without a chain, or whose contracts have no names in the
    exchanges' form, is left out.
    """
    from app.quant.chains import join

    found = {}
    for symbol in symbols:
        instrument = find_instruments([(symbol, None)])[0]
        if instrument is None or not ROOT.fullmatch(symbol):
            continue
        times = hours(instrument.venue)
        kept = [
            (quoted_at(row, times), row)
            for row in chains.list_chains(instrument.id)
            if row.quoted_at or close_of(times, row.session.toordinal()) is not None
        ]
        kept.sort(key=lambda each: each[0])
        if after is not None:
            known = [close for close, _ in kept if close <= microseconds(after)]
            kept = [each for each in kept if each[0] >= max(known, default=0)]
        if kept:
            heads = [(close, row.session.toordinal(), number(row.price)) for close, row in kept]
            rows = [_rows(chains.read_quotes(row.id), times) for _, row in kept]
            found[symbol] = join(heads, rows)
    return found


def quoted_at(chain: models.OptionChain, times: Hours) -> int:
    """Return when a chain was quoted, in microseconds; without a session, the end of its date."""
    if chain.quoted_at is not None:
        return microseconds(chain.quoted_at)
    close = close_of(times, chain.session.toordinal())
    if close is None:
        return microseconds(datetime.combine(chain.session, time.max, UTC))
    return close


def close_of(times: Hours, day: int) -> int | None:
    """Return when a venue's session of a day closes, in microseconds; None where there is none."""
    at = bisect_left(times.days, day)
    return int(times.closes[at]) if at < len(times.days) and times.days[at] == day else None


def _rows(quotes: Iterable[OptionQuote], times: Hours) -> list[tuple[Any, ...]]:
    ends: dict[date, int] = {}
    found = []
    for quote in quotes:
        if quote.expiry not in ends:
            ends[quote.expiry] = _settles_at(quote.expiry, times)
        figures = (getattr(quote, name) for name in FIGURES)
        head = (quote.expiry.toordinal(), ends[quote.expiry], int(quote.option_right == "C"))
        found.append((*head, float(quote.strike), *map(number, figures)))
    return found


def _settles_at(expiry: date, times: Hours) -> int:
    """Return when the last session of a contract closes: that of its date or before.

    Beyond the known sessions it is the end of the date.
    """
    day = expiry.toordinal()
    at = bisect_right(times.days, day) - 1
    if at < 0 or at == len(times.days) - 1:
        return microseconds(datetime.combine(expiry, time.max, UTC))
    return int(times.closes[at])


def number(value: Any) -> float:
    """Return a quoted figure for computing; NaN where it was not told."""
    return math.nan if value is None else float(value)


def chain_sessions(underlying: str) -> list[date]:
    """Return the sessions of which there is a chain, in order."""
    found = find_instruments([(underlying, None)])[0]
    return chains.list_sessions(found.id) if found else []
