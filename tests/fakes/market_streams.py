"""Massive's and Alpaca's WebSockets on loopback: the wire formats of both, with faults on demand.

What it cannot prove: that the real services still speak like this, their limits and their data.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgpack
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Response

ALPACA_KEYS = ("fake-key-id", "fake-secret")
MASSIVE_KEY = "fake-massive-key"


@dataclass(eq=False)
class Held:
    """One connection that a client holds."""

    path: str
    socket: ServerConnection
    wants: set[str] = field(default_factory=set)
    """Massive: AM.SPY. Alpaca: bars.SPY."""
    headers: dict = field(default_factory=dict)
    is_open: bool = True

    @property
    def is_alpaca(self) -> bool:
        return self.path.startswith("/v")


@dataclass
class Streams:
    """Both services."""

    url: str = ""
    held: list[Held] = field(default_factory=list)
    """Every connection that there ever was, the refused ones left out."""
    faults: list[tuple] = field(default_factory=list)
    """What the next connections get: ("status", 429, headers), ("auth",), ("limit",), ("slow", 1),
    ("cut",)."""
    asked: int = 0
    """How often somebody wanted to connect."""

    def open(self, start: str = "/") -> list[Held]:
        return [each for each in self.held if each.is_open and each.path.startswith(start)]

    def wanted(self, start: str = "/") -> set[str]:
        return {name for each in self.open(start) for name in each.wants}

    async def send(self, *rows: dict) -> None:
        """Send one message with rows to whoever has asked for them."""
        for each in self.open():
            mine = [row for row in rows if _channel(row) in each.wants]
            if mine:
                await each.socket.send(_packed(mine) if each.is_alpaca else json.dumps(mine))

    async def say(self, row: dict) -> None:
        """Send one row to everybody: a status, or rubbish."""
        for each in self.open():
            await each.socket.send(_packed([row]) if each.is_alpaca else json.dumps([row]))

    def drop(self) -> None:
        """Let every connection break off without a word."""
        for each in self.open():
            each.is_open = False
            each.socket.transport.abort()

    async def close(self, code: int = 1008) -> None:
        """Close every connection in order."""
        for each in self.open():
            each.is_open = False
            await each.socket.close(code)


def _channel(row: dict) -> str:
    if "ev" in row:
        return f"{row['ev']}.{row.get('sym') or row.get('pair')}"
    kinds = {"b": "bars", "u": "updatedBars", "t": "trades"}
    return f"{kinds[row['T']]}.{row['S']}"


def _packed(rows: list[dict]) -> bytes:
    timed = [
        {**row, "t": msgpack.Timestamp.from_datetime(row["t"])} if "t" in row else row
        for row in rows
    ]
    return msgpack.packb(timed)


def massive_bar(symbol: str, minute: int, close=100.5, kind="AM", **more) -> dict:
    """Return an aggregate as Massive sends it."""
    name = "sym" if kind in {"AM", "A"} else "pair"
    span = 60_000 if kind in {"AM", "XA", "CA"} else 1_000
    bar = {"o": 100.0, "h": 101.0, "l": 99.0, "c": close, "v": 10, "vw": 100.2, "z": 3}
    start = minute * 1000 + more.pop("ms", 0)
    return {"ev": kind, name: symbol, **bar, "s": start, "e": start + span, **more}


def alpaca_bar(symbol: str, minute: int, close=100.5, kind="b", **more) -> dict:
    """Return a bar as Alpaca sends it."""
    bar = {"o": 100.0, "h": 101.0, "l": 99.0, "c": close, "v": 10, "n": 3, "vw": 100.2}
    return {"T": kind, "S": symbol, **bar, "t": datetime.fromtimestamp(minute, UTC), **more}


def alpaca_trade(symbol: str, at: float, price: float, number: int) -> dict:
    """Return a trade as Alpaca sends it."""
    moment = datetime.fromtimestamp(at, UTC)
    return {"T": "t", "S": symbol, "i": number, "x": "V", "p": price, "s": 5, "c": ["@"], "z": "C",
            "t": moment}  # fmt: skip


@contextlib.asynccontextmanager
async def market_streams(port: int = 0, *, ping_interval: float = 0.05) -> AsyncIterator[Streams]:
    """Run the fake in the present loop; it sends pings all the time, as heartbeats."""
    streams = Streams()

    def process_request(_connection, _request):
        streams.asked += 1
        if streams.faults and streams.faults[0][0] == "status":
            _, status, *headers = streams.faults.pop(0)
            return Response(status, "Fault", Headers(headers[0] if headers else {}), b"no")
        return None

    async def handle(socket: ServerConnection) -> None:
        fault = streams.faults.pop(0) if streams.faults else ("",)
        held = Held(socket.request.path, socket, headers=dict(socket.request.headers))
        if fault[0] == "cut":
            socket.transport.abort()
            return
        if fault[0] == "slow":
            await asyncio.sleep(fault[1])
        streams.held.append(held)
        talk = _alpaca if held.is_alpaca else _massive
        try:
            await talk(held, fault[0])
        except ConnectionClosed:
            pass
        finally:
            held.is_open = False

    async with serve(
        handle, "127.0.0.1", port, process_request=process_request, ping_interval=ping_interval
    ) as server:
        streams.url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        yield streams


async def _massive(held: Held, fault: str) -> None:
    async def status(word: str, message: str) -> None:
        await held.socket.send(json.dumps([{"ev": "status", "status": word, "message": message}]))

    await status("connected", "Connected Successfully")
    given = json.loads(await held.socket.recv())
    if fault == "auth" or given != {"action": "auth", "params": MASSIVE_KEY}:
        await status("auth_failed", "authentication failed")
        return
    if fault == "limit":
        await status("max_connections", "Maximum number of websocket connections exceeded.")
        await held.socket.close(1008)
        return
    await status("auth_success", "authenticated")
    async for raw in held.socket:
        asked = json.loads(raw)
        names = set(asked["params"].split(","))
        if asked["action"] == "subscribe":
            held.wants |= names
        else:
            held.wants -= names
        for name in sorted(names):
            await status("success", f"{asked['action']}d to: {name}")


async def _alpaca(held: Held, fault: str) -> None:
    async def say(**row) -> None:
        await held.socket.send(msgpack.packb([row]))

    await say(T="success", msg="connected")
    given = msgpack.unpackb(await held.socket.recv())
    if fault == "auth" or (given.get("key"), given.get("secret")) != ALPACA_KEYS:
        await say(T="error", code=402, msg="auth failed")
        return
    if fault == "limit":
        await say(T="error", code=406, msg="connection limit exceeded")
        return
    await say(T="success", msg="authenticated")
    async for raw in held.socket:
        asked = msgpack.unpackb(raw)
        action = asked.pop("action")
        names = {f"{channel}.{name}" for channel, list_ in asked.items() for name in list_}
        held.wants = held.wants | names if action == "subscribe" else held.wants - names
        lists = {}
        for name in sorted(held.wants):
            channel, _, symbol = name.partition(".")
            lists.setdefault(channel, []).append(symbol)
        await say(T="subscription", **lists)
