"""charts-live: 500 open charts on one edge process, a bar a second of each of 50 symbols.

A real edge process on loopback with a Redis of its own; the web process is played by one line
that lets members in. The time of a bar runs from just before it is published until its bytes have
been read by a client; all clients live in this process, which therefore adds its own delay. The
reference is a bare fan-out of the same messages by asyncio (references/fanout.py) with as many
clients, in the same run, in turns. MINUTES=10 for the long run; SYMBOLS, CHARTS and RATE (bars a
second of a symbol) as told.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import harness
from processes import family, tick_seconds
from redis import Redis

from app.core import live, ticks
from tests.services import free_ports, redis_server

CHARTS = int(os.environ.get("CHARTS", "500"))
SYMBOLS = int(os.environ.get("SYMBOLS", "50"))
RATE = float(os.environ.get("RATE", "1"))
MINUTES = float(os.environ.get("MINUTES", "0.4"))
SITE = "https://site.example"
HOST = "127.0.0.1"
# A run is cut into turns, so that both meet the same weather.
TURNS = 2
SETTLE_SECONDS = 2.0
LET_IN = b"HTTP/1.1 204 No Content\r\n\r\n"


class Page(asyncio.Protocol):
    """An open chart: reads its events and notes how old each bar was."""

    def __init__(self, request: bytes, times: list[float]) -> None:
        self._request, self._times, self._rest = request, times, b""
        self.is_open = False

    def connection_made(self, transport: Any) -> None:
        """Ask."""
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Read what has come."""
        now = time.time()
        if not self.is_open and b" 200 " not in data[:20]:
            raise RuntimeError(data[:500])
        self.is_open = True
        *events, self._rest = (self._rest + data).split(b"\n\n")
        for event in events:
            _, found, said = event.partition(b"event: bar\ndata: ")
            if found:
                self._times.append(now - json.loads(said)["sent"] / 1e6)


def request_for(path: str) -> bytes:
    """Return what a page's EventSource sends."""
    return f"GET {path} HTTP/1.1\r\nHost: edge\r\nOrigin: {SITE}\r\n\r\n".encode()


def ticket_path(redis: Redis, number: int) -> str:
    """Lay down a ticket of a member's desk as the web process does; return its address."""
    text = f"ticket-{time.time_ns()}-{number}"
    ticket = live.Ticket(
        number, "site_1", number, SITE, live.CHECK, "en", instruments=[number % SYMBOLS + 1]
    )
    redis.set(live.ticket_key(text), json.dumps(asdict(ticket)), ex=live.TICKET_SECONDS)
    return f"/live?ticket={text}"


async def open_pages(port: int, paths: list[str], times: list[float]) -> list[Any]:
    """Open a page for each address; return their connections."""
    loop = asyncio.get_running_loop()
    opened = [
        await loop.create_connection(lambda path=path: Page(request_for(path), times), HOST, port)
        for path in paths
    ]
    deadline = time.monotonic() + 30
    while not all(page.is_open for _, page in opened):
        if time.monotonic() > deadline:
            raise RuntimeError("not all streams opened")
        await asyncio.sleep(0.05)
    return opened


