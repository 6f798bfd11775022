"""What goes to open charts, by Redis: bars, and how each connection to the market stands."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, cast

import orjson
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.core import clock, ticks
from app.core.health import HEARTBEAT_SECONDS
from app.market.rules.heard import HEARTBEAT, LINE_OF, LINES, Told
from app.market.service.sessions import microseconds

log = structlog.get_logger()
FLUSH_SECONDS = 0.05
"""Several ticks of one instrument within this are one message: the newest."""
RETRY_SECONDS = 0.5
MOST_WAITING = 5_000
"""Closed minutes that wait while Redis is away; older ones are read from the store by pages."""


class Publisher:
    """Sends in small batches. Nothing is sent while somebody else may hold the lease."""

    def __init__(self, redis: Redis, may_send: Callable[[], bool]) -> None:
        self._redis, self._may_send = redis, may_send
        self._open: dict[int, tuple[Told, str]] = {}
        self._closed: deque[tuple[Told, str]] = deque(maxlen=MOST_WAITING)
        self._states: deque[bytes] = deque(maxlen=MOST_WAITING)
        self._newest: dict[int, int] = {}
        self._due = asyncio.Event()
        self.sent = 0

    def tell(self, told: Told, source: str) -> None:
        """Tell a bar."""
        if told.is_closed:
            waiting = self._open.get(told.instrument_id)
            if waiting is not None and waiting[0].minute <= told.minute:
                del self._open[told.instrument_id]
            self._closed.append((told, source))
        else:
            self._open[told.instrument_id] = (told, source)
        self._due.set()

    def tell_state(self, state: str, source: str, market: str) -> None:
        """Tell that a connection is live, stale or down."""
        self._states.append(
            orjson.dumps({"state": state, "source": source, "market": market, "sent": _now()})
        )
        self._due.set()

    async def begin(self) -> None:
        """Read what an earlier process told last, and forget how its connections stood."""
        kept: Any = await self._redis.hgetall(ticks.LAST)
        for name, message in kept.items():
            bar = ticks.read_message(message)
            if isinstance(bar, ticks.Bar):
                self._newest[int(name)] = bar.opened_at
        await self._redis.delete(LINES, LINE_OF)

    async def beat(self) -> None:
        """Note that the feed is alive."""
        await self._redis.set(HEARTBEAT, "1", ex=HEARTBEAT_SECONDS)

    async def note_line(self, line: str, facts: dict[str, object]) -> None:
        """Keep how a connection stands, for pages that ask."""
        await self._redis.hset(LINES, line, orjson.dumps(facts))

    async def note_lines_of(self, lines: dict[int, str]) -> None:
        """Keep which connection brings which instrument, in place of what was kept."""
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.delete(LINE_OF)
            if lines:
                pipe.hset(LINE_OF, mapping={str(each): line for each, line in lines.items()})
            await pipe.execute()

    async def run(self) -> None:
        """Send for ever; what cannot be sent waits, of open minutes the newest state."""
        while True:
            await self._due.wait()
            self._due.clear()
            try:
                await self.flush()
            except (RedisError, OSError) as error:
                log.warning("feed_without_redis", error=type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)
                self._due.set()
            await asyncio.sleep(FLUSH_SECONDS)

    async def flush(self) -> None:
        """Send what waits, in one step."""
        if not self._may_send():
            return
        states, closed, still = list(self._states), list(self._closed), dict(self._open)
        if not (states or closed or still):
            return
        async with self._redis.pipeline(transaction=True) as pipe:
            last: dict[str, bytes] = {}
            for state in states:
                pipe.publish(ticks.CHANNEL, state)
                last[ticks.STATE] = state
            # A minute that has ended before the one that is open now.
            for told, source in (*closed, *still.values()):
                message = encode(told, source)
                pipe.publish(ticks.CHANNEL, message)
                if told.minute >= self._newest.get(told.instrument_id, 0):
                    self._newest[told.instrument_id] = told.minute
                    last[str(told.instrument_id)] = message
            if last:
                pipe.hset(ticks.LAST, mapping=cast("dict[Any, Any]", last))
            await pipe.execute()
        self._forget(states, closed, still)

    def _forget(
        self,
        states: list[bytes],
        closed: list[tuple[Told, str]],
        still: dict[int, tuple[Told, str]],
    ) -> None:
        """Forget what has been sent, but not what has come meanwhile."""
        both: tuple[tuple[deque[Any], list[Any]], ...] = (
            (self._states, states),
            (self._closed, closed),
        )
        for waiting, gone in both:
            for one in gone:
                if waiting and waiting[0] is one:
                    waiting.popleft()
        for each, sent in still.items():
            if self._open.get(each) is sent:
                del self._open[each]
        self.sent += len(closed) + len(still)


def encode(told: Told, source: str) -> bytes:
    """Return the message of a bar."""
    return orjson.dumps(
        {
            "i": told.instrument_id,
            "b": [told.minute, *told.prices, told.volume],
            "closed": told.is_closed,
            "sent": _now(),
            "source": source,
        }
    )


def _now() -> int:
    return microseconds(clock.now())
