"""Alpaca as it happens, by its official SDK: minutes as they end, corrected ones, and trades.

Of the SDK its connection, its sign-in and its subscriptions are used, but not its loop, which
tries for ever what cannot work and keeps errors to itself (docs/adr/0019).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from typing import Any

import msgpack
import structlog
from websockets.exceptions import WebSocketException

from app.core.tasks import end_tasks
from app.market.clients.alpaca import load_sdk
from app.market.clients.live import Ear, LiveError, of_code, of_handshake, of_text
from app.market.rules.heard import Heard
from app.market.schemas import Instrument

log = structlog.get_logger()
NAME = "alpaca"
MARKETS = {"equity": "stocks", "crypto": "crypto"}
CHANNELS = ("bars", "updatedBars", "trades")
WIRE = {"open_timeout": 10, "ping_interval": 10, "ping_timeout": 20, "max_queue": 1024}
BARS = {"b", "u"}


class AlpacaLive:
    """US equities or crypto: each has a connection of its own."""

    name = NAME

    def __init__(self, keys: tuple[str, str], url: str, feed: str, market: str) -> None:
        self._keys, self.market = keys, market
        path = f"/v2/{feed}" if market == "stocks" else "/v1beta3/crypto/us"
        self._url = url.rstrip("/") + path
        self.is_delayed = market == "stocks" and feed.startswith("delayed")

    def has(self, instrument: Instrument) -> bool:
        """Whether it is of this market."""
        return MARKETS.get(instrument.asset_class) == self.market

    def name_of(self, instrument: Instrument) -> str:
        """Return the symbol."""
        return instrument.symbol

    async def listen(self, ear: Ear) -> None:
        """Connect once, and hear what is wanted until the connection ends."""
        stream = self._stream()
        tasks: list[asyncio.Task[Any]] = []
        try:
            await _open(stream)
            ear.changed.set()
            ear.connected()
            tasks = [
                asyncio.create_task(self._follow(stream, ear)),
                asyncio.create_task(self._read(stream, ear)),
            ]
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                each.result()
        except (WebSocketException, OSError) as error:
            raise LiveError(type(error).__name__) from error
        finally:
            await end_tasks(tasks)
            with contextlib.suppress(WebSocketException, OSError):
                await stream.close()

    def _stream(self) -> Any:
        load_sdk()
        from alpaca.data.live import CryptoDataStream, StockDataStream

        kind: Any = StockDataStream if self.market == "stocks" else CryptoDataStream
        return kind(*self._keys, raw_data=True, url_override=self._url, websocket_params=dict(WIRE))

    async def _follow(self, stream: Any, ear: Ear) -> None:
        """Ask for what is wanted whenever that changes."""
        asked: set[str] = set()
        while True:
            await ear.changed.wait()
            ear.changed.clear()
            wanted = set(ear.wanted)
            if gone := sorted(asked - wanted):
                for channel in CHANNELS:
                    await stream._send_unsubscribe_msg(channel, gone)  # noqa: SLF001 - see adr/0019
            if new := sorted(wanted - asked):
                stream._handlers.update({each: dict.fromkeys(new) for each in CHANNELS})  # noqa: SLF001 - see adr/0019
                await stream._send_subscribe_msg()  # noqa: SLF001 - see adr/0019
            asked = wanted

    async def _read(self, stream: Any, ear: Ear) -> None:
        while True:
            raw = await stream._ws.recv()  # noqa: SLF001 - see adr/0019
            ear.hear(list(self._said(ear, msgpack.unpackb(raw))))

    def _said(self, ear: Ear, rows: Iterable[dict[str, Any]]) -> Iterable[Heard]:
        for row in rows:
            kind = row.get("T")
            if kind == "error":
                log.warning("feed_told", source=NAME, code=row.get("code"))
                raise of_code(row.get("code"), str(row.get("msg", "")))
            instrument = ear.wanted.get(row.get("S", ""))
            if instrument is None:
                continue
            with contextlib.suppress(KeyError, TypeError, AttributeError):
                nanoseconds = row["t"].to_unix_nano()
                minute = nanoseconds // 60_000_000_000 * 60
                if kind in BARS:
                    prices = (row["o"], row["h"], row["l"], row["c"])
                    yield Heard("closed", instrument.id, minute, *prices, row["v"])
                elif kind == "t":
                    price, size = row["p"], row["s"]
                    prices = (price, price, price, price)
                    key = (row.get("x"), row.get("i"))
                    yield Heard("piece", instrument.id, minute, *prices, size, nanoseconds, key)


async def _open(stream: Any) -> None:
    try:
        await stream._start_ws()  # noqa: SLF001 - see adr/0019
    except ValueError as error:
        raise of_text(str(error)) from error
    except WebSocketException as error:
        status = getattr(error, "status_code", None)
        if status is None:
            raise
        raise of_handshake(status, getattr(error, "headers", {}).get("Retry-After", "")) from error
