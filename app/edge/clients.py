"""What streams talk to: Redis for tickets and what is told, the web process for fragments."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import httpx2
from redis.asyncio import BlockingConnectionPool, Redis

from app.core import clock, live, ticks
from app.edge.rules import Told

WEB_SECONDS = 5.0
REDIS_SECONDS = 2.0
REDIS_CONNECTIONS = 8
WAIT_SECONDS = 10.0
# The web process renders on one core: with four at once its threads fight over it, and at 40 fills
# a second the 99th of 100 took 2.7 s instead of 0.14 s.
READS_AT_ONCE = 2
PING_SECONDS = 20.0
Heard = list[int] | live.Ended | Told


@dataclass(frozen=True)
class Answer:
    """What the web process said; status 0 when it did not answer."""

    status: int
    tag: str = ""
    html: str = ""


class Web(Protocol):
    """Reads fragments for members."""

    async def read(self, ticket: live.Ticket, known: str) -> Answer:
        """Return the fragment of a ticket, or 304 when it is still the known one."""
        ...


class Bus(Protocol):
    """Tickets, and word of changes."""

    async def take(self, text: str) -> live.Ticket | None:
        """Return a ticket and make it useless; None for a wrong or spent one."""
        ...

    def listen(self) -> AsyncIterator[Heard]:
        """Yield what is told: users whose figures changed and so on; [] once listening has begun."""
        ...

    async def newest(self, ticket: live.Ticket) -> list[Told]:
        """Return the newest bars, state of the feed and versions of what a ticket names."""
        ...

    async def want(self, instruments: Iterable[int]) -> None:
        """Let the feed bring the bars of instruments for the next minute."""
        ...


class WebClient:
    """The web process over HTTP, with connections that are kept."""

    def __init__(self, url: str, secret_key: str) -> None:
        self._key = live.edge_key(secret_key)
        self._turns = asyncio.Semaphore(READS_AT_ONCE)
        self._http = httpx2.AsyncClient(
            base_url=url,
            timeout=WEB_SECONDS,
            trust_env=False,
            limits=httpx2.Limits(max_connections=READS_AT_ONCE, keepalive_expiry=60),
            headers={"Accept-Encoding": "identity"},
        )

    async def read(self, ticket: live.Ticket, known: str) -> Answer:
        """Return the fragment of a ticket, or 304 when it is still the known one."""
        async with self._turns:
            # Signed when its turn has come: the token is young however long the queue was.
            headers = {
                "Authorization": f"Bearer {live.sign_request(self._key, ticket)}",
                "Accept-Language": ticket.language,
            }
            if known:
                headers["If-None-Match"] = f'"{known}"'
            try:
                answer = await self._http.get(ticket.target, headers=headers)
            except (httpx2.HTTPError, httpx2.InvalidURL):
                return Answer(0)
        return Answer(answer.status_code, answer.headers.get("etag", "").strip('"'), answer.text)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


class RedisBus:
    """Redis."""

    def __init__(self, url: str) -> None:
        # A pool that waits: where hundreds of pages come back at once, each has its turn.
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=REDIS_CONNECTIONS,
            timeout=WAIT_SECONDS,
            socket_timeout=REDIS_SECONDS,
            socket_connect_timeout=REDIS_SECONDS,
        )
        self._redis = Redis.from_pool(pool)
        # Silence is no fault of a subscription; whether it lives is asked by the ping below.
        self._listener = Redis.from_url(
            url, socket_timeout=None, socket_connect_timeout=REDIS_SECONDS
        )

    async def take(self, text: str) -> live.Ticket | None:
        """Return a ticket and make it useless; None for a wrong or spent one."""
        return live.read_ticket(await self._redis.getdel(live.ticket_key(text)))

    async def listen(self) -> AsyncIterator[Heard]:
        """Yield what is told: users whose figures changed and so on; [] once listening has begun."""
        channels = (live.CHANNEL, ticks.CHANNEL)
        async with self._listener.pubsub() as subscription:
            await subscription.subscribe(*channels)
            while True:
                message = await subscription.get_message(timeout=PING_SECONDS)
                if message is None:
                    await subscription.ping()
                elif message["type"] == "subscribe":
                    if message["data"] == len(channels):
                        yield []
                elif message["type"] == "message":
                    heard = _read(message)
                    if heard:
                        yield heard

    async def newest(self, ticket: live.Ticket) -> list[Told]:
        """Return the newest bars, state of the feed and versions of what a ticket names."""
        fields = [ticks.STATE, *map(str, ticket.instruments)]
        pipe = self._redis.pipeline(transaction=False)
        pipe.hmget(ticks.LAST, fields)
        for chart_id in ticket.charts:
            pipe.get(live.version_key(chart_id))
        kept, *versions = await pipe.execute()
        found: list[Told] = [told for text in kept if text and (told := ticks.read_message(text))]
        found += [
            live.ChartChanged(chart_id, ticket.user_id, int(version))
            for chart_id, version in zip(ticket.charts, versions, strict=True)
            if version
        ]
        return found

    async def want(self, instruments: Iterable[int]) -> None:
        """Let the feed bring the bars of instruments for the next minute."""
        until = int(clock.now().timestamp()) + ticks.WANTED_SECONDS
        if wanted := {str(one): until for one in instruments}:
            await self._redis.zadd(ticks.WANTED, wanted)

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()
        await self._listener.aclose()


def _read(message: dict[str, Any]) -> Heard | None:
    if message["channel"] == ticks.CHANNEL.encode():
        return ticks.read_message(message["data"])
    return live.read_message(message["data"])
