"""The open streams: who may open one, who is told of what, and when one ends."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus

import structlog
from redis.exceptions import RedisError

from app.core.live import Ended, Ticket
from app.edge import rules
from app.edge.clients import Answer, Bus, Web
from app.edge.errors import FullError, TicketError

log = structlog.get_logger()

BEAT_SECONDS = 15.0
# Then the member's page asks WordPress for a new ticket, which looks at the sign-in again.
LIFE_SECONDS = 600.0
JITTER = 0.2
# However fast fills come in, a page is drawn at most so often.
GAP_SECONDS = 0.3
MOST_PER_USER = 5
RETRIES = 2
GOOD = (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED)
CATCH_UP_SECONDS = 2.0


@dataclass(eq=False)
class Stream:
    """One open page."""

    ticket: Ticket
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    is_over: bool = False
    """The member has signed out: nothing more may be shown."""

    async def wait(self, seconds: float) -> None:
        """Wait for word of a change, at most so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.changed.wait()


class Hub:
    """All streams of this process. Nothing here is worth keeping: pages open new ones."""

    def __init__(self, web: Web, bus: Bus, most: int) -> None:
        self._web, self._bus, self._most = web, bus, most
        self._streams: defaultdict[int, set[Stream]] = defaultdict(set)
        self.count = 0
        self.is_listening = False

    async def admit(self, text: str, origin: str | None) -> Stream:
        """Open a stream for a ticket, which is spent by that whether it is good or not.

        A page on the edge's own origin sends no Origin; a page elsewhere cannot leave it out.
        """
        ticket = await self._bus.take(text)
        if ticket is None or origin not in {None, ticket.origin}:
            message = "This ticket is not valid here. Ask the site for a new one."
            raise TicketError(message)
        own = len(self._streams.get(ticket.user_id, ()))
        if self.count >= self._most or own >= MOST_PER_USER:
            message = "There are too many open streams. The page goes on by polling."
            raise FullError(message)
        stream = Stream(ticket)
        self._streams[ticket.user_id].add(stream)
        self.count += 1
        return stream

    def leave(self, stream: Stream) -> None:
        """Forget a stream that has ended."""
        own = self._streams[stream.ticket.user_id]
        own.discard(stream)
        if not own:
            del self._streams[stream.ticket.user_id]
        self.count -= 1

    def wake(self, user_ids: Iterable[int]) -> None:
        """Let the streams of users look for what is new."""
        for user_id in user_ids:
            for stream in self._streams.get(user_id, ()):
                stream.changed.set()

    def end(self, ended: Ended) -> None:
        """Let the streams of who has signed out end at once."""
        if ended.user_id is None:
            found = [stream for own in self._streams.values() for stream in own]
        else:
            found = list(self._streams.get(ended.user_id, ()))
        for stream in found:
            if ended.covers(stream.ticket):
                stream.is_over = True
                stream.changed.set()

    async def listen(self) -> None:
        """Hear of changes for ever; after an outage all streams look for what they missed."""
        failures = 0
        while True:
            try:
                async for heard in self._bus.listen():
                    self.is_listening, failures = True, 0
                    if isinstance(heard, Ended):
                        self.end(heard)
                    elif heard:
                        self.wake(heard)
                    else:
                        self._wake_all()
            except (RedisError, OSError) as error:
                failures += 1
                log.warning("edge_without_redis", error=type(error).__name__)
            self.is_listening = False
            await asyncio.sleep(rules.backoff(failures, _chance()))

    def _wake_all(self) -> None:
        loop = asyncio.get_running_loop()
        for own in self._streams.values():
            for stream in own:
                loop.call_later(CATCH_UP_SECONDS * _chance(), stream.changed.set)

    async def events(self, stream: Stream) -> AsyncIterator[bytes]:
        """Yield the events of a stream until it ends."""
        ends_at = _now() + _about(LIFE_SECONDS)
        yield rules.opening()
        beat_at = _now() + _about(BEAT_SECONDS)
        known, failures = stream.ticket.known, 0
        stream.changed.set()
        while (left := ends_at - _now()) > 0:
            await stream.wait(min(left, max(beat_at - _now(), 0)))
            if _now() >= beat_at:
                yield rules.beat()
                beat_at = _now() + _about(BEAT_SECONDS)
            answer = await self._look(stream, known)
            failures = 0 if answer and answer.status in GOOD else failures + 1
            if answer is None or (why := _why_over(answer.status, failures)):
                yield rules.frame("end", "signed-out" if answer is None else why)
                return
            if answer.status == HTTPStatus.OK:
                known = answer.tag
                yield rules.frame("overview", answer.html, answer.tag)
                beat_at = _now() + _about(BEAT_SECONDS)
            elif failures:
                stream.changed.set()
            await asyncio.sleep(GAP_SECONDS * (failures + 1))
        yield rules.frame("end", "renew")

    async def _look(self, stream: Stream, known: str) -> Answer | None:
        """Return what the web process says now; None once the member has signed out."""
        if stream.is_over:
            return None
        # What is told from here on is answered by one more reading, however often it is told.
        stream.changed.clear()
        answer = await self._web.read(stream.ticket, known)
        return None if stream.is_over else answer


def _why_over(status: int, failures: int) -> str:
    """Return why a stream ends after an answer; "" when it goes on."""
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return "refused"
    return "away" if failures > RETRIES else ""


def _chance() -> float:
    return random.random()  # noqa: S311 - spreads load, keeps no secret


def _about(seconds: float) -> float:
    return rules.jittered(seconds, JITTER, _chance())


def _now() -> float:
    return asyncio.get_running_loop().time()
