"""Open positions on the page: what they are worth, risk, would become, and the form for more."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from app.core.errors import ValidationError
from app.core.formatters import compact_money, dash, price, ratio, signed_money
from app.core.i18n import gettext, lazy_gettext
from app.embed import rules
from app.embed.schemas import OptionsQuery
from app.trading import service as trading
from app.trading.schemas import NotedPosition
from app.trading.schemas.portfolio import Net, PortfolioQuery, Underlying, WhatIfIn

KINDS = [
    ("live", lazy_gettext("Live")),
    ("journal", lazy_gettext("Journal")),
    ("copy", lazy_gettext("Copies")),
    ("paper", lazy_gettext("Paper")),
]
FIELDS = ("symbol", "right", "strike", "expiry", "side", "qty", "price", "opened_on")
RIGHTS = [
    ("call", lazy_gettext("Call")),
    ("put", lazy_gettext("Put")),
    ("shares", lazy_gettext("Shares")),
]
SIDES = [("buy", lazy_gettext("Bought")), ("sell", lazy_gettext("Sold"))]
POINTS = 41
AROUND = 0.35
"""A curve reaches so far to both sides of the price."""


CHEAP = 10
"""Below it a price is shown with four decimals."""


@dataclass(frozen=True)
class Typed:
    """What was typed into the form, and what is wrong with it."""

    values: dict[str, str] = field(default_factory=dict)
    field: str = ""
    message: str = ""


def typed_of(values: dict[str, str], error: ValidationError) -> Typed:
    """Return a form that was refused, with the fault at its field."""
    pointer = str((error.details.get("errors") or [{}])[0].get("pointer", ""))
    name = error.field or pointer.strip("/").partition("/")[0]
    message = error.message.removeprefix(f"{name}: ")
    return Typed(values, name if name in FIELDS else "", message[:1].upper() + message[1:])


@dataclass(frozen=True)
class Shown:
    """An underlying with its curve."""

    state: Underlying
    curve: rules.Plot | None
    then: Any
    """Of the what-if; None where nothing was asked."""


def positions_panel(user_id: int, query: OptionsQuery, typed: Typed | None) -> dict[str, Any]:
    """Return the member's positions, the answer to a what-if, and the form."""
    book = trading.open_book(user_id, PortfolioQuery(kind=query.kind or None))
    found = trading.portfolio_of(book)
    answer = trading.moved(book, _what_if(query)) if is_asked(query) else None
    then = answer.underlyings if answer else [None] * len(book.entries)
    noted = trading.noted_positions(user_id)
    return {
        "portfolio": found,
        "kinds": [(key, text) for key, text in KINDS if key in found.kinds],
        "shown": [
            Shown(state, _curve(entry, state, query), moved)
            for entry, state, moved in zip(book.entries, found.underlyings, then, strict=True)
        ],
        "what_if": answer,
        "noted": noted,
        "form": form_of(noted, query, typed),
        "rights": RIGHTS,
        "sides": SIDES,
    }


def is_asked(query: OptionsQuery) -> bool:
    """Whether a what-if differs from how things are."""
    return any(int(each) for each in (query.move, query.points, query.later))


def _what_if(query: OptionsQuery) -> WhatIfIn:
    return WhatIfIn(
        kind=query.kind or None,
        move=max(-99, min(500, int(query.move))),
        points=max(-300, min(300, int(query.points))),
        days=max(0, int(query.later)),
    )


def form_of(noted: list[NotedPosition], query: OptionsQuery, typed: Typed | None) -> Typed:
    """Return what the form holds: what was typed, else the position that is changed."""
    if typed is not None:
        return typed
    for each in noted:
        if each.key == query.edit:
            values = each.model_dump(mode="json", exclude={"key"})
            return Typed(
                {name: "" if value is None else str(value) for name, value in values.items()}
            )
    return Typed({"right": "call", "side": "buy"})


