"""dashboards-sse: from a posted fill to the figures in the event, with 500 open dashboards.

The whole product on loopback: web, worker, clock, edge and Redis, started here on data of their
own (SQLite). 500 members hold a stream open; for 30 seconds 25 fills a second are posted, spread
over the members, each closing a trade. A fill's time runs from the moment it was due to be posted
until the event whose HTML counts its trade has been read. All clients live in this one process.
A burst, in which everybody gets a fill within a second, follows for information.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import statistics
import sys
import tempfile
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import harness
import httpx2

from scripts.child import descendants
from tests.conftest import SiteCaller
from tests.factories.plans import with_api
from tests.services import wordpress_stack

STREAMS = int(os.environ.get("STREAMS", "500"))
RATE = float(os.environ.get("RATE", "25"))
SECONDS = float(os.environ.get("SECONDS", "30"))
PATIENCE_SECONDS = 60.0
CONNECTIONS = 16
SITE = "https://site.example"
# Of the tile "All time": how many trades have been closed.
COUNT = re.compile(rb"All time</.*?([\d,]+) trades?\b", re.DOTALL)
PROCESSES = {"edge": "app.edge", "web": "granian --interface", "worker": "workers.run"}
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Member:
    """A member with an API key, whose dashboard is open."""

    number: int
    key: str
    stream: str = ""
    posted: int = 0
    events: int = 0
    awaited: deque[tuple[int, float]] = field(default_factory=deque)
    times: list[float] = field(default_factory=list)

    def fill(self) -> dict[str, Any]:
        """Return the next fill; each after the first turns the position over."""
        self.posted += 1
        return {
            "external_id": f"{self.number}-{self.posted}",
            "executed_at": datetime.now(UTC).isoformat(),
            "symbol": "AAPL",
            "side": "buy" if self.posted % 2 else "sell",
            "qty": "1" if self.posted == 1 else "2",
            "price": f"{100 + self.posted % 7}.25",
            "fee": "0.05",
            "currency": "USD",
        }

    def read(self, event: bytes) -> None:
        """Note which fills an event shows."""
        found = COUNT.search(event)
        if b"event: overview" not in event or not found:
            return
        self.events += 1
        shown, now = int(found[1].replace(b",", b"")), time.monotonic()
        while self.awaited and self.awaited[0][0] <= shown:
            self.times.append(now - self.awaited.popleft()[1])


def make_members(stack: Any) -> tuple[SiteCaller, list[Member]]:
    """Make a connected site with its members, straight in the database."""
    from app import create_app
    from app.accounts import service
    from app.core.db import transaction

    app = create_app({"DATA_DIR": str(stack.data_dir), "REDIS_URL": stack.environment["REDIS_URL"]})
    members = []
    with app.app_context():
        site = SiteCaller(app, SITE)
        with transaction():
            for number in range(1, STREAMS + 1):
                user = service.create_user(f"bench{number}@example.test")
                key = service.create_key(with_api(user.id), ["ledger:write"], "bench")
                service.link_member(site.site_id, number, user.id)
                members.append(Member(number, key))
    return site, members


async def post(http: httpx2.AsyncClient, member: Member, fills: int, due: float | None) -> None:
    """Post fills of a member; with `due`, their trades are awaited from then on."""
    body = {"plugin_id": "bench", "fills": [member.fill() for _ in range(fills)]}
    if due is not None:
        member.awaited.append((member.posted - 1, due))
    answer = await http.post(
        "/api/ledger/fills", json=body, headers={"Authorization": f"Bearer {member.key}"}
    )
    if answer.status_code != 200 or answer.json()["created"] != fills:
        raise RuntimeError(answer.text)


async def get_ticket(http: httpx2.AsyncClient, site: SiteCaller, member: Member) -> None:
    """Ask for a ticket as the member's WordPress does."""
    target, body = "/api/live/tickets", json.dumps({"fragment": "dashboard-overview"}).encode()
    token = site.token("POST", target, body, wp_user_id=member.number)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    answer = await http.post(target, content=body, headers=headers)
    if answer.status_code != 201:
        raise RuntimeError(f"{answer.status_code} {answer.text}")
    member.stream = answer.json()["url"]


async def watch(member: Member, opened: asyncio.Event) -> None:
    """Hold the stream of a member open and read what comes."""
    address = urlsplit(member.stream)
    reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=2**22)
    request = f"GET {address.path}?{address.query} HTTP/1.1\r\nHost: edge\r\nOrigin: {SITE}\r\n\r\n"
    writer.write(request.encode())
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 200 " not in head.splitlines()[0]:
        raise RuntimeError(head.decode())
    try:
        # The sizes of the chunks stand between events and disturb nothing here.
        while event := await reader.readuntil(b"\n\n"):
            member.read(event)
            if member.events:
                opened.set()
    finally:
        writer.close()


