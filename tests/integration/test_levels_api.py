"""Levels from the store: by address and by command, kept in Redis, and right after a correction."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import orjson
import pytest
from flask import current_app
from redis import Redis

from app.core import clock
from app.core.db import transaction
from app.market import service as market
from app.market.service import levels as levels_service
from app.quant.bars import ScaledBars
from tests.conftest import make_app, migrate
from tests.factories.bars import bars_at, minutes_from
from tests.factories.market_asking import asker, store

FRIDAY = datetime(2025, 10, 31, 13, 30, tzinfo=UTC)  # in summer time
MONDAY = datetime(2025, 11, 3, 14, 30, tzinfo=UTC)  # in winter time
NOW = MONDAY + timedelta(minutes=45, seconds=12)


def fill(symbol="AAA", **options):
    """Keep Friday with a minute after it, and Monday from 04:00 New York until now."""
    store(symbol, minutes_from(FRIDAY, 391, price=100), **options)
    store(symbol, minutes_from(MONDAY - timedelta(minutes=330), 10, price=80), **options)
    return store(symbol, minutes_from(MONDAY, 45, price=90), **options)


@pytest.fixture
def now(monkeypatch):
    present = [NOW]
    monkeypatch.setattr(clock, "now", lambda: present[0])
    return present


@pytest.fixture
def ask(engine_app, now, member, bearer):
    return asker(engine_app, bearer(member(tier="mid"), ["market:read"]))


def price(found, name):
    return found["levels"][name]["price"]


@pytest.mark.req("S2-7", "S2-22", "S2-25")
def test_levels_over_a_weekend_in_which_the_clocks_change(ask, engine_app):
    fill()
    found = ask("/api/levels/aaa")
    assert (found["session"], found["at"]) == ("2025-11-03", "2025-11-03T15:15:00Z")
    assert [price(found, name) for name in ("pdh", "pdl", "pdc")] == [104.39, 99.5, 104.14]
    assert found["levels"]["pdh"]["bars"] == {
        "timeframe": "M1", "from": "2025-10-31T13:30:00Z", "to": "2025-10-31T20:00:00Z",
        "count": 390, "at": "2025-10-31T19:59:00Z",
    }  # fmt: skip
    pivot = (104.39 + 99.5 + 104.14) / 3
    assert price(found, "pp") == pytest.approx(pivot)
    assert price(found, "s3") == pytest.approx(99.5 - 2 * (104.39 - pivot))
    assert [price(found, name) for name in ("pmh", "pml")] == [80.59, 79.5]
    assert found["levels"]["pml"]["bars"]["at"] == "2025-11-03T09:00:00Z"
    assert [price(found, name) for name in ("orh", "orl")] == [90.79, 89.5]
    # Typical prices climb by a cent from 90.08333.
    assert price(found, "vwap") == pytest.approx(90 + 0.25 / 3 + 0.22)
    assert found["levels"]["vwap"]["bars"]["count"] == 45
    assert found["levels"]["atr"] == {
        "price": None, "reason": "There are too few days of history.", "code": "too_few_days",
        "bars": None, "warm_up": {"bars": 1, "wanted": 250, "is_done": False},
    }  # fmt: skip
    assert found["levels"]["pwh"]["code"] == "sessions_are_missing"
    shown = engine_app.test_cli_runner().invoke(
        args=["market", "levels", "AAA", "--json", "--at", "2025-11-03T15:15:00Z"]
    )
    assert orjson.loads(shown.output) == found
    table = engine_app.test_cli_runner().invoke(args=["market", "levels", "AAA"]).output
    assert "pdh" in table
    assert "104.3900  390 M1" in table
    assert "There are too few days of history." in table


def test_levels_of_an_earlier_instant_know_nothing_later(ask):
    fill()
    now_known = ask("/api/levels/AAA?at=2025-11-03T14:40:30Z")
    assert now_known["levels"]["vwap"]["bars"]["count"] == 10
    assert now_known["levels"]["orh"]["code"] == "opening_range_not_over"
    friday = ask("/api/levels/AAA?at=2025-10-31T20:30:00Z")
    assert friday["session"] == "2025-10-31"
    assert friday["levels"]["pdh"]["code"] == "no_bars_of_session_before"
    assert friday["levels"]["vwap"]["bars"]["count"] == 390
    night = ask("/api/levels/AAA?at=2025-11-01T03:00:00Z")
    assert (night["session"], price(night, "pdh")) == ("2025-11-03", 104.39)
    assert night["levels"]["pmh"]["code"] == "pre_market_not_begun"


def test_a_kept_day_wins_and_history_gives_atr(ask):
    fill()
    calendar = market.hours("XNYS")
    last = int(np.searchsorted(calendar.days, date(2025, 10, 31).toordinal()))
    opens = calendar.opens[last - 299 : last + 1]
    store("AAA", bars_at(opens, price=50, step=0.1), "D1")
    found = ask("/api/levels/AAA")
    assert price(found, "pdh") == 50 + 29.9 + 0.5
    assert found["levels"]["pdh"]["bars"]["timeframe"] == "D1"
    assert price(found, "atr") == pytest.approx(1.0)
    assert found["levels"]["atr"]["warm_up"] == {"bars": 250, "wanted": 250, "is_done": True}
    assert price(found, "pwh") == price(found, "pdh")
    assert price(found, "ema50w") is not None
    assert found["levels"]["ema200w"]["code"] == "too_few_weeks"
    day = ask("/api/levels/AAA?timeframe=D1")
    assert day["levels"]["poc"]["bars"] | {"at": None} == found["levels"]["atr"]["bars"]
    assert ask("/api/levels/AAA?timeframe=W1")["levels"]["poc"]["bars"]["count"] == 300


def test_an_index_and_a_pair_that_never_closes(ask):
    fill("SPX", asset_class="index")
    found = ask("/api/levels/SPX?asset_class=index")
    assert (
        found["levels"]["vwap"]["code"] == found["levels"]["poc"]["code"] == "index_without_volume"
    )
    assert price(found, "pdh") == 104.39
    fill("BTC/USD")
    pair = ask("/api/levels/BTC/USD")
    assert pair["levels"]["pdh"]["code"] == "no_bars_of_session_before"
    assert pair["levels"]["pmh"]["code"] == "no_pre_market"
    assert pair["levels"]["vwap"]["bars"]["from"] == "2025-11-03T09:00:00Z"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("at=2031-01-01T00:00:00Z", "at"),
        ("at=tomorrow", "at"),
        ("at=0001-01-01T00:00:00%2B14:00", "at"),
        ("at=2025-11-03T14:40:30", "at"),
        ("timeframe=M7", "timeframe"),
        ("asset_class=x", "asset_class"),
    ],
)
def test_a_bad_question_is_told_by_its_field(ask, query, field):
    fill()
    assert ask(f"/api/levels/AAA?{query}", 422)["errors"][0]["pointer"] == f"/{field}"


def test_an_unknown_symbol_and_an_instant_before_all_bars(ask):
    assert ask("/api/levels/NOBODY", 404)["code"] == "no_bars"
    fill()
    ancient = ask("/api/levels/AAA?at=1980-01-01T00:00:00Z")
    assert {each["price"] for each in ancient["levels"].values()} == {None}
    assert all(each["reason"] for each in ancient["levels"].values())


@pytest.fixture
def cached(tmp_path, redis_url, now):
    app = make_app(tmp_path, REDIS_URL=redis_url)
    migrate(app)
    Redis.from_url(redis_url).flushdb()
    with app.app_context():
        yield Redis.from_url(redis_url)


@pytest.fixture
def unrepeated(tmp_path, redis_url, now):
    """As `cached`, and no answer is repeated before the levels are asked for."""
    app = make_app(tmp_path, REDIS_URL=redis_url, FRAGMENT_SECONDS=-1)
    migrate(app)
    Redis.from_url(redis_url).flushdb()
    with app.app_context():
        yield Redis.from_url(redis_url)


@pytest.fixture
def computed(monkeypatch):
    """Count which of the two parts was computed."""
    seen = []
    for name in ("_session_part", "_minute_part"):
        inner = getattr(levels_service, name)

        def note(*args, name=name, inner=inner, **facts):
            seen.append(name)
            return inner(*args, **facts)

        monkeypatch.setattr(levels_service, name, note)
    return seen


@pytest.mark.req("S2-9")
def test_levels_are_kept_until_their_bars_change(cached, computed, now):
    fill()
    first = market.read_levels("AAA")
    assert computed == ["_session_part", "_minute_part"]
    assert market.read_levels("AAA") == first
    assert len(computed) == 2
    # A new minute of the session leaves the session's levels alone.
    now[0] += timedelta(minutes=1)
    store("AAA", minutes_from(MONDAY + timedelta(minutes=45), 1, price=91))
    assert market.read_levels("AAA").levels["vwap"].bars.bar_count == 46
    assert computed[2:] == ["_minute_part"]
    ttl = [cached.ttl(name) for name in cached.keys("trp:cache:levels:*")]
    assert all(0 < each <= 26 * 3_600 for each in ttl)


@pytest.mark.req("S2-9")
@pytest.mark.parametrize("kind", ["corrected", "late"])
def test_a_corrected_or_late_bar_changes_what_is_answered(cached, computed, kind):
    bars = minutes_from(FRIDAY, 390, price=100)
    kept = np.arange(390) != 200
    store("AAA", ScaledBars(*(column[kept] for column in bars)) if kind == "late" else bars)
    store("AAA", minutes_from(MONDAY, 45, price=90))
    assert market.read_levels("AAA").levels["pdh"].price == 104.39
    high = bars.high.copy()
    high[200] = 150 * 10**8
    store("AAA", bars._replace(high=high))
    found = market.read_levels("AAA").levels
    assert found["pdh"].price == 150
    assert found["pdh"].bars.at == FRIDAY + timedelta(minutes=200)
    assert found["pp"].price == pytest.approx((150 + 99.5 + 104.14) / 3)


@pytest.mark.req("S2-28")
def test_nineteen_of_twenty_answers_come_in_time_warm_and_cold(
    unrepeated, computed, member, bearer
):
    """In CPU time, over six years of days; on the wall, beside a reference: docs/benchmarks.md."""
    fill()
    opens = market.hours("XNYS").opens
    last = int(opens.searchsorted(int(FRIDAY.timestamp()) * 10**6))
    store("AAA", bars_at(opens[last - 1_500 : last]), "D1")
    headers = bearer(member(tier="mid"), ["market:read"])
    client = current_app.test_client()

    def seconds():
        begun = time.process_time()
        found = client.get("/api/levels/AAA", headers=headers)
        taken = time.process_time() - begun
        assert found.status_code == 200, found.text
        assert found.json["levels"]["ema200w"]["price"]
        return taken

    seconds()  # sessions and numpy are loaded once in a process
    warm = sorted(seconds() for _ in range(20))
    assert warm[18] < 0.2
    assert len(computed) == 2
    cold = []
    for _ in range(20):
        unrepeated.delete(*unrepeated.keys("trp:cache:levels:*"))
        cold.append(seconds())
    assert sorted(cold)[18] < 0.5
    assert len(computed) == 42


def test_a_split_changes_them_too(cached):
    fill()
    assert market.read_levels("AAA").levels["pdc"].price == 104.14
    with transaction():
        each = market.get_instrument("AAA")
        market.record_action(each, "split", Decimal(2), date(2025, 11, 3), "test")
    assert market.read_levels("AAA").levels["pdc"].price == 52.07


def test_without_redis_everything_is_computed(engine_app, now, computed):
    fill()
    assert market.read_levels("AAA") == market.read_levels("AAA")
    assert len(computed) == 4


def test_days_are_made_of_minutes_only_where_none_is_kept(engine_app, now):
    """The same days come out, whichever of them are kept."""
    fill()
    store("AAA", minutes_from(datetime(2025, 10, 30, 13, 30, tzinfo=UTC), 390, price=70))
    made = market.read_bars("AAA", "D1", include_open=True)
    assert made.close.tolist() == [74.14, 104.14, 90.69]
    store("AAA", bars_at(made.opened_at[:1], price=60), "D1")
    mixed = market.read_bars("AAA", "D1", include_open=True)
    assert mixed.close.tolist() == [60.25, 104.14, 90.69]
    store("AAA", bars_at(made.opened_at[1:2], price=61), "D1")
    assert market.read_bars("AAA", "D1", include_open=True).close.tolist() == [60.25, 61.25, 90.69]
    week = market.read_bars("AAA", "W1", include_open=True)
    assert week.close.tolist() == [61.25, 90.69]
