"""Bars a second through the feed: Massive's messages to what open charts hear of, by Redis.

Ours reads them as the live connection does, drops what comes twice, and sends channel and newest
bars. Reference: the same messages, parsed by json and published row by row in equal batches, with
the same client. CPU time of this process; that of Redis and the writes of the store are not in it.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.harness import print_ratio, time_pair

SYMBOLS, MINUTES = 50, 200
FIRST = 1_764_167_400
CHANNEL = "trp:bench"
GOAL = 2.5


def main() -> None:
    from tests.services import redis_server

    folder = Path(os.environ["DATA_DIR"])
    with redis_server(folder) as url:
        ours = _runner(url, lambda redis: _ours(redis, folder, url))
        bare = _runner(url, _bare)
        spent, reference = time_pair(ours, bare, runs=5)
    bars = SYMBOLS * MINUTES
    print(
        f"{bars} bars: {spent / bars * 1e6:.1f} us each, {bars / spent:,.0f} a CPU second; "
        f"bare {reference / bars * 1e6:.1f} us"
    )
    print_ratio("feed", spent / reference, GOAL)


def _messages() -> list[str]:
    """Return a message a minute with a bar of each symbol."""
    return [
        json.dumps(
            [
                {
                    "ev": "AM", "sym": f"S{number:02d}", "v": 4110 + number, "av": 9_470_157,
                    "op": 170.1, "vw": 170.4488, "o": 170.0 + number, "c": 170.25 + number,
                    "h": 170.5 + number, "l": 169.75 + number, "a": 170.2, "z": 52,
                    "s": (FIRST + 60 * minute) * 1000, "e": (FIRST + 60 * minute + 60) * 1000,
                }
                for number in range(SYMBOLS)
            ]
        )
        for minute in range(MINUTES)
    ]  # fmt: skip


def _runner(url: str, work: Callable[[Any], Awaitable[None]]) -> Callable[[], None]:
    from redis.asyncio import Redis

    async def run() -> None:
        redis = Redis.from_url(url)
        await work(redis)
        await redis.aclose()

    return lambda: asyncio.run(run())


async def _bare(redis: Any) -> None:
    for message in MESSAGES:
        pipe = redis.pipeline(transaction=True)
        for row in json.loads(message):
            pipe.publish(CHANNEL, json.dumps(row))
        await pipe.execute()


class _Ear:
    """A line's part of hearing, without its connection."""

    def __init__(self, feed: Any, line: Any) -> None:
        self.wanted = line.wanted
        self._feed, self._line = feed, line

    def hear(self, heard: Any) -> None:
        self._feed.hear(self._line, heard)


def _instrument(number: int) -> Any:
    from app.market.schemas import Instrument

    return Instrument(
        id=number,
        symbol=f"S{number:02d}",
        asset_class="equity",
        multiplier=1,
        currency="USD",
        venue="XNYS",
        is_assumed=True,
    )


_app: list[Any] = []


async def _ours(redis: Any, folder: Path, url: str) -> None:
    from app.market.clients.live_massive import MassiveLive, Talk
    from app.market.feed.keeper import Keeper
    from app.market.feed.line import Patience
    from app.market.feed.process import Feed
    from tests.conftest import make_app

    if not _app:
        _app.append(make_app(folder, REDIS_URL=url))
    keeper = Keeper(_app[0])
    provider = MassiveLive("key", "ws://127.0.0.1:1", "stocks")
    feed = Feed(redis, keeper, [provider], Patience())
    await feed.lease.take()
    await feed.publisher.begin()
    feed.bring({number: _instrument(number) for number in range(SYMBOLS)})
    talk = Talk(_Ear(feed, feed.lines[0]))
    for message in MESSAGES:
        await provider.hear(talk, message)
        await feed.publisher.flush()
    if feed.publisher.sent != SYMBOLS * MINUTES:
        message = f"only {feed.publisher.sent} bars were sent"
        raise SystemExit(message)
    keeper.close()
    await feed.lease.give_back()
    await redis.flushall()


MESSAGES = _messages()

if __name__ == "__main__":
    main()
