"""What a combination of legs on one underlying is called. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from app.core.i18n import lazy_gettext

NAMES = {
    "shares": lazy_gettext("Shares"),
    "long_call": lazy_gettext("Long call"),
    "short_call": lazy_gettext("Short call"),
    "long_put": lazy_gettext("Long put"),
    "short_put": lazy_gettext("Short put"),
    "covered_call": lazy_gettext("Covered call"),
    "protective_put": lazy_gettext("Protective put"),
    "collar": lazy_gettext("Collar"),
    "vertical": lazy_gettext("Vertical spread"),
    "ratio_spread": lazy_gettext("Ratio spread"),
    "calendar": lazy_gettext("Calendar spread"),
    "diagonal": lazy_gettext("Diagonal spread"),
    "straddle": lazy_gettext("Straddle"),
    "strangle": lazy_gettext("Strangle"),
    "butterfly": lazy_gettext("Butterfly"),
    "iron_condor": lazy_gettext("Iron condor"),
    "iron_butterfly": lazy_gettext("Iron butterfly"),
    "custom": lazy_gettext("Own combination"),
}
FOUR, PAIR, THREE = 4, 2, 3


class Part(NamedTuple):
    """A leg as far as its name goes: stock, call or put; how many units, below zero short."""

    kind: str
    size: float
    strike: float = 0.0
    expiry: int = 0


def structure(parts: Sequence[Part]) -> str:
    """Return the usual name of a combination: a key of NAMES."""
    options = [part for part in parts if part.kind != "stock"]
    if not options:
        return "shares"
    if len(options) < len(parts):
        return _with_shares(parts, options)
    if len(options) == 1:
        return ("long_" if options[0].size > 0 else "short_") + options[0].kind
    if len(options) == PAIR:
        return _pair(*options)
    return _wings(options)


def _with_shares(parts: Sequence[Part], options: Sequence[Part]) -> str:
    shares = sum(part.size for part in parts if part.kind == "stock")
    kinds = {(part.kind, part.size > 0) for part in options}
    names = {
        frozenset({("call", False)}): "covered_call",
        frozenset({("put", True)}): "protective_put",
        frozenset({("put", True), ("call", False)}): "collar",
    }
    sold = -sum(part.size for part in options if part.kind == "call")
    # More calls sold than shares held leave some of them naked.
    return names.get(frozenset(kinds), "custom") if shares > 0 and sold <= shares else "custom"


def _pair(one: Part, other: Part) -> str:
    is_one_side, is_one_strike = one.size * other.size > 0, one.strike == other.strike
    is_one_day = one.expiry == other.expiry
    if one.kind != other.kind:
        is_known = is_one_side and is_one_day
        return ("straddle" if is_one_strike else "strangle") if is_known else "custom"
    if is_one_side:
        return "custom"
    if is_one_day:
        return "vertical" if one.size == -other.size else "ratio_spread"
    return "calendar" if is_one_strike else "diagonal"


def _wings(options: Sequence[Part]) -> str:
    kinds = "".join(sorted(part.kind[0] for part in options))
    strikes = sorted({part.strike for part in options})
    total = math.fsum(part.size for part in options)
    if len({part.expiry for part in options}) > 1 or total:
        return "custom"
    if kinds == "ccpp":
        return {FOUR: "iron_condor", THREE: "iron_butterfly"}.get(len(strikes), "custom")
    return "butterfly" if kinds in {"ccc", "ppp"} and len(strikes) == THREE else "custom"
