"""Bars from Massive, by its official SDK."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from app.market.clients.providers import (
    PATIENCE_SECONDS,
    ProviderError,
    WireBar,
    retry_policy,
    tidy,
)
from app.market.schemas import Instrument
from app.market.service.sessions import microseconds
from app.quant.bars import ScaledBars

NAME = "massive"
PAGE = 50_000


class MassiveProvider:
    """US equities, indices, crypto and forex."""

    name = NAME

    def __init__(self, key: str, url: str) -> None:
        self._key, self._url = key, url

    def has(self, instrument: Instrument) -> bool:
        """Whether it knows instruments of this kind."""
        return instrument.asset_class in {"equity", "index", "crypto", "forex"}

    def fetch_bars(
        self, instrument: Instrument, timeframe: str, start: datetime, end: datetime
    ) -> ScaledBars:
        """Return unadjusted bars; the SDK follows the pages."""
        from massive.exceptions import BadResponse
        from massive.rest import RESTClient
        from urllib3.exceptions import HTTPError

        client = RESTClient(
            api_key=self._key,
            base=self._url,
            connect_timeout=PATIENCE_SECONDS,
            read_timeout=PATIENCE_SECONDS,
            connection_pool_kw={"retries": retry_policy()},
        )
        asked: Any = client.list_aggs(
            ticker(instrument),
            1,
            "minute" if timeframe == "M1" else "day",
            start,
            # The range includes its end.
            end - timedelta(milliseconds=1),
            adjusted=False,
            sort="asc",
            limit=PAGE,
        )
        try:
            bars = [_wire(row) for row in asked]
        except BadResponse as error:
            message = f"{NAME}: refused what we asked for"
            raise ProviderError(message) from error
        except (HTTPError, ValueError, TypeError) as error:
            message = f"{NAME}: {type(error).__name__}"
            raise ProviderError(message) from error
        return tidy(bars, microseconds(start), microseconds(end))


def ticker(instrument: Instrument) -> str:
    """Return the name of an instrument at Massive."""
    symbol = instrument.symbol
    if instrument.asset_class in {"crypto", "forex"}:
        prefix = "X" if instrument.asset_class == "crypto" else "C"
        return f"{prefix}:{symbol.replace('/', '').replace('-', '')}"
    return f"I:{symbol.lstrip('^')}" if instrument.asset_class == "index" else symbol


def _wire(row: Any) -> WireBar:
    return WireBar(row.timestamp * 1000, row.open, row.high, row.low, row.close, row.volume)
