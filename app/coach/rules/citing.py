"""Every number of an answer must be a fact that a tool found, about the very thing it is said of.

A sentence with a number that is not is left out as a whole: half of a claim is no claim. What
stays is cut into plain text and citations. Nothing is computed here but rounding: a difference or
a share that an answer tells must itself have come out of a tool.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.coach.rules import numerals
from app.coach.rules.facts import Fact
from app.coach.rules.numerals import Numeral

EXCHANGE = ZoneInfo("America/New_York")
# A sentence ends at a mark that a blank follows, or at a line; "451.20" and "U.S. market" go on.
SENTENCE = re.compile(r"[^\n]*?(?:[.!?\u2026][\"')\]]*(?=\s|\Z)|\n+|\Z)\s*", re.DOTALL)
LIST_MARK = re.compile(r"\s*(?:[-*\u2022]|\d{1,2}[.)])\s+")
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
# Words that may begin with a capital within a sentence without naming an instrument.
PLAIN = frozenset(
    [
        "i",
        "i'm",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "new",
        "york",
        "est",
        "edt",
        "et",
        "utc",
        "usd",
        "eur",
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
        "greeks",
        "greek",
        "delta",
        "gamma",
        "theta",
        "vega",
        "rho",
        "iv",
        "vwap",
        "atr",
        "rsi",
        "macd",
        "ema",
        "sma",
        "pdh",
        "pdl",
        "pdc",
        "pmh",
        "pml",
        "pp",
        "r1",
        "r2",
        "r3",
        "s1",
        "s2",
        "s3",
        "poc",
        "orh",
        "orl",
        "p&l",
        "pnl",
        "ai",
        "pm",
        "am",
        "us",
        "u.s.",
        "wilder",
        "bollinger",
        "fibonacci",
        "black-scholes",
        "simulated",
        "paper",
        "live",
    ]
)
BEGINNINGS = frozenset({"yesterday", "today", "tomorrow", "it", "that", "what", "this"})
# The level of an interval is a convention of ours and no finding.
INTERVAL = re.compile(r"\b95\s?%(?=\s+(?:confidence|interval))", re.IGNORECASE)
PROPER = re.compile(r"(?<![\w$])[A-Z][\w&.'/-]*")


class Citation(NamedTuple):
    """A piece of an answer that states a fact."""

    text: str
    fact: Fact


class Checked(NamedTuple):
    """An answer as it may be shown."""

    parts: tuple[str | Citation, ...]
    """Plain text and citations, in order."""
    removed: tuple[str, ...]
    """The sentences that were left out: for the log of what models invent, never for the reader."""

    @property
    def text(self) -> str:
        """The answer without its citations' links."""
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)


def check(text: str, facts: Sequence[Fact]) -> Checked:
    """Return what of a text may be shown, with its numbers tied to the facts that they state."""
    parts: list[str | Citation] = []
    removed: list[str] = []
    about = ""
    for match in SENTENCE.finditer(text):
        sentence = match[0]
        if not sentence:
            continue
        about = _subject(sentence, facts) or about
        read = _sentence(sentence, facts, about)
        if read is None:
            removed.append(sentence.strip())
        else:
            parts.extend(read)
    return Checked(tuple(_joined(parts)), tuple(removed))


def _sentence(sentence: str, facts: Sequence[Fact], about: str) -> list[str | Citation] | None:
    """Return a sentence in parts; None when a number of it is not proven."""
    mark = LIST_MARK.match(sentence)
    at = mark.end() if mark else 0
    body = sentence[at:]
    parts: list[str | Citation] = [sentence[:at]] if at else []
    labels = list(_mentions(body, facts))
    masked = _masked(body, labels)
    found = list(numerals.find(masked))
    if found and _names_another(body, facts):
        return None
    here = 0
    for numeral in found:
        fact = _proof(numeral, body, labels, facts, about)
        if fact is None:
            return None
        parts += [
            body[here : numeral.start],
            Citation(body[numeral.start : numeral.end].strip(), fact),
        ]
        here = numeral.end - _trailing(body[numeral.start : numeral.end])
    parts.append(body[here:])
    return parts