async def open_all(http: httpx2.AsyncClient, site: SiteCaller, members: list[Member]) -> list[Any]:
    """Open all streams, a few at a time, and wait until each has shown its first overview."""
    turns, streams = asyncio.Semaphore(CONNECTIONS), []

    async def open_one(member: Member) -> None:
        async with turns:
            await get_ticket(http, site, member)
            opened = asyncio.Event()
            streams.append(asyncio.create_task(watch(member, opened)))
            await asyncio.wait_for(opened.wait(), PATIENCE_SECONDS)

    await asyncio.gather(*(open_one(member) for member in members))
    return streams


async def post_all(
    http: httpx2.AsyncClient, members: list[Member], fills: int, rate: float
) -> None:
    """Post fills at a steady rate, whatever the answers do, and wait until all have shown."""
    start, posts = time.monotonic() + 0.2, []
    for turn in range(fills):
        due = start + turn / rate
        await asyncio.sleep(max(due - time.monotonic(), 0))
        posts.append(asyncio.create_task(post(http, members[turn % len(members)], 1, due)))
    await asyncio.gather(*posts)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while any(member.awaited for member in members):
        if time.monotonic() > deadline:
            missing = sum(len(member.awaited) for member in members)
            raise RuntimeError(f"{missing} fills never showed")
        await asyncio.sleep(0.05)


def usage(stack: Any) -> dict[str, tuple[float, float]]:
    """Return CPU seconds and resident MB of each part so far."""
    found = dict.fromkeys(PROCESSES, (0.0, 0.0))
    for pid in descendants(stack.process.pid):
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        for name, part in PROCESSES.items():
            if part in command:
                stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                rss = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
                cpu, memory = found[name]
                found[name] = (
                    cpu + (int(stat[11]) + int(stat[12])) / TICKS,
                    memory + (int(rss[1]) / 1024 if rss else 0.0),
                )
    return found


def summary(members: list[Member]) -> tuple[str, float]:
    """Return a line of the times so far, and their p99; forget them."""
    times = sorted(seconds for member in members for seconds in member.times)
    for member in members:
        member.times.clear()
    p50, p95, p99 = (
        statistics.median(times),
        times[int(len(times) * 0.95)],
        times[int(len(times) * 0.99)],
    )
    text = (
        f"fills={len(times)} p50={p50:.3f} s p95={p95:.3f} s p99={p99:.3f} s max={times[-1]:.3f} s"
    )
    return text, p99


async def run(stack: Any, site: SiteCaller, members: list[Member]) -> float:
    """Open, post, count; return the p99."""
    limits = httpx2.Limits(max_connections=CONNECTIONS)
    async with httpx2.AsyncClient(
        base_url=stack.service, timeout=60, limits=limits, trust_env=False
    ) as http:
        await asyncio.gather(*(post(http, member, 2, None) for member in members))
        await asyncio.sleep(5)
        idle = usage(stack)
        started = time.monotonic()
        streams = await open_all(http, site, members)
        taken = time.monotonic() - started
        opened = usage(stack)
        extra = (opened["edge"][1] - idle["edge"][1]) * 1024 / STREAMS
        print(f"streams={len(streams)} opened in {taken:.1f} s, {extra:.0f} KB each in the edge")
        before, began = usage(stack), time.monotonic()
        await asyncio.sleep(10)
        print(f"at rest: {shares(before, usage(stack), time.monotonic() - began)}")
        before, began = usage(stack), time.monotonic()
        await post_all(http, members, int(RATE * SECONDS), RATE)
        spent = shares(before, usage(stack), time.monotonic() - began)
        text, p99 = summary(members)
        print(f"rate={RATE:.0f}/s {text}")
        load = os.getloadavg()[0]
        print(f"while posting: {spent}; load average {load:.1f}", flush=True)
        await post_all(http, members, len(members), len(members))
        print(f"burst: {summary(members)[0]}")
        for stream in streams:
            if stream.done():
                raise RuntimeError("a stream ended") from stream.exception()
            stream.cancel()
        await asyncio.gather(*streams, return_exceptions=True)
    return p99


def shares(
    before: dict[str, tuple[float, float]], after: dict[str, tuple[float, float]], seconds: float
) -> str:
    """Write each part's share of a core and its memory."""
    return ", ".join(
        f"{name} {(after[name][0] - before[name][0]) / seconds:.0%} of a core {after[name][1]:.0f} MB"
        for name in PROCESSES
    )


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        wordpress_stack(Path(folder), wordpress=False) as stack,
    ):
        site, members = make_members(stack)
        p99 = asyncio.run(run(stack, site, members))
    harness.print_ratio("dashboards-sse", p99, 2)


if __name__ == "__main__":
    main()
