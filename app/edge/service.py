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

from app.core.live import CHECK, Ended, Ticket
from app.core.ticks import Bar, FeedState
from app.edge import rules
from app.edge.clients import Answer, Bus, Heard, Web
from app.edge.errors import FullError, TicketError
from app.edge.rules import Told

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
# A page of the desk is sent bars at most so often, however fast they come in.
BARS_GAP_SECONDS = 0.1
# Nothing of the desk's stream passes through the web process, which is asked so often whether the
# member may still see it.
CHECK_SECONDS = 45.0
WANT_SECONDS = 20.0


@dataclass(eq=False)
class Stream:
    """One open page."""

    ticket: Ticket
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    is_over: bool = False
    """The member has signed out: nothing more may be shown."""
    ends: str = ""
    """Why it ends without that."""
    has_missed: bool = True
    """What is newest has to be looked up: the stream is new, or Redis was away."""
    box: rules.Box = field(default_factory=rules.Box)
    """What a page of the desk has not been sent yet."""

    @property
    def is_desk(self) -> bool:
        """Whether it brings bars and word of charts, and no fragment."""
        return self.ticket.target == CHECK

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
        self._watching: defaultdict[int, set[Stream]] = defaultdict(set)
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
        for instrument_id in ticket.instruments:
            self._watching[instrument_id].add(stream)
        self.count += 1
        return stream

    def leave(self, stream: Stream) -> None:
        """Forget a stream that has ended."""
        _discard(self._streams, stream.ticket.user_id, stream)
        for instrument_id in set(stream.ticket.instruments):
            _discard(self._watching, instrument_id, stream)
        self.count -= 1

    def wake(self, user_ids: Iterable[int]) -> None:
        """Let the streams of users look for what is new."""
        for user_id in user_ids:
            for stream in self._streams.get(user_id, ()):
                if not stream.is_desk:
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
                    if heard:
                        self.hear(heard)
                    else:
                        self._wake_all()
            except (RedisError, OSError) as error:
                failures += 1
                log.warning("edge_without_redis", error=type(error).__name__)
            self.is_listening = False
            await asyncio.sleep(rules.backoff(failures, _chance()))

    def hear(self, heard: Heard) -> None:
        """Tell the streams that it concerns."""
        if isinstance(heard, Ended):
            self.end(heard)
        elif isinstance(heard, list):
            self.wake(heard)
        else:
            _put(heard, self._concerned(heard))

    def _concerned(self, heard: Told) -> Iterable[Stream]:
        if isinstance(heard, Bar):
            return self._watching.get(heard.instrument_id, ())
        if isinstance(heard, FeedState):
            return [one for own in self._streams.values() for one in own if one.is_desk]
        own = self._streams.get(heard.user_id, ())
        return [one for one in own if heard.chart_id in one.ticket.charts]

    async def keep_wanting(self) -> None:
        """Let the feed bring what open pages show, for ever."""
        while True:
            await self._want(self._watching)
            await asyncio.sleep(WANT_SECONDS)

    async def _want(self, instruments: Iterable[int]) -> None:
        try:
            await self._bus.want(instruments)
        except (RedisError, OSError) as error:
            log.warning("edge_cannot_want", error=type(error).__name__)

    def _wake_all(self) -> None:
        loop = asyncio.get_running_loop()
        for own in self._streams.values():
            for stream in own:
                stream.has_missed = True
                loop.call_later(CATCH_UP_SECONDS * _chance(), stream.changed.set)

    def events(self, stream: Stream) -> AsyncIterator[bytes]:
        """Return the events of a stream until it ends."""
        return self._desk_events(stream) if stream.is_desk else self._fragment_events(stream)

    async def _desk_events(self, stream: Stream) -> AsyncIterator[bytes]:
        ends_at = _now() + _about(LIFE_SECONDS)
        yield rules.opening()
        beat_at = _now() + _about(BEAT_SECONDS)
        await self._want(stream.ticket.instruments)
        guard = asyncio.create_task(self._guard(stream))
        try:
            while (left := ends_at - _now()) > 0:
                stream.changed.clear()
                if stream.is_over or stream.ends:
                    yield rules.frame("end", "signed-out" if stream.is_over else stream.ends)
                    return
                if stream.has_missed:
                    await self._catch_up(stream)
                if news := stream.box.take():
                    yield news
                    await asyncio.sleep(BARS_GAP_SECONDS)
                if _now() >= beat_at:
                    yield rules.beat()
                    beat_at = _now() + _about(BEAT_SECONDS)
                await stream.wait(min(left, max(beat_at - _now(), 0)))
            yield rules.frame("end", "renew")
        finally:
            guard.cancel()

    async def _catch_up(self, stream: Stream) -> None:
        stream.has_missed = False
        try:
            for heard in await self._bus.newest(stream.ticket):
                stream.box.put(heard, rules.event_of(heard))
        except (RedisError, OSError) as error:
            log.warning("edge_without_redis", error=type(error).__name__)

    async def _guard(self, stream: Stream) -> None:
        """Ask the web process again and again whether the member may still see what comes."""
        failures = 0
        # The first look falls anywhere in the time, so that pages opened together do not ask so.
        await asyncio.sleep(CHECK_SECONDS * _chance())
        while True:
            answer = await self._web.read(stream.ticket, "")
            is_good = answer.status == HTTPStatus.NO_CONTENT
            failures = 0 if is_good else failures + 1
            if not is_good and (why := _why_over(answer.status, failures)):
                stream.ends = why
                stream.changed.set()
                return
            await asyncio.sleep(_about(CHECK_SECONDS / (1 if is_good else 10)))

    async def _fragment_events(self, stream: Stream) -> AsyncIterator[bytes]:
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


def _put(heard: Told, streams: Iterable[Stream]) -> None:
    """Lay what is told into the boxes of streams, written once for all of them."""
    event = rules.event_of(heard)
    for stream in streams:
        stream.box.put(heard, event)
        stream.changed.set()


def _discard(streams: defaultdict[int, set[Stream]], key: int, stream: Stream) -> None:
    streams[key].discard(stream)
    if not streams[key]:
        del streams[key]


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
