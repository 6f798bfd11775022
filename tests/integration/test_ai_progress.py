"""How far an answer is, told to who asks and stopped by them, over a real Redis and without one."""

from __future__ import annotations

import shutil

from redis import Redis

from app.ai.service import progress
from app.ai.service.progress import Progress
from tests.conftest import make_app


def test_who_tells_how_far_it_is_learns_whether_to_stop(tmp_path, settled_database, redis_url):
    shutil.copy(settled_database, tmp_path / "service.sqlite3")
    with make_app(tmp_path, REDIS_URL=redis_url).app_context():
        assert progress.read("coach", "a") is None
        assert progress.tell("coach", "a", Progress("The", "get_key_levels")) is False
        assert progress.read("coach", "a") == Progress("The", "get_key_levels")
        progress.ask_to_stop("coach", "a")
        assert progress.tell("coach", "b", Progress("")) is False, "another answer goes on"
        assert progress.tell("coach", "a", Progress("The levels")) is True
        assert progress.read("coach", "a") == Progress("The levels")
    with Redis.from_url(redis_url) as redis:
        names = redis.keys("trp:ai:*")
        assert len(names) == 3
        assert all(0 < redis.ttl(name) <= progress.KEPT_SECONDS for name in names)


def test_without_redis_nothing_is_told_and_the_answer_goes_on(app):
    progress.ask_to_stop("coach", "a")
    assert progress.tell("coach", "a", Progress("The")) is False
    assert progress.read("coach", "a") is None
