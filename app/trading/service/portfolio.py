"""A member's open positions, valued at the newest chain and price: Greeks, risk, what-if."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from app.core import clock
from app.core.errors import AppError
from app.core.formatters import NEW_YORK, day
from app.core.i18n import gettext
from app.ledger import service as ledger
from app.market import service as market
from app.market.schemas.options import ChainAnswer, ChainQuery, ExpiryAnswer, QuoteAnswer
from app.quant.options import Contract, read_contract
from app.trading.rules.by_hand import underlying_of
from app.trading.rules.groups import NAMES, Part, structure
from app.trading.schemas import portfolio as schemas

if TYPE_CHECKING:
    from app.quant.legs import Leg

_KINDS: dict[str, Any] = {"C": "call", "P": "put"}


class Held(NamedTuple):
    """A position of the ledger with what its name says; None: no option."""

    position: ledger.HeldPosition
    contract: Contract | None

    @property
    def underlying(self) -> str:
        """What it moves with."""
        return underlying_of(self.contract.root) if self.contract else self.position.symbol


class Valued(NamedTuple):
    """A position as shown, and as a leg."""

    position: schemas.Position
    leg: Leg


class Market(NamedTuple):
    """What the market says of one underlying."""

    chain: ChainAnswer | None
    price: float | None
    """The newest of the underlying itself."""

    @property
    def spot(self) -> float | None:
        """The price at the instant of the chain, which its volatilities belong to."""
        if self.chain is not None and self.chain.price is not None:
            return self.chain.price
        return self.price

    def find(self, contract: Contract) -> tuple[QuoteAnswer | None, ExpiryAnswer | None]:
        """Return a contract's quote and what is known of its expiry."""
        if self.chain is None:
            return None, None
        on = date.fromordinal(contract.expiry)
        expiry = next((each for each in self.chain.expiries if each.expiry == on), None)
        quote = next(
            (
                each
                for each in self.chain.quotes
                if (each.expiry, each.right) == (on, contract.right)
                and float(each.strike) == contract.strike
            ),
            None,
        )
        return quote, expiry


class Entry(NamedTuple):
    """All positions on one underlying, in one currency."""

    symbol: str
    currency: str
    at: Market
    valued: list[Valued]

    @property
    def positions(self) -> list[schemas.Position]:
        """The positions as shown."""
        return [each.position for each in self.valued]

    @property
    def legs(self) -> list[Leg]:
        """The positions as legs."""
        return [each.leg for each in self.valued]


class Book(NamedTuple):
    """A member's open positions of one kind of account, with the market that values them."""

    kind: str | None
    kinds: list[str]
    entries: list[Entry]


def open_book(user_id: int, asked: schemas.PortfolioQuery) -> Book:
    """Return a member's open positions of one kind of account, or of one account.

    Raises:
        AccountNotFoundError: there is no such account, or it is another member's.
    """
    kind, kinds, held = _held(user_id, asked)
    entries = []
    for (symbol, currency), own in _by_underlying(held).items():
        at = _market(symbol, own)
        entries.append(Entry(symbol, currency, at, [_value(each, at) for each in own]))
    return Book(kind, kinds, entries)


def portfolio_of(book: Book) -> schemas.Portfolio:
    """Return what positions are worth, how that moves, and what they risk."""
    from app.trading.rules import valuing

    underlyings = [_underlying(each) for each in book.entries]
    return schemas.Portfolio(
        kind=book.kind,
        kinds=book.kinds,
        is_simulated=any(each.is_simulated for each in underlyings),
        underlyings=underlyings,
        totals=valuing.totals_of(underlyings),
    )


def read_portfolio(user_id: int, asked: schemas.PortfolioQuery) -> schemas.Portfolio:
    """Return a member's open positions, as `open_book` and `portfolio_of` do."""
    return portfolio_of(open_book(user_id, asked))


def read_greeks(user_id: int, asked: schemas.PortfolioQuery) -> schemas.NetGreeks:
    """Return net Greeks alone."""
    found = read_portfolio(user_id, asked)
    return schemas.NetGreeks(
        kind=found.kind,
        totals=found.totals,
        by_underlying=[
            schemas.UnderlyingNet(symbol=each.symbol, currency=each.currency, net=each.net)
            for each in found.underlyings
        ],
    )


