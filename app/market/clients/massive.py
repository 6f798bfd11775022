"""Bars from Massive, by its official SDK."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, NamedTuple

from app.market.clients.providers import (
    PATIENCE_SECONDS,
    ProviderError,
    WireBar,
    retry_policy,
    tidy,
)
from app.market.rules.hours import NEW_YORK
from app.market.rules.sources import gives
from app.market.schemas import Instrument
from app.market.service.sessions import microseconds
from app.quant.bars import ScaledBars

NAME = "massive"
PAGE = 50_000
AT_ONCE = 8
"""Requests that are under way at the same time."""
SATURDAY = 5


class Grouped(NamedTuple):
    """A market whose days come in one answer: its names there, and where its days begin."""

    locale: str
    name: str
    zone: tzinfo


GROUPED = {
    "equity": Grouped("us", "stocks", NEW_YORK),
    "crypto": Grouped("global", "crypto", UTC),
    "forex": Grouped("global", "fx", UTC),
}


class MassiveProvider:
    """US equities, indices, crypto and forex."""

    name = NAME

    def __init__(self, key: str, url: str) -> None:
        self._key, self._url = key, url

    def has(self, instrument: Instrument) -> bool:
        """Whether it knows instruments of this kind."""
        return gives(NAME, instrument.symbol, instrument.asset_class)

    def fetch_bars(
        self, instrument: Instrument, timeframe: str, start: datetime, end: datetime
    ) -> ScaledBars:
        """Return unadjusted bars; the SDK follows the pages."""
        return self._fetch(self._client(), instrument, timeframe, start, end)

    def fetch_many(
        self, instruments: Sequence[Instrument], timeframe: str, start: datetime, end: datetime
    ) -> dict[int, ScaledBars]:
        """Return the unadjusted bars of instruments of one asset class by their ids.

        Days of more symbols than there are days come by one request a day for the whole market,
        everything else by one request a symbol, a few at a time.
        """
        market = GROUPED.get(instruments[0].asset_class)
        if timeframe == "D1" and market is not None:
            days = _days(start, end, market)
            if len(days) < len(instruments):
                return self._fetch_days(market, instruments, days, (start, end))
        client = self._client()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            bars = pool.map(
                lambda each: self._fetch(client, each, timeframe, start, end), instruments
            )
            return {each.id: found for each, found in zip(instruments, bars, strict=True)}

    def _client(self) -> Any:
        from massive.rest import RESTClient

        # One pool of connections for all that are asked at once.
        return RESTClient(
            api_key=self._key,
            base=self._url,
            connect_timeout=PATIENCE_SECONDS,
            read_timeout=PATIENCE_SECONDS,
            connection_pool_kw={"retries": retry_policy()},
        )

    def _fetch(
        self, client: Any, instrument: Instrument, timeframe: str, start: datetime, end: datetime
    ) -> ScaledBars:
        with _told():
            asked = client.list_aggs(
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
            bars = [_wire(row) for row in asked]
        return tidy(bars, microseconds(start), microseconds(end))

    def _fetch_days(
        self,
        market: Grouped,
        instruments: Sequence[Instrument],
        days: list[date],
        span: tuple[datetime, datetime],
    ) -> dict[int, ScaledBars]:
        client, names = self._client(), {ticker(each): each.id for each in instruments}
        rows: dict[int, list[WireBar]] = {each: [] for each in names.values()}

        def ask(day: date) -> list[Any]:
            with _told():
                found: list[Any] = client.get_grouped_daily_aggs(
                    day, adjusted=False, locale=market.locale, market_type=market.name
                )
                return found

        with ThreadPoolExecutor(AT_ONCE) as pool:
            for day, found in zip(days, pool.map(ask, days), strict=True):
                # The answer tells the end of the day; what is kept begins with it.
                opened = microseconds(datetime.combine(day, time(), market.zone))
                with _told():
                    for row in found:
                        if row.ticker in names:
                            bar = _wire(row)._replace(opened_at=opened)
                            rows[names[row.ticker]].append(bar)
        first, last = (microseconds(each) for each in span)
        return {each: tidy(bars, first, last) for each, bars in rows.items()}


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Say what went wrong as our error, without anything that we sent."""
    from massive.exceptions import BadResponse
    from urllib3.exceptions import HTTPError

    try:
        yield
    except BadResponse as error:
        message = f"{NAME}: refused what we asked for"
        raise ProviderError(message) from error
    except (HTTPError, ValueError, TypeError) as error:
        message = f"{NAME}: {type(error).__name__}"
        raise ProviderError(message) from error


def _days(start: datetime, end: datetime, market: Grouped) -> list[date]:
    """Return the days of a market that lie in a stretch of time."""
    first, last = (each.astimezone(market.zone).date() for each in (start, end))
    days = [first + timedelta(days=at) for at in range((last - first).days + 1)]
    return [day for day in days if market.zone == UTC or day.weekday() < SATURDAY]


def ticker(instrument: Instrument) -> str:
    """Return the name of an instrument at Massive."""
    symbol = instrument.symbol
    if instrument.asset_class in {"crypto", "forex"}:
        prefix = "X" if instrument.asset_class == "crypto" else "C"
        return f"{prefix}:{symbol.replace('/', '').replace('-', '')}"
    return f"I:{symbol.lstrip('^')}" if instrument.asset_class == "index" else symbol


def _wire(row: Any) -> WireBar:
    return WireBar(row.timestamp * 1000, row.open, row.high, row.low, row.close, row.volume)
