"""Settings of indicators: what is left out, what is out of range."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from app.charts.schemas import IndicatorKind
from app.quant import indicator_settings


def test_every_indicator_of_a_chart_has_settings_that_may_be_left_out():
    assert set(indicator_settings.MODELS) == set(IndicatorKind.__args__)
    for kind in indicator_settings.MODELS:
        found = indicator_settings.read(kind, {})
        assert indicator_settings.read(kind, found) == found
    assert indicator_settings.read("rsi", {"period": 9})["period"] == 9


@pytest.mark.parametrize(
    ("kind", "settings", "field"),
    [
        ("sma", {"period": 0}, ("period",)),
        ("sma", {"period": 501}, ("period",)),
        ("ema", {"period": 2.5}, ("period",)),
        ("rsi", {"period": "many"}, ("period",)),
        ("rsi", {"upper": 49}, ("upper",)),
        ("bollinger", {"deviations": 0}, ("deviations",)),
        ("bollinger", {"deviations": float("nan")}, ("deviations",)),
        ("atr", {"source": "close"}, ("source",)),
        ("macd", {"fast": 26, "slow": 12}, ()),
        ("vwap", {"bands": 4}, ("bands",)),
        ("volume_profile", {"value_area": 1}, ("value_area",)),
    ],
)
def test_what_is_out_of_range_is_refused_by_its_name(kind, settings, field):
    with pytest.raises(ValidationError) as caught:
        indicator_settings.read(kind, settings)
    assert caught.value.errors()[0]["loc"] == field
