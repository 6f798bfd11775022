"""Whether a number that a sentence tells is a fact, about the thing and by the name that it says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.core.citing import frames
from app.core.citing.facts import Fact
from app.core.citing.numerals import Numeral

EXCHANGE = ZoneInfo("America/New_York")
DOWN = re.compile(
    r"\b(?:down|fell|falls|fallen|drops?|dropped|lost|loss|losses|lose|losing|declin\w+|"
    r"negative|minus|below|under|worse|red)\b",
    re.IGNORECASE,
)
UP = re.compile(
    r"\b(?:up|rose|rises|risen|gain\w*|profits?|profitable|won|wins?|made|positive|plus|above|over|"
    r"better|green|earn\w*)\b",
    re.IGNORECASE,
)
NOT = re.compile(r"\b(?:not|no|never|isn't|wasn't|aren't|without|n't)\b|n't\b", re.IGNORECASE)


class Mention(NamedTuple):
    """Where a name of a fact stands in a sentence."""

    start: int
    end: int
    name: str


def has_word(text: str, word: str) -> bool:
    """Whether a text has a word as it is written, and not as a part of another."""
    return re.search(rf"(?<![\w/.-]){re.escape(word)}(?![\w/-])", text) is not None


def prove(
    numeral: Numeral, body: str, labels: Sequence[Mention], facts: Sequence[Fact], about: str
) -> Fact | None:
    """Return the fact that a number states; None when it states none."""
    # A date or a time of day stands for itself; a number belongs to the name beside it.
    named = set() if numeral.kind in {"date", "clock"} else _nearest(numeral, labels, body)
    symbols = {fact.symbol for fact in facts if fact.symbol and has_word(body, fact.symbol)}
    told_frames = {frame.name for frame in frames.find(body)}
    for fact in facts:
        if named and not named & {name.lower() for name in (fact.label, *fact.names)}:
            continue
        if fact.symbol and not _is_about(fact.symbol, symbols, about, facts, numeral, body):
            continue
        if not fact.symbol and symbols and not _is_of_whole(fact, symbols, named):
            continue
        if fact.frame and told_frames and fact.frame not in told_frames:
            continue
        if _states(numeral, fact, body):
            return fact
    return None


def _is_of_whole(fact: Fact, symbols: set[str], named: set[str]) -> bool:
    """Whether a fact about nothing by itself may be told beside the instruments that are named."""
    # A sum over everything is no figure of one instrument; "difference of SPY to QQQ" names both.
    if fact.unit == "when":
        return True
    return fact.label.lower() in named and all(has_word(fact.label, one) for one in symbols)


def _nearest(numeral: Numeral, labels: Sequence[Mention], body: str) -> set[str]:
    """Return the name that a number belongs to: the last before it, else the first after it."""
    before = [one for one in labels if one.end <= numeral.start]
    after = [one for one in labels if one.start >= numeral.end]
    if after and _is_joined(body[numeral.end : after[0].start]):
        return {after[0].name}
    if before:
        return {before[-1].name}
    return {after[0].name} if after else set()


def _is_joined(between: str) -> bool:
    """Whether "451.20 is the PDH" or "14 trades" ties a number to the name that follows it."""
    return (
        re.fullmatch(r"\s*(?:\(?(?:is|was|are|were|as)?\s*(?:the|your|its|a|an|in)?)\s*", between)
        is not None
    )


def _is_about(
    symbol: str, symbols: set[str], about: str, facts: Sequence[Fact], numeral: Numeral, body: str
) -> bool:
    if len(symbols) == 1:
        return symbol in symbols
    if len(symbols) > 1:
        # Of several in one sentence the last one named before the number; else the first after.
        places = sorted((match.start(), name) for name in symbols for match in _places(body, name))
        before = [name for at, name in places if at < numeral.start]
        return symbol == (before[-1] if before else places[0][1])
    known = {fact.symbol for fact in facts if fact.symbol}
    return symbol == about or (not about and len(known) == 1)


def _places(body: str, word: str) -> Iterator[re.Match[str]]:
    return re.finditer(rf"(?<![\w/.-]){re.escape(word)}(?![\w/-])", body)


def _states(numeral: Numeral, fact: Fact, body: str) -> bool:
    if isinstance(fact.value, datetime):
        return _is_instant(numeral, fact.value)
    if isinstance(fact.value, date):
        return numeral.kind == "date" and _is_day(numeral.value, fact.value)
    if isinstance(fact.value, Decimal):
        if numeral.kind not in {"number", "percent"} or not isinstance(numeral.value, Decimal):
            return False
        return _is_value(numeral, fact.value, fact, body) or _is_beside(numeral, fact)
    return False


def _is_value(numeral: Numeral, value: Decimal, fact: Fact, body: str) -> bool:
    if (fact.unit == "percent") != (numeral.kind == "percent"):
        return False
    if numeral.has_currency and fact.unit not in {"price", "money"}:
        return False
    told = numeral.value
    if not isinstance(told, Decimal):
        return False
    if fact.is_signed and not numeral.is_signed:
        return _rounds(abs(value), abs(told), numeral.step) and _says_direction(value, body)
    return _rounds(value, told, numeral.step)


def _is_beside(numeral: Numeral, fact: Fact) -> bool:
    """Whether a number is how many a fact is made of, or an end of its interval."""
    told = numeral.value
    if not isinstance(told, Decimal):
        return False
    if fact.n is not None and numeral.kind == "number" and told == fact.n:
        return True
    if (fact.unit == "percent") != (numeral.kind == "percent"):
        return False
    return any(
        end is not None and _rounds(end, told, numeral.step) for end in (fact.low, fact.high)
    )


def _rounds(value: Decimal, told: Decimal, step: Decimal) -> bool:
    """Whether a value, rounded to the last digit that is told, is what is told."""
    # Rounded to tens or thousands it would be an estimate, which only "k" and "million" announce.
    units = value / step
    return any(
        units.quantize(Decimal(1), how) * step == told for how in (ROUND_HALF_UP, ROUND_HALF_EVEN)
    ) and (told != 0 or value == 0)


def _says_direction(value: Decimal, body: str) -> bool:
    """Whether a sentence tells a signed figure without its sign in the right direction."""
    if value == 0:
        return True
    is_down, is_up = bool(DOWN.search(body)), bool(UP.search(body))
    if NOT.search(body):
        return False
    return is_down and not is_up if value < 0 else not is_down


def _is_day(told: object, day: date) -> bool:
    if not isinstance(told, date):
        return False
    return (told.month, told.day) == (day.month, day.day) and told.year in {4, day.year}


def _is_instant(numeral: Numeral, instant: datetime) -> bool:
    local = instant.astimezone(EXCHANGE)
    if numeral.kind == "clock" and isinstance(numeral.value, time):
        told = (numeral.value.hour, numeral.value.minute)
        return told in {(local.hour, local.minute), (instant.hour, instant.minute)}
    return numeral.kind == "date" and _is_day(numeral.value, local.date())
