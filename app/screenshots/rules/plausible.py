"""Whether what was read can be: a doubtful value is not changed, only trusted less. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from app.screenshots.schemas import Found, Reading, Seen, SeenPosition

SURE = 0.8
"""What is read with less is asked for."""
DOUBTFUL = 0.3
"""What cannot well be is trusted no more than this."""
LONGEST = 1_100
"""Days to the last expiry that is listed."""
MOST_STRIKE = Decimal(100_000)
MOST_UNITS = Decimal(100_000)
APART = Decimal(3)
"""So many times more or less than the market's price is no misreading of a moved price."""
SATURDAY = 5
Contract = tuple[date, Decimal, str]
ASKED = ("ticker", "right", "strike", "expiry", "quantity", "entry_price")
OF_OPTIONS = ("strike", "expiry")


@dataclass(frozen=True)
class Known:
    """What the market knows of one symbol."""

    price: Decimal | None = None
    session: date | None = None
    """Of the newest chain; None: there is none."""
    contracts: Mapping[Contract, Decimal | None] = field(default_factory=dict)
    """Each contract's middle."""


def weigh(reading: Reading, known: Mapping[str, Known], today: date) -> list[Found]:
    """Return the positions of a reading with lowered confidence where something cannot be."""
    return [
        _weighed(number, each, known.get(each.ticker.value or "", Known()), today)
        for number, each in enumerate(reading.positions)
    ]


def asked_fields(found: Found) -> list[str]:
    """Return the fields of a position that its owner must look at."""
    position = found.position
    is_option = position.right.value != "shares"
    return [
        name
        for name in ASKED
        if (is_option or name not in OF_OPTIONS)
        and (getattr(position, name).value is None or getattr(position, name).confidence < SURE)
    ]


def _weighed(number: int, position: SeenPosition, known: Known, today: date) -> Found:
    notes: dict[str, str] = {}
    changed: dict[str, Seen[Any]] = {}
    for name, note in _doubts(position, known, today):
        if name in notes:
            continue
        seen = getattr(position, name)
        notes[name] = note
        changed[name] = seen.model_copy(update={"confidence": min(seen.confidence, DOUBTFUL)})
    return Found(number=number, position=position.model_copy(update=changed), notes=notes)


def _doubts(position: SeenPosition, known: Known, today: date) -> Iterator[tuple[str, str]]:
    for check in CHECKS:
        yield from check(position, known, today)


def _unseen(position: SeenPosition, _known: Known, _today: date) -> Iterator[tuple[str, str]]:
    for name in ASKED:
        if name in OF_OPTIONS and position.right.value == "shares":
            continue
        if getattr(position, name).value is None:
            yield name, "unseen"


def _expiry(position: SeenPosition, _known: Known, today: date) -> Iterator[tuple[str, str]]:
    expiry = position.expiry.value
    if expiry is None or position.right.value == "shares":
        return
    if expiry < today:
        yield "expiry", "past"
    elif (expiry - today).days > LONGEST:
        yield "expiry", "far"
    elif expiry.weekday() >= SATURDAY:
        yield "expiry", "weekend"


def _sizes(position: SeenPosition, _known: Known, _today: date) -> Iterator[tuple[str, str]]:
    strike, quantity = position.strike.value, position.quantity.value
    if strike is not None and not 0 < strike < MOST_STRIKE:
        yield "strike", "absurd"
    if quantity is not None:
        whole = quantity == quantity.to_integral_value()
        if not quantity or abs(quantity) > MOST_UNITS:
            yield "quantity", "absurd"
        elif not whole and position.right.value != "shares":
            yield "quantity", "broken"
    for name in ("entry_price", "current_price"):
        price = getattr(position, name).value
        if price is not None and price <= 0:
            yield name, "absurd"


def _chain(position: SeenPosition, known: Known, _today: date) -> Iterator[tuple[str, str]]:
    right, expiry, strike = position.right.value, position.expiry.value, position.strike.value
    if known.session is None or right in {None, "shares"} or expiry is None or strike is None:
        return
    if expiry < known.session:
        return
    if all(each[0] != expiry for each in known.contracts):
        yield "expiry", "off_chain"
    elif (expiry, strike, right) not in known.contracts:
        yield "strike", "off_chain"
    else:
        middle = known.contracts[expiry, strike, str(right)]
        if _is_apart(position.current_price.value, middle):
            yield "current_price", "off_market"


def _prices(position: SeenPosition, known: Known, _today: date) -> Iterator[tuple[str, str]]:
    right, price = position.right.value, known.price
    if price is None:
        return
    if right == "shares":
        for name in ("entry_price", "current_price"):
            if _is_apart(getattr(position, name).value, price):
                yield name, "off_market"
        return
    strike = position.strike.value
    if strike is not None and _is_apart(strike, price):
        yield "strike", "off_market"
    # A call is never worth more than its shares, a put never more than its strike.
    roof = strike if right == "put" else price * APART
    for name in ("entry_price", "current_price"):
        value = getattr(position, name).value
        if value is not None and roof is not None and value > roof:
            yield name, "absurd"


def _is_apart(value: Decimal | None, price: Decimal | None) -> bool:
    if not value or not price:
        return False
    return not price / APART <= value <= price * APART


CHECKS: tuple[Callable[[SeenPosition, Known, date], Iterator[tuple[str, str]]], ...] = (
    _unseen,
    _sizes,
    _expiry,
    _chain,
    _prices,
)
