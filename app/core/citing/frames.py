"""How timeframes are called, in questions and in answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_WORDS: dict[str, str] = {
    "M15": r"m15|15\s?m(?:in)?s?|(?:15|fifteen)[\s-]minutes?",
    "M5": r"m5|5\s?m(?:in)?s?|(?:5|five)[\s-]minutes?",
    "M1": r"m1|1\s?m(?:in)?|(?:1|one)[\s-]minute",
    "H4": r"h4|4\s?h(?:rs?)?|(?:4|four)[\s-]hours?",
    "H1": r"h1|1\s?h(?:r)?|60\s?m(?:in)?|(?:1|one)[\s-]hour|hourly",
    "D1": r"d1|1\s?d|(?:1|one)[\s-]day|daily",
    "W1": r"w1|1\s?w|(?:1|one)[\s-]week|weekly",
    "MN": r"mn|(?:1|one)[\s-]month|monthly",
}
_PATTERN = re.compile(
    r"(?<![\w.,$-])(?:" + "|".join(f"(?P<{name}>{words})" for name, words in _WORDS.items())
    + r")(?![\w%])(?!\.\d)",
    re.IGNORECASE,
)  # fmt: skip


class Frame(NamedTuple):
    """Where a timeframe is named."""

    start: int
    end: int
    name: str


def find(text: str) -> Iterator[Frame]:
    """Yield the timeframes that a text names."""
    for match in _PATTERN.finditer(text):
        yield Frame(match.start(), match.end(), str(match.lastgroup))
