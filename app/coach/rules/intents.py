"""What a question asks for, found without a model: names of levels, figures and things in its words."""

from __future__ import annotations

import re
from typing import NamedTuple

# The first whose words all stand in a question decides; several levels may be asked for at once.
LEVEL_WORDS: tuple[tuple[str, str], ...] = (
    ("pmh", r"\bpmh\b|pre-?\s?market high"),
    ("pml", r"\bpml\b|pre-?\s?market low"),
    ("pdh", r"\bpdh\b|(?:previous|prior|yesterday'?s?|last) (?:day'?s? )?high"),
    ("pdl", r"\bpdl\b|(?:previous|prior|yesterday'?s?|last) (?:day'?s? )?low"),
    ("pdc", r"\bpdc\b|(?:previous|prior|yesterday'?s?|last) (?:day'?s? )?close"),
    ("pwh", r"\bpwh\b|(?:previous|prior|last) week'?s? high"),
    ("pwl", r"\bpwl\b|(?:previous|prior|last) week'?s? low"),
    ("r1", r"\br1\b|first resistance"), ("r2", r"\br2\b|second resistance"),
    ("r3", r"\br3\b|third resistance"), ("s1", r"\bs1\b|first support"),
    ("s2", r"\bs2\b|second support"), ("s3", r"\bs3\b|third support"),
    ("pp", r"\bpp\b|\bpivot\b(?!s)"), ("vwap", r"\bvwap\b"), ("atr", r"\batr\b|average true range"),
    ("orh", r"opening range"), ("orl", r"opening range"),
    ("poc", r"\bpoc\b|point of control"), ("vah", r"value area"), ("val", r"value area"),
)  # fmt: skip
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"pre-?\s?market (?:high and low|low and high|range|levels?)", ("pmh", "pml")),
    (r"(?:previous|prior|yesterday'?s?|last) (?:day'?s? )?(?:high and low|low and high|range)", ("pdh", "pdl")),
    (r"\bresistances?\b", ("r1", "r2", "r3")),
    (r"\bsupports?\b", ("s1", "s2", "s3")),
    (r"\bpivots\b", ("pp", "r1", "r2", "r3", "s1", "s2", "s3")),
    (r"\b(?:key )?levels?\b", ("pdh", "pdl", "pdc", "pmh", "pml", "pp", "r1", "s1", "vwap", "atr")),
)  # fmt: skip
PERFORMANCE = (
    r"\b(?:win ?rate|pnl|profit|loss|losing|performance|performing|drawdown|expectancy|"
    r"how (?:am|did) i (?:doing|do)|my (?:results?|figures|stats|record|trading))\b|p&l"
)
OTHERS: tuple[tuple[str, str], ...] = (
    ("status", r"\bmarket\b.*\b(?:open|closed|close|hours)\b|\b(?:open|closed)\b.*\bmarket\b|market status"),
    ("positions", r"\bpositions?\b|\bholdings?\b|what do i (?:hold|own)"),
    ("trades", r"\b(?:last|latest|newest|recent)\b.*\btrades?\b"),
    ("performance", PERFORMANCE),
    ("price", r"\b(?:price|trading at|quote|worth|cost)\b|where is\b|where's\b|how much"),
    ("term", r"\b(?:what is|what's|what does|explain|define|meaning of)\b"),
)  # fmt: skip
TOKEN = re.compile(r"(?<![\w$/.-])[A-Za-z][A-Za-z0-9]{0,9}(?:[./-][A-Za-z0-9]{1,6})?(?![\w/-])")


class Intent(NamedTuple):
    """What a question asks for."""

    kind: str
    """levels, price, status, performance, positions, trades, term or unknown."""
    levels: tuple[str, ...] = ()


def read(question: str) -> Intent:
    """Return what a question asks for."""
    text = question.lower().replace("\u2019", "'")
    for pattern, names in GROUPS[:2]:
        if re.search(pattern, text):
            return Intent("levels", names)
    wanted = tuple(key for key, pattern in LEVEL_WORDS if re.search(pattern, text))
    is_term = re.search(OTHERS[-1][1], text) and re.search(
        r"\bmean|\bexplain|\bdefin|what is (?:an? )?\w+\??$", text
    )
    if wanted and not is_term:
        return Intent("levels", wanted)
    for kind, pattern in OTHERS[:4]:
        if re.search(pattern, text):
            return Intent(kind)
    for pattern, names in GROUPS[2:]:
        if re.search(pattern, text) and not is_term:
            return Intent("levels", names)
    return Intent(
        next((kind for kind, pattern in OTHERS[4:] if re.search(pattern, text)), "unknown")
    )


def candidates(question: str) -> list[str]:
    """Return what may be a symbol in a question, in its order: the caller knows which are."""
    return list(dict.fromkeys(match[0].upper() for match in TOKEN.finditer(question)))
