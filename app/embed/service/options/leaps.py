"""LEAPS on the page: the tracker, Greeks over time, the roll calculator, quarters."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from app.core.errors import ValidationError
from app.core.formatters import day, whole_money
from app.core.i18n import gettext
from app.embed import rules
from app.embed.schemas import OptionsQuery
from app.embed.service.options.positions import KINDS
from app.trading import service as trading
from app.trading.schemas.portfolio import PortfolioQuery


def leaps_panel(user_id: int, query: OptionsQuery) -> dict[str, Any]:
    """Return what the part of LEAPS shows."""
    book = trading.open_book(user_id, PortfolioQuery(kind=query.kind or None))
    found = trading.leaps.tracked(book)
    chosen = next((each for each in found if each.position.symbol == query.leg), None)
    chosen = chosen or next(iter(found), None)
    return {
        "book": book,
        "kinds": [(key, text) for key, text in KINDS if key in book.kinds],
        "tracked": found,
        "chosen": chosen,
        "choices": [(each.position.symbol, _named(each)) for each in found],
        "quarters": trading.leaps.quarters(user_id, book.kind),
        **(_future(chosen) if chosen else {"aged": [], "aged_plot": None}),
        **(_roll(chosen, query) if chosen else {"rolled": None}),
    }


def _named(one: trading.leaps.Tracked) -> str:
    position = one.position
    right = gettext("Call") if position.right == "call" else gettext("Put")
    strike = f"{position.strike:f}" if position.strike is not None else ""
    return f"{one.entry.symbol} {strike} {right}, {day(position.expiry)}"


def _future(chosen: trading.leaps.Tracked) -> dict[str, Any]:
    aged = trading.leaps.projected(chosen)
    currency = chosen.entry.currency
    points = [(float(each.days), each.worth) for each in aged if each.worth is not None]
    frame = rules.Frame(
        say_x=lambda value: gettext("%(days)s d", days=round(value)),
        say_y=lambda value: whole_money(round(value), currency),
    )
    curve = rules.Curve(gettext("Worth"), "live", points)
    return {"aged": aged, "aged_plot": rules.plot([curve], frame)}


def _roll(chosen: trading.leaps.Tracked, query: OptionsQuery) -> dict[str, Any]:
    chain, position = chosen.entry.at.chain, chosen.position
    later = [
        each.expiry
        for each in (chain.expiries if chain else [])
        if position.expiry is not None and each.expiry > position.expiry
    ]
    if not later:
        return {"rolled": None, "roll_expiries": [], "roll_strike": "", "roll_fault": ""}
    expiry = date.fromisoformat(query.expiry) if query.expiry in map(str, later) else later[0]
    strike = Decimal(query.low) if query.low else position.strike or Decimal(0)
    rolled, fault = None, ""
    try:
        rolled = trading.leaps.roll(chosen, strike.normalize() + 0, expiry)
    except ValidationError as error:
        fault = error.message
    if rolled is None and not fault:
        fault = gettext("One of the two contracts has no price, so rolling has no answer.")
    return {
        "rolled": rolled,
        "roll_expiry": str(expiry),
        "roll_expiries": [(str(each), str(day(each))) for each in later],
        "roll_strike": f"{strike.normalize() + 0:f}",
        "roll_fault": fault,
    }
