"""Option chains from Massive and Alpaca, by their SDKs: the newest quote of every contract."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple, Protocol

from requests.exceptions import RequestException

from app.core import clock
from app.market.clients import alpaca, massive
from app.market.clients.providers import PATIENCE_SECONDS, ProviderError, retry_policy
from app.market.rules import index_of
from app.market.schemas import Instrument, OptionQuote
from app.quant.options import read_contract

PAGE = 250
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(minutes=1)
"""So far their clocks may be before ours."""


class FetchedChain(NamedTuple):
    """What a provider told."""

    price: Decimal | None
    """The underlying's."""
    quotes: list[OptionQuote]
    """By expiry, strike and right; each contract once."""


class ChainProvider(Protocol):
    """A source of option chains."""

    name: str

    def has_chain(self, instrument: Instrument) -> bool:
        """Whether it knows options on instruments of this kind."""

    def fetch_chain(self, instrument: Instrument) -> FetchedChain:
        """Return the newest quotes of all contracts on an underlying.

        Raises:
            ProviderError: it is away, refuses us or talks nonsense.
        """


class MassiveChains:
    """Options on US shares and indices."""

    name = massive.NAME

    def __init__(self, key: str, url: str) -> None:
        self._key, self._url = key, url

    def has_chain(self, instrument: Instrument) -> bool:
        """Whether it knows options on instruments of this kind."""
        return instrument.asset_class in {"equity", "index"}

    def fetch_chain(self, instrument: Instrument) -> FetchedChain:
        """Return the newest quotes; the SDK follows the pages."""
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
        price: Decimal | None = None
        quotes = []
        try:
            # Contracts that settle at the close are listed with those of their index.
            listed = instrument.model_copy(update={"symbol": index_of(instrument.symbol)})
            rows: Any = client.list_snapshot_options_chain(
                massive.ticker(listed), params={"limit": PAGE}
            )
            for row in rows:
                price = _decimal(_of(row.underlying_asset, "price", "value")) or price
                quotes.append(_massive_quote(row, instrument.symbol))
        except BadResponse as error:
            message = f"{self.name}: refused what we asked for"
            raise ProviderError(message) from error
        except (HTTPError, ValueError, TypeError, AttributeError) as error:
            message = f"{self.name}: {type(error).__name__}"
            raise ProviderError(message) from error
        return FetchedChain(price, _tidy(quotes))


def _massive_quote(row: Any, underlying: str) -> OptionQuote | None:
    name = str(row.details.ticker).removeprefix("O:")
    return _quote(
        name,
        underlying,
        bid=_decimal(_of(row.last_quote, "bid")),
        ask=_decimal(_of(row.last_quote, "ask")),
        quoted_at=_instant(_of(row.last_quote, "last_updated")),
        close=_decimal(_of(row.last_trade, "price") or _of(row.day, "close")),
        volume=_count(_of(row.day, "volume")),
        open_interest=_count(row.open_interest),
        implied_volatility=_figure(row.implied_volatility),
        **{each: _figure(_of(row.greeks, each)) for each in ("delta", "gamma", "vega", "theta")},
    )


class AlpacaChains:
    """Options on US shares; no open interest and no volume."""

    name = alpaca.NAME

    def __init__(self, key_id: str, secret: str, url: str) -> None:
        self._key, self._secret, self._url = key_id, secret, url

    def has_chain(self, instrument: Instrument) -> bool:
        """Whether it knows options on instruments of this kind."""
        return instrument.asset_class == "equity"

    def fetch_chain(self, instrument: Instrument) -> FetchedChain:
        """Return the newest quotes; the SDK follows the pages."""
        alpaca.load_sdk()
        from alpaca.common.exceptions import APIError
        from alpaca.data.historical.option import OptionHistoricalDataClient
        from alpaca.data.requests import OptionChainRequest

        client = alpaca.ready(
            OptionHistoricalDataClient(
                api_key=self._key, secret_key=self._secret, url_override=self._url, raw_data=True
            )
        )
        try:
            rows = client.get_option_chain(OptionChainRequest(underlying_symbol=instrument.symbol))
            quotes = [_alpaca_quote(name, row, instrument.symbol) for name, row in rows.items()]
        except APIError as error:
            message = f"{self.name}: {alpaca.status_of(error)}"
            raise ProviderError(message) from error
        except (RequestException, ValueError, TypeError, AttributeError) as error:
            message = f"{self.name}: {type(error).__name__}"
            raise ProviderError(message) from error
        return FetchedChain(None, _tidy(quotes))


def _alpaca_quote(name: str, row: dict[str, Any], underlying: str) -> OptionQuote | None:
    quote, greeks = row.get("latestQuote") or {}, row.get("greeks") or {}
    return _quote(
        name,
        underlying,
        bid=_decimal(quote.get("bp")),
        ask=_decimal(quote.get("ap")),
        quoted_at=_instant(quote.get("t")),
        close=_decimal((row.get("latestTrade") or {}).get("p")),
        implied_volatility=_figure(row.get("impliedVolatility")),
        **{each: _figure(greeks.get(each)) for each in ("delta", "gamma", "vega", "theta", "rho")},
    )


def _quote(name: str, underlying: str, **facts: Any) -> OptionQuote | None:
    """Return a contract; None where its name is not of the exchanges' form, as adjusted ones' are.

    Only those of the root that is asked for: SPX and SPXW of one day are different contracts.
    """
    try:
        contract = read_contract(name)
    except ValueError:
        return None
    if contract.root != underlying.replace(".", ""):
        return None
    strike = Decimal(round(contract.strike * 1000)) / 1000
    return OptionQuote(date.fromordinal(contract.expiry), strike, contract.right, **facts)


def _tidy(quotes: Iterable[OptionQuote | None]) -> list[OptionQuote]:
    found = {(each.expiry, each.strike, each.option_right): each for each in quotes if each}
    return [found[key] for key in sorted(found)]


def _of(part: Any, *names: str) -> Any:
    return next((v for name in names if (v := getattr(part, name, None)) is not None), None)


def _decimal(value: Any) -> Decimal | None:
    """Return a price; None where none is told, or what is told is no price."""
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() and 0 <= found < 10**9 else None


def _count(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float) and 0 <= value < 10**15 else None


def _figure(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and abs(value) < 10**9
    return float(value) if is_number else None


def _instant(value: Any) -> datetime | None:
    """Return when a quote was made, of nanoseconds or a text; None where it cannot be."""
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value).astimezone(UTC)
        else:
            found = _EPOCH + timedelta(microseconds=int(value) // 1_000)
    except (ValueError, TypeError, OverflowError):
        return None
    return found if _EPOCH < found <= clock.now() + _AHEAD else None
