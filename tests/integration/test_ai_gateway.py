"""The gateway over the real SDKs: three providers, failover, tools, limits, and what goes wrong."""

from __future__ import annotations

import contextlib
import gc
import json
import time
from decimal import Decimal

import pytest
from pydantic import BaseModel
from sqlalchemy import select

from app.ai import service
from app.ai.clients import building, http
from app.ai.errors import AnswerError, BudgetError, ModelAwayError, StoppedError
from app.ai.models import AiRun, AiSpend
from app.ai.rules import catalogue
from app.ai.schemas import OFFLINE, Image, Tool, Turn
from app.ai.service import progress
from app.core.db import db
from app.core.errors import ConflictError
from tests.factories.gateway import ask, calls
from tests.fakes.models import Reply, text, tool

MODELS = {
    "openai": "gpt-4o-mini",
    "anthropic": "claude-haiku-4-5",
    "google": "gemini-2.5-flash-lite",
}
CANARY = "secret words"


class SymbolAsked(BaseModel):
    symbol: str


class Proposal(BaseModel):
    bias: str
    entry: Decimal


LEVELS = Tool(
    "get_key_levels", "Levels.", SymbolAsked, lambda asked: {"pdh": "451.20", "of": asked.symbol}
)


@pytest.mark.req("S0-21", "S0-22")
@pytest.mark.parametrize("provider", MODELS)
def test_each_provider_answers_with_tools_history_and_exact_cost(gate, order, provider):
    order(MODELS[provider])
    gate.replies = [
        tool("get_key_levels", symbol="SPY"),
        text("SPY's PDH is 451.20.", input_tokens=200, cached_tokens=50, output_tokens=30),
    ]
    said: list[str] = []
    history = (Turn("member", "Hi."), Turn("assistant", "Hello."))
    progress_told = progress.tell
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            progress, "tell", lambda *told: (said.append(told[2].text), progress_told(*told))[1]
        )
        outcome = service.run(ask(tools=(LEVELS,), history=history))
    assert outcome.text == "SPY's PDH is 451.20."
    assert outcome.model == MODELS[provider]
    assert [(one.name, one.result["of"]) for one in outcome.tool_calls] == [
        ("get_key_levels", "SPY")
    ]
    first, second = (one.body for one in gate.asked)
    assert "You are a coach." in json.dumps(first)
    assert "Hi." in json.dumps(first)
    assert "451.20" in json.dumps(second)
    model = catalogue.read_catalogue().models[MODELS[provider]]
    costs = [
        (100 * model.input + 20 * model.output) / 1_000_000,
        (150 * model.input + 50 * model.cached_input + 30 * model.output) / 1_000_000,
    ]
    assert [one.cost for one in calls()] == [
        pytest.approx(cost, abs=Decimal("1e-8")) for cost in costs
    ]
    assert outcome.cost == sum(one.cost for one in calls())
    spend = db.session.scalar(select(AiSpend).filter_by(scope="all"))
    assert (spend.reserved, spend.spent) == (0, outcome.cost)


@pytest.mark.parametrize("provider", MODELS)
def test_structured_answers_are_checked(gate, order, provider):
    order(MODELS[provider], task="analysis")
    gate.script = lambda asked: Reply(
        tools=((_output_tool(asked), {"bias": "long", "entry": "451.2"}),)
    )
    outcome = service.run(
        ask(task="analysis", output=Proposal, images=(Image(b"\x89PNG", "image/png"),))
    )
    assert outcome.data == Proposal(bias="long", entry=Decimal("451.2"))


def _output_tool(asked) -> str:
    found = json.dumps(asked.body)
    return "final_result" if "final_result" in found else "missing"


@pytest.mark.req("S0-26", "S2-42")
@pytest.mark.parametrize("status", [429, 500, 503, 529, 401, 404])
def test_the_next_provider_answers_where_one_fails(gate, order, status):
    order(*MODELS.values())
    gate.script = lambda asked: (
        Reply(status=status) if asked.provider != "google" else text("From the third.")
    )
    outcome = service.run(ask())
    assert (outcome.text, outcome.model) == ("From the third.", MODELS["google"])
    tried = [one.provider for one in gate.asked]
    assert tried[-1] == "google"
    assert set(tried) == set(MODELS)
    assert all(one.cost == 0 for one in calls(state="failed"))
    assert db.session.scalar(select(AiSpend.reserved)) == 0


def test_where_all_fail_plain_rules_answer_and_no_word_of_a_provider_comes_out(gate, order):
    order(*MODELS.values())
    gate.replies = [Reply(status=500)]
    with pytest.raises(ModelAwayError) as away:
        service.run(ask())
    assert CANARY not in f"{away.value.message} {away.value.details}"
    outcome = service.run(
        ask(tools=(LEVELS,), offline=lambda _, call: call("get_key_levels", symbol="SPY")["pdh"])
    )
    assert (outcome.text, outcome.model, outcome.is_offline) == ("451.20", OFFLINE, True)
    assert CANARY not in str([(one.reason, one.model) for one in db.session.scalars(select(AiRun))])


