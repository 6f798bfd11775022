"""Telling a user's programs what happened: a row for the event, and one for each endpoint."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.core import clock, security
from app.core.db import db, in_transaction
from app.core.errors import ConflictError
from app.core.i18n import gettext
from app.notifications.models import WebhookDelivery, WebhookEndpoint
from app.notifications.queries import webhooks as queries
from app.notifications.rules import webhooks as rules


def emit(
    user_id: int,
    kind: str,
    data: dict[str, Any],
    *,
    key: str | None = None,
    topic: str | None = None,
) -> None:
    """Tell a user's endpoints that something happened, in the transaction in which it does.

    For a user without endpoints this is one small query and no row. `key` names what happens once
    only. With `topic` the event is left out where one of the topic waits untried: for news that
    only say "look again". `data` holds ids and numbers, decimals as text; nothing personal.
    """
    if not in_transaction():
        message = "emit needs an open transaction()"
        raise RuntimeError(message)
    if not queries.is_told(user_id):
        return
    endpoints = [
        found
        for found in queries.endpoints_to_tell(user_id)
        if rules.listens(found.event_types, kind)
    ]
    if topic is not None and endpoints:
        told = queries.waiting_topics([found.id for found in endpoints], topic)
        endpoints = [found for found in endpoints if found.id not in told]
    if endpoints:
        _write(endpoints, kind, data, (key, topic))


def _write(
    endpoints: list[WebhookEndpoint],
    kind: str,
    data: dict[str, Any],
    names: tuple[str | None, str | None],
) -> list[WebhookDelivery]:
    key, topic = names
    now = clock.now()
    event_id = queries.insert_event({
        "user_id": endpoints[0].user_id,
        "message_id": rules.MESSAGE_PREFIX + security.random_token(16),
        "key": key,
        "type": kind,
        "body": rules.message(kind, now, data),
        "created_at": now,
    })  # fmt: skip
    if event_id is None:
        return []
    deliveries = [_delivery(event_id, found.id, topic, now) for found in endpoints]
    db.session.add_all(deliveries)
    db.session.flush()
    return deliveries


def _delivery(event_id: int, endpoint_id: int, topic: str | None, now: datetime) -> WebhookDelivery:
    return WebhookDelivery(
        event_id=event_id, endpoint_id=endpoint_id, topic=topic, next_at=now, created_at=now
    )


def send_test(user_id: int, endpoint_id: int) -> int:
    """Send an event to one endpoint that means nothing; return the id of its delivery."""
    endpoint = queries.get_endpoint(user_id, endpoint_id, is_locked=True)
    if endpoint.state != "active":
        message = gettext("This endpoint is disabled. Enable it first.")
        raise ConflictError(message, code="endpoint_disabled")
    data = {"endpoint_id": endpoint.id}
    return _write([endpoint], rules.TEST, data, (None, None))[0].id
