"""Whether a member has looked at what was read with doubt, before it is written down. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from app.core.errors import ValidationError
from app.core.i18n import gettext
from app.screenshots.rules.plausible import asked_fields
from app.screenshots.schemas import ConfirmedPosition, Found, SeenPosition


def demand_checked(found: Sequence[Found], given: Sequence[ConfirmedPosition]) -> None:
    """Refuse positions with a doubtful field that was neither changed nor confirmed.

    Raises:
        ValidationError: names the first of them, and lists all.
    """
    by_number = {each.number: each for each in found}
    faults = [
        (index, name)
        for index, position in enumerate(given)
        if position.number in by_number
        for name in _unchecked(by_number[position.number], position)
    ]
    if not faults:
        return
    message = gettext(
        "was read with doubt: compare it with the picture, then confirm or correct it"
    )
    listed = [{"pointer": f"/positions/{at}/{name}", "detail": message} for at, name in faults]
    first = f"positions/{faults[0][0]}/{faults[0][1]}"
    raise ValidationError(f"{first}: {message}", field=first, errors=listed)


def _unchecked(found: Found, given: ConfirmedPosition) -> list[str]:
    read = values_of(found.position)
    typed = {
        "symbol": given.symbol, "right": given.right, "strike": given.strike,
        "expiry": given.expiry, "qty": given.signed, "price": given.price,
    }  # fmt: skip
    return [
        field_of(name)
        for name in asked_fields(found)
        if field_of(name) not in given.sure and read[field_of(name)] == typed[field_of(name)]
    ]


FIELDS = {"ticker": "symbol", "quantity": "qty", "entry_price": "price"}


def field_of(name: str) -> str:
    """Return what a field of a reading is called in a position that is written down."""
    return FIELDS.get(name, name)


def values_of(position: SeenPosition) -> dict[str, Any]:
    """Return what was read, by the names of a position that is written down; sold is below zero."""
    price = position.entry_price.value
    return {
        "symbol": position.ticker.value,
        "right": position.right.value,
        "strike": position.strike.value,
        "expiry": position.expiry.value,
        "qty": position.quantity.value,
        "price": abs(price) if isinstance(price, Decimal) else None,
    }
