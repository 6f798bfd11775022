"""Option chains: bringing them in by file, reading them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from app.core import clock
from app.core.db import db, transaction
from app.core.errors import ValidationError
from app.core.i18n import gettext
from app.market import models
from app.market.errors import NoBarsError
from app.market.queries import chains
from app.market.rules.chains import parse_chain_file
from app.market.schemas import ChainFile, OptionChain
from app.market.service.instruments import find_instruments, get_instrument

CSV = "csv"


def import_chain(
    lines: Iterable[str], underlying: str, session: date, *, skip_bad: bool = False
) -> tuple[ChainFile, bool]:
    """Bring in the chain of a session; one that is there is replaced. Whether it was taken.

    A file with a bad row is not taken, unless `skip_bad` takes the good ones.

    Raises:
        MalformedSymbolError: the text cannot be a symbol.
        ValidationError: the session lies in the future.
    """
    if session > clock.now().date():
        message = gettext("%(session)s lies in the future.", session=session)
        raise ValidationError(message, field="session")
    find_instruments([(underlying, None)])
    file = parse_chain_file(lines, session)
    if file.faults and not (skip_bad and file.quotes):
        return file, False
    with transaction():
        instrument = get_instrument(underlying)
        chain = chains.find_chain(instrument.id, session)
        if chain is None:
            chain = models.OptionChain(underlying_id=instrument.id, session=session)
            db.session.add(chain)
        chain.price, chain.source, chain.received_at = file.price, CSV, clock.now()
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
        message = gettext(
            "There is no option chain of %(symbol)s. Bring one in: flask market import-chain FILE "
            "--underlying %(symbol)s --session 2026-01-30",
            symbol=underlying[:40],
        )
        raise NoBarsError(message, symbol=underlying[:40])
    return OptionChain(underlying, chain.session, chain.price, chains.read_quotes(chain.id))


def chain_sessions(underlying: str) -> list[date]:
    """Return the sessions of which there is a chain, in order."""
    found = find_instruments([(underlying, None)])[0]
    return chains.list_sessions(found.id) if found else []
