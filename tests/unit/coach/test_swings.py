"""Turning points: those that stand out on both sides, and none that is not confirmed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.coach.rules.swings import turns


def test_a_turn_stands_out_from_two_bars_on_each_side():
    assert turns([1, 2, 5, 3, 2, 4, 6, 7, 6, 6]) == [2, 7]
    assert turns([1, 5, 5, 1, 0]) == []  # the second is as high as the one before it
    assert turns([1, 2, 5, 5, 1, 0]) == [2]
    assert turns([1, 2, 3]) == []


@given(st.lists(st.integers(0, 20), max_size=40), st.integers(1, 3))
def test_a_turn_is_the_highest_of_its_stretch_and_no_newest_bar(values, sides):
    for at in turns(values, sides):
        assert sides <= at < len(values) - sides
        assert values[at] == max(values[at - sides : at + sides + 1])
