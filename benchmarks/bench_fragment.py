"""fragment: a cached public fragment through its signed door, and Flask's hello world.

Both servers are granian with the same options, one process each. Each of our requests carries a
signed token of its own, as the plugin sends it; the requests of both are sent in turns over as many
connections, and what counts is the CPU time that each server spends on them.
"""

from __future__ import annotations

import hashlib
import os
import statistics
import subprocess
import sys
import time
import uuid
from collections import Counter
from pathlib import Path

import jwt

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

from harness import print_ratio  # noqa: E402
from processes import Connections, cpu_seconds, family, request  # noqa: E402
from servers import free_port, serve  # noqa: E402

GOAL = 0.65
ROUNDS = int(os.environ.get("ROUNDS", "9"))
REQUESTS = int(os.environ.get("REQUESTS", "2000"))
CONNECTIONS = 8
# What curl inside WordPress sends along.
CURL = {
    "User-Agent": "trading-robot-service/1.0.0",
    "Accept": "*/*",
    "Accept-Encoding": "deflate, gzip, br",
    "Accept-Language": "en-US",
}
PATH = "/embed/performance"


def make_site() -> tuple[str, str, str]:
    """Fill the database with the demo and connect a site; return its id, key and secret."""
    from alembic import command

    from app import create_app
    from app.accounts import service as accounts
    from app.core.cli import alembic_config
    from app.core.db import transaction

    app = create_app({"FRAGMENT_SECONDS": -1})
    with app.app_context():
        command.upgrade(alembic_config(), "head")
        with transaction():
            code = accounts.create_connect_code("Bench")
    with app.test_client() as client:
        body = {
            "code": code, "site_url": "https://bench.example", "site_name": "Bench",
            "plugin_version": "1.0.0", "pages": {"performance": "https://bench.example/p/"},
        }  # fmt: skip
        answer = client.post("/api/wordpress/connect", json=body)
    made = answer.get_json()
    return made["site_id"], made["key_id"], made["secret"]


def signed(site: tuple[str, str, str]) -> bytes:
    """Return one signed request of a visitor."""
    site_id, key_id, secret = site
    now = int(time.time())
    claims = {
        "iss": site_id, "aud": "trading-robot-service", "typ": "proxy-req", "sub": f"{site_id}:0",
        "iat": now, "nbf": now, "exp": now + 60, "jti": uuid.uuid4().hex, "htm": "GET",
        "htu": PATH, "bh": hashlib.sha256(b"").hexdigest(), "caps": [], "sid": "",
    }  # fmt: skip
    token = jwt.encode(claims, secret, "HS256", {"kid": key_id})
    return request(PATH, {**CURL, "Authorization": f"Bearer {token}"})


def spent(server: subprocess.Popen[bytes], port: int, requests: list[bytes]) -> float:
    """Return CPU seconds of the server for all requests."""
    sizes: Counter[int] = Counter()

    def check(answer: bytes) -> None:
        if b" 200 " not in answer[:15]:
            raise SystemExit(answer[:200].decode("latin-1"))
        sizes[len(answer)] += 1

    connections = Connections(port, CONNECTIONS)
    connections.send(requests[:50], check)
    pids = family(server.pid)
    before = cpu_seconds(pids)
    connections.send(requests, check)
    after = cpu_seconds(pids)
    connections.close()
    # One that was rendered anew in between, after its 30 seconds, comes unzipped.
    if len(sizes) > 1 and sizes.most_common()[-1][1] > CONNECTIONS:
        raise SystemExit(f"answers of {sorted(sizes)} bytes")
    return after - before


def main() -> None:
    """Measure both in turns and print the comparison."""
    subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "db-upgrade"], cwd=ROOT, check=True
    )
    subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "seed-demo"],
        cwd=ROOT, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    site = make_site()
    ports = free_port(), free_port()
    ours, hello = serve("wsgi:app", ports[0]), serve("hello:app", ports[1])
    try:
        pairs = []
        for _ in range(ROUNDS):
            asked = [signed(site) for _ in range(REQUESTS)]
            pairs.append(
                (
                    spent(ours, ports[0], asked),
                    spent(hello, ports[1], [request("/hello", CURL)] * REQUESTS),
                )
            )
    finally:
        for server in (ours, hello):
            server.terminate()
            server.wait(20)
    mine, theirs = (statistics.median(column) / REQUESTS for column in zip(*pairs, strict=True))
    print(f"fragment {1e6 * mine:.0f} us CPU a request, {1 / mine:,.0f} a CPU second")
    print(f"hello world {1e6 * theirs:.0f} us CPU a request, {1 / theirs:,.0f} a CPU second")
    print_ratio("fragment", theirs / mine, GOAL, at_least=True)


if __name__ == "__main__":
    main()
