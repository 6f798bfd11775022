"""Which option contract a question names: its right, strike and expiry, in any usual wording. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LONG = (
    "jan(?:uary)?", "feb(?:ruary)?", "mar(?:ch)?", "apr(?:il)?", "may", "june?", "july?",
    "aug(?:ust)?", "sept?(?:ember)?", "oct(?:ober)?", "nov(?:ember)?", "dec(?:ember)?",
)  # fmt: skip
_MONTH = rf"(?P<month>{'|'.join(_LONG)})\.?"
# Alone, "may" is a word before it is a month.
_ALONE = rf"(?P<month>{'|'.join('(?-i:May)' if each == 'may' else each for each in _LONG)})\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?:,?\s*(?:'\s?(?P<short>\d{2})|(?P<year>20\d{2}))\b)?"
_BARE = r"\s+(?P<short>\d{2})\b"
EXPIRIES = tuple(
    re.compile(rf"(?<![\w$.]){form}(?![\w])", re.IGNORECASE)
    for form in (
        r"(?P<year>20\d{2})-(?P<month>\d{2})-(?P<day>\d{2})",
        r"(?P<month>\d{1,2})/(?P<day>\d{1,2})(?:/(?:(?P<year>20\d{2})|(?P<short>\d{2})))?",
        rf"{_DAY}\s*(?:of\s+)?{_MONTH}{_BARE}",
        rf"{_MONTH}\s*{_DAY}{_BARE}",
        rf"{_DAY}\s*(?:of\s+)?{_MONTH}{_YEAR}",
        rf"{_MONTH}\s*{_DAY}{_YEAR}",
        rf"{_ALONE}{_YEAR}",
    )
)
"""The likeliest first; in the last one a month stands for one of its expiries."""
_STRIKE = r"\$?(?P<strike>\d[\d,]*(?:\.\d+)?)"
STRIKES = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"(?<![\w.]){_STRIKE}\s*-?(?:strike\s+)?(?P<right>calls?|puts?|[cp](?!\.?m\b))\b",
        rf"\b(?P<right>calls?|puts?)\s+(?:option\s+)?(?:(?:at|with|of|struck)\s+)*(?:an?\s+|the\s+)?(?:strike\s+(?:price\s+)?(?:of\s+|at\s+)?)?{_STRIKE}(?![\w%]|\.\d)",
    )
)
OCC = re.compile(r"\b(?P<symbol>[A-Z]{1,6})\s?(?P<day>\d{6})(?P<right>[CP])(?P<strike>\d{8})\b", re.IGNORECASE)  # fmt: skip
SHORTEST = re.compile(r"\b0\s?dte\b", re.IGNORECASE)
MOST_MONTHS, MOST_DAYS = 12, 31


class Named(NamedTuple):
    """A contract, as far as a question names it."""

    right: str
    """call or put."""
    strike: Decimal
    expiry: str = ""
    """2026-12-18, 12-18, 2026-12 or 12; 0dte: the nearest; "" where none is named."""
    symbol: str = ""
    """Of the contract's own name, where the question has it."""


def read(question: str) -> Named | None:
    """Return the contract that a question names; None where it names none."""
    if found := OCC.search(question):
        day = found["day"]
        return Named(
            _right(found["right"]), _plain(Decimal(found["strike"]).scaleb(-3)),
            f"20{day[:2]}-{day[2:4]}-{day[4:]}", found["symbol"].upper(),
        )  # fmt: skip
    for expiry, rest in _dated(question):
        struck = _struck(rest)
        if struck:
            return Named(_right(struck["right"]), _plain(Decimal(struck["strike"].replace(",", ""))), expiry)  # fmt: skip
    return None


def _dated(question: str) -> Iterator[tuple[str, str]]:
    """Yield each way to read an expiry, with the question without it; none at last."""
    for pattern in EXPIRIES:
        for found in pattern.finditer(question):
            if said := _said(found.groupdict()):
                yield said, f"{question[: found.start()]} {question[found.end() :]}"
    if SHORTEST.search(question):
        yield "0dte", SHORTEST.sub(" ", question)
    yield "", question


def _struck(text: str) -> re.Match[str] | None:
    return next((found for pattern in STRIKES if (found := pattern.search(text))), None)


def _said(parts: dict[str, str | None]) -> str:
    """Return an expiry as `matching` takes it; "" for what is no day."""
    month = str(parts["month"]).lower()
    number = int(month) if month.isdigit() else MONTHS.index(month[:3]) + 1
    day = int(parts.get("day") or 0)
    if not (1 <= number <= MOST_MONTHS and 0 <= day <= MOST_DAYS):
        return ""
    year = parts.get("year") or (f"20{parts['short']}" if parts.get("short") else "")
    named = [year, f"{number:02}", f"{day:02}" if day else ""]
    return "-".join(part for part in named if part)


def matching(said: str, listed: list[date]) -> list[date]:
    """Return the expiries of a chain that somebody may mean, in order.

    Without a year the first such day is meant; of a month's expiries its third Friday.
    """
    if said == "0dte":
        return listed[:1]
    if len(said) == len("2026-12-18"):
        return [each for each in listed if each.isoformat() == said]
    if re.fullmatch(r"\d\d-\d\d", said):
        return [each for each in listed if f"{each:%m-%d}" == said][:1]
    found = [each for each in listed if said in {f"{each:%Y-%m}", f"{each:%m}"}]
    found = [each for each in found if (each.year, each.month) == (found[0].year, found[0].month)]
    usual = [each for each in found if each.weekday() == 4 and 15 <= each.day <= 21]  # noqa: PLR2004 - the third Friday
    return usual or found


def called(symbol: str, expiry: date, strike: Decimal, right: str) -> str:
    """Return what an answer calls a contract: SPY 18 Dec 2026 600 call; `right` is C or P, or in full."""
    return f"{symbol} {expiry:%-d %b %Y} {strike.normalize():f} {_right(right)}"


def _right(text: str) -> str:
    return "call" if text[0] in "cC" else "put"


def _plain(value: Decimal) -> Decimal:
    return Decimal(f"{value.normalize():f}")
