"""What a question asks for, found without a model: names of levels, figures and things in its words."""

from __future__ import annotations

import re
from typing import NamedTuple

from app.coach.rules import contracts
from app.coach.rules.wordings import (
    ADVICE,
    ASKED_FOR,
    CHART_WORDS,
    DISTANCE,
    DRAW,
    EXPLICIT_TERM,
    GREEKS,
    GROUPS,
    HELP,
    INDICATORS,
    KINDS,
    LEVEL_WORDS,
    NO_TERM,
    OF_CONTRACTS,
    OTHER_SPAN,
    OTHERS,
    OWN,
    PERFORMANCE,
    PERIODS,
    RISK,
    SHOW,
    TERM,
    VENUES,
)  # fmt: skip
from app.core.citing import frames

# Words that are symbols of somebody, too: they count only where they are written as symbols are.
_COMMON = (
    "a about above after ago all alert all-time am an and any are area as ask at atm atr average "
    "back bands bar bars be below best bid big bill bot buy by call can candle car care case cash "
    "chart close closed cost d1 data day days delta do does down draw easy ema entry every fair far "
    "fast find first five for free from fun gamma get give go good h1 h4 has have he her here hi "
    "high him his hour hours how i if in is it its just key last level levels life line live long "
    "loss low m1 m15 m5 ma macd main man mark market max mean me mind mn money more most move much "
    "my near net new next nice no not now of off ok old on once one only open option or our out "
    "over own p&l paper past pay pdc pdh pdl peak per pick play plot plus pmh pml poc point post "
    "pp price put r1 r2 r3 range rate real rho risk robot rsi run s1 s2 s3 safe sale save see self "
    "sell she short show since sma so some spot stay stop sum than that the them then there theta "
    "they thing this time to today too top trade trades true two under up us use vah val vega very "
    "vs vwap w1 wait was watch way we week well were what when where which who why will win with "
    "wood work yes you your doing going many"
)
COMMON = frozenset(_COMMON.split())
NAMED = {
    "apple": "AAPL", "tesla": "TSLA", "nvidia": "NVDA", "microsoft": "MSFT", "amazon": "AMZN",
    "google": "GOOGL", "alphabet": "GOOGL", "meta": "META", "facebook": "META", "netflix": "NFLX",
    "bitcoin": "BTC/USD", "btc": "BTC/USD", "ethereum": "ETH/USD", "ether": "ETH/USD",
    "eth": "ETH/USD", "s&p": "SPX", "s&p 500": "SPX", "sp500": "SPX", "nasdaq": "QQQ",
    "dow": "DIA", "russell": "IWM", "spiders": "SPY",
}  # fmt: skip
TOKEN = re.compile(
    r"(?<![\w$/.'\u2019-])\$?(?P<word>/?[A-Za-z][A-Za-z0-9]{0,9}(?:[./-][A-Za-z0-9]{1,6})?)(?![\w/-])"
)
COUNT = re.compile(r"\b(?:last|latest|newest|recent|past)\s+(\d{1,2})\b")
PERIOD = re.compile(
    r"(?<![\w.])(\d{1,3})(?:[\s-]*(?:day|bar|period|week)s?)?[\s-]*(?:sma|ema|ma\b|rsi|atr|moving|simple|"
    r"exponential)|(?:sma|ema|rsi|atr|average|bands?)\s*(?:of|\()?\s*(\d{1,3})(?!\s?(?:m|h|min|hour|day|d|w)\b)(?!\w)"
)


class Intent(NamedTuple):
    """What a question asks for."""

    kind: str
    """The name of what answers it; unknown where nothing does."""
    levels: tuple[str, ...] = ()
    """Levels, Greeks or figures that it names."""
    frame: str = ""
    indicator: str = ""
    period: int | None = None
    """Of an indicator."""


def read(question: str) -> Intent:
    """Return what a question asks for."""
    text = plain(question)
    for find in (_of_contract, _of_chart, _of_words, _of_book, _of_market, _of_rest):
        found = find(text)
        if found is not None:
            return found
    return Intent("unknown")