def _trailing(text: str) -> int:
    return len(text) - len(text.rstrip())


# --- What a sentence speaks of ---


class _Mention(NamedTuple):
    start: int
    end: int
    name: str


def _subject(sentence: str, facts: Sequence[Fact]) -> str:
    """Return the one instrument that a sentence names; "" for none or several."""
    named = {fact.symbol for fact in facts if fact.symbol and _has_word(sentence, fact.symbol)}
    return named.pop() if len(named) == 1 else ""


def _has_word(text: str, word: str) -> bool:
    return re.search(rf"(?<![\w/.-]){re.escape(word)}(?![\w/-])", text) is not None


def _mentions(body: str, facts: Sequence[Fact]) -> Iterator[_Mention]:
    """Yield where names of facts stand, the longest where one lies in another."""
    names = sorted(
        {name for fact in facts for name in (fact.label, *fact.names)}, key=len, reverse=True
    )
    taken: list[_Mention] = []
    for name in names:
        for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", body, re.IGNORECASE):
            if not any(match.start() < one.end and one.start < match.end() for one in taken):
                taken.append(_Mention(match.start(), match.end(), name.lower()))
    yield from sorted(taken)


def _masked(body: str, labels: Sequence[_Mention]) -> str:
    """Return the text with names blanked: the 50 of "EMA of 50 weeks" claims nothing."""
    text = body
    for one in labels:
        text = text[: one.start] + "\0" * (one.end - one.start) + text[one.end :]
    text = INTERVAL.sub(lambda match: "\0" * len(match[0]), text)
    for word in ("half day", "half-day", "one of", "one more", "no one", "anyone", "someone"):
        text = re.sub(rf"\b{word}\b", lambda match: "\0" * len(match[0]), text, flags=re.IGNORECASE)
    return text


def _names_another(body: str, facts: Sequence[Fact]) -> bool:
    """Whether a sentence names something with a capital that no fact is about."""
    known = {
        word.lower()
        for fact in facts
        for name in (fact.label, *fact.names)
        for word in name.split()
    }
    symbols = {fact.symbol for fact in facts if fact.symbol}
    for match in PROPER.finditer(body):
        word = match[0].rstrip(".'")
        bare = re.sub(r"['\u2019]s\Z", "", word)
        if bare in symbols or bare.lower() in PLAIN or bare.lower() in known:
            continue
        is_first = not body[: match.start()].strip(" \"'(*_")
        if is_first and bare == word and not word.isupper():
            continue  # any sentence begins with a capital
        if is_first and bare.lower() in BEGINNINGS:
            continue
        return True
    return False


# --- Whether a number is a fact ---


def _proof(
    numeral: Numeral, body: str, labels: Sequence[_Mention], facts: Sequence[Fact], about: str
) -> Fact | None:
    """Return the fact that a number states; None when it states none."""
    # A date or a time of day stands for itself; a number belongs to the name beside it.
    named = set() if numeral.kind in {"date", "clock"} else _nearest(numeral, labels, body)
    symbols = {fact.symbol for fact in facts if fact.symbol and _has_word(body, fact.symbol)}
    for fact in facts:
        if named and not named & {name.lower() for name in (fact.label, *fact.names)}:
            continue
        if fact.symbol and not _is_about(fact.symbol, symbols, about, facts, numeral, body):
            continue
        if _states(numeral, fact, body):
            return fact
    return None


def _nearest(numeral: Numeral, labels: Sequence[_Mention], body: str) -> set[str]:
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


def _joined(parts: Sequence[str | Citation]) -> Iterator[str | Citation]:
    """Yield the parts with neighbouring texts in one, and no empty ones."""
    text = ""
    for part in parts:
        if isinstance(part, str):
            text += part
        else:
            if text:
                yield text
            text = ""
            yield part
    if text:
        yield text
