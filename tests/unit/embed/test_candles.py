"""Candles: nothing is lost when many become few, and marks stand on their candle."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.embed.rules.candles import Candle, Deal, candle_chart, candle_data, merged

START = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)


def candles(count, price=100.0):
    return [
        Candle(START + timedelta(minutes=at), price + at, price + at + 2, price + at - 1, price + at + 1)
        for at in range(count)
    ]  # fmt: skip


@given(st.lists(st.tuples(st.floats(1, 1e4), st.floats(0, 50), st.floats(0, 0.9)), min_size=1,
                max_size=700), st.integers(1, 200))  # fmt: skip
def test_few_candles_keep_the_ends_the_highest_and_the_lowest(rows, most):
    given_candles = [
        Candle(START + timedelta(minutes=at), base, base + up, base * (1 - down), base)
        for at, (base, up, down) in enumerate(rows)
    ]
    few = merged(given_candles, most)
    assert len(few) <= most
    assert (few[0].open, few[-1].close) == (given_candles[0].open, given_candles[-1].close)
    assert max(each.high for each in few) == max(each.high for each in given_candles)
    assert min(each.low for each in few) == min(each.low for each in given_candles)


def test_a_deal_stands_on_the_candle_that_holds_its_time():
    deals = [
        Deal(START + timedelta(minutes=3, seconds=30), 104, is_entry=True, is_buy=True, text="Buy 1"),
        Deal(START + timedelta(minutes=9), 110, is_entry=False, is_buy=False),
    ]  # fmt: skip
    chart = candle_chart(candles(10), deals)
    assert [mark.x for mark in chart.marks] == ["35.00", "95.00"]
    assert 0 < float(chart.marks[1].y) < float(chart.marks[0].y) < 100
    data = candle_data(candles(10), deals)
    assert len(data["candles"]) == 10
    assert data["marks"][0] == {
        "time": int((START + timedelta(minutes=3)).timestamp()),
        "buy": True,
        "entry": True,
        "text": "Buy 1",
    }


def test_rising_and_falling_candles_are_drawn_apart_and_every_wick_once():
    falling = Candle(START + timedelta(minutes=10), 110, 111, 104, 105)
    chart = candle_chart([*candles(10), falling], [])
    assert chart.wicks.count("M") == 11
    assert chart.rising.count("M") == 10
    assert chart.falling.count("M") == 1


def test_no_bars_give_no_chart():
    assert candle_chart([], []) is None
    assert candle_data([], [Deal(START, 1, is_entry=True, is_buy=True)])["marks"] == []