def what_if(user_id: int, asked: schemas.WhatIfIn) -> schemas.WhatIfAnswer:
    """Return what positions would be worth under another market, on another day.

    Raises:
        AccountNotFoundError: there is no such account, or it is another member's.
    """
    return moved(open_book(user_id, asked), asked)


def moved(book: Book, asked: schemas.WhatIfIn) -> schemas.WhatIfAnswer:
    """Return what the positions of a book would be worth under another market."""
    wanted = (asked.underlying or "").strip().upper()
    found = [_moved(each, asked) for each in book.entries if wanted in {"", each.symbol}]
    totals = []
    for currency in sorted({each.currency for each in found}):
        changes = [each.change for each in found if each.currency == currency]
        known = [each for each in changes if each is not None]
        totals.append(
            schemas.WhatIfTotal(
                currency=currency,
                change=math.fsum(known) if known else None,
                counted=len(known),
                left_out=len(changes) - len(known),
            )
        )
    return schemas.WhatIfAnswer(kind=book.kind, underlyings=found, totals=totals)


def _held(user_id: int, asked: schemas.PortfolioQuery) -> tuple[str | None, list[str], list[Held]]:
    """Return the kind that is shown, the kinds that hold something, and the positions shown."""
    everything = ledger.positions_of(user_id, schemas.KINDS)
    kinds = [
        kind for kind in schemas.KINDS if any(each.account.kind == kind for each in everything)
    ]
    if asked.account_id is not None:
        shown = ledger.positions_of(user_id, (), asked.account_id)
        kind: str | None = ledger.get_account(user_id, asked.account_id).kind
    else:
        kind = asked.kind or next(iter(kinds), None)
        shown = [each for each in everything if each.account.kind == kind]
    return kind, list(kinds), [Held(each, _contract(each)) for each in shown]


def _contract(position: ledger.HeldPosition) -> Contract | None:
    try:
        return read_contract(position.symbol.replace(" ", ""))
    except ValueError:
        return None


def _by_underlying(held: Sequence[Held]) -> dict[tuple[str, str], list[Held]]:
    """Return positions by underlying and currency: money of two currencies is never added."""
    found: dict[tuple[str, str], list[Held]] = {}
    for each in sorted(held, key=lambda each: (each.underlying, each.position.symbol)):
        found.setdefault((each.underlying, each.position.currency), []).append(each)
    return found


def _market(symbol: str, held: Sequence[Held]) -> Market:
    chain, price = None, None
    if any(each.contract for each in held):
        with suppress(AppError):
            market.hold_chain(symbol)
            chain = market.read_option_chain(symbol, ChainQuery())
    with suppress(AppError):
        price = market.read_price(symbol).price
    return Market(chain, price)


def _value(held: Held, at: Market) -> Valued:
    return _shares(held, at) if held.contract is None else _option(held, held.contract, at)


def _shares(held: Held, at: Market) -> Valued:
    from app.trading.rules import valuing

    leg = valuing.leg_of(valuing.Facts("stock", *_numbers(held)), None, None)
    price = at.price if at.price is not None else at.spot
    notes = [] if price is not None else [gettext("Nobody has brought in its price.")]
    greeks = None if price is None else valuing.net_of([leg], price)
    return Valued(_shown(held, price, notes=notes, greeks=greeks, right="shares"), leg)


def _option(held: Held, contract: Contract, at: Market) -> Valued:
    from app.trading.rules import valuing

    quote, expiry = at.find(contract)
    numbers = _numbers(held)
    facts = valuing.Facts(_KINDS[contract.right], *numbers, contract.strike)
    leg = valuing.style(valuing.leg_of(facts, quote, expiry), at.chain)
    on = date.fromordinal(contract.expiry)
    is_over = expiry is None and on < clock.now().astimezone(NEW_YORK).date()
    greeks = None
    if quote is not None:
        greeks = valuing.published(quote, numbers[0] * numbers[1], at.spot)
    shown = _shown(
        held,
        None if quote is None else quote.middle,
        right=_KINDS[contract.right],
        strike=Decimal(str(contract.strike)),
        expiry=on,
        days=None if expiry is None else expiry.days,
        volatility=None if quote is None else quote.implied_volatility,
        greeks=greeks,
        notes=valuing.reasons(quote, at.chain, is_over=is_over),
    )
    return Valued(shown, leg)


def _numbers(held: Held) -> tuple[float, float, float]:
    position = held.position
    return float(position.qty), float(position.multiplier), float(position.entry_price)


