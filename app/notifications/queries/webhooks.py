"""Queries of webhooks: endpoints, what waits for them, and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.core.db import db, is_sqlite
from app.core.errors import NotFoundError
from app.core.i18n import gettext
from app.notifications.models import (
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)

PAGE = 1000


def insert() -> Any:
    """Return the INSERT of the database in use that knows conflicts."""
    return sqlite.insert if is_sqlite() else postgresql.insert


def list_endpoints(user_id: int) -> list[WebhookEndpoint]:
    """Return a user's endpoints, the oldest first."""
    query = select(WebhookEndpoint).where(WebhookEndpoint.user_id == user_id)
    return list(db.session.scalars(query.order_by(WebhookEndpoint.id)))


_IS_TOLD = "SELECT 1 FROM webhook_endpoints WHERE state = 'active' AND user_id = ? LIMIT 1"


def is_told(user_id: int) -> bool:
    """Whether a user has an endpoint to which events go: asked at each fill, so by the driver."""
    statement = _IS_TOLD if is_sqlite() else _IS_TOLD.replace("?", "%s")
    db.session.flush()
    found = db.session.connection().exec_driver_sql(statement, (user_id,))
    return found.first() is not None


def endpoints_to_tell(user_id: int) -> list[WebhookEndpoint]:
    """Return the endpoints to which a user's events go; none is deleted before our commit.

    Held before any of their deliveries, and in order, as everybody does: whoever deletes one takes
    its row first too, so one of the two waits and neither holds what the other one needs.
    """
    query = select(WebhookEndpoint).where(
        WebhookEndpoint.user_id == user_id, WebhookEndpoint.state == "active"
    )
    held = query.order_by(WebhookEndpoint.id).with_for_update(read=True, key_share=True)
    return list(db.session.scalars(held))


def listeners(user_ids: Collection[int]) -> set[int]:
    """Return which of these users have an endpoint to which events go."""
    ids, found = sorted(user_ids), set[int]()
    for start in range(0, len(ids), PAGE):
        found.update(
            db.session.scalars(
                select(WebhookEndpoint.user_id).where(
                    WebhookEndpoint.user_id.in_(ids[start : start + PAGE]),
                    WebhookEndpoint.state == "active",
                )
            )
        )
    return found


def get_endpoint(user_id: int, endpoint_id: int, *, is_locked: bool = False) -> WebhookEndpoint:
    """Return one of a user's endpoints."""
    found = db.session.get(
        WebhookEndpoint, endpoint_id, populate_existing=True, with_for_update=is_locked or None
    )
    if found is None or found.user_id != user_id:
        raise NotFoundError(gettext("There is no such endpoint."))
    return found


def get_delivery(endpoint_id: int, delivery_id: int, *, is_locked: bool = False) -> WebhookDelivery:
    """Return one of an endpoint's deliveries."""
    found = db.session.get(
        WebhookDelivery, delivery_id, populate_existing=True, with_for_update=is_locked or None
    )
    if found is None or found.endpoint_id != endpoint_id:
        raise NotFoundError(gettext("There is no such delivery."))
    return found


def list_deliveries(
    endpoint_id: int, state: str | None, before_id: int | None, limit: int
) -> list[tuple[WebhookDelivery, WebhookEvent]]:
    """Return an endpoint's deliveries with their events, the newest first."""
    query = (
        select(WebhookDelivery, WebhookEvent)
        .join(WebhookEvent, WebhookEvent.id == WebhookDelivery.event_id)
        .where(WebhookDelivery.endpoint_id == endpoint_id)
        .order_by(WebhookDelivery.id.desc())
        .limit(limit)
    )
    if state is not None:
        query = query.where(WebhookDelivery.state == state)
    if before_id is not None:
        query = query.where(WebhookDelivery.id < before_id)
    return [(delivery, event) for delivery, event in db.session.execute(query)]


def list_attempts(delivery_id: int) -> list[WebhookAttempt]:
    """Return a delivery's attempts, the oldest first."""
    query = select(WebhookAttempt).where(WebhookAttempt.delivery_id == delivery_id)
    return list(db.session.scalars(query.order_by(WebhookAttempt.id)))


def waiting_topics(endpoint_ids: Sequence[int], topic: str) -> set[int]:
    """Return the endpoints for which an event of a topic waits untried; locks those deliveries.

    A sender that takes one up at this moment has it before us (then it does not count any more) or
    after our commit (then it tells of what we are writing now).
    """
    query = select(WebhookDelivery.endpoint_id).where(
        WebhookDelivery.topic == topic,
        WebhookDelivery.endpoint_id.in_(endpoint_ids),
        WebhookDelivery.state == "pending",
        WebhookDelivery.attempts == 0,
        WebhookDelivery.claimed_at.is_(None),
    )
    return set(db.session.scalars(query.order_by(WebhookDelivery.id).with_for_update()))


