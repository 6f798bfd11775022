"""Which cards stand beside an answer, and what opens in the panel: one table of rules."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.coach.rules.showing import KINDS, MOST, NOTHING, SHOWN_BY, Called, Card, decide, read

LEVELS = Called("get_key_levels", {"symbol": "spx", "timeframe": "M5"})
PRICE = Called("get_current_price", {"symbol": "QQQ"})
POSITIONS, RECORD = Called("get_positions", {}), Called("get_performance", {"period": None})
TRADES, HOURS = Called("get_trades", {"count": 5}), Called("get_market_status", {})
ROBOT = Called("get_robot", {"robot": "SMA Cross"})
SPX, CHART = Card("levels", "SPX"), Card("chart", "SPX")


@pytest.mark.req("S2-57", "S2-72")
@pytest.mark.parametrize(
    ("question", "called", "cards", "panel"),
    [
        ("Where's PDH for SPX?", [LEVELS], (SPX,), None),
        ("Show me pre-market high and low", [LEVELS], (SPX,), None),
        ("Show me SPX chart with levels", [LEVELS], (SPX,), CHART),
        ("Please open the graph of it", [LEVELS], (SPX,), CHART),
        ("Is there a chart pattern?", [LEVELS], (SPX,), None),
        ("What is QQQ trading at?", [PRICE], (Card("levels", "QQQ"),), None),
        ("Compare SPX and QQQ", [LEVELS, LEVELS, PRICE], (SPX, Card("levels", "QQQ")), None),
        ("Is the market open?", [HOURS], (), None),
        ("What are my positions?", [POSITIONS], (Card("positions"),), None),
        ("Show me my positions", [POSITIONS], (Card("positions"),), Card("positions")),
        ("What is my win rate?", [RECORD], (Card("performance"),), None),
        ("Open my performance", [RECORD], (Card("performance"),), Card("performance")),
        ("How is my P&L?", [RECORD], (Card("pnl"), Card("performance")), None),
        ("Show my last trades", [TRADES], (Card("pnl"),), None),
        ("Which alerts do I have?", [], (Card("alerts"),), None),
        ("Show my alerts", [], (Card("alerts"),), Card("alerts")),
        ("How does this robot do?", [ROBOT], (Card("robot", "sma-cross"),), None),
        ("Show me the robot", [ROBOT], (Card("robot", "sma-cross"),), Card("robot", "sma-cross")),
        ("Draw support there", [Called("draw_on_chart", {"symbol": "SPX"})], (SPX,), CHART),
        ("Everything", [LEVELS, POSITIONS, RECORD], (SPX, Card("positions")), None),
        ("What does ATR mean?", [Called("get_glossary", {"term": "ATR"})], (), None),
    ],
)
def test_tools_and_words_decide_what_is_shown(question, called, cards, panel):
    found = decide(question, called, robots=["sma-cross"])
    assert found.cards == cards
    assert found.panel == panel


@pytest.mark.req("S2-57")
def test_a_chart_that_no_tool_was_asked_about_is_that_of_the_symbol_meant():
    assert decide("show me the chart", [], symbol="SPY").panel == Card("chart", "SPY")
    assert decide("show me the chart", []).panel is None


@pytest.mark.req("S2-58")
def test_levels_that_an_answer_names_are_marked_and_other_facts_are_not():
    found = decide("Where are PDH and PDL?", [LEVELS], ["1.pdh", "1.at", "1.pdl", "1.pdh", "2.pnl"])
    assert found.marks == ("pdh", "pdl")
    shown = Called("show_chart", {"symbol": "SPX", "levels": ["vwap", "nothing"]})
    assert decide("And VWAP?", [shown], ["1.pdh"]).marks == ("pdh", "vwap")
    assert decide("And VWAP?", [shown]).panel == CHART


def test_what_cannot_be_named_is_not_shown():
    for symbol in ("<b>", "", "x" * 41, None):
        assert (
            decide("Levels?", [Called("get_key_levels", {"symbol": symbol})]).cards == ()
            or symbol is None
        )
    assert decide("Robots?", [Called("get_robots", {})]).cards == ()
    assert decide("Robots?", [ROBOT]).cards == ()
    assert decide("Robots?", [Called("get_robots", {})], robots=["a"]).cards == (
        Card("robot", "a"),
    )
    assert decide("Robots?", [Called("get_robots", {})], robots=["a", "b"]).cards == ()


def test_what_is_stored_is_read_again_and_a_broken_row_shows_nothing():
    found = decide("Show me SPX chart with levels", [LEVELS], ["1.pdh"])
    assert read(json.loads(json.dumps(found.kept()))) == found
    assert read({}) == NOTHING
    broken = {
        "cards": [["levels", "<script>"], ["gone", ""], "x", None],
        "panel": ["chart"],
        "marks": ["<"],
    }
    assert read(broken) == NOTHING


@given(
    st.text(max_size=200),
    st.lists(st.builds(Called, st.sampled_from([*SHOWN_BY, "else"]),
                       st.dictionaries(st.sampled_from(["symbol", "robot"]), st.text(max_size=50)))),
    st.lists(st.text(max_size=12)),
    st.text(max_size=50),
)  # fmt: skip
def test_whatever_is_asked_only_known_cards_are_shown(question, called, cited, symbol):
    found = decide(question, called, cited, symbol)
    assert len(found.cards) <= MOST
    assert len(set(found.cards)) == len(found.cards)
    assert all(card.kind in KINDS and card.is_known for card in found.cards)
    assert read(found.kept()) == found
