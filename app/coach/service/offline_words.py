"""Answers about words, and what to say where the question is for something else."""

from __future__ import annotations

from app.coach.service import offline_market
from app.coach.service.asked import Asked

CAN = (
    "I can look up key levels, prices, indicators and bars, whether the market trades, your figures, "
    "positions and trades, your net Greeks and risk, the Greeks of an option, robots, and what a word means"
)
EXAMPLES = (
    "Where is PDH for SPY?",
    "What is the hourly RSI of SPY?",
    "What is my net delta?",
    "What is my win rate?",
    "When do I trade best?",
    "What is profit factor?",
)


def term(asked: Asked) -> str:
    """Tell what a term means, in our own words; else what the documentation says."""
    found = list(asked.look("explain_term", term=asked.text[:200]).values())
    if found:
        return "\n".join(str(fact.value) for fact in found)
    if asked.symbols:
        return offline_market.price(asked)
    passages = list(asked.look("search_docs", query=asked.text[:200]).values())
    if not passages:
        return unknown(asked)
    lines = [str(fact.value) for fact in passages[:2]]
    return "\n".join(["I have no definition of my own. The documentation says:", *lines])


def advice(_asked: Asked) -> str:
    """Refuse to advise, and say what can be asked instead."""
    return (
        "I do not tell anybody to buy or sell, and I predict no prices. "
        f"{CAN}. Ask, such as: How far is SPY from its key levels?"
    )


def helping(_asked: Asked) -> str:
    """Say what can be asked."""
    return "\n".join([f"{CAN}. Such as:", *(f"- {example}" for example in EXAMPLES)])


def unknown(asked: Asked) -> str:
    """Say what can be asked, where nothing was understood."""
    if asked.hint:
        return asked.hint
    return f"{CAN}. Ask for one of them, such as: {EXAMPLES[0]}"
