"""Writing what deployments did: fills and money into the ledger, orders, and where they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.core import live
from app.core.db import db, is_sqlite, transaction
from app.core.failpoints import failpoint
from app.core.i18n import gettext
from app.ledger import service as ledger
from app.ledger.schemas import FeeIn, FillResult, MarkIn
from app.ledger.service import Posting
from app.market import service as market
from app.notifications import service as notifications
from app.quant.simulation.terms import OrderRecord, Step
from app.robots.host.parent import RobotFault
from app.robots.models import RobotDeployment, RobotOrder
from app.robots.rules import results
from app.robots.service.backtests import fill_in, instant, mark_in
from app.robots.service.catalogue import names

SOURCE = "paper"
SETTLED = timedelta(seconds=90)
PAGE = 400
MAX_REASON = 200
Venues = Mapping[str, str]


class Moved(NamedTuple):
    """A deployment as it was read, and what it did with the bars since."""

    row: RobotDeployment
    step: Step | RobotFault
    until: int
    """The newest close that was gone over, in microseconds."""
    history: int
    """How many bars it needs to look back on."""

    @property
    def done(self) -> Step | None:
        """What stands of it, also of one that failed."""
        return self.step.step if isinstance(self.step, RobotFault) else self.step


def write(moved: Sequence[Moved], now: datetime) -> int:
    """Write what deployments did in one transaction; return how many were still where they stood.

    One that was stopped, paused or moved on by another worker meanwhile is left as it is.
    """
    if not moved:
        return 0
    with transaction():
        standing = _still_standing(moved)
        known = market.describe_all({symbol for each in standing for symbol in _symbols(each)})
        venues = {symbol: each.venue for symbol, each in known.items()}
        postings = [post for each in standing if (post := _posting(each, venues, now)) is not None]
        answers = ledger.record_many(postings, source=SOURCE) if postings else {}
        failpoint("paper.recorded")
        _write_orders(standing, now)
        changes = [_change(each, answers, now) for each in standing]
        if changes:
            db.session.execute(update(RobotDeployment), changes)
        _tell(standing, changes)
    return len(standing)


def _symbols(moved: Moved) -> set[str]:
    """Return what a deployment trades, the contracts too that it has chosen from a chain."""
    marks = moved.done.marks if moved.done is not None else ()
    return {*moved.row.symbols, *(symbol for _, symbol, _, _ in marks)}


def _still_standing(moved: Sequence[Moved]) -> list[Moved]:
    """Lock the deployments, and keep those that are active and where they were read."""
    rows = db.session.execute(
        select(RobotDeployment.id, RobotDeployment.state, RobotDeployment.watermark)
        .where(RobotDeployment.id.in_([each.row.id for each in moved]))
        .order_by(RobotDeployment.id)
        .with_for_update()
    )
    marks = {row.id: row.watermark for row in rows if row.state == "active"}
    return [each for each in moved if marks.get(each.row.id) == each.row.watermark]


def _posting(moved: Moved, venues: Venues, now: datetime) -> Posting | None:
    step, account_id = moved.done, moved.row.account_id
    if step is None or account_id is None:
        return None
    fills = [fill_in(fill) for fill in step.fills]
    marks, fees = _marks(step, venues, now), _fees(moved, step, venues)
    if not (fills or marks or fees):
        return None
    return Posting(account_id, fills, marks, fees, venues[moved.row.symbols[0]])


def _marks(step: Step, venues: Venues, now: datetime) -> list[MarkIn]:
    """Return the closing values of sessions that are over."""
    found = []
    for session, symbol, qty, close in step.marks:
        at = session_close(venues[symbol], session)
        if qty and at is not None and at <= market.microseconds(now):
            found.append(mark_in(session, symbol, close, instant(at)))
    return found


def session_close(venue: str, session: int) -> int | None:
    """Return when a session of a venue closes, within it, in microseconds."""
    hours = market.hours(venue)
    at = int(np.searchsorted(hours.days, session))
    if at >= len(hours.days) or int(hours.days[at]) != session:
        return None
    return results.within(int(hours.closes[at]), int(hours.opens[at]))


def _fees(moved: Moved, step: Step, venues: Venues) -> list[FeeIn]:
    found = []
    for number, (session, what, money) in enumerate(step.charges):
        at = session_close(venues[moved.row.symbols[0]], session)
        name = f"c{date.fromordinal(session)}-{what}-{moved.until}-{number}"
        if money > 0 and at is not None:
            found.append(FeeIn(name, instant(at), results.exact(money)))
    return found


def _write_orders(moved: Sequence[Moved], now: datetime) -> None:
    rows = [
        _order(each.row.id, order, now)
        for each in moved
        if each.done is not None
        for order in each.done.orders
    ]
    insert: Any = sqlite.insert if is_sqlite() else postgresql.insert
    for start in range(0, len(rows), PAGE):
        statement = insert(RobotOrder).values(rows[start : start + PAGE])
        changed = {
            name: getattr(statement.excluded, name)
            for name in ("state", "reason", "filled_qty", "qty", "price", "updated_at")
        }
        db.session.execute(
            statement.on_conflict_do_update(
                index_elements=["deployment_id", "number"], set_=changed
            )
        )


def _order(deployment_id: int, order: OrderRecord, now: datetime) -> dict[str, Any]:
    return {
        "deployment_id": deployment_id,
        "number": order.number,
        "name": order.name[:80],
        "symbol": order.symbol,
        "side": order.side,
        "qty": results.exact(order.qty),
        "kind": order.kind,
        "price": None if order.price is None else results.exact(order.price),
        "given_at": instant(order.given_at),
        "state": order.state,
        "reason": order.reason[:MAX_REASON],
        "filled_qty": results.exact(order.filled_qty),
        "updated_at": now,
    }


def _change(moved: Moved, answers: dict[int, list[FillResult]], now: datetime) -> dict[str, Any]:
    """Return how the row of a deployment changes."""
    row, step = moved.row, moved.done
    reason = _reason(moved, answers.get(row.account_id or 0, []))
    return {
        "id": row.id,
        "watermark": instant(moved.until),
        "memory": row.memory if step is None else {"state": step.state, "history": moved.history},
        "state": "paused" if reason else "active",
        "reason": reason,
        "updated_at": now,
    }


def _reason(moved: Moved, answers: Sequence[FillResult]) -> str | None:
    """Return why a deployment is to be paused; None where all is well."""
    if isinstance(moved.step, RobotFault):
        return gettext("The robot was stopped: %(fault)s", fault=moved.step.message)
    # A closing value that stands there already as somebody else saw it takes nothing away.
    refused = [
        each
        for each in answers
        if each.status == "refused" and not each.external_id.startswith("m")
    ]
    if not refused:
        return None
    return gettext(
        "The ledger refused %(name)s: %(field)s %(reason)s",
        name=refused[0].external_id,
        field=refused[0].field or "",
        reason=refused[0].reason or "",
    )


def _tell(moved: Sequence[Moved], changes: Sequence[dict[str, Any]]) -> None:
    """Tell the pages of members what changed, and their programs what was paused."""
    live.announce({
        each.row.user_id for each in moved if each.done is None or _has_news(each.done)
    })  # fmt: skip
    for each, change in zip(moved, changes, strict=True):
        if change["reason"]:
            data = {"deployment_id": each.row.id, "plugin_id": each.row.plugin_id}
            notifications.emit(each.row.user_id, "deployment.paused", data)
            _mail_owner(each.row, change)


def _mail_owner(row: RobotDeployment, change: dict[str, Any]) -> None:
    """Let the owner learn by mail that their robot does nothing any more."""
    robot = names([row.plugin_id])[row.plugin_id]
    key = f"robot_paused:{row.id}:{change['updated_at'].isoformat()}"
    facts = {"robot": robot, "paused_at": change["updated_at"], "because": change["reason"]}
    notifications.tell(row.user_id, "robot_paused", key=key, facts=facts)


def _has_news(step: Step) -> bool:
    return bool(step.fills or step.orders)
