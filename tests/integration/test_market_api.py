"""Bars, prices and the hours of markets as JSON: right, marked where they are not final, and clear."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from app.core import clock
from tests.conftest import make_app, migrate
from tests.factories.bars import bars_at, minutes_from, us
from tests.factories.market_asking import asker, store

OPEN = datetime(2025, 11, 26, 14, 30, tzinfo=UTC)  # a Wednesday before a holiday
NOW = OPEN + timedelta(minutes=37, seconds=20)


@pytest.fixture
def now(monkeypatch):
    present = [NOW]
    monkeypatch.setattr(clock, "now", lambda: present[0])
    return present


@pytest.fixture
def ask(engine_app, now, member, bearer):
    return asker(engine_app, bearer(member(tier="mid"), ["market:read"]))


@pytest.mark.req("S2-54")
def test_bars_come_as_rows_and_the_open_one_is_marked(ask):
    store("AAA", minutes_from(OPEN, 37))
    found = ask("/api/market/aaa/bars?timeframe=M15")
    assert found["columns"] == ["opened_at", "open", "high", "low", "close", "volume"]
    assert [row[0] for row in found["bars"]] == [
        int(OPEN.timestamp()) + 900 * at for at in range(3)
    ]
    assert found["bars"][2] == [int(OPEN.timestamp()) + 1800, 100.3, 100.86, 99.8, 100.61, 70.0]
    assert (found["source"], found["is_simulated"], found["is_last_closed"]) == (
        "csv",
        False,
        False,
    )
    # The bar is open until 15:15, and the newest minute ended twenty seconds ago.
    assert (found["as_of"], found["delay_seconds"]) == ("2025-11-26T15:07:00Z", 20)
    minutes = ask("/api/market/AAA/bars?timeframe=M1&count=2")
    assert [row[4] for row in minutes["bars"]] == [100.60, 100.61]
    assert (minutes["is_last_closed"], minutes["delay_seconds"]) == (True, 20)
    part = ask(
        "/api/market/AAA/bars?timeframe=M5&start=2025-11-26T14:40:00Z&end=2025-11-26T14:50:00Z"
    )
    assert [row[0] - int(OPEN.timestamp()) for row in part["bars"]] == [600, 900]
    assert part["is_last_closed"] is True


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("timeframe=M2", "timeframe"),
        ("count=-5", "count"),
        ("count=0", "count"),
        ("count=many", "count"),
        ("count=20001", "count"),
        ("start=2031-01-01T00:00:00Z", "start"),
        ("end=2031-01-01T00:00:00Z", "end"),
        ("start=2025-11-26T15:00:00Z&end=2025-11-26T14:00:00Z", "end"),
        ("start=2025-11-26T15:00:00", "start"),
        ("start=yesterday", "start"),
        ("start=0001-01-01T00:00:00%2B14:00", "start"),
        ("end=1969-12-31T23:59:59Z", "end"),
        ("asset_class=house", "asset_class"),
        ("limit=5", "limit"),
    ],
)
def test_a_bad_question_is_told_by_its_field(ask, query, field):
    store("AAA", minutes_from(OPEN, 5))
    found = ask(f"/api/market/AAA/bars?{query}", 422)
    assert found["errors"][0]["pointer"] == f"/{field}"
    assert found["detail"].startswith((field, "'"))


def test_unknown_and_malformed_symbols_are_told_apart(ask):
    for what in ("bars", "price"):
        assert ask(f"/api/market/NOBODY/{what}", 404)["code"] == "no_bars"
        assert ask(f"/api/market/A%20B%C3%A4/{what}", 422)["code"] == "malformed_symbol"


@pytest.mark.parametrize("symbol", ["BRK/B", "BRK.B", "BTC/USD", "/ESZ5", "^SPX"])
def test_symbols_with_slash_dot_and_caret_have_addresses(ask, symbol):
    store(symbol, bars_at([us(NOW) // 60_000_000 * 60_000_000 - 60_000_000]))
    for path in (symbol, symbol.replace("/", "%2F").replace("^", "%5E")):
        assert ask(f"/api/market/{path}/bars?timeframe=M1")["symbol"] == symbol
        assert ask(f"/api/market/{path}/price")["symbol"] == symbol


@pytest.mark.parametrize(
    ("later", "state"),
    [
        (timedelta(), "live"),
        (timedelta(minutes=3), "delayed"),
        (timedelta(minutes=40), "stale"),
        (timedelta(hours=14), "closed"),
    ],
)
def test_a_price_says_how_fresh_it_is(ask, now, later, state):
    store("AAA", minutes_from(OPEN, 37))
    now[0] = NOW + later
    found = ask("/api/market/AAA/price")
    assert (found["price"], found["at"]) == (100.61, "2025-11-26T15:07:00Z")
    assert (found["state"], found["source"]) == (state, "csv")
    assert found["age_seconds"] == 20 + later.total_seconds()


def test_a_newer_day_is_the_price_where_minutes_ended(ask, now):
    store("AAA", minutes_from(OPEN, 37))
    now[0] = datetime(2025, 12, 2, 12, tzinfo=UTC)
    store("AAA", bars_at([us(datetime(2025, 12, 1, 14, 30, tzinfo=UTC))], price=200), "D1")
    found = ask("/api/market/AAA/price")
    assert (found["price"], found["at"]) == (200.25, "2025-12-01T21:00:00Z")


@pytest.mark.req("S2-37")
@pytest.mark.parametrize(
    ("at", "states", "changes", "is_half"),
    [
        ("2025-11-26T08:59", "closed pre_market", "2025-11-26T09:00", False),
        ("2025-11-26T09:00", "pre_market open", "2025-11-26T14:30", False),
        ("2025-11-26T14:30", "open after_hours", "2025-11-26T21:00", False),
        ("2025-11-26T21:00", "after_hours closed", "2025-11-27T01:00", False),
        ("2025-11-27T15:00", "closed pre_market", "2025-11-28T09:00", True),
        ("2025-11-28T17:59", "open after_hours", "2025-11-28T18:00", True),
        ("2025-11-28T18:00", "after_hours closed", "2025-11-28T22:00", True),
        ("2025-11-30T15:00", "closed pre_market", "2025-12-01T09:00", False),
        # The clocks have changed since: half past nine is an hour earlier in UTC.
        ("2025-10-31T13:30", "open after_hours", "2025-10-31T20:00", False),
        ("2025-11-03T13:30", "pre_market open", "2025-11-03T14:30", False),
    ],
)
def test_the_market_says_what_it_is_and_what_comes(ask, now, at, states, changes, is_half):
    now[0] = datetime.fromisoformat(f"{at}:00+00:00")
    found = ask("/api/market/status")
    assert [found["venue"], found["state"], found["next_state"]] == ["XNYS", *states.split()]
    assert found["next_change_at"] == f"{changes}:00Z"
    assert found["is_half_day"] is is_half


def test_other_venues_have_their_own_hours(ask, now):
    always = ask("/api/market/status?venue=24/7")
    assert (always["state"], always["next_state"], always["next_change_at"]) == ("open", None, None)
    now[0] = datetime(2025, 11, 29, 15, 0, tzinfo=UTC)
    futures = ask("/api/market/status?venue=CMES")
    assert (futures["state"], futures["next_state"]) == ("closed", "open")
    assert ask("/api/market/status?venue=XLON", 422)["errors"][0]["pointer"] == "/venue"


def test_the_minute_that_the_feed_tells_is_the_newest_of_all(
    tmp_path, redis_url, member, bearer, monkeypatch
):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    app = make_app(tmp_path, REDIS_URL=redis_url)
    migrate(app)
    with app.app_context():
        each = store("AAA", minutes_from(OPEN, 37))
        headers = bearer(member(tier="mid"), ["market:read"])
        client = app.test_client()

        def ask(path):
            return client.get(path, headers=headers).json

        def tell(text):
            Redis.from_url(redis_url).hset("trp:bars:last", str(each), text)

        bar = [int(OPEN.timestamp()) + 37 * 60, 101, 105, 90, 104.5, 7]
        told = {"i": each, "b": bar, "closed": False, "sent": us(NOW), "source": "massive"}
        tell(json.dumps(told))
        price = ask("/api/market/AAA/price")
        assert (price["price"], price["state"], price["source"]) == (104.5, "live", "massive")
        assert ask("/api/market/AAA/bars?timeframe=M1")["bars"][-1] == bar
        larger = ask("/api/market/AAA/bars?timeframe=M15")["bars"]
        assert len(larger) == 3
        assert larger[-1][2:] == [105, 90, 104.5, 77]
        past = ask("/api/market/AAA/bars?timeframe=M1&end=2025-11-26T15:07:00Z")["bars"]
        assert past[-1][0] == bar[0] - 60
        for rubbish in ("", "[]", '{"b": [1, 2]}', "{", json.dumps(told | {"b": [*bar[:5], "x"]})):
            tell(rubbish)
            assert ask("/api/market/AAA/price")["price"] == 100.61
