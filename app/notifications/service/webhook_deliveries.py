"""What became of events: looked at, sent again, and forgotten after a month."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from app.core import clock, paging
from app.core.db import db, transaction
from app.core.errors import ConflictError
from app.core.i18n import gettext
from app.notifications.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from app.notifications.queries import webhooks as queries
from app.notifications.schemas import (
    AttemptView,
    DeliveryDetail,
    DeliveryPage,
    DeliveryQuery,
    DeliveryView,
    Replayed,
    ReplayIn,
)

KEEP = timedelta(days=30)
MOST_REPLAYED = 1000
PRUNED_AT_ONCE = 5000


def list_deliveries(user_id: int, endpoint_id: int, asked: DeliveryQuery) -> DeliveryPage:
    """Return one page of an endpoint's deliveries, the newest first."""
    queries.get_endpoint(user_id, endpoint_id)
    rows = queries.list_deliveries(endpoint_id, asked.state, asked.cursor, asked.limit + 1)
    items = [_view(delivery, event) for delivery, event in rows[: asked.limit]]
    is_last = len(rows) <= asked.limit
    following = None if is_last else paging.seal("webhook_deliveries", items[-1].id)
    return DeliveryPage(items=items, next_cursor=following)


def get_delivery(user_id: int, endpoint_id: int, delivery_id: int) -> DeliveryDetail:
    """Return a delivery with its attempts and its body."""
    queries.get_endpoint(user_id, endpoint_id)
    delivery = queries.get_delivery(endpoint_id, delivery_id)
    event = db.session.get_one(WebhookEvent, delivery.event_id)
    tries = [AttemptView.model_validate(one) for one in queries.list_attempts(delivery_id)]
    return DeliveryDetail(**_view(delivery, event).model_dump(), body=event.body, tries=tries)


def replay_delivery(user_id: int, endpoint_id: int, delivery_id: int) -> DeliveryView:
    """Send a delivery again, with the id that it had; one that still waits goes out at once.

    It begins with the schedule anew. One that is on its way at this moment is left alone.
    """
    _replayable(user_id, endpoint_id)
    delivery = queries.get_delivery(endpoint_id, delivery_id, is_locked=True)
    if delivery.claimed_at is None:
        delivery.state, delivery.attempts, delivery.rounds = "pending", 0, delivery.rounds + 1
        delivery.finished_at = delivery.topic = None
        delivery.next_at = clock.now()
    db.session.flush()
    return _view(delivery, db.session.get_one(WebhookEvent, delivery.event_id))


def replay_failed(user_id: int, endpoint_id: int, given: ReplayIn) -> Replayed:
    """Send an endpoint's failed deliveries of a time again, the oldest first."""
    _replayable(user_id, endpoint_id)
    now = clock.now()
    count = queries.revive(endpoint_id, given.since, given.until or now, MOST_REPLAYED, now)
    return Replayed(replayed=count, more=count == MOST_REPLAYED)


def _replayable(user_id: int, endpoint_id: int) -> WebhookEndpoint:
    endpoint = queries.get_endpoint(user_id, endpoint_id, is_locked=True)
    if endpoint.state != "active":
        message = gettext("This endpoint is disabled. Enable it first.")
        raise ConflictError(message, code="endpoint_disabled")
    return endpoint


def prune_webhooks() -> None:
    """Forget attempts, and events that nothing waits for, after 30 days."""
    before = clock.now() - KEEP
    while True:
        with transaction():
            count = queries.prune(before, PRUNED_AT_ONCE)
        if count < PRUNED_AT_ONCE:
            return


def export_webhooks(user_id: int) -> list[dict[str, Any]]:
    """Return what is kept of a person's endpoints; never a secret."""
    kept = ("url", "description", "event_types", "state", "created_at")
    return [
        {name: getattr(found, name) for name in kept} for found in queries.list_endpoints(user_id)
    ]


def erase_webhooks(user_id: int) -> None:
    """Delete a person's endpoints, and all events that were made for them."""
    queries.delete_all(user_id)


def drop_waiting(before: datetime) -> int:
    """Give up what has waited since before a time; return how many."""
    found = queries.due_deliveries(before)
    now = clock.now()
    for delivery, _ in found:
        delivery.state, delivery.last_error, delivery.finished_at = "dead", "dropped", now
    return len(found)


def _view(delivery: WebhookDelivery, event: WebhookEvent) -> DeliveryView:
    return DeliveryView(
        id=delivery.id,
        endpoint_id=delivery.endpoint_id,
        message_id=event.message_id,
        type=event.type,
        state=delivery.state,
        attempts=delivery.attempts,
        next_at=delivery.next_at if delivery.state == "pending" else None,
        last_status=delivery.last_status,
        last_error=delivery.last_error,
        created_at=delivery.created_at,
        finished_at=delivery.finished_at,
    )
