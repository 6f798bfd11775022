"""Fetching option chains from the providers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app

from app.core import clock
from app.core.db import db, transaction
from app.core.errors import UnavailableError
from app.core.i18n import gettext
from app.market import models
from app.market.clients.providers import ProviderError
from app.market.queries import chains
from app.market.rules import other_roots
from app.market.schemas import Instrument
from app.market.service.instruments import get_instrument

if TYPE_CHECKING:
    from app.market.clients.option_chains import ChainProvider, FetchedChain


def fetch_chain(underlying: str) -> tuple[str, int]:
    """Fetch the newest chain from the providers and keep it as of this minute; who, how many.

    The providers are asked in their order until one has contracts. Safe to run again.

    Raises:
        MalformedSymbolError: the text cannot be a symbol.
        UnavailableError: nobody has options on such instruments, or nobody answers.
    """
    with transaction():
        instrument = get_instrument(underlying)
    reasons = []
    for provider in _providers():
        if not provider.has_chain(instrument):
            continue
        try:
            fetched = provider.fetch_chain(instrument)
        except ProviderError as error:
            reasons.append(str(error))
            continue
        if fetched.quotes:
            _keep(instrument, fetched, provider.name)
            return provider.name, len(fetched.quotes)
        reasons.append(gettext("%(name)s has no contracts", name=provider.name))
    message = gettext(
        "Nobody gives options on %(symbol)s: %(reasons)s.",
        symbol=underlying[:40],
        reasons="; ".join(reasons) or gettext("no provider of them is set up"),
    )
    raise UnavailableError(message)


def has_provider(instrument: Instrument) -> bool:
    """Return whether anybody who is set up has options on an instrument."""
    return any(each.has_chain(instrument) for each in _providers())


def _keep(instrument: Instrument, fetched: FetchedChain, source: str) -> None:
    now = clock.now()
    minute = now.replace(second=0, microsecond=0)
    with transaction():
        chain = chains.find_chain(instrument.id, minute.date(), minute)
        if chain is None:
            chain = models.OptionChain(
                underlying_id=instrument.id, session=minute.date(), quoted_at=minute
            )
            db.session.add(chain)
        chain.price, chain.source, chain.received_at = fetched.price, source, now
        db.session.flush()
        chains.replace_quotes(chain.id, fetched.quotes)
        # Who gives one root gives the others of the index: each is fetched once somebody looks.
        for root in other_roots(instrument.symbol):
            get_instrument(root, asset_class="index")


def _providers() -> list[ChainProvider]:
    config = current_app.config
    found: list[ChainProvider] = []
    for name in str(config["MARKET_PROVIDERS"]).replace(",", " ").split():
        if name == "alpaca" and config["ALPACA_KEY_ID"]:
            from app.market.clients.option_chains import AlpacaChains

            keys = (config["ALPACA_KEY_ID"], config["ALPACA_SECRET_KEY"])
            found.append(AlpacaChains(*keys, config["ALPACA_DATA_URL"]))
        elif name == "massive" and config["MASSIVE_API_KEY"]:
            from app.market.clients.option_chains import MassiveChains

            found.append(MassiveChains(config["MASSIVE_API_KEY"], config["MASSIVE_URL"]))
    return found
