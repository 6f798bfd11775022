"""How an answer writes a fact: with its unit and sign, as the check of numbers reads it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from app.coach.rules.facts import Fact
from app.coach.rules.proving import EXCHANGE

__all__ = ["EXCHANGE", "number", "when", "with_interval"]


def number(fact: Fact) -> str:
    """Return a fact's number as an answer writes it."""
    if not isinstance(fact.value, Decimal):
        return str(fact.value)
    text = f"{fact.value:,f}"
    text = text.replace("-", "\u2212")
    if fact.is_signed and fact.value > 0:
        text = f"+{text}"
    return f"{text}%" if fact.unit == "percent" else text


def when(fact: Fact) -> str:
    """Return an instant as traders in New York say it."""
    if not isinstance(fact.value, datetime):
        return number(fact)
    return f"{fact.value.astimezone(EXCHANGE):%-d %b %Y, %H:%M %Z}"


def with_interval(fact: Fact) -> str:
    """Return a figure with its interval and of how many trades it is, where it has them."""
    told = number(fact)
    if fact.low is None or fact.high is None:
        return f"{told} ({fact.n} trades)" if fact.n is not None else told
    unit = "%" if fact.unit == "percent" else ""
    ends = " to ".join(f"{end}{unit}".replace("-", "\u2212") for end in (fact.low, fact.high))
    return f"{told} (95% interval {ends}, {fact.n} trades)"
