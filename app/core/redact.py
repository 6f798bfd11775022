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
# A random text of ours has 43 signs of all kinds; the hashes that help to find a fault do not.
RANDOM = re.compile(r"(?<![\w/-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])(?=[\w-]*\d)[\w-]{40,}")
SECRET_NAME = re.compile(rf"(?i)(?:{NAMES})$")


def hide(text: str) -> str:
    """Return `text` without what is known to be a secret, a login or an e-mail address."""
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