def insert_event(values: dict[str, Any]) -> int | None:
    """Write an event; None when one with its key is there already."""
    statement = insert()(WebhookEvent).values(values).on_conflict_do_nothing()
    found: int | None = db.session.execute(
        statement.returning(WebhookEvent.id)
    ).scalar_one_or_none()
    return found


def give_up(endpoint_id: int, error: str, now: datetime) -> None:
    """End what waits for an endpoint."""
    db.session.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.endpoint_id == endpoint_id, WebhookDelivery.state == "pending")
        .values(state="dead", last_error=error, finished_at=now, claimed_at=None)
    )


# --- for the sender ---


def _due(now: datetime) -> Any:
    return and_(WebhookDelivery.state == "pending", WebhookDelivery.next_at <= now)


def _free(now: datetime) -> Any:
    return and_(
        WebhookEndpoint.state == "active",
        or_(WebhookEndpoint.busy_until.is_(None), WebhookEndpoint.busy_until <= now),
        or_(WebhookEndpoint.paused_until.is_(None), WebhookEndpoint.paused_until <= now),
    )


def due_endpoints(now: datetime, limit: int, *, is_failing: bool) -> list[int]:
    """Return endpoints that something is due for, longest waiting first; one lane of the two."""
    failing = WebhookEndpoint.failing_since
    query = (
        select(WebhookDelivery.endpoint_id)
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
        .where(_due(now), _free(now), failing.is_not(None) if is_failing else failing.is_(None))
        .group_by(WebhookDelivery.endpoint_id)
        .order_by(func.min(WebhookDelivery.next_at), WebhookDelivery.endpoint_id)
        .limit(limit)
    )
    return list(db.session.scalars(query))


def lock_due(
    endpoint_ids: Sequence[int], now: datetime
) -> list[tuple[WebhookEndpoint, WebhookDelivery, WebhookEvent]]:
    """Lock endpoints, each with what has been due for it longest; without those another has."""
    endpoints = {
        found.id: found
        for found in db.session.scalars(
            select(WebhookEndpoint)
            .where(WebhookEndpoint.id.in_(endpoint_ids), _free(now))
            .order_by(WebhookEndpoint.id)
            # Not against inserts of deliveries, which only need the row to be there.
            .with_for_update(skip_locked=True, key_share=True)
            .execution_options(populate_existing=True)
        )
    }
    place = func.row_number().over(
        partition_by=WebhookDelivery.endpoint_id,
        order_by=(WebhookDelivery.next_at, WebhookDelivery.id),
    )
    ranked = (
        select(WebhookDelivery.id, place.label("place"))
        .where(WebhookDelivery.endpoint_id.in_(endpoints), _due(now))
        .subquery()
    )
    query = (
        select(WebhookDelivery, WebhookEvent)
        .join(WebhookEvent, WebhookEvent.id == WebhookDelivery.event_id)
        .where(WebhookDelivery.id.in_(select(ranked.c.id).where(ranked.c.place == 1)), _due(now))
        .order_by(WebhookDelivery.id)
        .with_for_update(skip_locked=True, of=WebhookDelivery)
        .execution_options(populate_existing=True)
    )
    return [
        (endpoints[delivery.endpoint_id], delivery, event)
        for delivery, event in db.session.execute(query)
    ]


def lock_claimed(
    endpoint_ids: Sequence[int], delivery_ids: Sequence[int]
) -> tuple[dict[int, WebhookEndpoint], dict[int, WebhookDelivery]]:
    """Lock what attempts were made for; endpoints first and in order, as everybody does."""
    return _locked(WebhookEndpoint, endpoint_ids), _locked(WebhookDelivery, delivery_ids)


