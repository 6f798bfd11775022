"""Indicators by address: settings checked by kind, and right from the first bar that is shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import talib

from app.core import clock
from app.core.db import transaction
from app.market import service as market
from tests.factories.bars import bars_at, minutes_from

OPEN = datetime(2025, 11, 26, 14, 30, tzinfo=UTC)
NOW = OPEN + timedelta(minutes=390)


@pytest.fixture
def ask(engine_app, member, bearer, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    headers = bearer(member(tier="mid"), ["market:read"])

    def get(path, status=200):
        answer = engine_app.test_client().get(path, headers=headers)
        assert answer.status_code == status, answer.json
        return answer.json

    return get


def store(symbol="AAA", **options):
    bars = minutes_from(OPEN, 390)
    wave = np.rint(2e8 * np.sin(np.arange(390) / 7)).astype(np.int64)
    with transaction():
        each = market.get_instrument(symbol, **options)
        prices = [column + wave for column in bars[1:5]]
        market.store_bars(each.id, "M1", bars._make([bars.opened_at, *prices, bars.volume]), "csv")


def test_the_first_value_shown_is_right_because_earlier_bars_are_read(ask):
    store()
    whole = market.read_bars("AAA", "M1", now=NOW)
    found = ask("/api/market/AAA/indicators/rsi?timeframe=M1&count=5")
    expected = talib.RSI(whole.close, 14)[-5:]
    assert found["columns"] == ["opened_at", "value"]
    assert [row[1] for row in found["rows"]] == pytest.approx(expected.tolist(), abs=1e-6)
    assert found["settings"] == {"period": 14, "source": "close", "lower": 30, "upper": 70}
    assert found["warm_up"] == {"bars": 280, "wanted": 280, "is_done": True}
    bands = ask(
        "/api/market/AAA/indicators/bollinger?timeframe=M1&start=2025-11-26T20:00:00Z"
        "&end=2025-11-26T20:03:00Z&period=10&deviations=3"
    )
    upper, middle, lower = (each[330:333] for each in talib.BBANDS(whole.close, 10, 3, 3))
    assert [row[1:] for row in bands["rows"]] == [
        pytest.approx(row, abs=1e-6) for row in zip(middle, upper, lower, strict=True)
    ]
    early = ask("/api/market/AAA/indicators/sma?timeframe=M1&end=2025-11-26T14:33:00Z&period=3")
    assert [row[1] is None for row in early["rows"]] == [True, True, False]
    assert early["warm_up"]["is_done"] is False


def test_vwap_goes_back_to_the_opening_and_a_profile_is_of_what_is_shown(ask):
    store()
    part = ask("/api/market/AAA/indicators/vwap?timeframe=M5&start=2025-11-26T18:00:00Z&bands=1")
    whole = ask("/api/market/AAA/indicators/vwap?timeframe=M5&bands=1")
    assert part["columns"] == ["opened_at", "value", "upper1", "lower1"]
    assert part["rows"] == whole["rows"][42:]
    profile = ask("/api/market/AAA/indicators/volume_profile?timeframe=M1&rows=10")
    assert profile["columns"] == ["low", "high", "volume"]
    assert sum(row[2] for row in profile["rows"]) == pytest.approx(3_900)
    assert profile["lines"]["share"] >= 0.7
    assert profile["lines"]["val"] <= profile["lines"]["poc"] <= profile["lines"]["vah"]


def test_what_has_no_answer_says_why(ask):
    store("SPX", asset_class="index")
    for kind in ("vwap", "volume_profile"):
        found = ask(f"/api/market/SPX/indicators/{kind}?timeframe=M5")
        assert (found["rows"], found["code"]) == ([], "index_without_volume")
    store()
    assert (
        ask("/api/market/AAA/indicators/vwap?timeframe=D1")["code"] == "needs_timeframe_within_day"
    )
    short = ask("/api/market/AAA/indicators/atr?timeframe=H4")
    assert (short["code"], [row[1] for row in short["rows"]]) == ("too_few_bars", [None, None])


@pytest.mark.parametrize(
    ("address", "status", "field"),
    [
        ("sma?period=0", 422, "period"),
        ("sma?period=501", 422, "period"),
        ("sma?period=2.5", 422, "period"),
        ("sma?deviations=2", 422, "deviations"),
        ("bollinger?deviations=nan", 422, "deviations"),
        ("rsi?source=volume", 422, "source"),
        ("vwap?bands=4", 422, "bands"),
        ("volume_profile?rows=1", 422, "rows"),
        ("sma?timeframe=M2", 422, "timeframe"),
        ("sma?count=-1", 422, "count"),
        ("sma?start=2031-01-01T00:00:00Z", 422, "start"),
        ("sma?colour=red", 422, "colour"),
        ("astrology", 404, None),
    ],
)
def test_a_bad_question_is_told_by_its_field(ask, address, status, field):
    store()
    found = ask(f"/api/market/AAA/indicators/{address}", status)
    if field:
        assert found["errors"][0]["pointer"] == f"/{field}"


def test_fast_must_be_faster(ask):
    store()
    found = ask("/api/market/AAA/indicators/macd?fast=30&slow=20", 422)
    assert "fast (30) must be below slow (20)" in found["detail"]


@pytest.mark.req("S2-164", "S2-165")
def test_a_weekly_mean_is_warmed_up_by_the_weeks_before(ask):
    calendar = market.hours("XNYS")
    last = int(np.searchsorted(calendar.opens, OPEN.timestamp() * 1e6))
    opens = calendar.opens[last - 1_500 : last]
    with transaction():
        each = market.get_instrument("LONG")
        market.store_bars(each.id, "D1", bars_at(opens, price=50, step=0.02), "csv")
    found = ask("/api/market/LONG/indicators/ema?timeframe=W1&period=50&count=10")
    weeks = market.read_bars("LONG", "W1", now=NOW, include_open=True)
    expected = talib.EMA(weeks.close, 50)[-10:]
    assert [row[1] for row in found["rows"]] == pytest.approx(expected.tolist(), rel=1e-5)
    assert found["warm_up"]["bars"] > 250
