"""What may be proposed: prices in order and near the market, drawings that a chart can take."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.analysis.errors import ImplausibleError
from app.analysis.rules import offline
from app.analysis.rules.market import Moment, facts_of
from app.analysis.rules.proposing import Said, checked, reward_to_risk, said_of
from app.core.citing.checking import check

AT = datetime(2025, 11, 3, 16, 30, tzinfo=UTC)
START = int(AT.timestamp()) - 60 * 300


def moment(price=100.0, atr=1.0, fast=99.0, slow=98.0, **levels):
    rows = [[START + 300 * n, price, price + 1, price - 1, price, 10.0] for n in range(60)]
    indicators = {"atr": atr, "fast": fast, "slow": slow, "rsi": 55.0}
    return Moment("SPY", "M5", AT, price, rows, indicators, levels, 2)


GOOD = {
    "bias": "long", "entry": 100.0, "target": 103.0, "stop": 98.0, "confidence": 0.4,
    "horizon_bars": 20, "reasoning": "SPY rises.",
}  # fmt: skip


def said(**fields):
    return Said.model_validate(GOOD | fields)


def test_a_good_one_becomes_decimals_and_one_drawing_of_its_goal():
    found = checked(said(entry=100.004), moment())
    assert (found.entry, found.target, found.stop) == (
        Decimal("100.00"), Decimal("103.00"), Decimal("98.00"),
    )  # fmt: skip
    (goal,) = found.drawings
    assert (goal.kind, goal.direction, goal.is_proposed) == ("add_price_target", "long", True)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"entry": None}, "entry"),
        ({"stop": None}, "stop"),
        ({"target": -3}, "target"),
        ({"target": 1e12}, "target"),
        ({"target": 99}, "target"),
        ({"stop": 101}, "target"),
        ({"bias": "short"}, "target"),
        ({"entry": 106, "target": 108, "stop": 104}, "entry"),
        ({"stop": 80}, "stop"),
        ({"stop": 99.9}, "stop"),
        ({"target": 130}, "target"),
        ({"target": 100.1}, "target"),
    ],
)
def test_absurd_prices_are_refused_by_the_name_of_the_field(fields, field):
    with pytest.raises(ImplausibleError) as caught:
        checked(said(**fields), moment())
    assert caught.value.field == field
    with pytest.raises(ValidationError):
        said_of(moment()).model_validate(GOOD | fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"confidence": 1.2}, {"confidence": -0.1}, {"confidence": float("nan")},
        {"entry": float("inf")}, {"horizon_bars": 0}, {"horizon_bars": 10_000},
        {"reasoning": ""}, {"reasoning": "x" * 5_000}, {"bias": "buy"},
    ],
)  # fmt: skip
def test_what_is_no_answer_is_none(fields):
    with pytest.raises(ValidationError):
        said(**fields)


def test_neutral_needs_no_prices_and_has_none():
    found = checked(said(bias="neutral", entry=5, target=None), moment())
    assert (found.entry, found.target, found.stop, found.drawings) == (None, None, None, ())


def test_drawings_that_no_chart_could_take_are_left_out_and_counted():
    sketches = [
        {"kind": "support", "price": 98.5, "label": "low"},
        {"kind": "resistance", "price": -1},
        {"kind": "resistance", "price": 9_999},
        {"kind": "trendline", "start_at": START, "start_price": 99, "end_at": START + 3_000,
         "end_price": 100},
        {"kind": "trendline", "start_at": START, "start_price": 99, "end_at": START,
         "end_price": 99},
        {"kind": "trendline", "start_at": 10**17, "start_price": 99, "end_at": 5, "end_price": 1},
        {"kind": "fibonacci", "start_at": START, "start_price": 99, "end_at": START + 900,
         "end_price": 99},
    ]  # fmt: skip
    found = checked(said(drawings=sketches), moment())
    assert [one.kind for one in found.drawings] == [
        "add_price_target", "draw_support_resistance", "draw_trendline",
    ]  # fmt: skip
    assert found.dropped == 5
    many = checked(said(drawings=[sketches[0]] * 20), moment())
    assert (len(many.drawings), many.dropped) == (9, 12)


def test_reward_to_risk_is_after_costs_of_both_sides():
    found = reward_to_risk(Decimal(100), Decimal(103), Decimal(98))
    assert found == round(Decimal("2.9594") / Decimal("2.0396"), 2)
    assert found < Decimal("1.5")


@given(
    st.floats(5, 5_000), st.floats(0.001, 0.03), st.integers(-1, 1),
    st.dictionaries(st.sampled_from(["pdh", "pdl", "r1", "s1", "vwap"]), st.floats(-8, 8)),
)  # fmt: skip
def test_the_plain_rules_always_propose_what_passes_and_prove_each_number(
    price, swing, trend, levels
):
    price = round(price, 2)
    atr = price * swing
    found = moment(
        price, atr, price - trend * atr, price - trend * 2 * atr,
        **{name: price + away * atr for name, away in levels.items()},
    )  # fmt: skip
    if atr < 0.1:
        return
    raw = offline.propose(found)
    proposal = checked(raw, found)
    assert proposal.bias == {1: "long", -1: "short", 0: "neutral"}[trend]
    assert proposal.dropped == 0
    told = check(proposal.reasoning, facts_of(found))
    assert told.removed == ()
    if trend:
        risk, reward = abs(raw.entry - raw.stop), abs(raw.target - raw.entry)
        assert raw.confidence == pytest.approx(risk / (risk + reward), abs=0.02)
