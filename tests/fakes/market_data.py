"""Alpaca's and Massive's market data on loopback: the wire formats of both, with faults on demand.

What it cannot prove: that the real services still speak like this, their limits and their data.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

ALPACA_KEYS = ("fake-key-id", "fake-secret")
MASSIVE_KEY = "fake-massive-key"


@dataclass
class Market:
    """What the fake knows: bars by symbol, in the order in which they are sent."""

    bars: dict[str, list[dict]] = field(default_factory=dict)
    """`at` in milliseconds since 1970, and o, h, l, c, v."""
    options: dict[str, list[dict]] = field(default_factory=dict)
    """Contracts by underlying: name, bid, ask, last, volume, interest, iv, delta; null: not told."""
    page: int = 100
    faults: list[tuple] = field(default_factory=list)
    """What the next requests get instead: ("status", 429, headers), ("drop",), ("cut",)."""
    requests: list[str] = field(default_factory=list)
    url: str = ""

    def add(self, symbol: str, start: datetime, count: int, step_minutes: int = 1) -> None:
        """Add bars in a row."""
        first = int(start.timestamp() * 1000)
        rows = self.bars.setdefault(symbol, [])
        for at in range(count):
            price = 100 + at / 100
            rows.append(
                {
                    "at": first + at * step_minutes * 60_000,
                    "o": price, "h": price + 0.5, "l": price - 0.5, "c": price + 0.25, "v": 10,
                }
            )  # fmt: skip

    def between(self, symbol: str, first: int, last: int) -> list[dict]:
        """Return a symbol's bars in a range of milliseconds that includes its end."""
        return [row for row in self.bars.get(symbol, []) if first <= row["at"] <= last]


@contextlib.contextmanager
def market_data() -> Iterator[Market]:
    """Run the fake and yield it."""
    market = Market()

    class Handler(_Handler):
        pass

    Handler.market = market
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    market.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield market
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    market: Market

    def log_message(self, *_arguments):
        """Say nothing."""

    def do_GET(self):
        """Answer, or do what the next fault says."""
        self.market.requests.append(self.path)
        if self.market.faults:
            kind, *rest = self.market.faults.pop(0)
            if kind == "status":
                self._send(rest[0], {"message": "fault"}, rest[1] if len(rest) > 1 else {})
                return
            if kind == "cut":
                self.send_response(200)
                self.send_header("Content-Length", "5000")
                self.end_headers()
                self.wfile.write(b'{"bars": {')
            self.close_connection = True
            return
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if "/snapshot" in parts.path and "option" in parts.path:
            self._options(parts.path, asked)
        elif parts.path.startswith("/v2/aggs/"):
            self._massive(parts.path, asked)
        else:
            self._alpaca(asked)

    def _alpaca(self, asked):
        given = (self.headers["APCA-API-KEY-ID"], self.headers["APCA-API-SECRET-KEY"])
        if given != ALPACA_KEYS:
            self._send(403, {"message": "forbidden."})
            return
        first, last = (_milliseconds(asked[name]) for name in ("start", "end"))
        symbols = sorted(asked["symbols"].split(","))
        # As there: one symbol after the other, and a page may end in the midst of one.
        rows = [(each, row) for each in symbols for row in self.market.between(each, first, last)]
        at = int(asked.get("page_token") or 0)
        page = rows[at : at + self.market.page]
        bars = {}
        for symbol, row in page:
            opened = datetime.fromtimestamp(row["at"] / 1000, UTC)
            facts = {name: row[name] for name in "ohlcv"}
            one = {"t": f"{opened:%Y-%m-%dT%H:%M:%SZ}", **facts, "n": 3, "vw": row["c"]}
            bars.setdefault(symbol, []).append(one)
        after = at + len(page)
        token = str(after) if after < len(rows) else None
        self._send(200, {"bars": bars, "next_page_token": token})

    def _massive(self, path, asked):
        if self.headers["Authorization"] != f"Bearer {MASSIVE_KEY}":
            self._send(401, {"status": "ERROR", "error": "Unknown API Key"})
            return
        if path.startswith("/v2/aggs/grouped/"):
            self._grouped(path)
            return
        _, _, _, _, ticker, _, _, _, first, last = path.split("/")
        rows = self.market.between(ticker, int(first), int(last))
        at = int(asked.get("cursor", 0))
        page = rows[at : at + self.market.page]
        results = [
            {"t": row["at"], **{name: row[name] for name in "ohlcv"}, "vw": row["c"], "n": 3}
            for row in page
        ]
        answer = {"ticker": ticker, "status": "OK", "adjusted": False, "resultsCount": len(page)}
        if results:
            answer["results"] = results
        if at + len(page) < len(rows):
            answer["next_url"] = f"{self.market.url}{path}?cursor={at + len(page)}"
        self._send(200, answer)

    def _options(self, path, asked):
        """Answer a page of a chain as either service does."""
        rows = self.market.options.get(path.rpartition("/")[2], [])
        at = int(asked.get("cursor") or asked.get("page_token") or 0)
        page, after = rows[at : at + self.market.page], at + self.market.page
        if path.startswith("/v3/"):
            answer = {"status": "OK", "results": [_massive_option(row) for row in page]}
            if after < len(rows):
                answer["next_url"] = f"{self.market.url}{path}?cursor={after}"
        else:
            snapshots = {row["name"]: _alpaca_option(row) for row in page}
            token = str(after) if after < len(rows) else None
            answer = {"snapshots": snapshots, "next_page_token": token}
        self._send(200, answer)

    def _grouped(self, path):
        """Answer the bars of all symbols that begin in a day; `t` is the end of the day, as there."""
        *_, day = path.split("/")
        first = int(datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp() * 1000)
        results = [
            {"T": ticker, "t": first + 20 * 3_600_000, **{name: row[name] for name in "ohlcv"}}
            for ticker in self.market.bars
            for row in self.market.between(ticker, first, first + 86_399_999)
        ]
        answer = {"status": "OK", "adjusted": False, "resultsCount": len(results)}
        self._send(200, {**answer, "results": results} if results else answer)

    def _send(self, status, body, headers=None):
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


def _massive_option(row):
    found = {
        "details": {
            "ticker": f"O:{row['name']}",
            "contract_type": "call",
            "exercise_style": "american",
            "shares_per_contract": 100,
        },
        "day": {"close": row["last"], "volume": row["volume"]} if row["volume"] else {},
        "open_interest": row["interest"],
        "last_quote": {"bid": row["bid"], "ask": row["ask"], "timeframe": "REAL-TIME"},
        "underlying_asset": {"ticker": "SPY", "price": 100.5, "timeframe": "REAL-TIME"},
        "greeks": {},
    }
    if row.get("at"):
        found["last_quote"]["last_updated"] = int(row["at"].timestamp()) * 10**9 + 123_456_789
    if row["iv"]:
        found |= {"implied_volatility": row["iv"], "greeks": {"delta": row["delta"]}}
    return found


def _alpaca_option(row):
    found = {"latestQuote": {"bp": row["bid"], "bs": 3, "ap": row["ask"], "as": 4}}
    if row.get("at"):
        found["latestQuote"]["t"] = f"{row['at']:%Y-%m-%dT%H:%M:%S}.123456789Z"
    if row["last"]:
        found["latestTrade"] = {"p": row["last"], "s": 1}
    if row["iv"]:
        found |= {"impliedVolatility": row["iv"], "greeks": {"delta": row["delta"]}}
    return found


def _milliseconds(text):
    return int(datetime.fromisoformat(text).timestamp() * 1000)
