"""Where on a chart something may be drawn: where its data are, and a little to the right of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from app.charts import schemas as s
from app.charts.errors import PlaceError
from app.core.i18n import gettext

SPANS = {
    "M1": timedelta(minutes=1),
    "M5": timedelta(minutes=5),
    "M15": timedelta(minutes=15),
    "H1": timedelta(hours=1),
    "H4": timedelta(hours=4),
    "D1": timedelta(days=1),
    "W1": timedelta(days=7),
    "MN": timedelta(days=31),
}
BARS_AHEAD = 120
"""So many bars to the right of the newest one may be drawn on; over a weekend at least."""
LEAST_AHEAD = timedelta(days=5)
LONGEST_WAIT = timedelta(days=3 * 366)
FACTOR = Decimal(10)
FACTOR_BEFORE = Decimal(1000)
"""For places older than the bars whose prices were looked at: shares grow over decades."""


class Reach(NamedTuple):
    """From when to when a chart has bars, and the lowest and highest price of the newest ones."""

    symbol: str
    timeframe: str
    first_at: datetime
    newest_at: datetime
    priced_from: datetime
    low: Decimal
    high: Decimal

    @property
    def end(self) -> datetime:
        """The right edge of what can be drawn on."""
        return self.newest_at + max(LEAST_AHEAD, BARS_AHEAD * SPANS[self.timeframe])


def check_places(pieces: Iterable[Any], reach: Reach) -> None:
    """Refuse drawings, or operations that draw, where the chart has no data.

    Raises:
        PlaceError: a time or a price lies outside.
    """
    for piece in pieces:
        drawn = piece.drawing if isinstance(piece, s.MoveDrawing) else piece
        for field, at, price in _places(drawn):
            if at is not None:
                _check_time(field, at, reach)
            if price is not None:
                _check_price(field, at, price, reach)
        by_when = getattr(drawn, "by_when", None)
        if by_when is not None and not reach.first_at <= by_when <= reach.end + LONGEST_WAIT:
            raise PlaceError(_outside(by_when, reach), field="by_when")


def _places(drawn: Any) -> Iterator[tuple[str, datetime | None, Decimal | None]]:
    for name in ("start", "end", "at"):
        point = getattr(drawn, name, None)
        if isinstance(point, s.Point):
            yield name, point.at, point.price
    for name in ("price", "target", "entry", "stop"):
        price = getattr(drawn, name, None)
        if isinstance(price, Decimal):
            yield name, None, price


def _check_time(field: str, at: datetime, reach: Reach) -> None:
    if not reach.first_at <= at <= reach.end:
        raise PlaceError(_outside(at, reach), field=f"{field}/at")


def _outside(at: datetime, reach: Reach) -> str:
    return gettext(
        "%(at)s lies outside the data of %(symbol)s, which reach from %(first)s to %(newest)s.",
        at=f"{at:%Y-%m-%d %H:%M}",
        symbol=reach.symbol,
        first=f"{reach.first_at:%Y-%m-%d %H:%M}",
        newest=f"{reach.newest_at:%Y-%m-%d %H:%M} UTC",
    )


def _check_price(field: str, at: datetime | None, price: Decimal, reach: Reach) -> None:
    factor = FACTOR if at is None or at >= reach.priced_from else FACTOR_BEFORE
    low, high = reach.low / factor, reach.high * factor
    if not low <= price <= high:
        message = gettext(
            "A price of %(price)s is far from those of %(symbol)s, which were between %(low)s and "
            "%(high)s.",
            price=f"{price.normalize():f}",
            symbol=reach.symbol,
            low=f"{reach.low.normalize():f}",
            high=f"{reach.high.normalize():f}",
        )
        raise PlaceError(message, field=field if at is None else f"{field}/price")
