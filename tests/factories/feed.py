"""A feed in the test's own process, on a real Redis, with providers that say what a test wants."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest
import redis.asyncio
from redis import Redis
from redis.exceptions import RedisError

from app.core import clock, ticks
from app.core.db import transaction
from app.core.tasks import end_tasks
from app.market import service as market
from app.market.feed import process
from app.market.feed.keeper import Keeper
from app.market.feed.line import Patience
from app.market.feed.process import Feed
from app.market.rules.heard import Heard

OPEN = datetime(2025, 12, 1, 15, 0, tzinfo=UTC)
NINE = int(OPEN.timestamp())
QUICK = Patience(
    connect=0.5, backoff=0.02, longest=0.1, limited=0.3, refused=0.3, silence=0.4, tick=0.02,
    lease=0.6,
)  # fmt: skip
# Nothing runs out because the machine is busy.
CALM = replace(QUICK, connect=15, silence=60, lease=15)
BRIEF = replace(CALM, lease=QUICK.lease)


class Scripted:
    """A provider that says what a test puts into its mouth."""

    is_delayed = False

    def __init__(self, name="massive", *, fails=(), is_back=True):
        self.name, self.market = name, "stocks"
        self.fails = list(fails)
        self.back = asyncio.Event()
        """Set once it lets anybody in; until then it keeps whoever knocks waiting."""
        if is_back:
            self.back.set()
        self.ear = None
        self.connections = 0
        self.says = asyncio.Queue()

    def has(self, instrument):
        return instrument.asset_class == "equity"

    def name_of(self, instrument):
        return instrument.symbol

    async def listen(self, ear):
        self.connections += 1
        if self.fails:
            raise self.fails.pop(0)
        await self.back.wait()
        self.ear = ear
        ear.connected()
        while True:
            said = await self.says.get()
            if isinstance(said, Exception):
                raise said
            ear.hear(said)


@pytest.fixture
def live_app(app, redis_url, monkeypatch):
    """Return an application with a Redis that is empty, and a quick feed."""
    client = Redis.from_url(redis_url)
    client.flushall()
    app.config["REDIS_URL"] = redis_url
    app.extensions["redis"].close()
    app.extensions["redis"] = app.extensions["live_redis"] = client
    monkeypatch.setattr(process, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(process, "CATCH_UP_SECONDS", 0.05)
    monkeypatch.setattr(process, "AGAIN_SECONDS", 1.5)
    monkeypatch.setattr("app.market.feed.keeper.STORE_SECONDS", 0.05)
    monkeypatch.setattr(clock, "now", lambda: OPEN + timedelta(minutes=30))
    yield app
    client.close()


@pytest.fixture
def spy(live_app):
    with transaction():
        found = market.get_instrument("SPY")
    assert market.want_live(found.id)
    return found


class Running:
    """A feed in this process, and what it has told."""

    def __init__(self, app, *providers, patience=CALM):
        self.app, self.providers, self.patience = app, providers, patience
        self.told = []

    async def __aenter__(self):
        url = self.app.config["REDIS_URL"]
        self.redis = redis.asyncio.Redis.from_url(url, socket_timeout=1)
        self.keeper = Keeper(self.app)
        self.feed = Feed(self.redis, self.keeper, self.providers, self.patience)
        self._heard = redis.asyncio.Redis.from_url(url).pubsub()
        await self._heard.subscribe(ticks.CHANNEL)
        self._tasks = [asyncio.create_task(self.feed.run()), asyncio.create_task(self._listen())]
        return self

    async def __aexit__(self, *_):
        await end_tasks(self._tasks)
        await self.feed.end()
        self.keeper.close()
        await self._heard.aclose()
        await self.redis.aclose()

    async def _listen(self):
        while True:
            with contextlib.suppress(RedisError):
                message = await self._heard.get_message(timeout=1)
                if message and message["type"] == "message":
                    self.told.append(orjson.loads(message["data"]))

    async def until(self, condition, seconds=30.0):
        async with asyncio.timeout(seconds):
            while not condition():  # noqa: ASYNC110 - what is waited for has no event
                await asyncio.sleep(0.01)

    def bars(self):
        return [each for each in self.told if "b" in each]

    def states(self):
        return [(each["state"], each["source"]) for each in self.told if "state" in each]


def closed(instrument, minute=NINE, close=100.5):
    return Heard("closed", instrument.id, minute, 100.0, 101.0, 99.0, close, 10.0)


def piece(instrument, price, minute=NINE):
    return Heard("piece", instrument.id, minute, price, price, price, price, 1.0, 1, None)
