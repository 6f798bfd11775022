"""Which underlyings have option chains."""

from __future__ import annotations

from flask import current_app

from app.market.queries import chains


def chain_underlyings() -> list[str]:
    """Return the symbols of which there are option chains, the invented ones last."""
    found = chains.list_underlyings()
    if current_app.config["MARKET_SIMULATED"]:
        from app.market.rules import simulated

        found += [each.symbol for each in simulated.LISTINGS if each.asset_class == "equity"]
    return list(dict.fromkeys(found))
