"""Every number of an answer must be a fact that a tool found, about the very thing it is said of.

A sentence with a number that is not is left out as a whole: half of a claim is no claim. What
stays is cut into plain text and citations. Nothing is computed here but rounding: a difference or
a share that an answer tells must itself have come out of a tool.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.core.citing import frames, numerals
from app.core.citing.facts import Fact
from app.core.citing.proving import Mention, has_word, prove

# A sentence ends at a mark that a blank follows, or at a line; "451.20" and "U.S. market" go on.
SENTENCE = re.compile(r"[^\n]*?(?:[.!?\u2026][\"')\]]*(?=\s|\Z)|\n+|\Z)\s*", re.DOTALL)
LIST_MARK = re.compile(r"\s*(?:[-*\u2022]|\d{1,2}[.)])\s+")
# Words that may begin with a capital within a sentence without naming an instrument.
PLAIN = frozenset((
    "i", "i'm", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
    "new", "york", "est", "edt", "et", "utc", "usd", "eur", "january", "february", "march",
    "april", "may", "june", "july", "august", "september", "october", "november", "december",
    "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec",
    "greeks", "greek", "delta", "gamma", "theta", "vega", "rho", "iv", "vwap", "atr", "rsi",
    "macd", "ema", "sma", "pdh", "pdl", "pdc", "pmh", "pml", "pp", "r1", "r2", "r3", "s1",
    "s2", "s3", "poc", "orh", "orl", "p&l", "pnl", "ai", "pm", "am", "us", "u.s.", "wilder",
    "bollinger", "fibonacci", "black-scholes", "simulated", "paper", "live",
))  # fmt: skip
BEGINNINGS = frozenset({"yesterday", "today", "tomorrow", "it", "that", "what", "this"})
# The level of an interval is a convention of ours and no finding.
INTERVAL = re.compile(r"\b95\s?%(?=\s+(?:confidence|interval))", re.IGNORECASE)
# Before and after a sentence that stands for itself: "not so: A call ..." would turn it round.
WHOLE_START = re.compile(r"(?:\A|\n|[.!?][\"')\]]*\s)\s*(?:[-*\u2022]\s+)?\Z")
WHOLE_END = re.compile(r"\s|\Z")
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
    here, about = 0, ""
    for start, end, fact in _statements(text, facts):
        about = _stretch(text[here:start], facts, about, parts, removed)
        parts.append(Citation(text[start:end], fact))
        here = end
    _stretch(text[here:], facts, about, parts, removed)
    return Checked(tuple(_joined(parts)), tuple(removed))


def _statements(text: str, facts: Sequence[Fact]) -> Iterator[tuple[int, int, Fact]]:
    """Yield where statements of ours stand word for word, as sentences of their own."""
    found: list[tuple[int, int, Fact]] = []
    for fact in facts:
        said = fact.value
        if fact.unit != "statement" or not isinstance(said, str) or not said:
            continue
        for match in re.finditer(re.escape(said), text):
            start, end = match.span()
            is_whole = WHOLE_START.search(text[:start]) and WHOLE_END.match(text[end:])
            if is_whole and not any(start < other[1] and other[0] < end for other in found):
                found.append((start, end, fact))
    yield from sorted(found, key=lambda one: one[:2])


def _stretch(
    text: str, facts: Sequence[Fact], about: str,
    parts: list[str | Citation], removed: list[str],
) -> str:  # fmt: skip
    """Check the sentences of a stretch; return what the last of them is about."""
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
    return about


def _sentence(sentence: str, facts: Sequence[Fact], about: str) -> list[str | Citation] | None:
    """Return a sentence in parts; None when a number of it is not proven."""
    mark = LIST_MARK.match(sentence)
    at = mark.end() if mark else 0
    body = sentence[at:]
    parts: list[str | Citation] = [sentence[:at]] if at else []
    labels = list(_mentions(body, facts))
    masked = _masked(body, labels, facts)
    found = list(numerals.find(masked))
    if found and _names_another(body, facts):
        return None
    here = 0
    for numeral in found:
        fact = prove(numeral, body, labels, facts, about)
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


def _subject(sentence: str, facts: Sequence[Fact]) -> str:
    """Return the one instrument that a sentence names; "" for none or several."""
    named = {fact.symbol for fact in facts if fact.symbol and has_word(sentence, fact.symbol)}
    return named.pop() if len(named) == 1 else ""


def _mentions(body: str, facts: Sequence[Fact]) -> Iterator[Mention]:
    """Yield where names of facts stand, the longest where one lies in another."""
    # What a statement is about is a word of any sentence: "your positions" names no figure.
    figures = [fact for fact in facts if fact.unit != "statement"]
    names = sorted(
        {name for fact in figures for name in (fact.label, *fact.names)}, key=len, reverse=True
    )
    taken: list[Mention] = []
    # The "RSI" of a robot called "RSI Reversion" is no indicator.
    robots = {fact.symbol for fact in facts if " " in fact.symbol}
    body = _without_names(body, sorted(robots, key=len, reverse=True))
    for name in names:
        for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", body, re.IGNORECASE):
            if not any(match.start() < one.end and one.start < match.end() for one in taken):
                taken.append(Mention(match.start(), match.end(), name.lower()))
    yield from sorted(taken)


def _masked(body: str, labels: Sequence[Mention], facts: Sequence[Fact]) -> str:
    """Return the text with names blanked: the 50 of "EMA of 50 weeks" claims nothing."""
    text = body
    for one in labels:
        text = text[: one.start] + "\0" * (one.end - one.start) + text[one.end :]
    symbols = {fact.symbol for fact in facts if any(map(str.isalpha, fact.symbol))}
    text = _without_names(text, sorted(symbols, key=len, reverse=True))
    known = {fact.frame for fact in facts if fact.frame}
    for frame in frames.find(text):
        if frame.name in known:
            text = text[: frame.start] + "\0" * (frame.end - frame.start) + text[frame.end :]
    text = INTERVAL.sub(lambda match: "\0" * len(match[0]), text)
    for word in ("half day", "half-day", "one of", "one more", "no one", "anyone", "someone"):
        text = re.sub(rf"\b{word}\b", lambda match: "\0" * len(match[0]), text, flags=re.IGNORECASE)
    return text


def _without_names(text: str, names: Sequence[str]) -> str:
    for name in names:
        whole = rf"(?<![\w/.-]){re.escape(name)}(?![\w/-])"
        text = re.sub(whole, lambda match: "\0" * len(match[0]), text)
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
    known |= {body[one.start : one.end].lower() for one in frames.find(body)}
    body = _without_names(body, [symbol for symbol in symbols if " " in symbol])
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
