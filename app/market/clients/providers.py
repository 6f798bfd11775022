"""Who bars are fetched from: one interface, whichever service or invention answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

from app.core import clock
from app.market.schemas import Instrument

if TYPE_CHECKING:
    from app.quant.bars import ScaledBars

PATIENCE_SECONDS = 10.0
RETRIES = 4
LONGEST_WAIT = 60
RETRIED = (413, 429, 499, 500, 502, 503, 504)


class ProviderError(Exception):
    """A provider did not give bars; the message says why, without a key in it."""


class Provider(Protocol):
    """A source of bars."""

    name: str

    def has(self, instrument: Instrument) -> bool:
        """Whether it knows instruments of this kind."""

    def fetch_bars(
        self, instrument: Instrument, timeframe: str, start: datetime, end: datetime
    ) -> ScaledBars:
        """Return unadjusted bars (M1 or D1) that open from `start` on and before `end`.

        In order of time and each time once, whatever the wire brought; a bar that was sent twice
        is the later one. A day may open at any instant of its date at the exchange.

        Raises:
            ProviderError: it is away, refuses us or talks nonsense.
        """


@runtime_checkable
class ManyProvider(Provider, Protocol):
    """A source that takes many symbols in one request."""

    def fetch_many(
        self, instruments: Sequence[Instrument], timeframe: str, start: datetime, end: datetime
    ) -> dict[int, ScaledBars]:
        """Return the bars of instruments of one asset class, as `fetch_bars` does, by their ids."""


class WireBar(NamedTuple):
    """A bar as providers send it."""

    opened_at: int
    """Microseconds since 1970."""
    open: float
    high: float
    low: float
    close: float
    volume: float


def tidy(bars: Iterable[WireBar], start: int, end: int) -> ScaledBars:
    """Return the bars in order, each time once (the last one sent), within the range asked for."""
    import numpy as np

    from app.quant.bars import ScaledBars, price_units

    latest = {bar.opened_at: bar for bar in bars if start <= bar.opened_at < end}
    table = np.array([latest[at] for at in sorted(latest)], np.float64).reshape(-1, 6)
    prices = [price_units(np.nan_to_num(table[:, at], nan=-1.0)) for at in range(1, 5)]
    return ScaledBars._make([np.array(sorted(latest), np.int64), *prices, table[:, 5]])


def retry_policy() -> Any:
    """Return how both SDKs try again: with backoff, after a Retry-After or the limit's reset."""
    from urllib3.util.retry import Retry

    class Patient(Retry):
        """Alpaca tells in X-RateLimit-Reset (unix seconds) when the next minute begins."""

        def get_retry_after(self, response: Any) -> float | None:
            wait: float | None = super().get_retry_after(response)
            reset = response.headers.get("X-RateLimit-Reset", "")
            if wait is None and response.status == HTTPStatus.TOO_MANY_REQUESTS and reset.isdigit():
                wait = max(0.0, int(reset) - clock.now().timestamp())
            return None if wait is None else min(wait, LONGEST_WAIT)

    return Patient(
        total=RETRIES,
        status_forcelist=RETRIED,
        backoff_factor=0.5,
        backoff_jitter=0.2,
        allowed_methods=("GET",),
        respect_retry_after_header=True,
    )
