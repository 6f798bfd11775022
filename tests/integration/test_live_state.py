"""How the bars of an instrument come in, as pages and programs are told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from app.core import clock, ticks
from app.core.db import transaction
from app.market import service as market
from app.market.rules.heard import HEARTBEAT, LINE_OF, LINES
from tests.factories.bars import minutes_from, us
from tests.factories.feed import OPEN

NOW = OPEN + timedelta(minutes=30)
UP = NOW - timedelta(minutes=12)


@pytest.fixture
def redis(live_app):
    return live_app.extensions["live_redis"]


def brought(redis, spy, state="live", *, delayed=False, is_alive=True):
    """Note in Redis what a feed would note."""
    facts = {"state": state, "since": us(UP), "source": "massive", "delayed": delayed}
    redis.hset(LINES, "massive:stocks", orjson.dumps(facts))
    redis.hset(LINE_OF, str(spy.id), "massive:stocks")
    if is_alive:
        redis.set(HEARTBEAT, "1", ex=10)


def told(state, since, source="massive"):
    return {"state": state, "since": since, "source": source}


def state_of(spy):
    return market.live_state(spy).model_dump()


def test_a_connection_that_brings_it_is_live_or_late_by_contract(redis, spy):
    brought(redis, spy)
    assert state_of(spy) == told("live", UP)
    brought(redis, spy, delayed=True)
    assert state_of(spy) == told("delayed", UP)


@pytest.mark.parametrize("state", ["stale", "down"])
def test_a_connection_that_has_failed_is_stale_since_its_last_word(redis, spy, state):
    brought(redis, spy, state)
    assert state_of(spy) == told("stale", UP)
    bar = {"i": spy.id, "b": [us(NOW) // 10**6 - 300, 1, 1, 1, 1, 1], "closed": True}
    redis.hset(ticks.LAST, str(spy.id), orjson.dumps(bar))
    assert state_of(spy) == told("stale", NOW - timedelta(minutes=5))


def test_a_dead_feed_is_stale_unless_the_store_is_brought_forward(redis, spy):
    brought(redis, spy, is_alive=False)
    assert state_of(spy) == told("stale", None, "")
    with transaction():
        market.store_bars(spy.id, "M1", minutes_from(NOW - timedelta(minutes=20), 10), "massive")
    assert state_of(spy) == told("stale", NOW - timedelta(minutes=10), "")
    with transaction():
        market.store_bars(spy.id, "M1", minutes_from(NOW - timedelta(minutes=3), 2), "massive")
    assert state_of(spy) == told("delayed", NOW - timedelta(minutes=1), "")


def test_what_nobody_hears_live_is_delayed(redis, spy):
    redis.set(HEARTBEAT, "1")
    with transaction():
        market.store_bars(spy.id, "M1", minutes_from(NOW - timedelta(minutes=3), 2), "csv")
    assert state_of(spy) == told("delayed", NOW - timedelta(minutes=1), "")


@pytest.mark.parametrize(
    ("now", "ended"),
    [
        # After the late hours, on a weekend, and on a half day, whose late hours end at 17:00.
        (datetime(2025, 12, 2, 1, 30, tzinfo=UTC), datetime(2025, 12, 2, 1, 0, tzinfo=UTC)),
        (datetime(2025, 11, 30, 15, 0, tzinfo=UTC), datetime(2025, 11, 28, 22, 0, tzinfo=UTC)),
        (datetime(2025, 11, 28, 22, 0, tzinfo=UTC), datetime(2025, 11, 28, 22, 0, tzinfo=UTC)),
    ],
)
def test_a_closed_market_is_no_fault(redis, spy, monkeypatch, now, ended):
    brought(redis, spy, "down")
    monkeypatch.setattr(clock, "now", lambda: now)
    assert state_of(spy) == told("closed", ended, "")
    with transaction():
        coin = market.get_instrument("BTC/USD")
    assert market.live_state(coin).state == "stale"


def test_before_and_after_the_market_it_is_open(redis, spy, monkeypatch):
    brought(redis, spy)
    early = datetime(2025, 12, 1, 9, 0, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: early)
    assert market.live_state(spy).state == "live"


def test_without_redis_it_is_stale_and_nobody_waits(spy_without_redis):
    assert market.live_state(spy_without_redis).state == "stale"
    assert market.want_live(spy_without_redis.id) is False
    assert market.live_wanted() == set()


@pytest.fixture
def spy_without_redis(app, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with transaction():
        return market.get_instrument("SPY")
