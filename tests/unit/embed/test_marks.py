import pytest

from app.embed import rules


def test_a_sparkline_begins_at_its_base_and_says_where_it_ends():
    up, down = rules.spark([0.0, 0.1, 0.2]), rules.spark([0.0, 0.1, -0.2])
    assert (up.path, up.base, up.tone) == ("M0,28.0 50,14.0 100,0.0", "M0,28.0H100", "up")
    assert down.tone == "down"
    assert up.area == "M0,28.0 50,14.0 100,0.0V28.0H0Z"


@pytest.mark.parametrize("values", [[], [0.1]])
def test_a_sparkline_needs_two_values(values):
    assert rules.spark(values) is None


def test_a_long_sparkline_is_thinned_and_keeps_its_end():
    drawn = rules.spark([index / 100 for index in range(60)], 30)
    assert len(drawn.path.split()) == 31
    assert drawn.path.endswith("100,0.0")


def test_a_flat_sparkline_is_a_line():
    assert rules.spark([0.0, 0.0]).path == "M0,0.0 100,0.0"


def test_an_interval_stays_on_its_scale():
    drawn = rules.interval(100.0, 88.6, 100.0)
    assert (drawn.start, drawn.width, drawn.mark) == ("88.6", "11.4", "99.0")


@pytest.mark.parametrize(
    ("part", "whole", "width", "is_full"),
    [(18, 30, "60", False), (3, 3, "100", True), (0, 0, "0", False), (9, 3, "100", True)],
)
def test_a_meter_shows_part_of_whole(part, whole, width, is_full):
    assert rules.bar(part, whole) == rules.Bar(width, is_full)


@pytest.mark.parametrize(
    ("value", "step"), [(None, None), (0.0, 0), (0.0024, 0), (0.01, 1), (-0.02, -2), (0.3, 3)]
)
def test_months_have_three_steps_each_way(value, step):
    assert rules.heat_step(value) == step
