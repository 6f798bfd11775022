"""What brokers call their columns and figures, and what that tells about whose page it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import SequenceMatcher
from typing import Literal, NamedTuple, get_args

from app.screenshots.schemas import Broker

Kind = Literal[
    "name", "quantity", "entry", "current", "gain", "value", "cost", "days", "expiry", "other"
]
LABELS: dict[Kind, tuple[str, ...]] = {
    "name": ("symbol", "instrument", "name", "contract", "financial instrument"),
    "quantity": ("qty", "quantity", "position", "pos", "contracts", "shares", "amount"),
    "entry": ("trd prc", "trade price", "avg price", "avg cost", "average cost", "average price",
              "average credit", "avg px", "avg cost per share", "open price", "cost price"),
    "current": ("mark", "last", "last price", "price", "current price", "market price", "mkt price"),
    "gain": ("p/l open", "open p&l", "unrealized p&l", "unrlzd p&l", "unrealized pl", "total return", "unrl p&l"),
    "value": ("mkt value", "market value", "net liq", "equity", "mkt val"),
    "cost": ("cost basis", "cost", "total cost"),
    "days": ("days", "dte"),
    "expiry": ("expiration date", "exp", "expiration", "expiry"),
    "other": ("p/l day", "day's p&l", "daily p&l", "delta", "theta", "gamma", "vega", "iv rank", "open p&l %",
              "change %", "mrk chng", "bp effect", "bid", "ask", "today's return", "break-even price", "p/l %",
              "net liquidation value", "excess liquidity", "net account value", "buying power", "opt bp",
              "net liq & day trades", "position statement", "positions"),
}  # fmt: skip
# Labels and notations that only one of the five uses, and how much each counts.
SIGNS: dict[Broker, tuple[str, ...]] = {
    "tastytrade": (r"trd\s?prc", r"iv rank", r"opt bp", r"\b\d+d \S+ [CP]\b", r"net liq \$"),
    "thinkorswim": (
        r"trade price", r"mrk chng", r"bp effect", r"position statement", r"100 (\(\w+\) )?\d+ [A-Z]{3} \d\d",
    ),
    "interactive_brokers": (
        r"avg price", r"un(realized|rlzd) p", r"financial instrument|instrument position", r"daily p&l",
        r"net liquidation value", r"[A-Z][a-zA-Z]{2}\s?\d\d\s?'\d\d",
    ),
    "robinhood": (r"average cost", r"total return", r"buying power", r"\$\S+ (Call|Put) \d+/\d+", r"\bcontracts\b"),
    "webull": (
        r"mkt value", r"avg\s?cost", r"net account value", r"\$\S+ (Call|Put)\b(?! \d)", r"open p&l",
    ),
}  # fmt: skip
LEAST_SIGNS = 2
SHORTEST = 2
LONGEST = 4
"""Words of a label."""
MOST_LOST = 2
"""Letters that a label may have more or less than it should."""
ALIKE = 0.82
LETTERS = re.compile(r"[^a-z%]")


class Label(NamedTuple):
    """A label among the words of a line."""

    kind: Kind
    first: int
    """Which words it is, of the line's."""
    end: int


def plain(text: str) -> str:
    """Return only the letters, small: Avg. Cost and AvgCost are one label."""
    return LETTERS.sub("", text.lower())


KNOWN: dict[str, Kind] = {plain(text): kind for kind, texts in LABELS.items() for text in texts}


def find_labels(texts: list[str]) -> list[Label]:
    """Return the labels in a line of words, the longest first where several begin at a word."""
    found: list[Label] = []
    at = 0
    while at < len(texts):
        label = _label(texts, at, _exact) or _label(texts, at, _nearly)
        if label:
            found.append(label)
        at = label.end if label else at + 1
    return found


def _label(texts: list[str], at: int, known: Callable[[str], Kind | None]) -> Label | None:
    for end in range(min(at + LONGEST, len(texts)), at, -1):
        if kind := known("".join(texts[at:end])):
            return Label(kind, at, end)
    return None


def whose(text: str) -> tuple[Broker | None, float]:
    """Return whose page a text is of, and how sure that is."""
    scores = {
        broker: sum(bool(re.search(sign, text, re.IGNORECASE if sign.islower() else 0)) for sign in SIGNS[broker])
        for broker in get_args(Broker)
    }  # fmt: skip
    ranked = sorted(scores.items(), key=lambda each: -each[1])
    (best, most), (_, second) = ranked[0], ranked[1]
    if most < LEAST_SIGNS or most == second:
        return None, 0.0
    return best, min(0.99, 0.5 + 0.15 * (most - second) + 0.05 * most)


def _exact(text: str) -> Kind | None:
    return None if any(map(str.isdigit, text)) else KNOWN.get(plain(text))


def _nearly(text: str) -> Kind | None:
    name = plain(text)
    if len(name) < SHORTEST or any(map(str.isdigit, text)):
        return None
    if len(name) <= len("qty"):
        # Qty is short and often misread; nothing else that is as short is.
        return "quantity" if name in {"oty", "aty", "gty", "qly", "ty", "ql", "qt"} else None
    for known, kind in KNOWN.items():
        is_long_as = abs(len(known) - len(name)) <= MOST_LOST
        if is_long_as and SequenceMatcher(None, known, name).ratio() >= ALIKE:
            return kind
    return None