def _locked(table: Any, ids: Sequence[int]) -> dict[int, Any]:
    query = select(table).where(table.id.in_(ids)).order_by(table.id)
    rows = db.session.scalars(
        query.with_for_update(key_share=True).execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


def due_deliveries(before: datetime | None = None) -> list[tuple[WebhookDelivery, str]]:
    """Return what waits, with the type of its event; `before`: only what was made before."""
    query = (
        select(WebhookDelivery, WebhookEvent.type)
        .join(WebhookEvent, WebhookEvent.id == WebhookDelivery.event_id)
        .where(WebhookDelivery.state == "pending")
    )
    if before is not None:
        query = query.where(WebhookDelivery.created_at < before)
    return [(delivery, kind) for delivery, kind in db.session.execute(query)]


# --- going out again, and going away ---


def revive(endpoint_id: int, since: datetime, until: datetime, limit: int, now: datetime) -> int:
    """Let an endpoint's dead deliveries of a time go out again, the oldest first; how many."""
    ids = db.session.scalars(
        select(WebhookDelivery.id)
        .where(
            WebhookDelivery.endpoint_id == endpoint_id,
            WebhookDelivery.state == "dead",
            WebhookDelivery.created_at >= since,
            WebhookDelivery.created_at < until,
        )
        .order_by(WebhookDelivery.id)
        .limit(limit)
        .with_for_update()
    ).all()
    if ids:
        db.session.execute(
            update(WebhookDelivery)
            .where(WebhookDelivery.id.in_(ids))
            .values(
                state="pending", attempts=0, rounds=WebhookDelivery.rounds + 1, next_at=now,
                claimed_at=None, finished_at=None, topic=None,
            )
        )  # fmt: skip
    return len(ids)


def prune(before: datetime, limit: int) -> int:
    """Delete attempts, and events that nothing waits for, of before a time; return how many."""
    old = select(WebhookAttempt.id).where(WebhookAttempt.at < before).limit(limit)
    ids = db.session.scalars(old).all()
    if ids:
        db.session.execute(delete(WebhookAttempt).where(WebhookAttempt.id.in_(ids)))
    waits = select(WebhookDelivery.id).where(
        WebhookDelivery.event_id == WebhookEvent.id, WebhookDelivery.state == "pending"
    )
    events = db.session.scalars(
        select(WebhookEvent.id)
        .where(WebhookEvent.created_at < before, ~waits.exists())
        .limit(limit)
    ).all()
    if events:
        # Deliveries and what is left of their attempts go with them.
        db.session.execute(delete(WebhookEvent).where(WebhookEvent.id.in_(events)))
    return len(ids) + len(events)


def delete_all(user_id: int) -> None:
    """Delete all of a user's endpoints and events."""
    for table in (WebhookEndpoint, WebhookEvent):
        db.session.execute(delete(table).where(table.user_id == user_id))


# --- what must always hold ---


def delivery_ids(after: int, limit: int) -> Sequence[int]:
    """Return ids of deliveries behind one, in order."""
    query = select(WebhookDelivery.id).where(WebhookDelivery.id > after)
    return db.session.scalars(query.order_by(WebhookDelivery.id).limit(limit)).all()


def attempts_of(delivery_ids: Sequence[int]) -> Sequence[WebhookAttempt]:
    """Return the attempts of deliveries, each delivery's in their order."""
    query = select(WebhookAttempt).where(WebhookAttempt.delivery_id.in_(delivery_ids))
    return db.session.scalars(query.order_by(WebhookAttempt.delivery_id, WebhookAttempt.id)).all()


def deliveries_of_others() -> Sequence[int]:
    """Return deliveries of one user's events to another's endpoint."""
    query = (
        select(WebhookDelivery.id)
        .join(WebhookEvent, WebhookEvent.id == WebhookDelivery.event_id)
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
        .where(WebhookEvent.user_id != WebhookEndpoint.user_id)
    )
    return db.session.scalars(query.order_by(WebhookDelivery.id)).all()


def waiting_for_disabled() -> Sequence[int]:
    """Return deliveries that wait for a disabled endpoint."""
    query = (
        select(WebhookDelivery.id)
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
        .where(WebhookEndpoint.state != "active", WebhookDelivery.state == "pending")
    )
    return db.session.scalars(query.order_by(WebhookDelivery.id)).all()


def ends_and_states_differ() -> Sequence[int]:
    """Return deliveries that wait with an end, or have ended without one."""
    is_pending, is_open = WebhookDelivery.state == "pending", WebhookDelivery.finished_at.is_(None)
    query = select(WebhookDelivery.id).where(
        or_(and_(is_pending, ~is_open), and_(~is_pending, is_open))
    )
    return db.session.scalars(query.order_by(WebhookDelivery.id)).all()


def overdue(before: datetime) -> Sequence[int]:
    """Return what was due before a time, of endpoints that have had nothing to do since.

    An endpoint that is tried just now has a queue; one whose sender died is free a minute later.
    """
    last = (
        select(func.max(WebhookAttempt.at))
        .join(WebhookDelivery, WebhookDelivery.id == WebhookAttempt.delivery_id)
        .where(WebhookDelivery.endpoint_id == WebhookEndpoint.id)
        .correlate(WebhookEndpoint)
        .scalar_subquery()
    )
    query = (
        select(WebhookDelivery.id)
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
        .where(
            _due(before), _free(before), or_(last.is_(None), last < before),
        )
    )  # fmt: skip
    return db.session.scalars(query.order_by(WebhookDelivery.id)).all()
