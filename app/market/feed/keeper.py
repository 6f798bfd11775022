"""The feed's way to the database: in threads of its own, so that no tick waits for a write."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import structlog
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app.core import clock
from app.core.db import db, transaction
from app.core.errors import AppError
from app.market import service
from app.market.rules import store as rule
from app.market.rules.heard import Heard, Told
from app.market.schemas import Instrument
from app.quant.bars import BarColumns, ScaledBars, price_units

if TYPE_CHECKING:
    from app.quant.frames import Hours

log = structlog.get_logger()
Answer = TypeVar("Answer")
STORE_SECONDS = 1.0
MOST_WAITING = 20_000
"""Closed minutes that wait for a database that is away; a gap fill brings the others."""
MOST_MISSED = 500
"""Bars of one instrument that are told again after a gap; a page reads older ones itself."""
MISSED = timedelta(days=1)
OVERLAP = timedelta(minutes=30)


class Keeper:
    """Reads who wants what, and keeps what has closed."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        # One writer; gap fills wait for providers, so they have a thread of their own.
        self._writer = ThreadPoolExecutor(1, "feed-store")
        self._filler = ThreadPoolExecutor(1, "feed-fill")
        self._waiting: list[tuple[Told, str]] = []
        self.stored = 0

    def close(self) -> None:
        """End the threads; what is being written is written to its end."""
        self._writer.shutdown(wait=True, cancel_futures=True)
        self._filler.shutdown(wait=False, cancel_futures=True)

    async def _do(self, pool: ThreadPoolExecutor, work: Callable[[], Answer]) -> Answer:
        def inside() -> Answer:
            with self._app.app_context():
                try:
                    return work()
                finally:
                    db.session.remove()

        return await asyncio.get_running_loop().run_in_executor(pool, inside)

    async def subscribed(self) -> dict[int, Instrument]:
        """Return the instruments whose bars parts of the service need."""
        found = await self._do(self._writer, service.wanted)
        return {each.id: each for each in found}

    async def describe(self, ids: Iterable[int]) -> dict[int, Instrument]:
        """Return instruments by their ids; unknown ids are left out."""
        wanted = list(ids)
        return await self._do(self._writer, lambda: service.instruments_by_id(wanted))

    def hours(self, venue: str) -> Hours:
        """Return the sessions of a venue."""
        with self._app.app_context():
            return service.hours(venue)

    # --- Keeping ---

    def keep(self, told: Told, source: str) -> None:
        """Keep a closed minute, soon."""
        self._waiting.append((told, source))
        if len(self._waiting) > MOST_WAITING:
            del self._waiting[: len(self._waiting) - MOST_WAITING]

    async def run(self) -> None:
        """Write for ever what waits."""
        while True:
            await asyncio.sleep(STORE_SECONDS)
            await self.store()

    async def store(self) -> None:
        """Write what waits; what cannot be written waits on."""
        batch = list(self._waiting)
        if not batch:
            return
        try:
            self.stored += await self._do(self._writer, lambda: _store(batch))
        except SQLAlchemyError as error:
            log.warning("feed_waits_for_database", error=type(error).__name__, bars=len(batch))
            return
        except AppError as error:
            # One of them cannot be kept, however often it is tried; the gap fill looks again.
            log.warning("feed_bars_refused", reason=error.message, bars=len(batch))
        written = {id(each) for each in batch}
        self._waiting = [each for each in self._waiting if id(each) not in written]

    # --- Gaps ---

    async def catch_up(self, instruments: list[Instrument]) -> dict[int, list[Heard]]:
        """Fetch the minutes that were missed, and return them by instrument, closed."""
        return await self._do(self._filler, lambda: _catch_up(instruments))


def _store(batch: list[tuple[Told, str]]) -> int:
    by_source: dict[str, dict[int, dict[int, Told]]] = defaultdict(lambda: defaultdict(dict))
    for told, source in batch:
        # A minute that came twice is the later one.
        by_source[source][told.instrument_id][told.minute] = told
    now = service.microseconds(clock.now())
    known = service.instruments_by_id({told.instrument_id for told, _ in batch})
    count = 0
    for source, minutes in by_source.items():
        good: dict[int, ScaledBars] = {}
        for each, rows in minutes.items():
            if each not in known:
                continue
            bars = to_scaled([rows[minute] for minute in sorted(rows)])
            kept = rule.sound(bars, "M1", service.hours(known[each].venue), now)
            good[each] = ScaledBars._make(column[kept] for column in bars)
        with transaction():
            done = service.store_many(good, "M1", source, replace=False)
        count += sum(each.created + each.corrected for each in done.values())
    return count


def to_scaled(rows: list[Told]) -> ScaledBars:
    """Return bars in the form in which they are kept."""
    prices = np.array([each.prices for each in rows], np.float64)
    columns = [price_units(prices[:, at]) for at in range(4)]
    at = np.array([each.minute for each in rows], np.int64) * 1_000_000
    return ScaledBars._make([at, *columns, np.array([each.volume for each in rows], np.float64)])


def _catch_up(instruments: list[Instrument]) -> dict[int, list[Heard]]:
    earliest = clock.now() - MISSED
    # A minute may also be missing before the newest one: the fill looks back as far.
    marks = {
        each: max(newest - OVERLAP, earliest)
        for each, newest in service.minutes_reach(one.id for one in instruments).items()
    }
    service.catch_up(instruments)
    found = service.read_many(marks, "M1", start=min(marks.values(), default=None), extended=True)
    return {
        each: _as_heard(each, bars, service.microseconds(marks[each]))
        for each, bars in found.items()
    }


def _as_heard(each: int, bars: BarColumns, after: int) -> list[Heard]:
    found = []
    for at in np.flatnonzero(bars.opened_at > after)[-MOST_MISSED:].tolist():
        opened, high, low, close, volume = (float(column[at]) for column in bars[3:])
        minute = int(bars.opened_at[at]) // 1_000_000
        found.append(Heard("closed", each, minute, opened, high, low, close, volume))
    return found