def plain(question: str) -> str:
    """Return a question in small letters, its marks as we write them."""
    text = question.lower().replace("\u2019", "'").replace("`", "'")
    return re.sub(r"\s+", " ", text).strip()


def asks_to_draw(question: str) -> bool:
    """Whether a question asks for something to be put on the chart."""
    return re.search(DRAW, plain(question)) is not None


# --- Steps, the first that finds something decides ---


def _of_contract(text: str) -> Intent | None:
    """Return a question about one option contract: its Greeks, volatility or price."""
    named = contracts.read(text)
    if named is None:
        return None
    wanted = tuple(name for name, pattern in OF_CONTRACTS if re.search(pattern, text))
    greeks = _greeks(text)
    if greeks or (wanted and not re.search(ADVICE, text)):
        return Intent("contract", (*greeks, *wanted))
    return Intent("contract") if named.expiry and not re.search(ADVICE, text) else None


def _of_chart(text: str) -> Intent | None:
    if re.search(DRAW, text):
        named = _indicator(text)
        # "Add RSI" means the indicator; "draw R1 and S1" the levels.
        wanted = () if named and named.indicator != "vwap" else _levels(text)
        if wanted or named is None:
            return Intent("draw", wanted or _group(text) or ("pdh", "pdl"))
        return named._replace(kind="draw")
    if re.search(SHOW, text) and re.search(CHART_WORDS, text):
        return Intent("show", _levels(text) or _group(text), _frame(text))
    return None


def _of_words(text: str) -> Intent | None:
    """Return questions about words, advice and the coach itself."""
    is_own = re.search(OWN, text) is not None
    if re.search(HELP, text):
        return Intent("help")
    if re.search(EXPLICIT_TERM, text) and not is_own:
        return Intent("term")
    if re.search(ADVICE, text) and not _greeks(text):
        return Intent("advice")
    if re.search(KINDS["patterns"], text):
        return Intent("patterns")
    return None


def _of_book(text: str) -> Intent | None:
    is_own = re.search(OWN, text) is not None
    is_term = _is_term(text) and not is_own
    greeks = _greeks(text)
    if greeks and not is_term:
        return Intent("greeks", greeks)
    if re.search(RISK, text) and not is_term:
        return Intent("risk")
    if re.search(KINDS["board"], text) and not is_own:
        return Intent("board")
    if re.search(KINDS["robots"], text) and not is_term:
        return Intent("robots")
    return None


def _of_market(text: str) -> Intent | None:
    if _is_term(text) and not re.search(OWN, text):
        return Intent("term")
    return _of_distance(text) or _of_bars(text)


def _of_distance(text: str) -> Intent | None:
    wanted = _levels(text)
    is_beside = len(wanted) == 1 and re.search(KINDS["beside"], text) is not None
    return Intent("distance", wanted) if is_beside or re.search(DISTANCE, text) else None


def _of_bars(text: str) -> Intent | None:
    wanted, named = _levels(text), _indicator(text)
    if named is not None and (
        named.indicator not in {"atr", "vwap"} or named.frame or named.period
    ):
        return named
    if re.search(KINDS["change"], text) and not re.search(OWN, text):
        return Intent("change")
    if wanted:
        return Intent("levels", wanted)
    is_own_record = re.search(OWN, text) is not None and re.search(PERFORMANCE, text) is not None
    if re.search(KINDS["bars"], text) and not is_own_record:
        return Intent("bars", frame=_frame(text))
    return None


def _of_rest(text: str) -> Intent | None:
    for kind, pattern in OTHERS[:4]:
        if re.search(pattern, text):
            return Intent(kind, _figures(text) if kind == "performance" else ())
    group = _group(text)
    if group:
        return Intent("levels", group)
    return next((Intent(kind) for kind, pattern in OTHERS[4:] if re.search(pattern, text)), None)


# --- Parts of a question ---


def _is_term(text: str) -> bool:
    return re.search(TERM, text) is not None and re.search(NO_TERM, text) is None


def _levels(text: str) -> tuple[str, ...]:
    for pattern, names in GROUPS[:2]:
        if re.search(pattern, text):
            return names
    return tuple(key for key, pattern in LEVEL_WORDS if re.search(pattern, text))


