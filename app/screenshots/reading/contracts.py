"""Contracts as the five brokers write them: text in, what it names out.

- tastytrade: `Dec 19 21d 450 C`, with `'26` where it is not this year; the underlying stands above
- thinkorswim: `100 (Weeklys) 19 DEC 25 450 CALL`; the underlying stands above
- Interactive Brokers: `SPY Dec19'25 450 CALL`, `SPY DEC 19 '25 450 Call`, `SPY 251219C00450000`
- Robinhood: `SPY $450 Call 12/19`
- Webull: `SPY $450 Call`, and below it `19 Dec 25 (W)`
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from app.screenshots.reading.dates import FORMS, MONTHS, WEEKDAY, WEEKDAYS, Day, from_parts
from app.screenshots.reading.numbers import DIGITS, LETTERS, parse_number

TICKER = rf"(?P<ticker>(?!{WEEKDAY}\b)[A-Z0-9|]{{1,5}}(?:[./ ][AB])?)"
STRIKE = r"(?P<money>\$)?\s?(?P<strike>[0-9OlI][0-9OlI,]*(?:\.[0-9OlI]+)?)"
RIGHT = r"(?P<right>(?i:ca[l1I|]{2}s?|puts?|c|p))(?![A-Za-z0-9])"
BETWEEN = rf"(?:\s\((?:W|w|Weekl?[yv]s?|M|Q|AM|PM)\)|,?\s\(?(?P<after>{WEEKDAY})\)?)?"
AHEAD = rf"(?:\(?(?P<weekday>{WEEKDAY})\)?[.,]?\s)?"
DAYS = r"(?:\s\(?(?P<days>[0-9OlI]{1,4})\s?[dD]\)?)?"
N = r"[0-9OQIlSB]"
OCC = re.compile(rf"(?:^|\s){TICKER}\s*(?P<yymmdd>{N}{{6}})\s?(?P<right>[CPcp])\s?(?P<strike>{N}{{8}})(?!\d)")  # fmt: skip
BEFORE = rf"(?:(?:^|(?<=\s)){TICKER}\s)?(?:^|(?<=\s)|(?<=\())"
NAMED = tuple(
    re.compile(pattern)
    for form in FORMS
    for pattern in (
        rf"{BEFORE}{AHEAD}{form}{BETWEEN}{DAYS}\s{STRIKE}\s?{RIGHT}",
        rf"{BEFORE}{AHEAD}{form}{BETWEEN}{DAYS}\s{RIGHT}\s{STRIKE}",
        rf"(?:^|(?<=\s)){TICKER}\s{STRIKE}\s?{RIGHT}\s{AHEAD}{form}{BETWEEN}",
    )
)
UNDATED = re.compile(rf"(?:^|(?<=\s)){TICKER}\s{STRIKE}\s{RIGHT}")
REMAINS = re.compile(rf"(?:^|(?<=\s)){STRIKE}\s?{RIGHT}")
WHOLE_DATE = tuple(re.compile(rf"(?:^|(?<=\s)){AHEAD}{form}{BETWEEN}") for form in FORMS)
NO_TICKERS = frozenset((
    *MONTHS, *WEEKDAYS, "CALL", "PUT", "QTY", "MARK", "LAST", "BUY", "SELL", "TOTAL", "USD",
))  # fmt: skip
LONGEST = 5
"""Letters of a symbol."""
Span = tuple[int, int]


@dataclass(frozen=True)
class Contract:
    """An option, as far as a text names it."""

    right: str
    strike: Decimal
    ticker: str | None = None
    expiry: date | None = None
    days: int | None = None
    """Days left, where the text says so."""
    has_year: bool = False
    is_certain: bool = True
    """Whether it can end on no other day."""
    spans: dict[str, Span] = field(default_factory=dict)
    """Where in the text each part stands."""
    repaired: frozenset[str] = frozenset()
    """Parts in which a character had to be taken for another one."""

    @property
    def whole(self) -> Span:
        """From where to where it stands in the text."""
        return min(low for low, _ in self.spans.values()), max(high for _, high in self.spans.values())  # fmt: skip


def parse_contract(text: str, seen_on: date) -> Contract | None:
    """Return the option that stands in `text`, or None."""
    if (found := OCC.search(text)) and (contract := _occ(found, seen_on)):
        return contract
    for pattern in NAMED:
        for found in pattern.finditer(text):
            if contract := _named(found, seen_on):
                return contract
    found = UNDATED.search(text)
    return _named(found, seen_on) if found else None


def parse_remains(text: str, seen_on: date) -> Contract | None:
    """Return strike and right of an option whose day cannot be read."""
    found = REMAINS.search(text)
    return _named(found, seen_on) if found else None


def parse_expiry(text: str, seen_on: date) -> tuple[Day, Span] | None:
    """Return the first day that stands in `text`, and where."""
    for pattern in WHOLE_DATE:
        for found in pattern.finditer(text):
            if named := from_parts(_with_weekday(found), seen_on):
                return named, _date_span(found)
    return None


def parse_ticker(text: str) -> tuple[str, bool] | None:
    """Return the symbol that `text` is, and whether it was repaired; None: it is none."""
    plain = text.strip(".,:;>*_-~ ").replace("/", ".").replace(" ", ".")
    stem, _, series = plain.partition(".")
    letters = stem.translate(LETTERS)
    if not (
        1 <= len(letters) <= LONGEST
        and letters.isascii()
        and letters.isalpha()
        and letters.isupper()
    ):
        return None
    if letters != stem and not any(map(str.isalpha, stem)):
        return None
    if series and series not in {"A", "B"}:
        return None
    name = f"{letters}.{series}" if series else letters
    return None if name in NO_TICKERS else (name, letters != stem)


# --- What was found, in our own words ---


def _named(found: re.Match[str], seen_on: date) -> Contract | None:
    parts = found.groupdict()
    strike = parse_number((parts["strike"] or "").rstrip("."))
    if strike is None or strike.value <= 0:
        return None
    days = _whole(parts.get("days"))
    named: Day | None = None
    if "month" in parts:
        named = _dated(found, seen_on, days)
        if named is None and parts.get("bare"):
            # Dec 19 21 450 C: the d of the days left was lost.
            days = _whole(parts["bare"])
            named = from_parts({**_with_weekday(found), "bare": None}, seen_on, days)
        if named is None:
            return None
    spans = {"strike": found.span("strike"), "right": found.span("right")}
    if named:
        spans["expiry"] = _date_span(found)
    ticker = parse_ticker(parts["ticker"]) if parts.get("ticker") else None
    if ticker:
        spans["ticker"] = found.span("ticker")
    return Contract(
        _right(parts["right"] or ""), strike.value, ticker and ticker[0], named and named.day, days,
        has_year=named is not None and named.has_year,
        is_certain=named is None or named.is_certain, spans=spans,
        repaired=frozenset(_repaired(strike.is_repaired, ticker)),
    )  # fmt: skip


def _dated(found: re.Match[str], seen_on: date, days: int | None) -> Day | None:
    """Return the day of a contract; None where its pattern has taken days left for a year."""
    parts = _with_weekday(found)
    if days is not None and parts.get("year") and found.start("month") > found.start("day"):
        # 2 Dec 19 21d 450 C: the count stands before, and what looks like a year is the day.
        other = from_parts({"month": parts["month"], "day": parts["year"]}, seen_on, days)
        if other and other.is_certain:
            return None
    return from_parts(parts, seen_on, days)


def _with_weekday(found: re.Match[str]) -> dict[str, str | None]:
    parts = found.groupdict()
    return parts | {"weekday": parts.get("weekday") or parts.get("after")}


def _occ(found: re.Match[str], seen_on: date) -> Contract | None:
    day = found["yymmdd"].translate(DIGITS)
    strike = found["strike"].translate(DIGITS)
    ticker = parse_ticker(found["ticker"])
    expiry = from_parts({"year": day[:2], "month": day[2:4], "day": day[4:]}, seen_on)
    if ticker is None or expiry is None or int(strike) == 0:
        return None
    return Contract(
        _right(found["right"]), Decimal(f"{Decimal(strike).scaleb(-3).normalize():f}"), ticker[0], expiry.day, has_year=True,
        spans={
            "ticker": found.span("ticker"), "expiry": found.span("yymmdd"),
            "right": found.span("right"), "strike": found.span("strike"),
        },
        repaired=frozenset(_repaired(strike != found["strike"], ticker)),
    )  # fmt: skip


def _repaired(is_strike: bool, ticker: tuple[str, bool] | None) -> list[str]:  # noqa: FBT001 - one use
    return [*(["strike"] if is_strike else []), *(["ticker"] if ticker and ticker[1] else [])]


def _date_span(found: re.Match[str]) -> Span:
    names = [name for name in ("month", "day", "year", "bare", "tight") if found.groupdict().get(name)]  # fmt: skip
    return min(found.start(name) for name in names), max(found.end(name) for name in names)


def _right(text: str) -> str:
    return "call" if text[0] in "Cc" else "put"


def _whole(text: str | None) -> int | None:
    fixed = (text or "").translate(DIGITS)
    return int(fixed) if fixed.isdigit() else None