def _shown(held: Held, price: float | None, **facts: Any) -> schemas.Position:
    position, (qty, multiplier, entry) = held.position, _numbers(held)
    size = qty * multiplier
    common = {"strike": None, "expiry": None, "days": None, "volatility": None, **facts}
    return schemas.Position(
        account_id=position.account.id,
        account=position.account.name,
        kind=position.account.kind,
        is_simulated=position.account.is_simulated or market.is_simulated(held.underlying),
        symbol=position.symbol,
        underlying=held.underlying,
        qty=position.qty,
        multiplier=position.multiplier,
        currency=position.currency,
        entry_price=position.entry_price,
        entry_at=position.entry_at,
        price=price,
        value=None if price is None else price * size,
        pnl=None if price is None else (price - entry) * size,
        **common,
    )


def _underlying(entry: Entry) -> schemas.Underlying:
    from app.trading.rules import valuing

    positions, at = entry.positions, entry.at
    known = [each.value for each in positions if each.value is not None]
    is_whole = len(known) == len(positions)
    cost = valuing.cost_of(positions)
    return schemas.Underlying(
        symbol=entry.symbol,
        currency=entry.currency,
        price=at.spot,
        as_of=None if at.chain is None else at.chain.as_of,
        is_simulated=any(each.is_simulated for each in positions),
        positions=positions,
        combinations=_combinations(positions),
        cost=cost,
        value=math.fsum(known) if is_whole else None,
        pnl=math.fsum(known) - cost if is_whole else None,
        net=valuing.added(each.greeks or valuing.UNKNOWN for each in positions),
        risk=valuing.risk_of(entry.legs, at.chain, at.spot),
        notes=_notes(at, positions),
    )


def _notes(at: Market, positions: Sequence[schemas.Position]) -> list[str]:
    notes = []
    chain = at.chain
    if chain is not None:
        newest = market.last_completed_session("XNYS", clock.now())
        if newest is not None and chain.session < newest:
            notes.append(
                gettext("Quotes are old: of the session of %(day)s.", day=day(chain.session))
            )
    missing = sum(each.value is None for each in positions)
    if missing:
        notes.append(gettext("Positions without a value: %(count)s; see there why.", count=missing))
    return notes


def _combinations(positions: Sequence[schemas.Position]) -> list[schemas.Combination]:
    """Return what ends together by its usual name; shares are part of the nearest."""
    shares = [each for each in positions if each.right == "shares"]
    expiries = sorted({each.expiry for each in positions if each.expiry is not None})
    found = []
    for number, expiry in enumerate(expiries):
        legs = [each for each in positions if each.expiry == expiry]
        found.append(_combination(expiry, legs + (shares if number == 0 else [])))
    if len(expiries) == 2:  # noqa: PLR2004 - what two expiries may be together
        whole = _combination(expiries[0], positions)
        if whole.structure in {"calendar", "diagonal"}:
            return [whole]
    return found or [_combination(None, shares)]


def _combination(expiry: date | None, legs: Sequence[schemas.Position]) -> schemas.Combination:
    parts = [
        Part(
            "stock" if each.right == "shares" else each.right,
            float(each.qty * each.multiplier),
            float(each.strike or 0),
            each.expiry.toordinal() if each.expiry else 0,
        )
        for each in legs
    ]
    key = structure(parts)
    return schemas.Combination(expiry=expiry, structure=key, name=str(NAMES[key]), legs=len(parts))


def _moved(entry: Entry, asked: schemas.WhatIfIn) -> schemas.WhatIfUnderlying:
    from app.quant import legs as quant
    from app.trading.rules import valuing

    legs, spot = entry.legs, entry.at.spot
    scenario = quant.Scenario(asked.days, asked.points / 100)
    facts: dict[str, Any] = {"symbol": entry.symbol, "currency": entry.currency, "price": spot}
    if spot is None or not all(map(valuing.is_known, legs)):
        none = dict.fromkeys(("price_then", "value", "value_then", "change"))
        return schemas.WhatIfUnderlying(**facts, **none, net=valuing.UNKNOWN)
    then = spot * (1 + asked.move / 100)
    # Both by the model, so that nothing but the question changes between them.
    before = float(quant.worth(legs, spot)[0])
    after = float(quant.worth(legs, then, scenario)[0])
    return schemas.WhatIfUnderlying(
        **facts,
        price_then=then,
        value=before,
        value_then=after,
        change=after - before,
        net=valuing.net_of(legs, then, scenario),
    )
