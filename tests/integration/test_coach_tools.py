"""What the coach looks up beside levels: each answer against the engine that it comes from."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from app.charts import service as charts
from app.charts.schemas import ChartQuery, UndoIn
from app.coach import service
from app.coach.rules.proposing import kept, read_proposals
from app.coach.service import answering
from app.core.db import db, transaction
from app.core.errors import ValidationError
from app.market import service as market
from app.market.schemas.reading import BarsQuery
from app.trading import service as trading
from app.trading.schemas.portfolio import PortfolioQuery
from tests.conftest import make_app, migrate
from tests.integration.coach_world import build, cited
from tests.unit.coach.test_wordings import GREEKS, LEVELS, PLAIN


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """One world for all questions: they read."""
    patch = pytest.MonkeyPatch()
    app = make_app(tmp_path_factory.mktemp("coach"))
    migrate(app)
    with app.app_context():
        yield build(patch)
        db.session.remove()
    patch.undo()


def said(world, question, **more):
    answer = world.ask(question, **more)
    assert not answer.checked.removed, answer.checked.removed
    return answer


def one(answer, key):
    return cited(answer)[key]


# --- The market ---


@pytest.mark.req("S2-43")
@pytest.mark.parametrize(
    ("question", "kind", "frame", "settings", "column"),
    [
        ("RSI of SPY on 1h", "rsi", "H1", {}, "value"),
        ("what's the 15m RSI for qqq?", "rsi", "M15", {}, "value"),
        ("EMA 9 of SPY", "ema", "M5", {"period": 9}, "value"),
        ("20 SMA on SPY 5m", "sma", "M5", {"period": 20}, "value"),
        ("Bollinger bands of SPY on M5?", "bollinger", "M5", {}, "upper"),
        ("ATR of SPY on 5m", "atr", "M5", {}, "value"),
    ],
)
def test_an_indicator_is_the_charts(world, question, kind, frame, settings, column):
    answer = said(world, question)
    symbol = "QQQ" if "qqq" in question else "SPY"
    found = market.read_indicator(symbol, kind, settings, BarsQuery(timeframe=frame, count=1))
    value = dict(zip(found.columns, found.rows[-1], strict=True))[column]
    if value is None:
        assert f"{symbol} has no" in answer.checked.text
    else:
        assert float(one(answer, column)) == pytest.approx(value, abs=0.006)


def test_bars_are_told_as_a_whole_and_one_by_one_to_a_model(world):
    answer = said(world, "the last 10 bars of SPY")
    bars = market.chart_bars("SPY", BarsQuery(timeframe="M5", count=10)).bars
    assert float(one(answer, "highest")) == pytest.approx(max(bar[2] for bar in bars), abs=0.006)
    assert float(one(answer, "lowest")) == pytest.approx(min(bar[3] for bar in bars), abs=0.006)
    assert len([fact for fact in answer.facts if fact.label.startswith("high ")]) == 10


def test_distances_and_changes_are_computed_by_tools(world):
    answer = said(world, "How far is SPY from PDH?")
    price = round(Decimal(repr(market.read_price("SPY").price)), 2)
    high = round(Decimal(repr(market.read_levels("SPY").levels["pdh"].price)), 2)
    assert one(answer, "pdh.far") == price - high
    answer = said(world, "Compare SPY and QQQ")
    found = {fact.id.partition(".")[2]: fact.value for fact in answer.facts}
    assert one(answer, "difference") == found["1.change"] - found["2.change"]
    assert "The difference of SPY to QQQ is" in answer.checked.text


# --- Greeks ---


@pytest.mark.req("S2-92")
@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("What's my net Delta?", ["delta", "delta_money"]),
        ("whats my theta per day", ["theta"]),
        ("how much do I lose per day to time decay?", ["theta"]),
        ("Show me my Greeks", ["delta", "gamma", "theta", "vega", "rho"]),
    ],
)
def test_net_greeks_are_those_of_the_portfolio(world, question, names):
    answer = said(world, question)
    (total,) = trading.read_portfolio(world.ann, PortfolioQuery()).totals
    for name in names:
        digits = 4 if name == "gamma" else 2
        assert float(one(answer, name)) == pytest.approx(getattr(total.net, name), abs=10**-digits)
    for word in ("should", "buy", "sell"):
        assert not re.search(rf"\b{word}\b", answer.checked.text, re.IGNORECASE)


@pytest.mark.req("S2-92")
def test_what_greeks_mean_is_said_by_their_sign(world):
    assert "time works against" in said(world, "what is my theta?").checked.text
    assert "gain when prices rise" in said(world, "my delta").checked.text


def test_risk_is_that_of_the_portfolio(world):
    answer = said(world, "What's my max loss and breakeven?")
    (state,) = trading.read_portfolio(world.ann, PortfolioQuery()).underlyings
    found = cited(answer)
    risks = {key.partition(".")[2]: value for key, value in found.items()}
    assert float(risks["max_loss"]) == state.risk.max_loss.amount
    assert float(risks["max_gain"]) == state.risk.max_gain.amount
    assert float(risks["breakeven1"]) == pytest.approx(state.risk.breakevens[0], abs=0.01)
    assert float(risks["chance"]) == pytest.approx(state.risk.probability_of_profit * 100, abs=0.06)


def test_who_holds_nothing_hears_so(world):
    for question in ("What's my net delta?", "my max loss"):
        assert "You hold nothing" in said(world, question, user_id=world.bob).checked.text


# --- Robots and patterns ---


def test_own_robots_and_those_of_the_catalogue(world):
    answer = said(world, "How are my robots doing?")
    assert "Robots: 1." in answer.checked.text
    assert "is active" in answer.checked.text
    assert "no robots" in said(world, "my bots", user_id=world.bob).checked.text
    name = next(fact.symbol for fact in answer.facts if fact.label == "state")
    told = said(world, f"What is the record of {name}?").checked.text
    assert told.startswith(f"{name} trades: ")


@pytest.mark.req("S2-124")
def test_a_pattern_is_told_with_how_many_were_looked_at(world):
    answer = said(world, "When do I trade best?")
    text = answer.checked.text
    assert "Patterns looked at: " in text
    assert "trades looked at: 80" in text
    assert "Your win rate of trades opened from 9:30 to 10:00 is 20.00%" in text
    assert "Your win rate of trades not opened from 9:30 to 10:00 is 80.00%" in text
    assert "adjusted p-value is 0.000" in text
    assert "robots" not in text
    few = said(world, "Are there patterns in my trades?", user_id=world.bob).checked.text
    assert "too few" in few


# --- Any wording ---


def test_no_answer_of_the_offline_analyst_loses_a_sentence(world):
    every = [*LEVELS, *GREEKS, *(one for many in PLAIN.values() for one in many)]
    for question in every[::4]:
        assert said(world, question, symbol="SPY").checked.text.strip(), question


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What is profit factor?", "Profit factor is gross profit divided by gross loss"),
        (
            "What is a tombstone?",
            "tombstone: a new event that takes an earlier one out of the figures",
        ),
        (
            "What's the delta of my SPY position?",
            "You hold nothing on SPY. Your positions are on ACME.",
        ),
        ("Are the futures markets open?", "The market of futures is open."),
        ("Should I buy SPY?", "I do not tell anybody to buy or sell"),
        ("what is the flibber?", "I can look up key levels"),
        ("long term view of SPY", "bars on W1"),
    ],
)
def test_what_is_said(world, question, words):
    assert words in said(world, question, symbol="SPY").checked.text


# --- Charts ---


@pytest.mark.req("S2-57", "S2-58")
def test_a_chart_is_shown_with_the_levels_that_are_spoken_of(world):
    answer = said(world, "Show me SPX chart with PDH and PDL")
    (shown,) = answer.charts
    assert (shown.kind, shown.symbol, set(shown.levels)) == ("show", "SPX", {"pdh", "pdl"})
    assert "PDH" in answer.checked.text


def test_a_drawing_waits_for_the_member_and_is_marked_as_a_machines(world):
    answer = said(world, "Draw PDH and PDL on SPY")
    (proposal,) = read_proposals(kept(answer.charts))
    assert proposal.kind == "draw"
    assert not charts.list_charts(world.ann, ChartQuery(symbol="SPY"))
    changed = service.apply_proposal(world.ann, proposal, "offline analyst")
    drawings = changed.chart.document.drawings
    assert [one.label for one in drawings] == ["PDH", "PDL"]
    assert {one.by.kind for one in drawings} == {"model"}
    assert service.apply_proposal(world.ann, proposal, "offline analyst") is None  # once
    with transaction():
        charts.undo(charts.member(world.ann), changed.chart.id, UndoIn(by="machine"))
    assert not charts.get_chart(world.ann, changed.chart.id).document.drawings
    assert not charts.list_charts(world.bob, ChartQuery())


def tools_of(world, monkeypatch, question):
    """Return the tools that a model would get for a question."""
    seen = {}

    def run(asked):
        seen.update({tool.name: tool for tool in asked.tools})
        return answering.Outcome(1, "scripted", "coach 1", "Nothing.")

    monkeypatch.setattr(answering.ai, "run", run)
    world.ask(question)
    return seen


def test_a_model_may_draw_only_where_it_was_asked_for_and_at_prices_that_were_found(
    world, monkeypatch
):
    assert "draw_on_chart" not in tools_of(world, monkeypatch, "Where is PDH of SPY?")
    tools = tools_of(world, monkeypatch, "Draw the support on SPY, please")
    draw = tools["draw_on_chart"]

    def line(price, label=""):
        one = {"kind": "draw_support_resistance", "role": "support", "price": price, "label": label}
        return draw.arguments.model_validate({"symbol": "spy", "operations": [one]})

    with pytest.raises(ValidationError, match="Look it up first"):
        draw.run(line("123.45"))
    levels = tools["get_key_levels"]
    found = levels.run(levels.arguments(symbol="SPY"))["facts"]
    pdl = next(fact["value"] for fact in found if fact["label"] == "previous day low")
    with pytest.raises(ValidationError, match="no tool has found"):
        draw.run(line(pdl, "to 999"))
    assert draw.run(line(pdl, "PDL"))["facts"]


def test_nothing_that_trades_or_fetches_is_a_tool(world, monkeypatch):
    names = set(tools_of(world, monkeypatch, "Draw it"))
    assert names == {
        "get_key_levels", "get_current_price", "get_market_status", "get_bars", "get_indicators",
        "get_changes", "get_distances", "get_long_term", "get_performance", "get_positions", "get_trades",
        "get_portfolio_greeks", "get_contract_greeks", "get_robots", "get_robot", "get_leaderboard",
        "find_patterns",
        "show_chart", "draw_on_chart", "explain_term", "search_docs",
    }  # fmt: skip
