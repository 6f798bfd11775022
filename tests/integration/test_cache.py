"""What Redis keeps for a while: found again, for its time only, and done without when it is away."""

from __future__ import annotations

import pytest
from redis import Redis

from app.core import cache
from tests.conftest import make_app


@pytest.fixture
def kept(tmp_path, redis_url):
    app = make_app(tmp_path, REDIS_URL=redis_url)
    with app.app_context():
        yield Redis.from_url(redis_url)


def test_what_is_kept_is_found_for_its_time(kept):
    cache.keep({"one": (b"1", 50), "two": (b"2", 90)})
    assert cache.find("two", "none", "one") == [b"2", None, b"1"]
    assert 0 < kept.ttl("trp:cache:one") <= 50
    assert cache.find() == []
    kept.hset("table", "7", b"seven")
    assert cache.field_of("table", "7") == b"seven"
    assert cache.field_of("table", "8") is None


def test_a_redis_that_is_away_is_left_alone_for_a_while(tmp_path, monkeypatch):
    app = make_app(tmp_path, REDIS_URL="redis://127.0.0.1:1/0")
    with app.app_context():
        asked = []
        inner = app.extensions["live_redis"].mget
        monkeypatch.setattr(
            app.extensions["live_redis"], "mget", lambda names: asked.append(1) or inner(names)
        )
        assert cache.find("one", "two") == [None, None]
        cache.keep({"one": (b"1", 50)})
        assert cache.find("one") == [None]
        assert len(asked) == 1
        app.extensions["cache_silent_until"] = 0.0
        assert cache.find("one") == [None]
        assert len(asked) == 2