def _group(text: str) -> tuple[str, ...]:
    return next((names for pattern, names in GROUPS[2:] if re.search(pattern, text)), ())


def _greeks(text: str) -> tuple[str, ...]:
    found = tuple(name for name, pattern in GREEKS if re.search(pattern, text))
    if "all" in found or len(found) == 0:
        return ("delta", "gamma", "theta", "vega", "rho") if found else ()
    return found


def _indicator(text: str) -> Intent | None:
    kind = next((name for name, pattern in INDICATORS if re.search(pattern, text)), None)
    if kind is None:
        return None
    match = PERIOD.search(text)
    period = int(match[1] or match[2]) if match else None
    return Intent("indicator", frame=_frame(text), indicator=kind, period=period)


def _frame(text: str) -> str:
    return next((frame.name for frame in frames.find(text)), "")


def _figures(text: str) -> tuple[str, ...]:
    return tuple(key for key, pattern in ASKED_FOR if re.search(pattern, text))


def period_of(question: str) -> tuple[str | None, int]:
    """Return the period of figures that a question names, and how many of them ago."""
    text = plain(question)
    named = ((name, ago) for name, ago, pattern in PERIODS if re.search(pattern, text))
    return next(named, (None, 0))


def asks_other_span(question: str) -> bool:
    """Whether a question names a span of time for which no figures are kept."""
    text = plain(question)
    return period_of(question)[0] is None and re.search(OTHER_SPAN, text) is not None


def kind_of(question: str) -> str | None:
    """Return the kind of account that a question names."""
    match = re.search(r"\b(live|paper|journal|backtest)(?:s|ing|ed)?\b", plain(question))
    return match[1] if match else None


def board_kind_of(question: str) -> str:
    """Return which part of the leaderboard a question names: live, paper or all."""
    kind = kind_of(question)
    return kind if kind in {"live", "paper"} else "all"


def venue_of(question: str) -> str:
    """Return the market that a question names, else that of US shares."""
    text = plain(question)
    return next((name for name, pattern in VENUES if re.search(pattern, text)), "XNYS")


def count_of(question: str) -> int | None:
    """Return how many of the newest a question wants."""
    match = COUNT.search(plain(question))
    return int(match[1]) if match else None


def candidates(question: str) -> list[str]:
    """Return what may be a symbol in a question, the likeliest first: the caller knows which are.

    Written in capitals or behind a dollar sign it is meant as one; names of well-known companies
    come next, then words in small letters that are nothing else.
    """
    surely, named, maybe = [], [], []
    shouts = question.isupper()
    for match in TOKEN.finditer(question):
        word = match["word"]
        is_common = word.lower() in COMMON
        # "A" begins sentences and "ATR" is a word of ours; "IT" in capitals is meant as a symbol.
        is_word = is_common and (shouts or len(word) == 1 or word.lower() in _TERMS)
        if match[0].startswith("$") or (word.isupper() and not is_word):
            surely.append(word.upper())
        elif not is_common:
            maybe.append(word.upper())
    text = plain(question)
    for name, symbol in NAMED.items():
        if re.search(rf"(?<!\w){re.escape(name)}(?:'s)?(?!\w)", text):
            named.append(symbol)
    return list(dict.fromkeys([*surely, *named, *maybe]))


def shouted(question: str) -> list[str]:
    """Return what is written as a symbol is, in capitals or behind a dollar sign, and is no word."""
    if question.isupper():
        return []
    found = []
    for match in TOKEN.finditer(question):
        word = match["word"]
        is_meant = match[0].startswith("$") or (word.isupper() and len(word) > 1)
        if is_meant and word.lower() not in COMMON and word.lower() not in _TERMS:
            found.append(word.upper())
    return list(dict.fromkeys(found))


_TERM_WORDS = (
    "i p&l pdh pdl pdc pmh pml pp r1 r2 r3 s1 s2 s3 vwap atr rsi macd sma ema ma poc vah val iv "
    "m1 m5 m15 h1 h4 d1 w1 mn pnl delta gamma theta vega rho orh orl pwh pwl itm otm atm leaps ohlc us "
    "usd et est edt utc nyse"
)
_TERMS = frozenset(_TERM_WORDS.split())
