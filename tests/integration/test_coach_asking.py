"""The coach without a model: right answers, each number with its source, and nothing of anybody else."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.ai.models import AiRun
from app.ai.schemas import OFFLINE, Outcome
from app.coach import service
from app.coach.rules.citing import Citation
from app.coach.service import answering
from app.core import clock
from app.core.db import db, transaction
from app.market import service as market
from tests.factories.bars import minutes_from

FRIDAY = datetime(2025, 10, 31, 13, 30, tzinfo=UTC)
MONDAY = datetime(2025, 11, 3, 14, 30, tzinfo=UTC)
NOW = MONDAY + timedelta(minutes=45, seconds=12)


@pytest.fixture
def desk(app, monkeypatch):
    """Two instruments with a Friday, minutes before Monday's market, and 45 minutes of Monday."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    for symbol, asset_class, price in (("SPX", "index", 100), ("SPY", "equity", 200)):
        for start, count in ((FRIDAY, 390), (MONDAY - timedelta(minutes=330), 10), (MONDAY, 45)):
            with transaction():
                each = market.get_instrument(symbol, asset_class=asset_class)
                bars = minutes_from(start, count, price=price)
                market.store_bars(each.id, "M1", bars, "csv")
    return app


@pytest.fixture
def ask(desk, member):
    ann = member("ann@example.test")
    count = iter(range(1_000))

    def ask_one(question, user_id=ann, **more):
        return service.answer(user_id, question, f"test {next(count)}", **more)

    return ask_one


def cited(answer):
    return {
        part.fact.id.partition(".")[2]: part.fact.value
        for part in answer.checked.parts
        if isinstance(part, Citation)
    }


def levels(symbol):
    return {name: level.price for name, level in market.read_levels(symbol).levels.items()}


@pytest.mark.req("S2-35", "S2-43")
@pytest.mark.parametrize(
    ("question", "symbol", "names"),
    [
        ("Where's PDH for SPX?", "", ["pdh"]),
        ("Show me pre-market high and low", "SPY", ["pmh", "pml"]),
        ("where are pdh, pdl and pdc of spy?", "", ["pdh", "pdl", "pdc"]),
        ("What's the pivot of SPY?", "SPX", ["pp"]),
    ],
)
def test_levels_are_answered_as_the_engine_has_them(ask, question, symbol, names):
    answer = ask(question, symbol=symbol)
    about = "SPX" if "SPX" in question else "SPY"
    found = cited(answer)
    assert [name for name in found if name not in {"at", "session"}] == names
    for name in names:
        assert float(found[name]) == pytest.approx(levels(about)[name], abs=0.005)
    assert not answer.checked.removed
    assert answer.outcome.is_offline


@pytest.mark.req("S2-43")
def test_a_level_that_is_not_there_says_why(ask):
    said = ask("What's the ATR?", symbol="SPY").checked.text
    assert re.search(r"SPY has no ATR: .{10}", said)
    said = ask("Where is VWAP of SPX?").checked.text
    assert "SPX has no VWAP: " in said


@pytest.mark.req("S2-36", "S2-37")
def test_prices_and_hours(ask):
    answer = ask("What is SPY trading at?")
    assert float(cited(answer)["price"]) == market.read_price("SPY").price
    assert "The market is open" in ask("Is the market open?").checked.text


def test_without_a_symbol_it_asks_which(ask):
    assert "Which instrument?" in ask("Where is PDH?").checked.text
    assert "There are no bars of NOSUCH here" in ask("Where is PDH of NOSUCH?").checked.text
    # A symbol that is not known is never taken for the open chart's.
    said = ask("Where is PDH of SPYX?", symbol="SPX").checked.text
    assert said == "There are no bars of SPYX here. Did you mean SPY?"


def test_a_member_without_trades_gets_no_figures(ask):
    assert ask("What's my win rate?").checked.text.startswith("You have no closed trades")
    assert ask("What are my positions?").checked.text.startswith("You hold nothing")


def test_what_a_model_invents_is_left_out_and_what_it_found_stays(ask, monkeypatch):
    pdh = round(levels("SPY")["pdh"], 2)

    def run(asked):
        tool = next(one for one in asked.tools if one.name == "get_key_levels")
        tool.run(tool.arguments(symbol="spy"))
        text = f"SPY's PDH is {pdh}. It will reach 999.99 by noon. Apple's PDH is {pdh}."
        return Outcome(1, "gpt-4o", "coach 1", text)

    monkeypatch.setattr(answering.ai, "run", run)
    answer = ask("Where is PDH of SPY?")
    assert answer.checked.text.strip() == f"SPY's PDH is {pdh}."
    assert len(answer.checked.removed) == 2


@pytest.mark.req("S2-45")
def test_a_hundred_questions_in_a_row_without_an_error(ask):
    questions = [
        "Where's PDH for SPX?", "Show me pre-market high and low", "What's the ATR?",
        "Is the market open?", "What is SPY trading at?", "What's my win rate?",
        "Show my last trades", "What are my positions?", "key levels of SPY", "Hello?",
    ]  # fmt: skip
    for at in range(100):
        answer = ask(questions[at % 10], symbol="SPY")
        assert answer.checked.text
        assert not answer.checked.removed
    states = db.session.execute(select(AiRun.state, AiRun.model).distinct()).all()
    assert states == [("done", OFFLINE)]


def test_the_command_prints_every_citation(desk, member):
    member("ann@example.test")
    line = ["coach", "ask", "ann@example.test", "Where's PDH for SPX?", "--json"]
    result = desk.test_cli_runner().invoke(args=line)
    assert result.exit_code == 0, result.output
    document = json.loads(result.output)
    assert document["is_offline"] is True
    assert document["citations"][0]["label"] == "previous day high"
    assert document["citations"][0]["symbol"] == "SPX"
    assert "Levels of SPX" in document["citations"][0]["source"]
    unknown = desk.test_cli_runner().invoke(args=["coach", "ask", "nobody@example.test", "PDH?"])
    assert unknown.exit_code == 1
    assert "There is no member" in unknown.output
