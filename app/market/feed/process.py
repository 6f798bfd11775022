"""The feed as a whole: who is asked for what, and what becomes of what is heard."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from app.core import clock, ticks
from app.core.tasks import end_tasks
from app.market.clients.live import LiveProvider
from app.market.feed.keeper import Keeper
from app.market.feed.lease import Lease
from app.market.feed.line import Expected, Line, Patience
from app.market.feed.publisher import Publisher
from app.market.rules import AROUND_THE_CLOCK
from app.market.rules import heard as rule
from app.market.rules.heard import Heard, Minutes
from app.market.schemas import Instrument
from app.market.service.sessions import microseconds
from app.quant import frames

log = structlog.get_logger()
LOOK_SECONDS = 1.0
"""So often it is looked which charts are open …"""
SUBSCRIBED_EVERY = 10
"""… and each so many times, what parts of the service need."""
CATCH_UP_SECONDS = 1.0
"""What misses minutes is gathered for so long, and fetched together."""
AGAIN_SECONDS = 75.0
"""Then it is looked once more: the minute that ended while we connected may have come late."""


class LeaseLostError(Exception):
    """Somebody else may feed now."""


class Feed:
    """Hears the market and tells it."""

    def __init__(
        self, redis: Redis, keeper: Keeper, providers: Iterable[LiveProvider], patience: Patience
    ) -> None:
        self._redis, self._keeper = redis, keeper
        self.lease = Lease(redis, patience.lease)
        self._providers, self._patience = list(providers), patience
        self._begin()

    def _begin(self) -> None:
        self.publisher = Publisher(self._redis, lambda: self.lease.is_held)
        self.minutes = Minutes()
        self.lines = [Line(each, self, self._patience) for each in self._providers]
        self._wanted: dict[int, Instrument] = {}
        self._line_of: dict[int, Line] = {}
        self._subscribed: dict[int, Instrument] = {}
        self._behind: dict[int, Instrument] = {}
        self._later: asyncio.TimerHandle | None = None
        self._recent: dict[int, Instrument] = {}
        self._is_behind = asyncio.Event()
        self._noted: dict[str, tuple[str, int]] = {}
        self._told_lines: dict[int, str] = {}

    # --- Life ---

    async def run(self) -> None:
        """Feed whenever nobody else does, for ever."""
        while True:
            await self._wait_for_lease()
            log.info("feed_begins")
            self._begin()
            try:
                await self._hold()
            except LeaseLostError:
                log.warning("feed_lost_lease")
            except (RedisError, OSError) as error:
                log.warning("feed_without_redis", error=type(error).__name__)
            await self.end()

    async def _wait_for_lease(self) -> None:
        while True:
            with contextlib.suppress(RedisError, OSError):
                if await self.lease.take():
                    return
            await asyncio.sleep(self.lease.renew_seconds / 2)

    async def _hold(self) -> None:
        await self.publisher.begin()
        tasks = [
            asyncio.create_task(each)
            for each in (
                self._keep_lease(),
                self.publisher.run(),
                self._keeper.run(),
                self._look(),
                self._fill(),
                *(line.run() for line in self.lines),
            )
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                each.result()
        finally:
            await end_tasks(tasks)

    async def end(self) -> None:
        """Say that nothing comes in any more, keep what has come in, and let the next one begin."""
        if self._later is not None:
            self._later.cancel()
        for line in self.lines:
            if line.state in {"live", "stale"}:
                self.publisher.tell_state("down", line.provider.name, line.provider.market)
        with contextlib.suppress(RedisError, OSError):
            await self.publisher.flush()
        await self._keeper.store()
        await self.lease.give_back()

    async def _keep_lease(self) -> None:
        while True:
            try:
                if not await self.lease.take():
                    raise LeaseLostError
                await self.publisher.beat()
                await self._note_lines()
            except (RedisError, OSError) as error:
                log.warning("feed_without_redis", error=type(error).__name__)
                if not self.lease.is_held:
                    raise LeaseLostError from error
            await asyncio.sleep(self.lease.renew_seconds)

    # --- Who wants what ---

    async def _look(self) -> None:
        turn = 0
        while True:
            try:
                if turn % SUBSCRIBED_EVERY == 0:
                    self._subscribed = await self._keeper.subscribed()
                await self.look_at_charts()
                turn += 1
            except (RedisError, OSError, SQLAlchemyError) as error:
                log.warning("feed_cannot_look", error=type(error).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    async def look_at_charts(self) -> None:
        """Read which charts are open, and bring what they want."""
        now = clock.now().timestamp()
        found: Any = await self._redis.zrangebyscore(ticks.WANTED, now, "+inf")
        ids = {int(each) for each in found} - self._subscribed.keys()
        known = {each: self._wanted[each] for each in ids if each in self._wanted}
        if missing := ids - known.keys():
            known.update(await self._keeper.describe(missing))
        wanted = {**self._subscribed, **known}
        if wanted.keys() != self._wanted.keys():
            self.bring(wanted)
        await self._note_lines()

    def bring(self, wanted: dict[int, Instrument]) -> None:
        """Bring these instruments from now on, by their ids, and no others."""
        for gone in self._wanted.keys() - wanted.keys():
            self.minutes.forget(gone)
        self._wanted = wanted
        self.assign()

    def assign(self) -> None:
        """Let each instrument be brought by the first of its providers that can be counted on."""
        mine: dict[Line, list[Instrument]] = {line: [] for line in self.lines}
        candidates: set[Line] = set()
        before, self._line_of = self._line_of, {}
        for each in self._wanted.values():
            for line in self.lines:
                if not line.provider.has(each):
                    continue
                candidates.add(line)
                if not line.is_out:
                    mine[line].append(each)
                    self._line_of[each.id] = line
                    break
        for line, instruments in mine.items():
            line.want(instruments, is_candidate=line in candidates)
            if line.is_connected:
                self._catch_up(each for each in instruments if before.get(each.id) is not line)

    async def _note_lines(self) -> None:
        """Keep in Redis, where that has changed, which connection brings what and how it stands."""
        for line in self.lines:
            noted = self._noted.get(line.key)
            if noted is None or noted[0] != line.state:
                now = microseconds(clock.now())
                facts = {
                    "state": line.state,
                    "reason": line.reason,
                    "since": now,
                    "source": line.provider.name,
                    "delayed": line.provider.is_delayed,
                }
                await self.publisher.note_line(line.key, facts)
                self._noted[line.key] = (line.state, now)
        lines = {each: line.key for each, line in self._line_of.items()}
        if lines != self._told_lines:
            await self.publisher.note_lines_of(lines)
            self._told_lines = lines

    # --- What the lines tell (Floor) ---

    def hear(self, line: Line, heard: Sequence[Heard]) -> None:
        """Take in what a provider has said: tell it, and keep what has closed."""
        source = line.provider.name
        for each in heard:
            # What another provider still says of it is not mixed in.
            if self._line_of.get(each.instrument_id) is not line:
                continue
            told = self.minutes.take(each)
            if told is not None:
                self.publisher.tell(told, source)
                if told.is_closed:
                    self._keeper.keep(told, source)

    def changed(self, line: Line) -> None:
        """Tell that a line stands otherwise, and ask others in its place where it is out."""
        self.publisher.tell_state(line.state, line.provider.name, line.provider.market)
        self.assign()

    def connected(self, line: Line) -> None:
        """Fetch what a line has missed; one that is back takes its instruments again."""
        self.assign()
        self._catch_up(line.wanted.values())

    def expects(self, instruments: Sequence[Instrument]) -> Expected | None:
        """Return how long these may be silent now; None while all their markets are closed."""
        now = microseconds(clock.now())
        found = [self._expect(venue, now) for venue in sorted({each.venue for each in instruments})]
        open_now = [each for each in found if each is not None]
        return min(open_now) if open_now else None

    def _expect(self, venue: str, now: int) -> Expected | None:
        hours = self._keeper.hours(venue)
        session = int(frames.locate(hours, np.array([now]))[0])
        if session == frames.NOWHERE:
            return None
        turns = [int(each[session]) for each in (hours.starts, hours.opens, hours.closes)]
        is_regular = turns[1] <= now < turns[2]
        since = max(turn for turn in turns if turn <= now)
        limit = rule.silence_limit(
            self._patience.silence,
            is_regular=is_regular,
            is_around_the_clock=venue == AROUND_THE_CLOCK,
        )
        return Expected(limit, (now - since) / 1_000_000)

    # --- Gaps ---

    def _catch_up(self, instruments: Iterable[Instrument]) -> None:
        new = {each.id: each for each in instruments}
        if not new:
            return
        self._behind.update(new)
        self._is_behind.set()
        self._recent.update(new)
        if self._later is None:
            loop = asyncio.get_running_loop()
            self._later = loop.call_later(AGAIN_SECONDS, self._look_again)

    def _look_again(self) -> None:
        self._behind.update(self._recent)
        self._recent, self._later = {}, None
        self._is_behind.set()

    async def _fill(self) -> None:
        """Fetch for ever what was missed, and tell it to open charts."""
        while True:
            await self._is_behind.wait()
            await asyncio.sleep(CATCH_UP_SECONDS)
            self._is_behind.clear()
            behind, self._behind = self._behind, {}
            try:
                found = await self._keeper.catch_up(list(behind.values()))
            except SQLAlchemyError as error:
                log.warning("feed_gap_stays", error=type(error).__name__)
                continue
            for each, missed in found.items():
                self._tell_missed(each, missed)

    def _tell_missed(self, instrument_id: int, missed: list[Heard]) -> None:
        line = self._line_of.get(instrument_id)
        for one in missed:
            # What was heard live may be newer than what the store held a moment ago.
            if self.minutes.knows(instrument_id, one.minute):
                continue
            told = self.minutes.take(one)
            if told is not None and line is not None:
                self.publisher.tell(told, line.provider.name)
