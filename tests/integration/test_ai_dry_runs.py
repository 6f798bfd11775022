"""Dry runs of every task's prompt: on a safe sample, counted, shown to its asker, kept nowhere else."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import func, select

from app.ai import service as ai
from app.ai.models import AiCall, AiRun
from app.analysis.models import Analysis
from app.coach import service as coach
from app.coach.schemas.trials import TrialIn
from app.coach.service import trials
from app.core import clock
from app.core.db import db
from app.core.errors import ValidationError
from app.ledger.models import LedgerEvent
from app.screenshots.models import Screenshot
from app.screenshots.service import trying
from tests.factories.analyses import NOW, rising_market
from tests.fakes.models import Reply, text

DRAFT = "You are the draft of this task."
PROPOSAL = {
    "bias": "long", "entry": 205.2, "target": 207.0, "stop": 204.0, "confidence": 0.6,
    "horizon_bars": 12, "reasoning": "SPY rises. You win 91% of your trades on Mondays.",
}  # fmt: skip


def tried(user_id, task, given=None, draft=DRAFT):
    """Try a draft and let the job run; return what its asker is shown."""
    number = ai.add_prompt(task, draft).number
    sent = coach.ask_trial(user_id, task, number, given or TrialIn())
    coach.write_trial(sent.id)
    coach.write_trial(sent.id)
    (shown,) = coach.list_trials(user_id, task, number)
    return shown


def final(**arguments):
    return Reply(tools=(("final_result", arguments),))


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def values(group):
    return {one.name: one.value for one in group.fields}


@pytest.mark.parametrize("symbol", ["", "spy"])
def test_the_prompt_of_analyses_is_tried_on_a_plain_chart_and_predicts_nothing(
    bare_gate, member, monkeypatch, symbol
):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    rising_market()
    bare_gate.script, bare_gate.replies = None, [final(**PROPOSAL)]
    shown = tried(member(), "analysis", TrialIn(symbol=symbol))
    assert (shown.state, shown.symbol, shown.reason) == ("done", "SPY", "")
    (proposal,) = shown.answer.groups
    assert proposal.title == "SPY M5"
    assert values(proposal)["bias"] == "long"
    assert values(proposal)["target"] == "207.00"
    assert shown.answer.removed == ["You win 91% of your trades on Mondays."]
    assert shown.answer.cost > 0
    assert DRAFT in json.dumps([one.body for one in bare_gate.asked])
    run = db.session.scalars(select(AiRun)).one()
    assert (run.task, run.is_trial, run.cost) == ("analysis", True, shown.answer.cost)
    held = db.session.scalars(select(AiCall)).one()
    assert held.reserved >= held.cost > 0, "money was held back before"
    assert (count(Analysis), count(LedgerEvent)) == (0, 0)


def test_the_prompt_of_screenshots_is_tried_on_a_look_alike_and_held_against_the_truth(
    bare_gate, member
):
    truth = json.loads((trying.FOLDER / "truth.json").read_text())["pictures"][0]["positions"]
    read = [
        {name: {"value": one[name], "confidence": 0.9} for name in trying.FIELDS}
        for one in truth[:3]
    ]
    read[1]["strike"]["value"] = "999"
    bare_gate.script, bare_gate.replies = None, [final(positions=read)]
    shown = tried(member(), "screenshot")
    assert shown.state == "done", shown.reason
    groups = shown.answer.groups
    assert [group.title for group in groups] == [one["ticker"] for one in truth]
    wrong = [
        (group.title, one.name)
        for group in groups[:3]
        for one in group.fields
        if one.value != one.expected
    ]
    assert wrong == [(truth[1]["ticker"], "strike")]
    missed = groups[3]
    assert all(not one.value and one.confidence is None for one in missed.fields)
    assert values(missed)["ticker"] == ""
    assert count(Screenshot) == 0
    assert "Today is 2026-06-11." in json.dumps([one.body for one in bare_gate.asked])


def test_the_prompt_of_checks_is_tried_with_one_word(bare_gate, member):
    bare_gate.script, bare_gate.replies = None, [text("ok")]
    shown = tried(member(), "check")
    assert [piece.text for piece in shown.answer.pieces] == ["ok"]
    assert (shown.answer.is_offline, shown.answer.groups) == (False, [])


def test_without_a_model_plain_rules_answer_and_it_is_said(app, member, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    rising_market()
    shown = tried(member(), "analysis", TrialIn(symbol="SPY"))
    assert (shown.state, shown.answer.is_offline, shown.answer.cost) == ("done", True, 0)
    assert tried(member("b@example.test"), "check").reason == "away"


def test_it_tells_its_place_and_progress_and_only_its_asker(app, member, monkeypatch):
    ann = member()
    number = ai.prompt("coach").number
    first, second = (
        coach.ask_trial(ann, "coach", number, TrialIn(question=word)) for word in ("One?", "Two?")
    )
    assert (first.ahead, second.ahead) == (0, 1)
    monkeypatch.setattr(trials.ai, "read_progress", lambda *_: ai.Progress("Half an", "get_bars"))
    newest = coach.list_trials(ann, "coach", number)[0]
    assert (newest.doing, newest.characters) == ("get_bars", 7)
    assert coach.list_trials(ann, "analysis", number) == []
    assert coach.list_trials(member("b@example.test"), "coach", number) == []


def test_a_chart_that_has_too_few_bars_says_so(app, member, monkeypatch):
    ann = member()
    with pytest.raises(ValidationError):
        coach.ask_trial(ann, "analysis", ai.add_prompt("analysis", DRAFT).number, TrialIn())
    monkeypatch.setattr(clock, "now", lambda: NOW)
    rising_market()

    def few(*_args, **_more):
        message = "There are too few bars."
        raise ValidationError(message, field="timeframe")

    monkeypatch.setattr(trials.analysis, "try_prompt", few)
    assert tried(ann, "analysis").reason == "bars"
