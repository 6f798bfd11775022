"""A desk that asks again and again, without an edge: it keeps its symbol watched and sees ticks."""

from __future__ import annotations

import re
from datetime import timedelta

import orjson
import pytest

from app.core import clock, ticks
from app.core.db import transaction
from app.market import service as market
from app.market.rules.heard import HEARTBEAT, LINE_OF, LINES
from tests.factories.bars import minutes_from, us
from tests.factories.feed import NINE, OPEN

WP_USER = 7


@pytest.fixture
def ask(live_app, site, member, spy, monkeypatch):
    site.link(WP_USER, member(tier="mid"))
    monkeypatch.setattr(clock, "now", lambda: OPEN + timedelta(minutes=20, seconds=30))
    with transaction():
        market.store_bars(spy.id, "M1", minutes_from(OPEN, 20), "massive")

    def get(**options):
        path = "/embed/desk-now?symbol=SPY&timeframe=M1"
        return site.get(path, wp_user_id=WP_USER, caps=["read"], **options)

    return get


@pytest.mark.req("S2-53")
def test_each_question_watches_the_symbol_and_brings_the_newest_tick(live_app, spy, ask):
    redis = live_app.extensions["live_redis"]
    redis.delete(ticks.WANTED)
    first = ask()
    assert first.status_code == 200
    assert market.live_wanted() == {spy.id}
    tag = first.headers["ETag"]
    assert ask(headers={"If-None-Match": tag}).status_code == 304
    bar = {"i": spy.id, "b": [NINE + 1200, 100, 123.25, 100, 123.25, 5], "closed": False,
           "sent": 0, "source": "massive"}  # fmt: skip
    redis.hset(ticks.LAST, str(spy.id), orjson.dumps(bar))
    again = ask(headers={"If-None-Match": tag})
    assert again.status_code == 200
    assert "123.25" in again.text


@pytest.mark.parametrize(
    ("state", "delayed", "said"),
    [("live", False, "Live"), ("live", True, "Delayed"), ("stale", False, "Out of date"),
     ("down", False, "Out of date")],
)  # fmt: skip
def test_the_page_says_how_its_prices_come_in(live_app, spy, ask, state, delayed, said):
    facts = {"state": state, "since": us(OPEN), "source": "massive", "delayed": delayed}
    redis = live_app.extensions["live_redis"]
    redis.hset(LINES, "massive:stocks", orjson.dumps(facts))
    redis.hset(LINE_OF, str(spy.id), "massive:stocks")
    redis.set(HEARTBEAT, "1", ex=10)
    assert tag_of(ask().text) == said


def test_a_market_that_is_closed_is_not_called_late(ask, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: OPEN + timedelta(hours=14))
    assert tag_of(ask().text) == "Market closed"


def tag_of(html):
    """Return what the tag beside the price says."""
    return re.search(r'class="trp-tag"[^>]*>([^<]+)<', html)[1]
