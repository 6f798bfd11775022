"""Answering one question: tools over what belongs to the asker, a model or plain rules, the check."""

from __future__ import annotations

from dataclasses import dataclass

from app.accounts import service as accounts
from app.ai import service as ai
from app.ai.schemas import Ask, Outcome, Turn
from app.coach.rules.citing import Checked, check
from app.coach.rules.facts import Fact
from app.coach.service.evidence import Evidence
from app.coach.service.market_tools import market_tools
from app.coach.service.offline import Analyst
from app.coach.service.own_tools import own_tools
from app.core.i18n import gettext

TASK = "coach"
PROMPT = """
You are the coach of a trading site: calm, brief, honest about uncertainty. You know price levels,
options Greeks, risk and the statistics of small samples.

Answer in English. Look facts up with the tools before you tell them. Every number that you write must stand in a tool's
answer, about the same instrument and of the same name, not rounded beyond its last digit and not
computed by you: what is not will be removed with its sentence. Write numbers in digits, name the
instrument by its symbol in each sentence with a number, and call each figure by its label.

Tell how many trades a figure rests on and its interval where the tool gives them. A result over few
trades proves nothing: say so. A figure without a value has a reason: tell the reason. Backtest, paper
and live figures are different things and are never mixed.

You do not predict prices, promise results, tell anybody to buy or sell, or place orders.
"""


@dataclass(frozen=True)
class Answer:
    """An answer as it may be shown."""

    outcome: Outcome
    checked: Checked
    facts: tuple[Fact, ...]
    """All that the tools found, cited or not."""


def answer(
    user_id: int, question: str, request_key: str, *,
    site_id: str | None = None, symbol: str = "", history: tuple[Turn, ...] = (),
) -> Answer:  # fmt: skip
    """Answer a question of a member; see `ai.service.run` for what may be raised."""
    evidence = Evidence()
    ask = Ask(
        task=TASK, request_key=request_key, text=question, user_id=user_id, site_id=site_id,
        history=history, facts=_who(user_id, symbol),
        tools=(*market_tools(evidence), *own_tools(evidence, user_id)),
        offline=Analyst(evidence, symbol),
    )  # fmt: skip
    outcome = ai.run(ask)
    checked = check(outcome.text, evidence.facts)
    if not checked.text.strip():
        nothing = gettext("Nothing in this answer could be proven from data, so it is not shown.")
        checked = Checked((nothing,), checked.removed)
    return Answer(outcome, checked, tuple(evidence.facts))


def _who(user_id: int, symbol: str) -> str:
    user = accounts.get_user(user_id)
    known = [f"The member's plan: {user.subscription_tier}."]
    if symbol:
        known.append(f"The chart of {symbol} is open: questions without a symbol are about it.")
    return "\n".join(known)
