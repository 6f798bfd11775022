"""The offline analyst: answers by plain rules over the same tools where no model is to be had.

It writes English in every language of the page, as the models are asked to: the check of numbers
reads English sentences.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from app.ai.schemas import Ask, Call
from app.coach.rules import intents
from app.coach.rules.facts import Fact
from app.coach.rules.proving import EXCHANGE
from app.coach.service.evidence import Evidence
from app.core.errors import AppError
from app.market import service as market
from app.market.errors import NoBarsError

RECORD = ("trades", "win_rate", "pnl", "profit_factor", "drawdown")


class Analyst:
    """Answers one question."""

    def __init__(self, evidence: Evidence, symbol: str) -> None:
        self._evidence, self._symbol = evidence, symbol

    def __call__(self, ask: Ask, call: Call) -> str:
        """Return an answer whose every number is a fact."""
        intent = intents.read(ask.text)
        try:
            return str(getattr(self, f"_{intent.kind}")(ask.text, intent, call))
        except NoBarsError:
            # Its own words tell an operator how to bring bars in.
            return "There are no bars of this instrument here. Name another one."
        except AppError as error:
            return error.message

    # --- What it can answer ---

    def _levels(self, question: str, intent: intents.Intent, call: Call) -> str:
        symbol = self._about(question)
        if not symbol:
            return _which()
        call("get_key_levels", symbol=symbol)
        found = self._evidence.of_last_call()
        lines = [_level_line(symbol, found[key]) for key in intent.levels]
        lines.append(f"As of {_when(found['at'])}.")
        return "\n".join(lines)

    def _price(self, question: str, _intent: intents.Intent, call: Call) -> str:
        symbol = self._about(question)
        if not symbol:
            return _which()
        call("get_current_price", symbol=symbol)
        found = self._evidence.of_last_call()
        said = f"{symbol}'s price is {_number(found['price'])}, as of {_when(found['at'])}."
        return f"{said} It is simulated." if found["price"].note else said

    def _status(self, _question: str, _intent: intents.Intent, call: Call) -> str:
        call("get_market_status")
        found = self._evidence.of_last_call()
        said = f"The market is {found['state'].value}."
        if "next" not in found:
            return said
        return f"{said} Next: {found['next'].note}, {_when(found['next'])}."

    def _performance(self, _question: str, _intent: intents.Intent, call: Call) -> str:
        call("get_performance")
        found = self._evidence.of_last_call()
        if not found["trades"].value:
            return "You have no closed trades in this period yet."
        lines = [_record_line(found[key]) for key in RECORD]
        return "\n".join(line for line in lines if line)

    def _positions(self, _question: str, _intent: intents.Intent, call: Call) -> str:
        call("get_positions")
        found = self._evidence.of_last_call()
        if not found["count"].value:
            return "You hold nothing at the moment."
        rows = [key.removesuffix(".qty") for key in found if key.endswith(".qty")]
        return "\n".join(_position_line(found, row) for row in rows)

    def _trades(self, _question: str, _intent: intents.Intent, call: Call) -> str:
        call("get_trades")
        found = self._evidence.of_last_call()
        rows = [key.removesuffix(".pnl") for key in found if key.endswith(".pnl")]
        if not rows:
            return "You have no closed trades yet."
        return "\n".join(
            f"{found[f'{row}.pnl'].symbol}: net P&L {_number(found[f'{row}.pnl'])}, "
            f"closed on {found[f'{row}.day'].value}"
            for row in rows
        )

    def _term(self, question: str, _intent: intents.Intent, call: Call) -> str:
        return self._unknown(question, _intent, call)

    def _unknown(self, _question: str, _intent: intents.Intent, _call: Call) -> str:
        return (
            "I can look up key levels, prices, whether the market trades, your figures, positions "
            "and trades. Ask for one of them, such as: Where is PDH for SPY?"
        )

    def _about(self, question: str) -> str:
        """Return the instrument that a question names, else that of the open chart."""
        named = intents.candidates(question)
        known = market.find_with_bars(named)
        return next((symbol for symbol in named if symbol in known), self._symbol)


def _which() -> str:
    return "Which instrument? Name its symbol, such as SPY, or open its chart."


def _level_line(symbol: str, fact: Fact) -> str:
    name = fact.names[0] if fact.names and fact.names[0].isupper() else fact.label
    if fact.value is None:
        return f"{symbol} has no {name}: {fact.note}"
    return f"{symbol}'s {name} is {_number(fact)}."


def _record_line(fact: Fact) -> str:
    if fact.value is None:
        return ""
    line = f"{fact.label}: {_number(fact)}"
    if fact.low is not None and fact.high is not None:
        line += f" (95% interval {fact.low}% to {fact.high}%, {fact.n} trades)"
    return line


def _position_line(found: dict[str, Fact], row: str) -> str:
    parts: Iterable[Fact] = (found[f"{row}.{key}"] for key in ("qty", "entry", "open"))
    symbol = found[f"{row}.qty"].symbol
    return f"{symbol}: " + ", ".join(f"{fact.label} {_number(fact)}" for fact in parts)


def _when(fact: Fact) -> str:
    """Return an instant as traders in New York say it."""
    if not isinstance(fact.value, datetime):
        return _number(fact)
    return f"{fact.value.astimezone(EXCHANGE):%-d %b %Y, %H:%M %Z}"


def _number(fact: Fact) -> str:
    """Return a fact's number as an answer writes it."""
    if not isinstance(fact.value, Decimal):
        return str(fact.value)
    text = f"{fact.value:,f}"
    text = text.replace("-", "\u2212")
    if fact.is_signed and fact.value > 0:
        text = f"+{text}"
    return f"{text}%" if fact.unit == "percent" else text
