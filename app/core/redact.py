"""The last net under every log: what looks like a secret or an address is taken out of a text.

Nothing should log a secret in the first place. This is for the text of an error that quotes one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

NAMES = (
    r"secret|passw(?:or)?d|passwd|pwd|token|api[_ -]?key|connect code|cookie|authorization|otp"
    r"|recovery"
)
KNOWN = (
    (re.compile(r"eyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?"), "[token]"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[^\s,;]+"), r"\1 [token]"),
    (re.compile(r"trp_(?:live|refresh)_[\w-]+(?:\.[\w-]+)?"), "[key]"),
    (re.compile(r"whsec_[\w+/=-]+"), "[key]"),
    # Recovery codes, and the secret of an authenticator app.
    (re.compile(r"(?<![\w-])[a-z2-7]{4}(?:-[a-z2-7]{4}){3}(?![\w-])"), "[code]"),
    (re.compile(r"(?<!\w)[A-Z2-7]{32}(?!\w)"), "[code]"),
    (re.compile(r"(?<=://)[^/\s@]+(?=@)"), "[login]"),
    (re.compile(r"[^\s@<>\"'(),;:=]+@[^\s@<>\"'(),;:]+\.[^\s@<>\"'(),;:]+"), "[e-mail]"),
    (
        re.compile(rf"(?i)\b([\w-]*(?:{NAMES}))(['\"]?\s*[=:]\s*['\"]?)[^\s'\",;&)]+"),
        r"\1\2[hidden]",
    ),
)
# Thirteen to nineteen digits, in a row or in groups, as the issuers of cards have them.
CARD = re.compile(r"(?<![\w.-])[2-6](?:[ -]?\d){12,18}(?![\w-]|\.\d)")
MOST_DIGIT = 9
# A random text of ours has 43 signs of all kinds; the hashes that help to find a fault do not.
RANDOM = re.compile(r"(?<![\w/-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])(?=[\w-]*\d)[\w-]{40,}")
SECRET_NAME = re.compile(rf"(?i)(?:{NAMES})$")


def has_card_number(text: str) -> bool:
    """Whether a text holds what may be the number of a payment card."""
    return any(_is_card(found[0]) for found in CARD.finditer(text))


def _is_card(text: str) -> bool:
    """Whether digits end as those of cards do (ISO/IEC 7812, Luhn)."""
    digits = [int(sign) for sign in text if sign.isdigit()][::-1]
    doubled = [digit * 2 - MOST_DIGIT * (digit * 2 > MOST_DIGIT) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def hide(text: str) -> str:
    """Return `text` without what is known to be a secret, a login or an e-mail address."""
    text = CARD.sub(lambda found: "[card]" if _is_card(found[0]) else found[0], text)
    for pattern, stand_in in KNOWN:
        text = pattern.sub(stand_in, text)
    return RANDOM.sub("[hidden]", text)


def hide_all(value: Any) -> Any:
    """Return a value of a log line with its texts cleaned, however deep they stand."""
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, Mapping):
        return {
            name: "[hidden]" if each and SECRET_NAME.search(str(name)) else hide_all(each)
            for name, each in value.items()
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        return [hide_all(each) for each in value]
    return value if isinstance(value, (int, float, bool, type(None))) else hide(str(value))
