"""Orders that wait on the market: those of a member's robots, drawn where they would be filled."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.i18n import gettext, lazy_pgettext
from app.embed.service.deployments import ORDER_KINDS
from app.robots import service as robots
from app.robots.schemas.running import WorkingOrder

MOST = 20
SIDES = {
    "buy": lazy_pgettext("side of an order", "Buy"),
    "sell": lazy_pgettext("side of an order", "Sell"),
}


@dataclass(frozen=True)
class OpenOrder:
    """An order as the chart draws it: a line at its price, with what it is."""

    key: str
    name: str
    """Such as "Sell stop 10"."""
    robot: str
    price: float | None
    """None: an order at the market, which waits for the next bar."""
    away: float | None
    percent: float | None


def open_orders(user_id: int, symbol: str, last: float | None) -> list[OpenOrder]:
    """Return the orders of a member's robots that wait on an instrument, the newest first."""
    return [_order(each, last) for each in robots.working_orders(user_id, symbol, MOST)]


def _order(given: WorkingOrder, last: float | None) -> OpenOrder:
    order = given.order
    price = None if order.price is None else float(order.price)
    away = None if price is None or not last else price - last
    name = gettext(
        "%(side)s %(kind)s %(qty)s",
        side=SIDES.get(order.side, order.side),
        kind=str(ORDER_KINDS.get(order.kind, order.kind)).lower(),
        qty=f"{(order.qty - order.filled_qty).normalize():f}",
    )
    return OpenOrder(
        key=f"order-{given.deployment_id}-{order.number}",
        name=name,
        robot=given.plugin_id,
        price=price,
        away=away,
        percent=None if away is None or not last else 100 * away / last,
    )
