"""Making one proposal: a model or plain rules over one moment, then our own check of all of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.ai import service as ai
from app.ai.schemas import Ask, Call, Image, Outcome
from app.analysis.rules import offline
from app.analysis.rules.market import Moment, facts_of, told
from app.analysis.rules.proposing import Proposal, Said, checked, reward_to_risk, said_of
from app.analysis.service import looking
from app.charts.schemas import Document
from app.core.citing.checking import Checked, check
from app.core.citing.facts import Fact
from app.core.i18n import gettext
from app.market.schemas import Instrument

TASK = "analysis"
QUESTION = "Analyse this chart."
PROMPT = """
You look at one chart of a trading site and propose what it may do next, calmly and honestly.

You are given facts, bars and a picture of the chart. Answer with a bias (long, short or neutral), an
entry, a target, a stop, a confidence from 0 to 1, how many bars of the chart it has, your reasoning
in English, and a few drawings. Say neutral, without prices, when there is no clear case.

The confidence is how likely the target is reached before the stop and before the time is over. It is
compared with what happens: without an edge it is about the stop's distance divided by the distances
of stop and target together. Do not say more than you can know.

For long the stop lies below the entry and the target above it; for short the other way round. The
entry lies within five average true ranges of the price, the stop within ten of the entry.

Every number in the reasoning must be one of the facts, or your own entry, target, stop or confidence,
called by its label, not rounded beyond its last digit: a sentence with another number is removed.
Name the instrument by its symbol in each sentence with a number. Drawings are support, resistance,
trendline or fibonacci; the points of lines lie on bars that you were given.

You do not promise results, and you do not tell anybody to buy or sell.
"""


@dataclass(frozen=True)
class Made:
    """A proposal as it may be shown."""

    outcome: Outcome
    moment: Moment
    proposal: Proposal
    text: Checked
    document: Document


def make(  # noqa: PLR0913 - whose chart, which moment, and what a dry run changes
    instrument: Instrument, document: Document, request_key: str, now: datetime, *,
    user_id: int, site_id: str | None = None, prompt_number: int | None = None,
) -> Made:  # fmt: skip
    """Make a proposal for a chart; see `ai.service.run` for what may be raised.

    With `prompt_number` it is a dry run of that version of the prompt.

    Raises:
        ValidationError: there are too few bars.
        ImplausibleError: what was proposed cannot be meant.
    """
    moment = looking.look(instrument, document, now)
    shown = looking.wordless(document)
    facts = facts_of(moment)

    def plain(_ask: Ask, _call: Call) -> Said:
        return offline.propose(moment)

    outcome = ai.run(
        Ask(
            task=TASK, request_key=request_key, text=QUESTION, user_id=user_id, site_id=site_id,
            facts=_told(moment, shown, facts),
            images=(Image(looking.picture(shown, moment.at), "image/png"),),
            output=said_of(moment),
            data_key=looking.data_key(instrument, shown, moment),
            offline=plain,
            prompt_number=prompt_number,
            is_trial=prompt_number is not None,
        )
    )  # fmt: skip
    if not isinstance(outcome.data, Said):
        message = f"the gateway answered with {type(outcome.data).__name__}"
        raise TypeError(message)
    proposal = checked(outcome.data, moment)
    proven = [*facts, *_own_facts(proposal, moment)]
    return Made(outcome, moment, _labelled(proposal, proven), _checked(proposal, proven), shown)


def _told(moment: Moment, document: Document, facts: list[Fact]) -> str:
    chart = document.model_dump(mode="json", exclude={"settings"})
    return json.dumps({"chart": chart, **told(moment, facts)}, sort_keys=True)


def _own_facts(proposal: Proposal, moment: Moment) -> list[Fact]:
    """Return what the proposal itself says, so that its reasoning may tell it."""
    source = f"This proposal for {moment.symbol}"
    percent = round(proposal.confidence * 100, 2).normalize()
    found = [
        Fact("confidence", "confidence", percent, "percent", "", (), source),
        Fact("horizon", "horizon", Decimal(proposal.horizon_bars), "count", "", ("bars",), source),
    ]
    if proposal.entry is None or proposal.target is None or proposal.stop is None:
        return found
    for name, price in (
        ("entry", proposal.entry), ("target", proposal.target), ("stop", proposal.stop),
    ):  # fmt: skip
        found.append(Fact(name, name, price, "price", moment.symbol, (), source))
    ratio = reward_to_risk(proposal.entry, proposal.target, proposal.stop)
    found.append(Fact("reward", "reward to risk", ratio, "ratio", "", ("risk to reward",), source))
    return found


def _checked(proposal: Proposal, facts: list[Fact]) -> Checked:
    found = check(proposal.reasoning, facts)
    if found.text.strip():
        return found
    nothing = gettext("Nothing in this reasoning could be proven from data, so it is not shown.")
    return Checked((nothing,), found.removed)


def _labelled(proposal: Proposal, facts: list[Fact]) -> Proposal:
    """Return the proposal with those labels of its drawings whose numbers are proven."""
    drawings = tuple(
        one.model_copy(update={"label": ""})
        if (label := getattr(one, "label", "")) and check(label, facts).removed
        else one
        for one in proposal.drawings
    )
    return proposal._replace(drawings=drawings)
