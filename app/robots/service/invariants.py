"""What must hold of robots on paper: their orders, their ledger and where they stand agree."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import func, select

from app.core import clock
from app.core.db import db
from app.core.invariants import Ask, Invariant, Part, register_invariants
from app.ledger import service as ledger
from app.market import service as market
from app.robots.models import RobotDeployment, RobotOrder
from app.robots.queries import running as queries

AT_ONCE = 200


def register() -> None:
    """Let the invariants of robots be looked at."""
    register_invariants((
        Invariant("robots.fills", "a robot's fills in the ledger are what its orders were filled by",
                  find_wrong_fills),
        Invariant("robots.positions", "a robot holds what the ledger says", find_wrong_positions),
        Invariant("robots.watermarks", "no robot has gone over bars that are not there",
                  find_wrong_watermarks),
    ))  # fmt: skip


def _next(ask: Ask) -> tuple[Sequence[RobotDeployment], int | None]:
    ids = db.session.scalars(
        select(RobotDeployment.id)
        .where(RobotDeployment.id > ask.after)
        .order_by(RobotDeployment.id)
        .limit(AT_ONCE)
    ).all()
    return queries.with_memory(ids), ids[-1] if len(ids) == AT_ONCE else None


def find_wrong_fills(ask: Ask) -> Part:
    """Count fills in the ledger and orders kept of the next deployments, against their simulations.

    What orders were filled by is never more than the fills of their symbol and side: a stop-loss
    or take-profit closes a position without an order of its own.
    """
    rows, after = _next(ask)
    orders = _filled([row.id for row in rows])
    booked = ledger.fill_sums([row.account_id for row in rows if row.account_id])
    faults = []
    for row in rows:
        state = {} if row.memory is None else row.memory["state"]
        numbers = tuple(state.get("numbers", (0, 0)))
        fills = booked.get(row.account_id or 0, {})
        own = orders.get(row.id, {})
        found = (sum(count for count, _ in fills.values()), sum(count for count, _ in own.values()))
        if found != numbers:
            faults.append(f"deployment {row.id}: (fills, orders) {found}, it made {numbers}")
        faults += [
            f"deployment {row.id}: orders to {side} {symbol} were filled by {qty}, more than fills"
            for (symbol, side), (_, qty) in own.items()
            if qty > fills.get((symbol, side), (0, Decimal(0)))[1]
        ]
    return Part(faults, after)


def _filled(deployment_ids: Sequence[int]) -> dict[int, dict[tuple[str, str], tuple[int, Decimal]]]:
    """Return how many orders there are by symbol and side, and what they were filled by."""
    found: dict[int, dict[tuple[str, str], tuple[int, Decimal]]] = {}
    sums = (func.count().label("count"), func.sum(RobotOrder.filled_qty).label("qty"))
    by = (RobotOrder.deployment_id, RobotOrder.symbol, RobotOrder.side)
    query = select(*by, *sums).where(RobotOrder.deployment_id.in_(deployment_ids)).group_by(*by)
    for row in db.session.execute(query):
        own = found.setdefault(row.deployment_id, {})
        own[row.symbol, row.side] = (row[3], Decimal(row.qty or 0))
    return found


def find_wrong_positions(ask: Ask) -> Part:
    """Compare what the simulations of the next deployments hold with the ledger."""
    from app.robots.rules import results

    rows, after = _next(ask)
    held = ledger.held_quantities([row.account_id for row in rows if row.account_id])
    faults = []
    for row in rows:
        if row.memory is None:
            continue
        holdings = row.memory["state"]["holdings"]
        simulated = {
            symbol: qty for symbol, kept in holdings.items() if (qty := results.exact(kept[0]))
        }
        found = held.get(row.account_id or 0, {})
        if simulated != found:
            faults.append(f"deployment {row.id}: it holds {simulated}, by the ledger {found}")
    return Part(faults, after)


def find_wrong_watermarks(ask: Ask) -> Part:
    """Find deployments whose watermark lies after the newest bar and after their beginning."""
    rows, after = _next(ask)
    now = clock.now()
    newest = {
        (row.timeframe, row.feed): _newest_close(row.timeframe, row.feed.split(" ")) for row in rows
    }
    faults = [
        f"deployment {row.id} stands at {row.watermark}, after the newest bar"
        for row in rows
        if row.watermark > now
        or (
            row.watermark > (row.starts_at or row.created_at)
            and market.microseconds(row.watermark) > newest[row.timeframe, row.feed]
        )
    ]
    return Part(faults, after)


def _newest_close(timeframe: str, symbols: Sequence[str]) -> int:
    ids = [each.id for each in market.describe_all(symbols).values() if each.id]
    bars = market.read_many(ids, timeframe, last=1)
    return max((int(each.closed_at[-1]) for each in bars.values() if len(each.close)), default=0)
