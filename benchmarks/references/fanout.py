"""The least that can bring ticks to pages: asyncio, one subscription, no tickets, no coalescing.

`python fanout.py PORT REDIS_URL`: GET /?i=7 answers with each message of instrument 7 as an event.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import defaultdict

from redis.asyncio import Redis

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
PAGES: defaultdict[int, set[asyncio.StreamWriter]] = defaultdict(set)


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hold a page's answer open."""
    try:
        line = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return
    instrument = int(line.split(b"i=")[1].split()[0])
    writer.write(HEAD)
    PAGES[instrument].add(writer)
    await reader.read()
    PAGES[instrument].discard(writer)


async def main(port: int, url: str) -> None:
    """Serve for ever."""
    await asyncio.start_server(serve, "127.0.0.1", port, backlog=1024)
    async with Redis.from_url(url).pubsub() as subscription:
        await subscription.subscribe("trp:bars")
        async for message in subscription.listen():
            if message["type"] == "message":
                event = b"event: bar\ndata: " + message["data"] + b"\n\n"
                for writer in PAGES[json.loads(message["data"])["i"]]:
                    writer.write(event)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
