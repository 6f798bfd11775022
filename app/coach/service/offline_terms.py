"""The answer to a question about the long run, or about swings of days and weeks."""

from __future__ import annotations

import re

from app.coach.rules import intents
from app.coach.rules.facts import Fact
from app.coach.service.asked import Asked
from app.coach.service.saying import number, when


def is_meant(asked: Asked) -> bool:
    """Whether a question about bars asks for the long run or for swings."""
    text = intents.plain(asked.text)
    return re.search(r"\blong(?:er)?[- ]term\b|\bswing\b", text) is not None


def long_term(asked: Asked) -> str:
    """Tell averages, swing levels and LEAPS; what they mean is left to the reader."""
    frame = "W1" if re.search(r"\blong(?:er)?[- ]term\b", intents.plain(asked.text)) else "D1"
    found = asked.look("get_long_term", symbol=asked.symbol, timeframe=frame)
    symbol = asked.symbol
    if "last" not in found:
        return f"There are no bars of {symbol} on {frame}."
    lines = [f"{symbol}'s last close on {frame} is {number(found['last'])}."]
    for key in ("ema50", "ema200"):
        lines += _average(symbol, frame, found[key], found.get(f"{key}.far"))
    swings = [fact for key, fact in found.items() if key.startswith("swing_")]
    lines += [f"{symbol}'s {fact.label} is {number(fact)}." for fact in swings]
    if not swings:
        lines.append(f"{symbol} has no confirmed swing on {frame} yet.")
    lines += [f"{symbol}'s {found[key].label} is {number(found[key])}." for key in ("highest", "lowest")]  # fmt: skip
    lines.append(f"That is over {number(found['count'])} bars on {frame}.")
    lines += _leaps(symbol, found)
    if "at" in found:
        simulated = " The prices are simulated." if found["last"].note else ""
        lines.append(f"As of {when(found['at'])}.{simulated}")
    return "\n".join(lines)


def _average(symbol: str, frame: str, fact: Fact, far: Fact | None) -> list[str]:
    if far is None:
        return [f"{symbol} has no {fact.label} on {frame}: {fact.note}"]
    side = "below" if number(far).startswith("\u2212") else "above"
    return [
        f"{symbol}'s {fact.label} on {frame} is {number(fact)}.",
        f"The {far.label} is {number(far)}: the close lies {side} it.",
    ]


def _leaps(symbol: str, found: dict[str, Fact]) -> list[str]:
    leaps = found["leaps"]
    if leaps.value is None:
        return [f"LEAPS: {leaps.note}."]
    lines = [f"{symbol}'s LEAPS expiry is {leaps.value:%-d %b %Y}."]
    keys = ("leaps.volatility", "leaps.strike", "leaps.price", "leaps.delta")
    return lines + [f"{symbol}'s {found[key].label} is {number(found[key])}." for key in keys if key in found]  # fmt: skip
