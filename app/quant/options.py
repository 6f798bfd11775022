"""Option contracts by their names."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import Literal, NamedTuple

_NAME = re.compile(r"([A-Z]{1,6})([0-9]{2})([0-9]{2})([0-9]{2})([CP])([0-9]{8})")


class Contract(NamedTuple):
    """What the name of an option says."""

    root: str
    expiry: int
    """The date's ordinal."""
    right: Literal["C", "P"]
    strike: float


@lru_cache(maxsize=4096)
def read_contract(symbol: str) -> Contract:
    """Return what an option's name in the exchanges' form says, such as AAPL140719C00095000.

    Raises:
        ValueError: it is no such name.
    """
    found = _NAME.fullmatch(symbol)
    if found is None:
        message = f"{symbol} is no option's name such as AAPL140719C00095000"
        raise ValueError(message)
    root, year, month, day, right, strike = found.groups()
    expiry = date(2000 + int(year), int(month), int(day)).toordinal()
    return Contract(root, expiry, "C" if right == "C" else "P", int(strike) / 1000)


def contract_name(root: str, expiry: int, right: Literal["C", "P"], strike: float) -> str:
    """Return the name of a contract in the exchanges' form."""
    return f"{root}{date.fromordinal(expiry):%y%m%d}{right}{round(strike * 1000):08d}"
