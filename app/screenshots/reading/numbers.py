"""Numbers as brokers write them and as a machine misreads them."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

# What looks like a digit to a machine. Only inside what is a number for other reasons.
DIGITS = str.maketrans({"O": "0", "o": "0", "Q": "0", "l": "1", "I": "1", "|": "1", "S": "5", "B": "8"})  # fmt: skip
LETTERS = str.maketrans({"0": "O", "1": "I", "5": "S", "8": "B", "4": "A", "|": "I"})
MINUS = "-–—−"  # noqa: RUF001 - they are what they look like
# A minus that was misread: short strokes at the height of a line's middle or top.
NEARLY_MINUS = "~=_“”„\"'‘’«"  # noqa: RUF001 - they are what they look like
SHAPE = re.compile(
    r"""(?P<open>\()?(?P<sign>[-+]?)\s?\$?(?P<late>[-+]?)
    (?P<whole>[0-9OoQlI|SB]{1,3}(?:,[0-9OoQlI|SB]{3})+|[0-9OoQlI|SB]+)?
    (?P<part>\.[0-9OoQlI|SB]+)?(?P<close>\))?$""",
    re.VERBOSE,
)

COMMA = re.compile(r"^[^,]*\d,(?:\d\d|\d{4})\)?$")


class Number(NamedTuple):
    """A number that was read."""

    value: Decimal
    is_repaired: bool = False
    """Whether a character had to be taken for another one."""


def parse_number(text: str) -> Number | None:
    """Return the number that `text` is: 1,234.50, $5.20, -$3, +2, (2), .05; None: it is none."""
    plain, was_repaired = _signed(text.strip().rstrip("x"))
    if COMMA.search(plain) and "." not in plain:
        # A point that was read as a comma: thousands have three digits behind it.
        plain, was_repaired = plain.replace(",", "."), True
    found = SHAPE.match(plain)
    if found is None or not (found["whole"] or found["part"]):
        return None
    if bool(found["open"]) != bool(found["close"]):
        return None
    digits = f"{found['whole'] or '0'}{found['part'] or ''}".replace(",", "")
    clean = digits.translate(DIGITS)
    if sum(map(str.isdigit, digits)) < len(clean) / 2 and clean != digits:
        return None
    try:
        value = Decimal(clean)
    except InvalidOperation:
        return None
    is_below = "-" in {found["sign"], found["late"]} or bool(found["open"])
    return Number(-value if is_below else value, was_repaired or clean != digits)


def is_percent(text: str) -> bool:
    """Whether it is a share of hundred: never a price."""
    return "%" in text


def _signed(text: str) -> tuple[str, bool]:
    """Return `text` with its minus as a plain one, and whether that was a guess."""
    if len(text) > 1 and text[0] in MINUS:
        return f"-{text[1:].lstrip()}", False
    if len(text) > 1 and text[0] in NEARLY_MINUS:
        return f"-{text[1:].lstrip()}", True
    return text, False
