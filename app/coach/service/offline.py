"""The offline analyst: answers by plain rules over the same tools where no model is to be had."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from app.ai.schemas import Ask, Call
from app.coach.rules import intents
from app.coach.rules.facts import Fact
from app.coach.service.evidence import Evidence
from app.core import formatters
from app.core.errors import AppError
from app.core.i18n import gettext
from app.market import service as market

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
        as_of = found["at"].value
        lines.append(gettext("As of %(at)s.", at=formatters.instant(as_of)))  # type: ignore[arg-type]
        return "\n".join(lines)

    def _price(self, question: str, _intent: intents.Intent, call: Call) -> str:
        symbol = self._about(question)
        if not symbol:
            return _which()
        call("get_current_price", symbol=symbol)
        found = self._evidence.of_last_call()
        said = gettext(
            "%(symbol)s's price is %(price)s, as of %(at)s.",
            symbol=symbol, price=_number(found["price"]), at=formatters.instant(found["at"].value),  # type: ignore[arg-type]
        )  # fmt: skip
        return f"{said} {gettext('It is simulated.')}" if found["price"].note else said

    def _status(self, _question: str, _intent: intents.Intent, call: Call) -> str:
        call("get_market_status")
        found = self._evidence.of_last_call()
        said = gettext("The market is %(state)s.", state=found["state"].value)
        if "next" not in found:
            return said
        at = formatters.instant(found["next"].value)  # type: ignore[arg-type]
        return f"{said} {gettext('Next: %(state)s, %(at)s.', state=found['next'].note, at=at)}"

    def _performance(self, _question: str, _intent: intents.Intent, call: Call) -> str:
        call("get_performance")
        found = self._evidence.of_last_call()
        if not found["trades"].value:
            return gettext("You have no closed trades in this period yet.")
        lines = [_record_line(found[key]) for key in RECORD]
        return "\n".join(line for line in lines if line)

    def _positions(self, _question: str, _intent: intents.Intent, call: Call) -> str:
        call("get_positions")
        found = self._evidence.of_last_call()
        if not found["count"].value:
            return gettext("You hold nothing at the moment.")
        rows = [key.removesuffix(".qty") for key in found if key.endswith(".qty")]
        return "\n".join(_position_line(found, row) for row in rows)

    def _trades(self, _question: str, _intent: intents.Intent, call: Call) -> str:
        call("get_trades")
        found = self._evidence.of_last_call()
        rows = [key.removesuffix(".pnl") for key in found if key.endswith(".pnl")]
        if not rows:
            return gettext("You have no closed trades yet.")
        return "\n".join(
            f"{found[f'{row}.pnl'].symbol}: net P&L {_number(found[f'{row}.pnl'])}, "
            f"closed on {found[f'{row}.day'].value}"
            for row in rows
        )

    def _term(self, question: str, _intent: intents.Intent, call: Call) -> str:
        return self._unknown(question, _intent, call)

    def _unknown(self, _question: str, _intent: intents.Intent, _call: Call) -> str:
        return gettext(
            "I can look up key levels, prices, whether the market trades, your figures, positions "
            "and trades. Ask for one of them, such as: Where is PDH for SPY?"
        )

    def _about(self, question: str) -> str:
        """Return the instrument that a question names, else that of the open chart."""
        named = intents.candidates(question)
        known = market.find_with_bars(named)
        return next((symbol for symbol in named if symbol in known), self._symbol)


def _which() -> str:
    return gettext("Which instrument? Name its symbol, such as SPY, or open its chart.")


def _level_line(symbol: str, fact: Fact) -> str:
    name = fact.names[0] if fact.names and fact.names[0].isupper() else fact.label
    if fact.value is None:
        return gettext(
            "%(symbol)s has no %(name)s: %(why)s", symbol=symbol, name=name, why=fact.note
        )
    return gettext(
        "%(symbol)s's %(name)s is %(value)s.", symbol=symbol, name=name, value=_number(fact)
    )


def _record_line(fact: Fact) -> str:
    if fact.value is None:
        return ""
    line = f"{fact.label}: {_number(fact)}"
    if fact.low is not None and fact.high is not None:
        line += gettext(
            " (95%% interval %(low)s%% to %(high)s%%, %(n)s trades)",
            low=fact.low,
            high=fact.high,
            n=fact.n,
        )
    return line


def _position_line(found: dict[str, Fact], row: str) -> str:
    parts: Iterable[Fact] = (found[f"{row}.{key}"] for key in ("qty", "entry", "open"))
    symbol = found[f"{row}.qty"].symbol
    return f"{symbol}: " + ", ".join(f"{fact.label} {_number(fact)}" for fact in parts)


def _number(fact: Fact) -> str:
    """Return a fact's number as an answer writes it."""
    if not isinstance(fact.value, Decimal):
        return str(fact.value)
    text = f"{fact.value:,f}"
    text = text.replace("-", "\u2212")
    if fact.is_signed and fact.value > 0:
        text = f"+{text}"
    return f"{text}%" if fact.unit == "percent" else text
