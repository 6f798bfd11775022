"""A position that a member writes down: which instrument it is, and whether it can be. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Literal, NoReturn

from app.core.errors import ValidationError
from app.core.formatters import day, qty
from app.core.i18n import gettext, listed
from app.quant.options import contract_name
from app.trading.schemas import PositionIn

NEAR = 3
"""So many strikes or expiries are named to who asked for one that is not there."""
LARGEST_STRIKE = Decimal(100_000)
"""An option's name has five digits before the point of its strike, and three behind."""
ROOT = re.compile(r"[A-Z]{1,6}")
# The invented underlyings have longer names than an option's name has room for.
_INVENTED, _SHORT = re.compile(r"SIMULATED-([A-Z])"), re.compile(r"SIMUL([A-Z])")


def root_of(underlying: str) -> str:
    """Return how the names of an underlying's options begin."""
    found = _INVENTED.fullmatch(underlying)
    return f"SIMUL{found[1]}" if found else underlying


def underlying_of(root: str) -> str:
    """Return what the options are on whose names begin so."""
    found = _SHORT.fullmatch(root)
    return f"SIMULATED-{found[1]}" if found else root


def check(given: PositionIn, today: date) -> None:
    """Refuse a position that cannot be, whatever the market has.

    Raises:
        ValidationError: names the field.
    """
    if given.opened_on > today:
        _refuse("opened_on", gettext("%(day)s lies in the future", day=day(given.opened_on)))
    if given.right == "shares":
        return
    if not ROOT.fullmatch(root_of(given.symbol)):
        _refuse("symbol", gettext("options are on a symbol of 1 to 6 letters, such as SPX"))
    if given.strike is None:
        _refuse("strike", gettext("is needed for an option"))
    if given.expiry is None:
        _refuse("expiry", gettext("is needed for an option"))
    if given.strike >= LARGEST_STRIKE or given.strike * 1000 % 1:
        _refuse("strike", gettext("must be below 100000 with at most three decimals"))
    if given.expiry < given.opened_on:
        reason = gettext("%(day)s lies before the position was opened", day=day(given.expiry))
        _refuse("expiry", reason)


def check_chain(
    given: PositionIn, session: date, contracts: Iterable[tuple[date, Decimal]]
) -> None:
    """Refuse an option that its newest chain does not have; what has ended by then may have been.

    Raises:
        ValidationError: names the field, and what there is near it.
    """
    if given.expiry is None or given.strike is None or given.expiry < session:
        return
    strikes: dict[date, set[Decimal]] = {}
    for expiry, strike in contracts:
        strikes.setdefault(expiry, set()).add(strike)
    if given.expiry not in strikes:
        wanted = given.expiry.toordinal()
        near = sorted(strikes, key=lambda each: abs(each.toordinal() - wanted))[:NEAR]
        reason = gettext(
            "the chain of %(symbol)s has none on %(day)s; near it: %(near)s",
            symbol=given.symbol,
            day=day(given.expiry),
            near=listed([str(day(each)) for each in sorted(near)]),
        )
        _refuse("expiry", reason)
    own, strike = strikes[given.expiry], given.strike
    if strike not in own:
        near_it = sorted(own, key=lambda each: abs(each - strike))[:NEAR]
        reason = gettext(
            "the chain of %(symbol)s has none at %(strike)s on that day; near it: %(near)s",
            symbol=given.symbol,
            strike=qty(strike),
            near=listed([str(qty(each)) for each in sorted(near_it)]),
        )
        _refuse("strike", reason)


def symbol_of(given: PositionIn) -> str:
    """Return the instrument's symbol, as the ledger knows it."""
    if given.right == "shares" or given.expiry is None or given.strike is None:
        return given.symbol
    right: Literal["C", "P"] = "C" if given.right == "call" else "P"
    day_number, strike = given.expiry.toordinal(), float(given.strike)
    return contract_name(root_of(given.symbol), day_number, right, strike)


def _refuse(field: str, reason: str) -> NoReturn:
    raise ValidationError(f"{field}: {reason}", field=field)


def strike_of(symbol: str) -> Decimal:
    """Return the strike in an option's name, exactly."""
    return Decimal(int(symbol[-8:])).scaleb(-3).normalize() + 0
