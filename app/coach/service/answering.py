"""Answering one question: tools over what belongs to the asker, a model or plain rules, the check."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from app.accounts import service as accounts
from app.ai import service as ai
from app.ai.errors import StoppedError
from app.ai.schemas import Ask, Outcome, Tool, Turn
from app.coach.rules import intents
from app.coach.rules.citing import Checked, check
from app.coach.rules.facts import Fact
from app.coach.rules.proposing import ChartProposal
from app.coach.service.book_tools import book_tools
from app.coach.service.chart_tools import chart_tools
from app.coach.service.contract_tools import contract_tools
from app.coach.service.evidence import Evidence
from app.coach.service.look_tools import look_tools
from app.coach.service.market_tools import market_tools
from app.coach.service.offline import Analyst
from app.coach.service.own_tools import own_tools
from app.coach.service.pattern_tools import pattern_tools
from app.coach.service.robot_tools import board_tools, robot_tools
from app.coach.service.term_tools import term_tools
from app.coach.service.word_tools import word_tools
from app.core.i18n import gettext

TASK = "coach"
WHOLE = re.compile(r"[.!?\u2026][\"')\]]*(?=\s)|\n")
"""Where a sentence has surely ended."""
PROMPT = """
You are the coach of a trading site: calm, brief, honest about uncertainty. You know price levels,
options Greeks, risk and the statistics of small samples.

Answer in English. Look facts up with the tools before you tell them. Every number that you write must stand in a tool's
answer, about the same instrument and of the same name, not rounded beyond its last digit and not
computed by you: what is not will be removed with its sentence. Write numbers in digits, name the
instrument by its symbol in each sentence with a number, and call each figure by its label.
Definitions with numbers stand word for word as explain_term gives them, each in a line of its own.

Tell how many trades a figure rests on and its interval where the tool gives them. A result over few
trades proves nothing: say so. A figure without a value has a reason: tell the reason. Backtest, paper
and live figures are different things and are never mixed. Tell a pattern in somebody's trades only
where find_patterns tells it. Greeks may be explained (what gains, what loses, and when), never turned
into advice.

You do not predict prices, promise results, tell anybody to buy or sell, or place orders.
"""


class CutError(StoppedError):
    """The member has ended the answer; what had been written and can be proven comes along."""

    def __init__(self, message: str, checked: Checked) -> None:
        super().__init__(message)
        self.checked = checked


@dataclass(frozen=True)
class Answer:
    """An answer as it may be shown."""

    outcome: Outcome
    checked: Checked
    facts: tuple[Fact, ...]
    """All that the tools found, cited or not."""
    charts: tuple[ChartProposal, ...] = ()
    """What it would have charts show; nothing is drawn before the member says so."""


def answer(
    user_id: int, question: str, request_key: str, *,
    site_id: str | None = None, symbol: str = "", history: tuple[Turn, ...] = (),
) -> Answer:  # fmt: skip
    """Answer a question of a member; see `ai.service.run` for what may be raised."""
    evidence = Evidence()
    ask = _asked(evidence, user_id, question, request_key, symbol)
    return _answered(replace(ask, site_id=site_id, history=history), evidence)


def try_prompt(
    user_id: int, question: str, request_key: str, number: int, *,
    symbol: str = "", site_id: str | None = None,
) -> Answer:  # fmt: skip
    """Answer as a dry run of a version of the prompt: it is counted, and no member sees it."""
    evidence = Evidence()
    ask = _asked(evidence, user_id, question, request_key, symbol)
    trial = replace(ask, site_id=site_id, prompt_number=number, is_trial=True)
    return _answered(trial, evidence)


def _asked(evidence: Evidence, user_id: int, question: str, request_key: str, symbol: str) -> Ask:
    return Ask(
        task=TASK, request_key=request_key, text=question, user_id=user_id,
        facts=_who(user_id, symbol),
        tools=_tools(evidence, user_id, question),
        offline=Analyst(evidence, symbol),
    )  # fmt: skip


def _answered(ask: Ask, evidence: Evidence) -> Answer:
    try:
        outcome = ai.run(ask)
    except StoppedError as error:
        raise CutError(error.message, _so_far(ask.request_key, evidence)) from error
    checked = check(outcome.text, evidence.facts)
    if not checked.text.strip():
        nothing = gettext("Nothing in this answer could be proven from data, so it is not shown.")
        checked = Checked((nothing,), checked.removed)
    return Answer(outcome, checked, tuple(evidence.facts), tuple(evidence.charts))


def _tools(evidence: Evidence, user_id: int, question: str) -> tuple[Tool, ...]:
    return (
        *market_tools(evidence),
        *look_tools(evidence),
        *term_tools(evidence),
        *own_tools(evidence, user_id),
        *book_tools(evidence, user_id),
        *contract_tools(evidence),
        *robot_tools(evidence, user_id),
        *board_tools(evidence),
        *pattern_tools(evidence, user_id),
        *chart_tools(evidence, may_draw=intents.asks_to_draw(question)),
        *word_tools(evidence),
    )


def _so_far(request_key: str, evidence: Evidence) -> Checked:
    """Return the whole sentences of an answer that was cut, checked as those of any other.

    The last one may have been cut within a number ("451." of "451.20"): only what a blank or a line
    follows is whole.
    """
    progress = ai.read_progress(TASK, request_key)
    whole = list(WHOLE.finditer(progress.text)) if progress else []
    return check(progress.text[: whole[-1].end()] if progress and whole else "", evidence.facts)


def _who(user_id: int, symbol: str) -> str:
    user = accounts.get_user(user_id)
    known = [f"The member's plan: {user.subscription_tier}."]
    if symbol:
        known.append(f"The chart of {symbol} is open: questions without a symbol are about it.")
    return "\n".join(known)
