"""Who brings bars, said to people before they wait for some that never come."""

from __future__ import annotations

from collections.abc import Sequence

from flask import current_app

from app.market import rules
from app.market.rules import sources as rule
from app.market.service.instruments import describe_all

KEYS = {"alpaca": "ALPACA_KEY_ID", "massive": "MASSIVE_API_KEY"}
"""Without its key a provider is not asked."""


def providers_set_up() -> list[str]:
    """Return the names of the providers that can be asked, in the order of the settings."""
    config = current_app.config
    named = str(config["MARKET_PROVIDERS"]).replace(",", " ").split()
    return [name for name in named if name in KEYS and config[KEYS[name]]]


def without_source(symbols: Sequence[str]) -> list[str]:
    """Return the symbols of which nobody brings bars here, in their order: files alone may.

    Raises:
        MalformedSymbolError: one of the texts cannot be a symbol.
    """
    known, names = describe_all(symbols), providers_set_up()
    return [each for each in symbols if not _has_source(each, known[each].asset_class, names)]


def _has_source(symbol: str, asset_class: str, names: Sequence[str]) -> bool:
    if rules.is_simulated(symbol):
        return bool(current_app.config["MARKET_SIMULATED"]) and symbol in rule.INVENTED
    return any(rule.gives(name, symbol, asset_class) for name in names)


def stand_ins(symbols: Sequence[str]) -> list[str]:
    """Return as many symbols of the invented market, of the same kinds; none where it is off.

    Raises:
        MalformedSymbolError: one of the texts cannot be a symbol.
    """
    if not current_app.config["MARKET_SIMULATED"]:
        return []
    known = describe_all(symbols)
    return rule.stand_ins([(each, known[each].asset_class) for each in symbols])
