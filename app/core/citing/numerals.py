"""Finding what counts in a text: numbers in digits and in words, percentages, dates, times of day."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
SMALL = {word: value for value, word in enumerate(_SMALL)}
TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90,
}  # fmt: skip
SCALES = {
    "hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
}  # fmt: skip
ORDINALS = {
    "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12,
}  # fmt: skip
# Words that say how much without a numeral; none of them is ever proven by a figure.
VAGUE = (
    "half halves quarter quarters twice thrice double doubled triple tripled dozen dozens couple"
)
SUFFIXES = {"k": 10**3, "m": 10**6, "mn": 10**6, "b": 10**9, "bn": 10**9}
_MONTHS = (
    "january/jan", "february/feb", "march/mar", "april/apr", "may", "june/jun", "july/jul",
    "august/aug", "september/sep/sept", "october/oct", "november/nov", "december/dec",
)  # fmt: skip
MONTHS = {
    name: number for number, names in enumerate(_MONTHS, start=1) for name in names.split("/")
}
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_WORD = "|".join([*SMALL, *TENS, *SCALES])
PATTERN = re.compile(
    rf"""
    (?P<iso>\b\d{{4}}-\d{{2}}-\d{{2}}\b)
  | (?P<clock>\b\d{{1,2}}:\d{{2}}(?::\d{{2}})?\b)
  | (?P<day>\b(?:(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\s+(?P<m1>{_MONTH})\b|(?P<m2>{_MONTH})\.?\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b)
      (?:,?\s+(?P<y>\d{{4}})\b)?)
  | (?P<digits>(?P<sign>[-+\u2212\u2013](?:\s?(?=[$\u20ac\u00a3]))?)?(?:[$\u20ac\u00a3]\s?)?(?P<sign2>[-+\u2212]?)(?P<number>\d(?:[\d,\u202f']*\d)?(?:\.\d+)?|\.\d+)
      \s?(?P<tail>%|percent\b|per\s?cent\b|bps\b|basis\spoints\b|(?:k|mn|bn|m|b)\b|thousand\b|million\b|billion\b|trillion\b|st\b|nd\b|rd\b|th\b|x\b)?)
  | (?P<words>\b(?:{_WORD})(?:(?:\s+and\s+|[\s-]+)(?:{_WORD}))*\b(?:\s+point(?:\s+(?:{_WORD}))+)?(?P<wtail>\s+(?:percent|per\s?cent))?)
  | (?P<ordinal>\b(?:{"|".join(ORDINALS)})\b)
  | (?P<vague>\b(?:{"|".join(VAGUE.split())})\b)
    """,
    re.IGNORECASE | re.VERBOSE,
)


class Numeral(NamedTuple):
    """Something in a text that claims how much, how many or when."""

    start: int
    end: int
    kind: str
    """number, percent, date, clock or vague."""
    value: Decimal | date | time | None
    """None: it cannot be read as one value, and so never be proven."""
    step: Decimal = Decimal(1)
    """What its last digit counts: 451.2 has a step of 0.1, 1.2k of 100."""
    is_signed: bool = False
    """Whether a sign stands before it."""
    has_currency: bool = False


def find(text: str) -> Iterator[Numeral]:
    """Yield everything in a text that counts, in order."""
    for match in PATTERN.finditer(text):
        kind = next(name for name in _READERS if match[name])
        yield _READERS[kind](match)


def _iso(match: re.Match[str]) -> Numeral:
    try:
        value = date.fromisoformat(match["iso"])
    except ValueError:
        value = None
    return Numeral(match.start(), match.end(), "date", value)


def _clock(match: re.Match[str]) -> Numeral:
    try:
        value = time.fromisoformat(
            match["clock"].zfill(len(match["clock"]) + (match["clock"][1] == ":"))
        )
    except ValueError:
        value = None
    return Numeral(match.start(), match.end(), "clock", value)


def _day(match: re.Match[str]) -> Numeral:
    day, month = match["d1"] or match["d2"], match["m1"] or match["m2"]
    try:
        # Without a year the fourth year of a leap cycle stands for any: 29 February exists in it.
        value = date(int(match["y"] or 4), MONTHS[month.lower()], int(day))
    except ValueError:
        value = None
    return Numeral(match.start(), match.end(), "date", value)


def _digits(match: re.Match[str]) -> Numeral:
    text = re.sub(r"[,\u202f']", "", match["number"])
    tail = (match["tail"] or "").lower()
    try:
        value = Decimal(text)
    except InvalidOperation:
        return Numeral(match.start(), match.end(), "number", None)
    exponent = value.as_tuple().exponent
    step = Decimal(1).scaleb(int(exponent)) if isinstance(exponent, int) else Decimal(1)
    scale = SUFFIXES.get(tail) or SCALES.get(tail) or 1
    sign = (match["sign"] or match["sign2"] or "").strip()
    # "2020-24" or a bare dash between words is no minus; only one that follows no letter or digit.
    if sign and match.start() and match.string[match.start() - 1].isalnum():
        sign = ""
    value, step = value * scale, step * scale
    if sign in {"-", "\u2212", "\u2013"}:
        value = -value
    if tail in {"bps", "basis points"}:
        value, step, tail = value / 100, step / 100, "%"
    is_percent = tail in {"%", "percent", "per cent"} or tail.startswith("per")
    has_currency = any(mark in match[0] for mark in "$\u20ac\u00a3")
    return Numeral(
        match.start(), match.end(), "percent" if is_percent else "number",
        value, step, bool(sign), has_currency,
    )  # fmt: skip


def _words(match: re.Match[str]) -> Numeral:
    said = match["words"].lower()
    if match["wtail"]:
        said = said[: -len(match["wtail"])]
    whole, _, fraction = said.partition(" point ")
    value = Decimal(_read_words(re.split(r"[\s-]+", whole.strip())))
    step = Decimal(1)
    if fraction:
        digits = "".join(str(SMALL.get(word, "")) for word in fraction.split())
        value += Decimal(f"0.{digits or 0}")
        step = Decimal(1).scaleb(-len(digits))
    return Numeral(
        match.start(), match.end(), "percent" if match["wtail"] else "number", value, step
    )


def _read_words(words: list[str]) -> int:
    total = current = 0
    for word in words:
        if word in SCALES:
            current = max(current, 1) * SCALES[word]
            if SCALES[word] > 100:  # noqa: PLR2004 - a hundred may be counted further
                total, current = total + current, 0
        else:
            current += SMALL.get(word, TENS.get(word, 0))
    return total + current


def _ordinal(match: re.Match[str]) -> Numeral:
    return Numeral(match.start(), match.end(), "number", Decimal(ORDINALS[match[0].lower()]))


def _vague(match: re.Match[str]) -> Numeral:
    return Numeral(match.start(), match.end(), "vague", None)


_READERS = {
    "iso": _iso, "clock": _clock, "day": _day, "digits": _digits, "words": _words,
    "ordinal": _ordinal, "vague": _vague,
}  # fmt: skip
