"""The offline analyst: answers by plain rules over the same tools where no model is to be had.

It writes English in every language of the page, as the models are asked to: the check of numbers
reads English sentences.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable

from app.ai.schemas import Ask, Call
from app.coach.rules import intents
from app.coach.service import offline_contracts, offline_market, offline_own, offline_words
from app.coach.service.asked import Asked
from app.coach.service.evidence import Evidence
from app.coach.service.robot_tools import find_robot
from app.core.errors import AppError
from app.market import service as market
from app.market.errors import NoBarsError

ANSWERS: dict[str, Callable[[Asked], str]] = {
    "levels": offline_market.levels,
    "price": offline_market.price,
    "status": offline_market.status,
    "indicator": offline_market.indicator,
    "bars": offline_market.bars,
    "change": offline_market.change,
    "distance": offline_market.distance,
    "show": offline_market.show,
    "draw": offline_market.draw,
    "performance": offline_own.performance,
    "positions": offline_own.positions,
    "trades": offline_own.trades,
    "greeks": offline_own.greeks,
    "contract": offline_contracts.contract,
    "risk": offline_own.risk,
    "robots": offline_own.robots,
    "board": offline_own.board,
    "robot": offline_own.robot,
    "patterns": offline_own.patterns,
    "term": offline_words.term,
    "advice": offline_words.advice,
    "help": offline_words.helping,
    "unknown": offline_words.unknown,
}
NEVER_OF_A_ROBOT = frozenset(
    {"patterns", "help", "advice", "draw", "show", "greeks", "risk", "contract"}
)
"""What is not meant of a robot although the question names one."""
PRICED = r"price|pirce|trad|quote|worth|cost|last|now|how much|where"
NEAR = 0.74
MOST_NAMED = 5


class Analyst:
    """Answers one question."""

    def __init__(self, evidence: Evidence, symbol: str) -> None:
        self._evidence, self._symbol = evidence, symbol

    def __call__(self, ask: Ask, call: Call) -> str:
        """Return an answer whose every number is a fact."""
        intent = intents.read(ask.text)
        asked = Asked(ask.text, intent, call, self._evidence, *self._about(ask.text))
        kind = intent.kind
        named = None if kind in NEVER_OF_A_ROBOT else find_robot(ask.text)
        if kind == "price" and not asked.symbols and not re.search(PRICED, ask.text.lower()):
            kind = "term"  # "what is the fold?" asks for no price of the open chart
        if named is not None:
            asked, kind = asked._replace(robot=named.id), "robot"
        try:
            return ANSWERS[kind](asked)
        except NoBarsError:
            # Its own words tell an operator how to bring bars in.
            return "There are no bars of this instrument here. Name another one."
        except AppError as error:
            return error.message

    def _about(self, question: str) -> tuple[tuple[str, ...], str, str]:
        """Return the instruments that a question names, which one is meant, and what one looks like.

        A name that looks like a symbol and is none of ours is never taken for the open chart's.
        """
        named = intents.candidates(question)
        known = market.find_with_bars(named)
        found = tuple(symbol for symbol in named if symbol in known)
        if found:
            return found, found[0], ""
        for word in intents.shouted(question):
            near = _nearest(word)
            return (), "", f"There are no bars of {word} here." + near
        return (), self._symbol, ""


def _nearest(word: str) -> str:
    """Return a hint at the symbol that was likely meant; "" where none is near."""
    known = sorted({series.symbol for series in market.list_series() if series.bar_count})
    close = difflib.get_close_matches(word, known, n=1, cutoff=NEAR)
    if close:
        return f" Did you mean {close[0]}?"
    return f" There are bars of {', '.join(known[:MOST_NAMED])}." if known else ""
