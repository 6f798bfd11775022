"""Which provider has bars of what, and which invented instrument stands in for which real one. Pure."""

from __future__ import annotations

from collections.abc import Sequence

KINDS = {
    "alpaca": frozenset({"equity", "crypto"}),
    "massive": frozenset({"equity", "index", "crypto", "forex"}),
}
SHARES = ("SIMULATED-A", "SIMULATED-B", "SIMULATED-C")
PAIRS = {"BTC/USD": "SIMUL/USD", "BTC-USD": "SIMUL-USD"}
INVENTED = frozenset({*SHARES, *PAIRS.values()})


def gives(provider: str, symbol: str, asset_class: str) -> bool:
    """Whether a provider knows an instrument.

    Alpaca names pairs BTC/USD alone; BTC-USD and BTCUSD are left to who knows them, so that one
    name it has never heard of does not spoil the answer for all.
    """
    if provider == "alpaca" and asset_class == "crypto" and "/" not in symbol:
        return False
    return asset_class in KINDS.get(provider, frozenset())


def stand_ins(wanted: Sequence[tuple[str, str]]) -> list[str]:
    """Return an invented symbol for each pair of symbol and asset class; none where one has none."""
    shares = iter(SHARES)
    found = [
        next(shares, None) if kind == "equity" else PAIRS.get(symbol) for symbol, kind in wanted
    ]
    return [each for each in found if each] if all(found) else []
