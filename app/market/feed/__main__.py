"""`python -m app.market.feed`: hears the market for everybody, until told to stop."""

from __future__ import annotations

import asyncio
import gc
import signal
from importlib import import_module

from flask import Flask
from redis.asyncio import Redis

from app.core.tasks import end_tasks
from app.market.feed.keeper import Keeper
from app.market.feed.process import Feed
from app.market.feed.setup import patience_of, providers_of

REDIS_SECONDS = 2.0


def main() -> None:
    """Feed until TERM or INT."""
    # By name: the application is put together above this floor.
    app: Flask = import_module("app").create_app()
    asyncio.run(_run(app))
    # All is closed; what is left in memory need not be looked through, which takes seconds.
    gc.freeze()


async def _run(app: Flask) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    redis = Redis.from_url(
        app.config["REDIS_URL"], socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
    )
    keeper = Keeper(app)
    feed = Feed(redis, keeper, providers_of(app, keeper.hours), patience_of(app))
    running = asyncio.create_task(feed.run())
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
    finally:
        await end_tasks([running, stopping])
        await feed.end()
        keeper.close()
        await redis.aclose()


if __name__ == "__main__":
    main()
