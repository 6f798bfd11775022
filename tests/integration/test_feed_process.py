"""The feed as one process: what reaches Redis and the store, who may feed, and what it survives."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from redis import Redis
from redis.exceptions import RedisError

from app.core import clock, ticks
from app.core.db import db, transaction
from app.market import service as market
from app.market.clients.live import LimitError, LiveError, RefusedError
from app.market.models import Bar
from app.market.rules.heard import HEARTBEAT
from scripts.settings import ROOT
from tests.conftest import make_app, migrate
from tests.factories.feed import (
    BRIEF,
    CALM,
    NINE,
    OPEN,
    QUICK,
    Running,
    Scripted,
    closed,
    piece,
)


def kept():
    db.session.expire_all()
    return [(row.opened_at, row.source) for row in db.session.query(Bar).order_by(Bar.opened_at)]


@pytest.mark.req("S2-20", "S2-53")
def test_what_is_heard_is_told_kept_and_remembered(live_app, spy):
    async def play():
        one = Scripted()
        async with Running(live_app, one) as run:
            await run.until(lambda: one.ear and "SPY" in one.ear.wanted)
            one.says.put_nowait([piece(spy, 100.0), piece(spy, 100.25)])
            await run.until(run.bars)
            one.says.put_nowait([closed(spy)])
            await run.until(lambda: len(run.bars()) == 2)
            await run.until(lambda: run.keeper.stored == 1)
            return run.told, await run.redis.hgetall(ticks.LAST)

    told, last = asyncio.run(play())
    bars = [each for each in told if "b" in each]
    assert bars[0]["b"] == [NINE, 100.0, 100.25, 100.0, 100.25, 2.0]
    assert bars[0]["closed"] is False
    assert (bars[0]["i"], bars[0]["source"]) == (spy.id, "massive")
    assert bars[1]["b"] == [NINE, 100.0, 101.0, 99.0, 100.5, 10.0]
    assert bars[1]["closed"] is True
    assert bars[1]["sent"] == market.microseconds(clock.now())
    assert orjson.loads(last[str(spy.id).encode()]) == bars[1]
    assert told[0]["state"] == "live"
    assert kept() == [(OPEN, "massive")]


def test_a_symbol_is_heard_as_long_as_a_chart_of_it_is_open(live_app, spy):
    async def play():
        one = Scripted()
        async with Running(live_app, one) as run:
            await run.until(lambda: one.ear and one.ear.wanted)
            with transaction():
                other = market.get_instrument("QQQ")
            market.want_live(other.id)
            await run.until(lambda: set(one.ear.wanted) == {"SPY", "QQQ"})
            live_app.extensions["live_redis"].zrem(ticks.WANTED, str(spy.id))
            await run.until(lambda: set(one.ear.wanted) == {"QQQ"})
            assert one.connections == 1
            one.says.put_nowait([closed(spy), closed(other)])
            await run.until(run.bars)
            assert [each["i"] for each in run.bars()] == [other.id]

    asyncio.run(play())


def test_who_wants_a_symbol_wants_it_for_a_minute(live_app, spy, monkeypatch):
    assert market.live_wanted() == {spy.id}
    later = clock.now() + timedelta(seconds=61)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert market.live_wanted() == set()


@pytest.mark.req("S2-8", "S2-216")
@pytest.mark.parametrize(
    "fails",
    [[RefusedError("key")], [LimitError("many")], [LiveError("away")] * 3],
    ids=["refused", "limit", "away"],
)
def test_who_fails_is_stood_in_for_until_it_is_back(live_app, spy, fails):
    async def play():
        first, second = Scripted(fails=fails, is_back=False), Scripted("alpaca")
        async with Running(live_app, first, second) as run:
            await run.until(lambda: second.ear and second.ear.wanted)
            await run.until(lambda: ("down", "massive") in run.states())
            second.says.put_nowait([closed(spy)])
            await run.until(run.bars)
            assert run.bars()[0]["source"] == "alpaca"
            first.back.set()
            await run.until(lambda: first.ear and first.ear.wanted and not second.ear.wanted)
            # What the one who stood in still says is not mixed in.
            second.says.put_nowait([closed(spy, NINE + 60)])
            first.says.put_nowait([closed(spy, NINE + 120)])
            await run.until(lambda: len(run.bars()) == 2)
            assert run.bars()[1]["b"][0] == NINE + 120

    asyncio.run(play())


def test_a_dropped_connection_is_told_and_comes_back_with_what_it_wants(live_app, spy):
    async def play():
        one = Scripted()
        async with Running(live_app, one) as run:
            await run.until(lambda: one.ear and one.ear.wanted)
            for number in range(1, 4):
                one.says.put_nowait([closed(spy, NINE + 60 * number)])
                await run.until(lambda count=number: len(run.bars()) == count)
                one.says.put_nowait(LiveError("dropped"))
                await run.until(lambda count=number: one.connections == count + 1)
            assert one.ear.wanted.keys() == {"SPY"}
            await run.until(lambda: len(run.states()) == 7)
            return run.states()

    states = asyncio.run(play())
    assert [state for state, _ in states] == ["live", "stale"] * 3 + ["live"]


def test_an_error_of_our_own_ends_no_other_connection(live_app, spy):
    async def play():
        one = Scripted(fails=[KeyError("bug")])
        async with Running(live_app, one) as run:
            await run.until(lambda: one.connections == 2 and one.ear and one.ear.wanted)

    asyncio.run(play())


def test_silence_of_an_open_market_is_told_in_time_and_the_next_is_asked(live_app, spy):
    patience = replace(CALM, silence=1.0)

    async def play():
        one, two = Scripted(), Scripted("alpaca")
        async with Running(live_app, one, two, patience=patience) as run:
            await run.until(lambda: one.ear and one.ear.wanted)
            one.says.put_nowait([closed(spy)])
            await run.until(run.bars)
            began = time.monotonic()
            one.says.put_nowait([])  # a sign of life is no word
            await run.until(lambda: ("stale", "massive") in run.states())
            late = time.monotonic() - began
            await run.until(lambda: ("down", "massive") in run.states())
            await run.until(lambda: two.ear and two.ear.wanted)
            return late

    # A second of grace for a machine that is busy.
    assert 0.5 < asyncio.run(play()) < patience.silence + 1.0


def test_silence_of_a_closed_market_is_no_fault(live_app, spy, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2025, 11, 30, 15, 0, tzinfo=UTC))
    market.want_live(spy.id)

    async def play():
        one = Scripted()
        async with Running(live_app, one, patience=replace(CALM, silence=QUICK.silence)) as run:
            await run.until(lambda: one.ear and one.ear.wanted)
            await asyncio.sleep(3 * QUICK.silence)
            assert run.states() == [("live", "massive")]
            assert one.connections == 1

    asyncio.run(play())


# --- Who may feed ---


def test_of_two_by_mistake_one_waits_and_takes_over(live_app, spy):
    async def play():
        one, two = Scripted(), Scripted()
        async with Running(live_app, two, patience=BRIEF) as second:
            async with Running(live_app, one, patience=BRIEF) as first:
                await first.until(lambda: one.connections + two.connections == 1)
                await asyncio.sleep(2 * QUICK.lease)
                assert one.connections + two.connections == 1
                if two.connections:
                    return
            # The first has ended in order: the other begins at once.
            await second.until(lambda: two.connections == 1, 2 * QUICK.lease)

    asyncio.run(play())


def test_a_holder_that_lost_its_lease_tells_nothing_more(live_app, spy):
    async def play():
        one = Scripted()
        async with Running(live_app, one, patience=BRIEF) as run:
            await run.until(lambda: one.ear and one.ear.wanted)
            # As after a pause of the process that was longer than its lease.
            await run.redis.set("trp:feed:lease", "another", px=60_000)
            await run.until(lambda: not run.feed.lease.is_held)
            count = len(run.told)
            one.says.put_nowait([closed(spy)])
            await asyncio.sleep(QUICK.lease)
            assert len(run.told) == count
            await run.redis.delete("trp:feed:lease")
            await run.until(lambda: one.connections == 2)

    asyncio.run(play())


def test_redis_that_is_away_for_a_moment_costs_no_closed_minute(live_app, spy, monkeypatch):
    async def play():
        one = Scripted()
        async with Running(live_app, one) as run:
            await run.until(lambda: one.ear and one.ear.wanted)
            real, away = run.redis.pipeline, [True]

            def pipeline(**options):
                if away[0]:
                    raise RedisError("away")
                return real(**options)

            monkeypatch.setattr(run.redis, "pipeline", pipeline)
            for number in range(3):
                one.says.put_nowait(
                    [
                        closed(spy, NINE + 60 * number),
                        piece(spy, 99.0 + number, NINE + 60 * number + 60),
                    ]
                )
                await asyncio.sleep(0.1)
            away[0] = False
            await run.until(lambda: len(run.bars()) >= 4)
            assert one.connections == 1
            return run.bars()

    bars = asyncio.run(play())
    assert [(each["b"][0] - NINE) // 60 for each in bars] == [0, 1, 2, 3]
    assert [each["closed"] for each in bars] == [True, True, True, False]


def test_redis_that_hangs_longer_than_the_lease_ends_the_connections_and_they_come_back(
    live_app, spy
):
    async def play():
        one = Scripted()
        async with Running(live_app, one, patience=BRIEF) as run:
            await run.until(lambda: one.ear and one.ear.wanted)
            # A real Redis that answers nobody for two seconds; ours are waited for one.
            await run.redis.client_pause(2000)
            await run.until(lambda: not run.feed.lease.is_held)
            await run.until(lambda: one.connections == 2 and one.ear.wanted, 10)
            one.says.put_nowait([closed(spy)])
            await run.until(run.bars)
            await run.until(lambda: run.states()[-1] == ("live", "massive"))

    asyncio.run(play())


def test_a_database_that_is_away_is_waited_for(live_app, spy, monkeypatch):
    from sqlalchemy.exc import OperationalError

    from app.market.feed import keeper

    real, fails = keeper._store, [3]

    def store(batch):
        if fails[0]:
            fails[0] -= 1
            raise OperationalError("insert", {}, Exception("locked"))
        return real(batch)

    monkeypatch.setattr(keeper, "_store", store)

    async def play():
        one = Scripted()
        async with Running(live_app, one) as run:
            await run.until(lambda: one.ear and one.ear.wanted)
            one.says.put_nowait([closed(spy)])
            await run.until(lambda: run.keeper.stored == 1)

    asyncio.run(play())
    assert kept() == [(OPEN, "massive")]


def test_what_has_closed_is_kept_though_the_process_ends_at_that_moment(live_app, spy, monkeypatch):
    monkeypatch.setattr("app.market.feed.keeper.STORE_SECONDS", 60)

    async def play():
        one = Scripted()
        async with Running(live_app, one) as run:
            await run.until(lambda: one.ear and one.ear.wanted)
            one.says.put_nowait([closed(spy)])
            await run.until(run.bars)

    asyncio.run(play())
    assert kept() == [(OPEN, "massive")]


# --- For real ---


def started(app, **more):
    environment = {
        **os.environ, "DATA_DIR": app.config["DATA_DIR"], "REDIS_URL": app.config["REDIS_URL"],
        "SECRET_KEY": "test-secret-key", "ENCRYPTION_KEY": "test-encryption-key",
        "MARKET_SIMULATED": "1", "FEED_LEASE_SECONDS": "2", **more,
    }  # fmt: skip
    command = [sys.executable, "-m", "app.market.feed"]
    return subprocess.Popen(command, cwd=ROOT, env=environment)


def messages(listener, seconds, found):
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        message = listener.get_message(timeout=0.2)
        if message and message["type"] == "message" and found(orjson.loads(message["data"])):
            return True
    return False


@pytest.mark.alone
def test_killed_without_mercy_the_next_one_goes_on(tmp_path, redis_url):
    client = Redis.from_url(redis_url)
    client.flushall()
    app = make_app(tmp_path, REDIS_URL=redis_url)
    migrate(app)
    listener = client.pubsub()
    listener.subscribe(ticks.CHANNEL)
    first, second = started(app), None
    try:
        assert messages(listener, 30, lambda each: "b" in each)
        assert client.exists(HEARTBEAT)
        second = started(app)
        os.kill(first.pid, signal.SIGKILL)
        first.wait(5)
        assert client.get("trp:feed:lease") is not None
        died = time.monotonic()
        assert messages(listener, 30, lambda each: each.get("state") == "live")
        assert messages(listener, 5, lambda each: "b" in each)
        assert time.monotonic() - died < 30
        second.terminate()
        assert second.wait(10) == 0
        assert client.get("trp:feed:lease") is None
    finally:
        for each in (first, second):
            if each is not None and each.poll() is None:
                each.kill()
                each.wait()
        listener.close()
        client.close()
