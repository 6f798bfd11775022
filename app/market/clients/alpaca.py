"""Bars from Alpaca, by its official SDK. Imported only where it is used: it brings pandas along."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from requests.adapters import HTTPAdapter
from requests.exceptions import RequestException

from app.market.clients.providers import (
    PATIENCE_SECONDS,
    ProviderError,
    WireBar,
    retry_policy,
    tidy,
)
from app.market.rules.sources import gives
from app.market.schemas import Instrument
from app.market.service.sessions import microseconds
from app.quant.bars import ScaledBars

NAME = "alpaca"
TRIES = 3


class _Adapter(HTTPAdapter):
    """The SDK asks without a limit of time and waits a fixed while: we set both."""

    def __init__(self) -> None:
        super().__init__(max_retries=retry_policy())

    def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Send a request with our patience."""
        kwargs["timeout"] = kwargs.get("timeout") or PATIENCE_SECONDS
        return super().send(request, *args, **kwargs)


class AlpacaProvider:
    """US equities and crypto."""

    name = NAME

    def __init__(self, key_id: str, secret: str, url: str, feed: str) -> None:
        self._key, self._secret, self._url, self._feed = key_id, secret, url, feed

    def has(self, instrument: Instrument) -> bool:
        """Whether it knows instruments of this kind."""
        return gives(NAME, instrument.symbol, instrument.asset_class)

    def fetch_bars(
        self, instrument: Instrument, timeframe: str, start: datetime, end: datetime
    ) -> ScaledBars:
        """Return unadjusted bars; the SDK follows the pages."""
        return self.fetch_many([instrument], timeframe, start, end)[instrument.id]

    def fetch_many(
        self, instruments: Sequence[Instrument], timeframe: str, start: datetime, end: datetime
    ) -> dict[int, ScaledBars]:
        """Return the unadjusted bars of instruments of one asset class by their ids, in one request."""
        load_sdk()
        from alpaca.common.exceptions import APIError

        for at in range(1, TRIES + 1):
            try:
                rows = self._ask(instruments, timeframe, start, end)
                break
            except APIError as error:
                message = f"{NAME}: {status_of(error)}"
                raise ProviderError(message) from error
            except (RequestException, ValueError) as error:
                # A connection that breaks off in the middle of an answer is not retried below us.
                if at == TRIES:
                    message = f"{NAME}: {type(error).__name__}"
                    raise ProviderError(message) from error
        span = (microseconds(start), microseconds(end))
        return {
            each.id: tidy((_wire(row) for row in rows.get(each.symbol) or []), *span)
            for each in instruments
        }

    def _ask(
        self, instruments: Sequence[Instrument], timeframe: str, start: datetime, end: datetime
    ) -> dict[str, list[dict[str, Any]]]:
        from alpaca.data.enums import Adjustment, DataFeed
        from alpaca.data.historical import CryptoHistoricalDataClient, StockHistoricalDataClient
        from alpaca.data.requests import CryptoBarsRequest, StockBarsRequest
        from alpaca.data.timeframe import TimeFrame

        unit = TimeFrame.Minute if timeframe == "M1" else TimeFrame.Day
        asked: dict[str, Any] = {
            "symbol_or_symbols": [each.symbol for each in instruments],
            "timeframe": unit,
            "start": start,
            "end": end,
        }
        keys: dict[str, Any] = {
            "api_key": self._key,
            "secret_key": self._secret,
            "url_override": self._url,
        }
        client: Any
        if instruments[0].asset_class == "crypto":
            client = ready(CryptoHistoricalDataClient(raw_data=True, **keys))
            answer = client.get_crypto_bars(CryptoBarsRequest(**asked))
        else:
            client = ready(StockHistoricalDataClient(raw_data=True, **keys))
            request = StockBarsRequest(
                adjustment=Adjustment.RAW, feed=DataFeed(self._feed), **asked
            )
            answer = client.get_stock_bars(request)
        return dict(answer)


def ready(client: Any) -> Any:
    """Return one of the SDK's clients with our patience."""
    adapter = _Adapter()
    session = client._session  # noqa: SLF001 - the SDK takes no time limit and no retry policy
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    client._retry = 0  # noqa: SLF001 - ours heeds what the server asks for
    return client


def load_sdk() -> None:
    """Import the SDK, once."""
    with warnings.catch_warnings():
        # The SDK still imports a part of websockets that its authors mean to drop; unused here.
        warnings.simplefilter("ignore", DeprecationWarning)
        import alpaca.data  # noqa: F401 - loaded once, in quiet


def status_of(error: Any) -> str:
    """Return what the server answered, without anything that we sent."""
    try:
        return f"answered {error.status_code}"
    except AttributeError:
        return "answered with an error"


def _wire(row: dict[str, Any]) -> WireBar:
    at = microseconds(datetime.fromisoformat(row["t"]))
    return WireBar(at, row["o"], row["h"], row["l"], row["c"], row["v"])