def _curve(entry: trading.Entry, state: Underlying, query: OptionsQuery) -> rules.Plot | None:
    """Return profit by price, at the first expiry and now; of shares alone there is no bend."""
    has_options = any(each.expiry for each in state.positions)
    if state.price is None or state.risk is None or not has_options:
        return None
    return profit_plot(
        entry.legs,
        state.price,
        state.currency,
        breakevens=state.risk.breakevens,
        scenario=scenario_of(query),
    )


def scenario_of(query: OptionsQuery) -> Any:
    """Return the what-if of a query apart from the price, which a curve shows anyway; or None."""
    from app.quant.legs import NOW, Scenario

    scenario = Scenario(max(0, int(query.later)), int(query.points) / 100)
    return scenario if scenario != NOW else None


def profit_plot(
    legs: list[Any],
    spot: float,
    currency: str,
    *,
    breakevens: list[float],
    scenario: Any = None,
) -> rules.Plot | None:
    """Return profit by price: at the first expiry, now, and under a what-if where one is asked."""
    import numpy as np

    from app.quant.legs import profit
    from app.quant.payoff import at_expiry

    spots = _prices(legs, spot, breakevens)
    at = np.array(spots)
    curves = [
        rules.Curve(gettext("At the first expiry"), "live", _points(spots, at_expiry(legs, at))),
        rules.Curve(gettext("Now"), "paper", _points(spots, profit(legs, at))),
    ]
    if scenario is not None:
        moved = profit(legs, at, scenario)
        curves.append(rules.Curve(gettext("What if"), "back", _points(spots, moved)))
    frame = rules.Frame(
        say_x=lambda value: ratio(value, 2 if spot < 1000 else 0),  # noqa: PLR2004 - cents matter below
        say_y=lambda value: compact_money(round(value, 2), currency),
        zero=0.0,
    )
    spots_shown = [rules.Spot(spot, gettext("Price"))]
    spots_shown += [rules.Spot(each, gettext("Breakeven")) for each in breakevens]
    return rules.plot(curves, frame, spots_shown)


def _prices(legs: list[Any], spot: float, breakevens: list[float]) -> list[float]:
    strikes = [leg.strike for leg in legs if leg.is_option]
    near = [each for each in breakevens if 0 < each < 2 * spot]
    low = max(min([spot * (1 - AROUND), *(0.9 * each for each in strikes + near)]), spot * 0.02)
    high = max([spot * (1 + AROUND), *(1.1 * each for each in strikes + near)])
    step = (high - low) / (POINTS - 1)
    return sorted({*(low + step * number for number in range(POINTS)), *strikes, *near})


def _points(spots: list[float], values: Any) -> list[tuple[float, float]]:
    return [
        (spot, value)
        for spot, value in zip(spots, values.tolist(), strict=True)
        if value == value  # noqa: PLR0124 - leaves out what has no answer
    ]


def tiles_of(net: Net, currency: str) -> list[tuple[str, str, str]]:
    """Return the tiles of net Greeks: label, figure, what it means."""

    def money(value: float | None) -> str:
        return dash() if value is None else signed_money(round(value, 2), currency)

    def plain(value: float | None, digits: int = 1) -> str:
        return ratio(value, digits)

    return [
        (
            gettext("Net delta"),
            plain(net.delta),
            gettext("shares; %(money)s of the underlyings", money=money(net.delta_money)),
        ),
        (
            gettext("Net gamma"),
            plain(net.gamma, 2),
            gettext("delta a point; %(money)s a percent", money=money(net.gamma_money)),
        ),
        (gettext("Net theta"), money(net.theta), gettext("a calendar day")),
        (gettext("Net vega"), money(net.vega), gettext("a point of volatility")),
    ]


def quote_price(value: float | None) -> str:
    """Return a price of the model or a middle with at most four decimals."""
    from decimal import Decimal

    return (
        price(None)
        if value is None
        else price(Decimal(str(round(value, 4 if abs(value) < CHEAP else 2))))
    )
