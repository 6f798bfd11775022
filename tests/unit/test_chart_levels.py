"""Which key levels a chart shows, and in which tone."""

from typing import get_args

import pytest

from app.charts import rules
from app.charts import schemas as s
from app.charts.schemas import LevelName
from app.embed.service.desk_levels import NAMES


def chart(timeframe="M5", **settings):
    return s.Document(symbol="SPY", timeframe=timeframe, settings=s.Settings(**settings))


def test_every_level_that_is_a_line_has_a_name_on_the_desk_and_in_the_picture():
    lines = set(get_args(LevelName)) - {"atr"}
    assert set(rules.SHORT) == lines
    assert set(NAMES) == lines
    assert len(set(rules.SHORT.values())) == len(lines)


@pytest.mark.req("S2-49", "S2-165")
@pytest.mark.parametrize("timeframe", ["D1", "W1", "MN"])
def test_a_long_chart_shows_the_levels_of_weeks_and_months_with_their_means(timeframe):
    shown = rules.shown_levels(chart(timeframe))
    assert {"pwh", "pwl", "wpp", "wr1", "ws1", "ema50w", "ema200w", "pmoh", "poc"} <= set(shown)
    assert "pdh" not in shown
    assert {"pdh", "pmh", "r3", "vwap"} <= set(rules.shown_levels(chart("M5")))


def test_what_was_chosen_is_shown_on_bars_of_every_length():
    for timeframe in ("M1", "W1"):
        assert rules.shown_levels(chart(timeframe, levels=["ema50w", "atr", "pdh"])) == [
            "ema50w", "pdh"
        ]  # fmt: skip
        assert rules.shown_levels(chart(timeframe, levels=[]), ["s1", "nothing"]) == ["s1"]
    # The usual ones in another order are still the usual ones.
    backwards = s.Settings().levels[::-1]
    assert "ema200w" in rules.shown_levels(chart("W1", levels=backwards))


@pytest.mark.req("S2-50")
@pytest.mark.parametrize(
    ("name", "price", "tone"),
    [("r1", 101, "resistance"), ("r1", 99, "support"), ("pdl", 99, "support"),
     ("pdl", 101, "resistance"), ("pp", 101, "pivot"), ("ema200w", 99, "pivot")],
)  # fmt: skip
def test_what_the_price_has_passed_is_support(name, price, tone):
    assert rules.level_tone(name, price, 100.0) == tone
