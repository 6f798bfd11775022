"""`python -m app.edge`: the edge process on EDGE_PORT of this machine."""

from __future__ import annotations

import os

from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops

from app.core.config import load_config

# Besides the streams: refusals and health, which are over at once.
SPARE = 128
# Streams would be waited for until they end by themselves; pages poll meanwhile.
LAST_SECONDS = 1


def main() -> None:
    """Serve until told to stop."""
    settings = load_config({})
    Granian(
        "app.edge.views:create_edge",
        factory=True,
        address=os.environ.get("EDGE_HOST") or "127.0.0.1",
        port=settings["EDGE_PORT"],
        interface=Interfaces.ASGI,
        loop=Loops.asyncio,
        http=HTTPModes.http1,
        websockets=False,
        backpressure=settings["EDGE_STREAMS"] + SPARE,
        backlog=max(settings["EDGE_STREAMS"], 1024),
        workers_kill_timeout=LAST_SECONDS,
        respawn_failed_workers=True,
    ).serve()


if __name__ == "__main__":
    main()
