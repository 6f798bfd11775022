"""Queries of clicks, and of the checkouts that follow them."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import String, case, cast, delete, func, literal, select, true, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from app.billing.models import CallClicks, Checkout, ConversionEvent
from app.billing.queries.figures import at_site, within
from app.billing.rules.clicks import SOURCE
from app.billing.rules.figures import Span
from app.core.db import db, is_sqlite

KEYS = ("day", "site_id", "ladder", "plan", "place")
Rows = list[Any]


def add_click(day: date, site_id: str, ladder: str, plan: str, place: str) -> None:
    """Add one to the clicks of a call on a day, at a place of a site."""
    make: Any = sqlite.insert if is_sqlite() else postgresql.insert
    values = dict(zip(KEYS, (day, site_id, ladder, plan, place), strict=True))
    statement = make(CallClicks).values(values | {"count": 1})
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=list(KEYS), set_={"count": CallClicks.count + 1}
        )
    )


def sums(span: Span, site_id: str | None) -> Rows:
    """Return ladder, plan, place and clicks of a period, at all sites or at one."""
    keys = CallClicks.ladder, CallClicks.plan, CallClicks.place
    mine = CallClicks.day.between(span.first, span.last), _at(site_id)
    statement = select(*keys, func.sum(CallClicks.count)).where(*mine).group_by(*keys)
    return list(db.session.execute(statement))


def checkouts(span: Span, site_id: str | None) -> Rows:
    """Return ladder, plan, checkouts that were begun from the plans, and those completed by now."""
    keys = Checkout.ladder, Checkout.plan
    done = func.sum(case((Checkout.state == "complete", 1), else_=0))
    statement = select(*keys, func.count(), done).where(
        Checkout.source == SOURCE, within(Checkout.created_at, span)
    )
    if site_id is not None:
        # The step that was told with the checkout knows at which site it was begun.
        told = ConversionEvent.key == literal("checkout:").concat(cast(Checkout.id, String))
        statement = statement.join(ConversionEvent, told).where(at_site(site_id))
    return list(db.session.execute(statement.group_by(*keys)))


def count_viewed(span: Span, site_id: str | None) -> int:
    """Count on how many days members read the page of plans, each member's days by themselves."""
    mine = ConversionEvent.kind == "pricing_viewed", within(ConversionEvent.happened_at, span)
    statement = select(func.count()).select_from(ConversionEvent).where(*mine, at_site(site_id))
    return db.session.scalar(statement) or 0


def list_clicks(span: Span, after: Any, limit: int, site_id: str | None) -> list[CallClicks]:
    """Return counts of clicks, newest first."""
    columns = [getattr(CallClicks, name) for name in KEYS]
    mine = CallClicks.day.between(span.first, span.last), _at(site_id)
    query = select(CallClicks).where(*mine)
    if after is not None:
        query = query.where(tuple_(*columns) < (date.fromisoformat(after[0]), *after[1:]))
    newest = [column.desc() for column in columns]
    return list(db.session.scalars(query.order_by(*newest).limit(limit)))


def delete_before(day: date) -> int:
    """Delete the counts of days before one; return how many."""
    old = delete(CallClicks).where(CallClicks.day < day)
    return int(getattr(db.session.execute(old), "rowcount", 0))


def _at(site_id: str | None) -> Any:
    return true() if site_id is None else CallClicks.site_id == site_id