async def publish(redis: Redis, seconds: float) -> int:
    """Tell a bar of each symbol at its own moment of each second; return how many."""
    start, told, gap = time.monotonic(), 0, 1 / (SYMBOLS * RATE)
    while (due := start + told * gap) < start + seconds:
        await asyncio.sleep(max(due - time.monotonic(), 0))
        minute = int(time.time()) // 60 * 60
        bar = [minute, 187.2, 187.9, 187.1, 187.6, 120400 + told]
        said = {"i": told % SYMBOLS + 1, "b": bar, "closed": False, "source": "bench"}
        redis.publish(ticks.CHANNEL, json.dumps({**said, "sent": time.time_ns() // 1000}))
        told += 1
    await asyncio.sleep(0.5)
    return told


def wait_for(port: int) -> None:
    """Wait until somebody listens."""
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection((HOST, port), 1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            # The edge listens a little before it hears of bars.
            time.sleep(1)
            return


def resident_mb(pids: list[int]) -> float:
    """Return the resident memory of processes."""
    pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids]
    return sum(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6


async def let_in(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Play the web process: whoever asks may go on."""
    try:
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(LET_IN)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def turn(port: int, pids: list[int], paths: list[str], redis: Redis) -> dict[str, Any]:
    """Open all pages of a server, tell bars, and return times, CPU and memory."""
    times: list[float] = []
    pages = await open_pages(port, paths, times)
    await asyncio.sleep(SETTLE_SECONDS)
    times.clear()
    before, memory = tick_seconds(pids), resident_mb(pids)
    told = await publish(redis, MINUTES * 60 / TURNS)
    found = {
        "times": times,
        "told": told,
        "cpu": tick_seconds(pids) - before,
        "before_mb": memory,
        "after_mb": resident_mb(pids),
    }
    for transport, _ in pages:
        transport.close()
    await asyncio.sleep(0.5)
    return found


async def run(redis: Redis, ports: list[int], pids: list[list[int]]) -> list[list[dict[str, Any]]]:
    """Run the turns of the edge and of the bare fan-out."""
    web_port, edge_port, bare_port = ports
    server = await asyncio.start_server(let_in, HOST, web_port)
    edge, bare = [], []
    for _ in range(TURNS):
        paths = [ticket_path(redis, number) for number in range(1, CHARTS + 1)]
        edge.append(await turn(edge_port, pids[0], paths, redis))
        paths = [f"/?i={number % SYMBOLS + 1}" for number in range(1, CHARTS + 1)]
        bare.append(await turn(bare_port, pids[1], paths, redis))
    server.close()
    return [edge, bare]


def told(name: str, turns: list[dict[str, Any]]) -> tuple[float, float]:
    """Print what the turns of a server were like; return their p99 and CPU seconds."""
    times = sorted(one for each in turns for one in each["times"])
    wanted = sum(each["told"] for each in turns) * CHARTS // SYMBOLS
    p50, p99 = times[len(times) // 2], times[int(len(times) * 0.99)]
    cpu, seconds = sum(each["cpu"] for each in turns), MINUTES * 60
    grown = turns[-1]["after_mb"] - turns[-1]["before_mb"]
    print(
        f"{name}: {len(times)} of {wanted} bars, p50={p50 * 1000:.1f} ms p99={p99 * 1000:.1f} ms "
        f"max={times[-1] * 1000:.0f} ms, {cpu / seconds:.1%} of a core, "
        f"{turns[-1]['after_mb']:.0f} MB, {grown:+.1f} MB in the last turn"
    )
    return p99, cpu


def main() -> None:
    ports = free_ports(3)
    with tempfile.TemporaryDirectory() as folder, redis_server(Path(folder)) as url:
        environment = {
            **os.environ, "DATA_DIR": folder, "REDIS_URL": url, "EDGE_PORT": str(ports[1]),
            "WEB_URL": f"http://{HOST}:{ports[0]}", "SECRET_KEY": "b" * 64,
        }  # fmt: skip
        commands = [
            [sys.executable, "-m", "app.edge"],
            [
                sys.executable,
                str(Path(__file__).parent / "references/fanout.py"),
                str(ports[2]),
                url,
            ],
        ]
        started = [subprocess.Popen(one, env=environment) for one in commands]
        try:
            for port in ports[1:]:
                wait_for(port)
            pids = [family(one.pid) for one in started]
            edge, bare = asyncio.run(run(Redis.from_url(url), ports, pids))
        finally:
            for one in started:
                one.terminate()
                one.wait(10)
    p99, cpu = told("edge", edge)
    _, bare_cpu = told("bare fan-out", bare)
    print(f"charts={CHARTS} symbols={SYMBOLS} load average {os.getloadavg()[0]:.1f}")
    harness.print_ratio("charts-live-cpu", cpu / bare_cpu, 6)
    harness.print_ratio("charts-live", p99, 1.0)


if __name__ == "__main__":
    main()