@pytest.mark.parametrize("provider", MODELS)
def test_a_stream_that_is_cut_counts_at_its_most(gate, order, provider):
    order(MODELS[provider])
    gate.replies = [text("A long answer that will not come to its end. " * 5, cut_after=3)]
    with pytest.raises((ModelAwayError, AnswerError)):
        service.run(ask())
    (call,) = calls()
    assert call.state in {"lost", "settled"}
    assert call.state == "settled" or call.cost == call.reserved > 0
    assert db.session.scalar(select(AiSpend.reserved)) == 0


def test_silence_ends_the_request_in_time(gate, order):
    order("gpt-4o-mini", seconds=0.6)
    gate.replies = [text("Something, and then nothing.", silent_after=2)]
    began = time.monotonic()
    with pytest.raises(ModelAwayError) as away:
        service.run(ask())
    assert time.monotonic() - began < 5
    assert away.value.reason == "timeout"
    assert calls()[0].cost == calls()[0].reserved


def test_an_answer_of_ten_megabytes_is_not_read(gate, order):
    order("gpt-4o-mini")
    gate.replies = [text("x", blanks=10 * 1024 * 1024)]
    with pytest.raises(ModelAwayError):
        service.run(ask())
    assert http.LARGEST_ANSWER < 10 * 1024 * 1024


@pytest.mark.parametrize("provider", MODELS)
def test_arguments_that_are_no_json_are_told_to_the_model_and_never_run(gate, order, provider):
    order(MODELS[provider])
    gate.replies = [Reply(tools=(("get_key_levels", {}),), bad_json=True), text("Sorry.")]
    try:
        outcome = service.run(ask(tools=(LEVELS,)))
    except (AnswerError, ModelAwayError):
        pass
    else:
        assert all(one.result is None for one in outcome.tool_calls)
    assert db.session.scalar(select(AiSpend.reserved)) == 0


def test_a_model_that_only_calls_tools_is_ended(gate, order):
    order("gpt-4o-mini", rounds=4)
    gate.replies = [tool("get_key_levels", symbol="SPY")]
    with pytest.raises(AnswerError):
        service.run(ask(tools=(LEVELS,)))
    assert len(gate.asked) == 4


def test_what_may_be_spent_ends_a_request_between_two_rounds(gate, order):
    order("gpt-4o-mini", most=Decimal("0.0016"))
    gate.replies = [Reply(tools=(("get_key_levels", {"symbol": "SPY"}),), input_tokens=9_000)]
    with pytest.raises(BudgetError) as refused:
        service.run(ask(tools=(LEVELS,)))
    assert refused.value.scope == "request"
    assert len(gate.asked) == 1


def test_a_member_can_stop_an_answer(gate, order, monkeypatch):
    order("gpt-4o-mini")
    gate.replies = [text("word " * 200, pause=0.02)]
    told: list[str] = []
    monkeypatch.setattr(
        progress, "tell", lambda *said: (told.append(said[2].text), len(told) > 2)[1]
    )
    with pytest.raises(StoppedError):
        service.run(ask())
    assert len(told) == 3
    assert db.session.scalar(select(AiRun.state)) == "stopped"
    assert calls()[0].state == "lost"


def test_a_worker_loads_before_it_forks_what_asking_takes_and_nothing_without_a_key(gate):
    assert len(building.needed()) == 4
    building.current_app.config.update(OPENAI_API_KEY="", ANTHROPIC_API_KEY="")
    assert building.needed() == ["app.ai.clients.agent", "pydantic_ai.models.google"]
    building.current_app.config["GOOGLE_API_KEY"] = ""
    assert building.needed() == []
    building.preload()


@pytest.mark.parametrize("provider", MODELS)
@pytest.mark.filterwarnings("always::ResourceWarning")
def test_a_client_that_makes_room_for_others_is_closed(gate, order, monkeypatch, recwarn, provider):
    order(MODELS[provider], seconds=0.5)
    monkeypatch.setattr(building, "MOST_CLIENTS", 2)
    ends = ([text("Hello.")], [Reply(raw="data: junk\n\n")], [text("Half of", silent_after=1)])
    for number in range(9):
        gate.replies = ends[number % 3]
        monkeypatch.setitem(
            building.current_app.config, building.KEYS[provider], f"key {number} of a member"
        )
        with contextlib.suppress(ModelAwayError, AnswerError):
            service.run(ask())
    assert {one.key for one in gate.asked} == {f"key {number} of a member" for number in range(9)}
    assert len(building._kept) == 2
    gc.collect()
    assert [str(one.message) for one in recwarn if one.category is ResourceWarning] == []
    gate.replies = [text("Hello again.")]
    assert service.run(ask()).text == "Hello again.", "one that is left still asks"


def test_the_same_request_is_answered_once(gate, order):
    order("gpt-4o-mini")
    asked = ask()
    service.run(asked)
    with pytest.raises(ConflictError):
        service.run(asked)
    assert len(gate.asked) == 1


@pytest.mark.req("S0-99")
def test_the_same_question_on_the_same_data_is_answered_from_what_was_said(gate, order):
    order("gpt-4o-mini", task="analysis")
    gate.replies = [text("Up."), text("Down.")]
    same = {"task": "analysis", "data_key": "chart 1 version 3"}
    first, again = service.run(ask(**same)), service.run(ask(**same))
    assert (again.text, again.is_from_cache, again.cost) == ("Up.", True, 0)
    assert first.model == again.model
    other = service.run(ask(task="analysis", data_key="chart 1 version 4"))
    assert other.text == "Down."
