"""levels-read: the key levels of a symbol over the API, and Flask's hello world, by the same server.

`GET /api/levels/SPY` with an API key and all limits on, asked again and again, as a desk and its
programs do. Both servers are granian with the same options, one process each, asked in turns; what
counts is the CPU time that each spends on its requests. The store holds five years of days and 250
sessions of minutes. Then, for information and by the clock on the wall, one request after the
other: levels that lie in Redis, and levels of which nothing is kept.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import print_ratio
from processes import request
from redis import Redis
from servers import ROOT, free_port, serve, spent, stop

from tests.factories.plans import with_api
from tests.services import redis_server

GOAL = 0.4
WARM, COLD = 0.2, 0.5
ROUNDS = int(os.environ.get("ROUNDS", "7"))
REQUESTS = int(os.environ.get("REQUESTS", "2000"))
SINGLE = int(os.environ.get("SINGLE", "100"))


def make_market() -> str:
    """Keep bars of a symbol until now; return a key."""
    import numpy as np

    from app import create_app
    from app.accounts import service as accounts
    from app.core import clock
    from app.core.db import transaction
    from app.market import service as market
    from tests.factories.bars import bars_at

    app = create_app()
    with app.app_context():
        hours = market.hours("XNYS")
        now = market.microseconds(clock.now())
        last = int(np.searchsorted(hours.closes, now, side="right"))
        spans = zip(hours.opens[last - 250 : last], hours.closes[last - 250 : last], strict=True)
        opened = np.concatenate([np.arange(*span, 60_000_000) for span in spans])
        with transaction():
            user_id = accounts.create_user("reader@example.test").id
            key = accounts.create_key(with_api(user_id), ["market:read"], "bench")
            each = market.get_instrument("SPY")
            market.store_bars(each.id, "M1", bars_at(opened, step=0.001), "csv")
            days = hours.opens[last - 1_260 : last]
            market.store_bars(each.id, "D1", bars_at(days, step=0.1), "csv")
    return key


def on_the_wall(port: int, key: str, before_each: object = None) -> list[float]:
    """Return how long requests take, in order of length, one after the other."""
    found = []
    for _ in range(SINGLE):
        if isinstance(before_each, Redis):
            before_each.flushdb()
        asked = urllib.request.Request(
            f"http://127.0.0.1:{port}/api/levels/SPY", headers={"Authorization": f"Bearer {key}"}
        )
        started = time.perf_counter()
        urllib.request.urlopen(asked, timeout=20).read()
        found.append(time.perf_counter() - started)
    return sorted(found)


def tell_wall(name: str, found: list[float], goal: float) -> None:
    """Print how long single requests took, and whether 95 % of them kept the goal."""
    middle, late = found[len(found) // 2], found[int(0.95 * len(found)) - 1]
    print(f"{name}: p50 {1e3 * middle:.1f} ms, p95 {1e3 * late:.1f} ms of {len(found)}")
    print_ratio(name, late, goal)


def main() -> None:
    """Measure both in turns and print the comparison."""
    subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "db-upgrade"], cwd=ROOT, check=True
    )
    key = make_market()
    headers = {"Authorization": f"Bearer {key}"}
    asked = [request("/api/levels/SPY", headers)] * REQUESTS
    hello = [request("/hello", {})] * REQUESTS
    limits = "key=100000000/3600"
    with tempfile.TemporaryDirectory() as folder, redis_server(Path(folder)) as redis_url:
        ports = free_port(), free_port(), free_port()
        ours = serve("wsgi:app", ports[0], REDIS_URL=redis_url, RATE_LIMITS=limits)
        theirs = serve("hello:app", ports[1])
        # This one keeps no answers in its process: each request is computed or read from Redis.
        bare = serve(
            "wsgi:app", ports[2], REDIS_URL=redis_url, RATE_LIMITS=limits, FRAGMENT_SECONDS="-1"
        )
        try:
            pairs = [
                (spent(ours, ports[0], asked), spent(theirs, ports[1], hello))
                for _ in range(ROUNDS)
            ]
            some = asked[:400]
            from_redis = statistics.median(spent(bare, ports[2], some) for _ in range(3)) / 400
            warm = on_the_wall(ports[2], key)
            cold = on_the_wall(ports[2], key, Redis.from_url(redis_url))
        finally:
            stop(ours, theirs, bare)
    mine, reference = (statistics.median(one) / REQUESTS for one in zip(*pairs, strict=True))
    print(f"levels-read {1e6 * mine:.0f} us CPU a request, {1 / mine:,.0f} a CPU second")
    print(f"with every answer put together anew from Redis {1e6 * from_redis:.0f} us")
    print(f"hello world {1e6 * reference:.0f} us CPU a request, {1 / reference:,.0f} a CPU second")
    tell_wall("levels-warm", warm, WARM)
    tell_wall("levels-cold", cold, COLD)
    print_ratio("levels-read", reference / mine, GOAL, at_least=True)


if __name__ == "__main__":
    main()
