"""Massive as it happens, by its official SDK: minutes as they end, seconds for the open one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import orjson
import structlog
from massive.exceptions import AuthError
from massive.websocket import WebSocketClient
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import InvalidStatus, WebSocketException

from app.core.tasks import end_tasks
from app.market.clients.live import Ear, LiveError, RefusedError, of_handshake, of_text
from app.market.rules.heard import Heard
from app.market.schemas import Instrument

log = structlog.get_logger()
NAME = "massive"
MARKETS = {"equity": "stocks", "crypto": "crypto", "forex": "forex", "index": "indices"}
# Channels of the minutes that ended, and of the seconds of the open one.
CHANNELS = {"stocks": ("AM", "A"), "indices": ("AM", "A"), "crypto": ("XA", "XAS"),
            "forex": ("CA", "CAS")}  # fmt: skip
WIRE = {"open_timeout": 10, "ping_interval": 10, "ping_timeout": 20, "max_size": 16 << 20}
GOOD = {"connected", "success", "auth_success"}


class MassiveLive:
    """One of Massive's markets: each has a connection of its own."""

    name = NAME

    def __init__(self, key: str, url: str, market: str) -> None:
        self._key, self.market = key, market
        parts = urlsplit(url)
        self._host, self._is_secure = parts.netloc, parts.scheme == "wss"
        self.is_delayed = "delayed" in parts.netloc
        self._minute, self._second = CHANNELS[market]

    def has(self, instrument: Instrument) -> bool:
        """Whether it is of this market."""
        return MARKETS.get(instrument.asset_class) == self.market

    def name_of(self, instrument: Instrument) -> str:
        """Return the name of an instrument on Massive's streams."""
        symbol = instrument.symbol
        if self.market == "indices":
            return f"I:{symbol.lstrip('^')}"
        return symbol.replace("/", "-") if self.market == "crypto" else symbol

    async def listen(self, ear: Ear) -> None:
        """Connect once, and hear what is wanted until the connection ends."""
        talk = Talk(ear)
        client = WebSocketClient(
            api_key=self._key,
            feed=self._host,
            market=self.market,
            raw=True,
            max_reconnects=0,
            secure=self._is_secure,
            custom_json=talk,
        )
        ear.changed.clear()
        client.subscribe(*self._channels(ear.wanted))
        hear = partial(self.hear, talk)
        tasks: list[asyncio.Task[Any]] = [
            asyncio.create_task(client.connect(hear, create_connection=talk.watched(), **WIRE)),
            asyncio.create_task(self._follow(client, ear)),
            asyncio.create_task(talk.failed()),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                each.result()
        except AuthError as error:
            message = "the key is refused"
            raise RefusedError(message) from error
        except (WebSocketException, OSError, ValueError) as error:
            raise talk.error or LiveError(type(error).__name__) from error
        finally:
            await end_tasks(tasks)
            if client.websocket is not None:
                with contextlib.suppress(WebSocketException, OSError):
                    await client.close()
        raise talk.error or LiveError("the connection has ended")

    def _channels(self, names: Iterable[str]) -> list[str]:
        return [f"{kind}.{name}" for name in names for kind in (self._minute, self._second)]

    async def _follow(self, client: Any, ear: Ear) -> None:
        """Ask for what is wanted whenever that changes."""
        while True:
            await ear.changed.wait()
            ear.changed.clear()
            # The SDK looks at this set within a second and sends what is new or gone.
            client.scheduled_subs = set(self._channels(ear.wanted))
            client.schedule_resub = True

    async def hear(self, talk: Talk, raw: str | bytes) -> None:
        """Take in a message."""
        heard = []
        for row in orjson.loads(raw):
            if row.get("ev") == "status":
                talk.note(row)
            elif (one := self._read(talk.ear, row)) is not None:
                heard.append(one)
        talk.ear.hear(heard)

    def _read(self, ear: Ear, row: dict[str, Any]) -> Heard | None:
        kind, instrument = row.get("ev"), ear.wanted.get(row.get("sym") or row.get("pair") or "")
        if instrument is None or kind not in {self._minute, self._second}:
            return None
        try:
            at = int(row["s"])
            minute = at // 60_000 * 60
            prices = (row["o"], row["h"], row["l"], row["c"])
        except (KeyError, TypeError, ValueError):
            return None
        volume = row.get("v", 0)
        if kind == self._minute:
            return Heard("closed", instrument.id, minute, *prices, volume)
        return Heard("piece", instrument.id, minute, *prices, volume, at, at)


class Talk:
    """What the server says besides bars. The SDK reads and writes JSON through this.

    The SDK logs such words and goes on, and tries a failed handshake again without end: here they
    become the error that ends the connection.
    """

    def __init__(self, ear: Ear) -> None:
        self.ear = ear
        self.error: LiveError | None = None
        self._has_failed = asyncio.Event()

    def dumps(self, message: Any) -> str:
        """Return a message of ours as text."""
        return orjson.dumps(message).decode()

    def loads(self, raw: str | bytes) -> Any:
        """Read one of the first messages of a connection."""
        rows = orjson.loads(raw)
        for row in rows:
            self.note(row)
        return rows

    def note(self, row: dict[str, Any]) -> None:
        """Take in a status."""
        status = row.get("status")
        if status == "auth_success":
            self.ear.connected()
        elif status not in GOOD and status != "auth_failed":
            log.warning("feed_told", source=NAME, status=str(status)[:40])
            self._fail(of_text(f"{status} {row.get('message', '')}"))

    def watched(self) -> type[ClientConnection]:
        """Return a connection that tells us of a handshake that fails."""
        talk = self

        class Watched(ClientConnection):
            async def handshake(self, *given: Any, **named: Any) -> None:
                try:
                    await super().handshake(*given, **named)
                except InvalidStatus as error:
                    talk.fail_with(error.response.status_code, error.response.headers)
                    raise

        return Watched

    def fail_with(self, status: int, headers: Any) -> None:
        """Take in how the server answered instead of opening a stream."""
        self._fail(of_handshake(status, headers.get("Retry-After", "")))

    def _fail(self, error: LiveError) -> None:
        self.error = error
        self._has_failed.set()

    async def failed(self) -> None:
        """Wait for a failure that the SDK would go on with, and raise it."""
        await self._has_failed.wait()
        if self.error is not None:
            raise self.error
