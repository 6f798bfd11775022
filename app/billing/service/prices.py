"""What the prices at the provider sell: read from their own metadata, which never changes."""

from __future__ import annotations

from flask import current_app

from app.billing.clients import stripe
from app.billing.errors import TillMissingError, TillRefusedError
from app.billing.rules.mirror import Object, Sold, sold
from app.core.i18n import gettext

MOST_KNOWN = 5_000


def remember(price: Object) -> None:
    """Keep what a price that was fetched with something else sells."""
    known = _known()
    if len(known) >= MOST_KNOWN:
        known.clear()
    known[price["id"]] = sold(price)


def _known() -> dict[str, Sold | None]:
    found: dict[str, Sold | None] = current_app.extensions.setdefault("till_prices", {})
    return found


def describe(price_id: str) -> Sold | None:
    """Return what a price sells; None for one that is not ours. Asks the provider once."""
    if price_id not in _known():
        try:
            remember(stripe.ask(lambda till: till.prices.retrieve(price_id)))
        except TillMissingError:
            return None
    return _known()[price_id]


def lookup_key(ladder: str, plan: str, interval: str) -> str:
    """Return the name by which the present price of a plan is found."""
    return f"trp_{ladder}_{plan}_{interval}"


def price_of(ladder: str, plan: str, interval: str) -> Object:
    """Return the price at which a plan is sold now.

    Raises:
        TillRefusedError: there is none: the products do not follow the plans.
    """
    key = lookup_key(ladder, plan, interval)
    asked = {"lookup_keys": [key], "active": True, "limit": 1}
    for price in stripe.each(lambda till: till.prices.list(params=asked)):
        remember(price)
        return price
    message = gettext("This plan is not for sale yet. Try again later.")
    raise TillRefusedError(message, reason="no_price")
