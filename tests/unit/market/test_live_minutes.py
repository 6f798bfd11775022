"""What is made of what a live provider says, whatever order it comes in."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.market.rules.heard import (
    REMEMBERED,
    Heard,
    Minutes,
    Told,
    backoff,
    silence_limit,
)

NINE = 1_764_167_400


def closed(minute=NINE, close=100.5, instrument=1, volume=10.0):
    return Heard("closed", instrument, minute, 100.0, 101.0, 99.0, close, volume)


def piece(price, at, minute=NINE, volume=1.0, key=None):
    return Heard("piece", 1, minute, price, price, price, price, volume, at, key)


def test_an_open_minute_builds_up_and_its_end_is_what_the_provider_says():
    minutes = Minutes()
    told = [minutes.take(piece(*each)) for each in ((100.0, 1), (102.0, 2), (99.0, 3))]
    assert told[-1] == Told(1, NINE, (100.0, 102.0, 99.0, 99.0), 3.0, False)
    assert minutes.take(closed()) == Told(1, NINE, (100.0, 101.0, 99.0, 100.5), 10.0, True)
    assert minutes.take(piece(98.0, 4)) is None
    assert minutes.take(piece(98.0, 5, NINE + 60)).prices == (98.0,) * 4


def test_what_comes_twice_is_told_once_and_a_correction_is_told():
    minutes = Minutes()
    assert minutes.take(piece(100.0, 1, key="a")) is not None
    assert minutes.take(piece(100.0, 1, key="a")) is None
    assert minutes.take(closed()) is not None
    assert minutes.take(closed()) is None
    assert minutes.take(closed(close=100.25)).prices[3] == 100.25
    assert minutes.take(closed(NINE - 60)).minute == NINE - 60
    assert minutes.newest_closed(1) == NINE


@settings(deadline=None, max_examples=50)
@given(st.permutations(range(8)), st.lists(st.integers(0, 7), max_size=8))
def test_pieces_of_a_minute_give_the_same_bar_in_any_order_and_however_often(order, again):
    prices = [100.0, 103.0, 97.5, 101.0, 99.0, 104.25, 98.0, 100.75]
    minutes, last = Minutes(), None
    for at in [*order, *again]:
        last = minutes.take(piece(prices[at], at, key=at)) or last
    assert last == Told(1, NINE, (100.0, 104.25, 97.5, 100.75), 8.0, False)


@settings(deadline=None, max_examples=50)
@given(st.randoms(use_true_random=False))
def test_whatever_the_order_every_minute_is_told_and_the_open_one_never_goes_back(chance):
    heard = [closed(NINE + 60 * at) for at in range(20)]
    heard += [piece(100.0, at, NINE + 60 * at) for at in range(20)] + heard[:5]
    chance.shuffle(heard)
    minutes, ends, newest = Minutes(), set(), -1
    for each in heard:
        told = minutes.take(each)
        if told is not None and told.is_closed:
            assert told.minute not in ends
            ends.add(told.minute)
        elif told is not None:
            assert told.minute >= newest
            newest = told.minute
    assert len(ends) == 20


@pytest.mark.parametrize(
    "wrong",
    [
        closed()._replace(high=99.5),
        closed()._replace(low=100.25),
        closed()._replace(low=0.0),
        closed()._replace(close=math.nan),
        closed()._replace(open=math.inf),
        closed()._replace(volume=-1.0),
        closed()._replace(volume=None),
        closed(NINE + 1),
    ],
)
def test_what_is_no_bar_is_refused(wrong):
    minutes = Minutes()
    assert minutes.take(wrong) is None
    assert minutes.refused == 1


def test_little_is_remembered():
    minutes = Minutes()
    for at in range(500):
        minutes.take(closed(NINE + 60 * at))
    assert len(minutes._series[1].closed) == REMEMBERED
    minutes.forget(1)
    assert minutes.newest_closed(1) is None


def test_an_older_state_of_the_same_minute_is_no_news():
    minutes = Minutes()
    first = Heard("open", 1, NINE, 100.0, 101.0, 99.0, 100.5, 8.0)
    assert minutes.take(first) is not None
    assert minutes.take(first._replace(volume=7.0, close=100.0)) is None


def test_a_market_may_be_silent_longer_where_less_trades():
    regular = silence_limit(120, is_regular=True, is_around_the_clock=False)
    night = silence_limit(120, is_regular=False, is_around_the_clock=False)
    coins = silence_limit(120, is_regular=True, is_around_the_clock=True)
    assert (regular, coins, night) == (120, 240, 600)


def test_waits_grow_to_a_limit_and_are_spread():
    waits = [backoff(at, 1.0, 30.0, 1.0) for at in range(1, 9)]
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30]
    chance = random.Random(1)
    assert len({backoff(3, 1.0, 30.0, chance.random()) for _ in range(20)}) == 20
    assert backoff(10_000, 1.0, 30.0, 0.0) == 15
