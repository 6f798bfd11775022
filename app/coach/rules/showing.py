"""What stands beside an answer: which cards, and what opens in the panel next to the conversation.

Everything is decided from the question's words and from what the tools were asked; a model names
neither. A card is a kind and what it is about, never markup:

- A tool that was asked about prices or levels of an instrument shows its Key Levels, a look at
  positions the Position Summary, at figures the Performance, at trades or results the P&L Tracker,
  at a robot the Robot; a question about alerts the Alert Status. Two cards at most, in the order
  in which the tools were asked.
- The panel opens where a question asks to see something as a whole: "Show me the chart of SPX"
  opens its chart with its levels, "Open my positions" the large view of that card. Levels that the
  answer names are marked on the chart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

KINDS = ("levels", "positions", "pnl", "alerts", "performance", "robot")
"""The six cards; the panel knows one thing more, the chart."""
CHART = "chart"
OF_SYMBOL = frozenset({"levels", CHART})
MOST = 2

SHOWN_BY: Mapping[str, str] = {
    "get_key_levels": "levels",
    "get_current_price": "levels",
    "get_bars": "levels",
    "get_indicators": "levels",
    "get_changes": "levels",
    "get_distances": "levels",
    "get_contract_greeks": "levels",
    "get_long_term": "levels",
    "show_chart": "levels",
    "draw_on_chart": "levels",
    "get_positions": "positions",
    "get_portfolio_greeks": "positions",
    "get_performance": "performance",
    "find_patterns": "performance",
    "get_trades": "pnl",
    "get_robot": "robot",
    "get_robots": "robot",
}
"""The card of each tool; one that is not here (hours, glossary, documentation) shows none."""
DRAWS = frozenset({"show_chart", "draw_on_chart"})
"""Tools after which the chart itself is what one wants to see."""

SEE = r"\b(?:show|open|display|see|view|look at|bring up|pull up|plot|draw)\b"
AS_CHART = r"\b(?:charts?|graph|candles?|candlesticks?)\b"
WHOLE: tuple[tuple[str, str], ...] = (
    ("positions", r"\b(?:positions?|portfolio|holdings?)\b"),
    ("pnl", r"\bp\s?&\s?l\b|\bpnl\b|\bprofit and loss\b"),
    ("performance", r"\b(?:performance|figures|statistics|stats|record)\b"),
    ("alerts", r"\balerts?\b"),
    ("robot", r"\brobots?\b"),
)
"""What may be asked for as a whole, by its words."""
SYMBOL = re.compile(r"[A-Z0-9^/][A-Z0-9 ./:-]{0,39}")
ROBOT = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
LEVEL = re.compile(r"[a-z][a-z0-9]{1,4}")


class Card(NamedTuple):
    """What is shown: a kind, and the symbol or the robot that it is about."""

    kind: str
    of: str = ""

    @property
    def is_known(self) -> bool:
        """Whether there is such a card, about something that can be named so."""
        if self.kind in OF_SYMBOL:
            return SYMBOL.fullmatch(self.of) is not None
        if self.kind == "robot":
            return ROBOT.fullmatch(self.of) is not None
        return self.kind in KINDS and not self.of


class Called(NamedTuple):
    """A tool that was asked."""

    name: str
    arguments: Mapping[str, Any]


class Showing(NamedTuple):
    """What stands beside an answer."""

    cards: tuple[Card, ...] = ()
    panel: Card | None = None
    marks: tuple[str, ...] = ()
    """Levels that the answer names, such as "pdh": marked where its instrument is drawn."""

    def kept(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return {
            "cards": [list(card) for card in self.cards],
            "panel": list(self.panel) if self.panel else None,
            "marks": list(self.marks),
        }


NOTHING = Showing()


def decide(
    question: str,
    called: Sequence[Called],
    cited: Iterable[str] = (),
    symbol: str = "",
    robots: Sequence[str] = (),
) -> Showing:
    """Return what stands beside an answer.

    `cited` are the ids of the facts that it states ("1.pdh"), `symbol` is the instrument that is
    meant where no tool was asked about one, `robots` are those that the tools' answers named.
    """
    text = question.lower().replace("\u2019", "'")
    cards = list(dict.fromkeys(card for one in called if (card := _card_of(one, robots))))
    cards = _meant_as_whole(text, cards)
    about = next((card.of for card in cards if card.kind == "levels"), symbol)
    return Showing(tuple(cards[:MOST]), _panel(text, called, cards, about), _marks(called, cited))


def read(kept: Mapping[str, Any]) -> Showing:
    """Return what was stored; what nobody knows any more is left out."""
    cards = tuple(
        card for one in kept.get("cards") or () if (card := _read(one)) and card.kind in KINDS
    )
    marks = tuple(name for name in kept.get("marks") or () if LEVEL.fullmatch(str(name)))
    return Showing(cards, _read(kept.get("panel")), marks)


def _read(kept: Any) -> Card | None:
    if not isinstance(kept, list) or len(kept) != len(Card._fields):
        return None
    card = Card(*map(str, kept))
    return card if card.is_known else None


def _card_of(call: Called, robots: Sequence[str]) -> Card | None:
    kind = SHOWN_BY.get(call.name, "")
    if kind == "levels":
        card = Card(kind, str(call.arguments.get("symbol", "")).strip().upper())
    elif kind == "robot":
        # A tool is asked by a name or an id; its answer says which robot that was.
        card = Card(kind, robots[0] if len(robots) == 1 else "")
    else:
        card = Card(kind)
    return card if card.is_known else None


def _meant_as_whole(text: str, cards: list[Card]) -> list[Card]:
    """Return the cards with those that the words ask for and no tool stands for."""
    if re.search(WHOLE[3][1], text):
        cards = [*cards, Card("alerts")]
    if re.search(WHOLE[1][1], text) and Card("performance") in cards:
        # Both figures and the total are meant by "How is my P&L?".
        cards = [Card("pnl"), *cards]
    return list(dict.fromkeys(cards))


def _panel(text: str, called: Sequence[Called], cards: Sequence[Card], symbol: str) -> Card | None:
    wants = re.search(SEE, text) is not None
    if symbol and (
        (wants and re.search(AS_CHART, text)) or any(one.name in DRAWS for one in called)
    ):
        chart = Card(CHART, symbol)
        return chart if chart.is_known else None
    if not wants:
        return None
    wanted = [kind for kind, words in WHOLE if re.search(words, text)]
    return next((card for card in cards if card.kind in wanted), None)


def _marks(called: Sequence[Called], cited: Iterable[str]) -> tuple[str, ...]:
    asked = [
        name
        for one in called
        if one.name == "show_chart"
        for name in one.arguments.get("levels") or ()
    ]
    names = (*(str(one).rpartition(".")[2] for one in cited), *map(str, asked))
    return tuple(dict.fromkeys(name for name in names if name in LEVEL_KEYS))


LEVEL_KEYS = frozenset((
    "pdh", "pdl", "pdc", "pmh", "pml", "pp", "r1", "r2", "r3", "s1", "s2", "s3", "vwap",
    "orh", "orl", "pwh", "pwl", "poc", "vah", "val",
))  # fmt: skip
