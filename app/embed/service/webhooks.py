"""A member's webhooks: endpoints, their last deliveries, and the form for another one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from app.core import clock
from app.core.i18n import gettext, lazy_gettext
from app.core.parse import parse
from app.notifications import service as notifications
from app.notifications.schemas import (
    DeliveryQuery,
    DeliveryView,
    EndpointChange,
    EndpointIn,
    EndpointView,
)

SHOWN = 8
WATCHED = timedelta(minutes=1)
"""A delivery that is younger and untried is looked at again until it has been tried."""
TYPES = [
    ("fills.recorded", lazy_gettext("fills recorded")),
    ("trades.closed", lazy_gettext("trades closed")),
    ("metrics.updated", lazy_gettext("new figures")),
    ("import.finished", lazy_gettext("imports finished")),
    ("api_key.created", lazy_gettext("new API keys")),
    ("webhook.disabled", lazy_gettext("webhooks disabled")),
]
REASONS = {
    "owner": lazy_gettext("You disabled it."),
    "gone": lazy_gettext("It answered 410 (gone), so we disabled it."),
    "failing": lazy_gettext("Everything failed for five days, so we disabled it."),
}
STATES = {
    "pending": lazy_gettext("Waiting"),
    "delivered": lazy_gettext("Delivered"),
    "dead": lazy_gettext("Given up"),
}
TONES = {"pending": "live", "delivered": "ok", "dead": "warn"}
ERRORS = {
    "timeout": lazy_gettext("no answer within 15 seconds"),
    "name_unknown": lazy_gettext("host unknown"),
    "tls": lazy_gettext("certificate not valid"),
    "connection": lazy_gettext("no connection"),
    "not_http": lazy_gettext("no HTTP answer"),
    "too_long": lazy_gettext("answer too long"),
    "private_address": lazy_gettext("address not public"),
    "own_address": lazy_gettext("address of this service"),
    "disabled": lazy_gettext("webhook disabled"),
    "dropped": lazy_gettext("too old when sending went on"),
}


@dataclass(frozen=True)
class Delivery:
    """A delivery as its owner sees it."""

    view: DeliveryView
    state: str
    tone: str
    result: str
    """The answer's code, a word for why there is none, or nothing yet."""
    can_replay: bool


@dataclass(frozen=True)
class Webhook:
    """An endpoint with its last deliveries, and what an action on it gave."""

    view: EndpointView
    types: str
    reason: str
    deliveries: list[Delivery]
    is_moving: bool
    """Something is on its way that will be known in a moment."""
    secret: str | None = None
    error: str | None = None
    is_open: bool = False


@dataclass(frozen=True)
class Webhooks:
    """All endpoints of a member, the secret of a new one, and the form."""

    listed: list[Webhook]
    types: list[tuple[str, str]]
    chosen: frozenset[str]
    secret: str | None = None
    error: str | None = None
    typed: Mapping[str, str] = field(default_factory=dict)


def webhooks(
    user_id: int,
    *,
    secret: str | None = None,
    error: str | None = None,
    form: tuple[Mapping[str, str], list[str]] | None = None,
) -> Webhooks:
    """Return a member's endpoints; `form` is what was typed into one that is shown again."""
    typed, chosen = form or ({}, [kind for kind, _ in TYPES])
    listed = [_webhook(user_id, view) for view in notifications.list_endpoints(user_id)]
    return Webhooks(listed, TYPES, frozenset(chosen), secret, error, typed)


def create_webhook(user_id: int, fields: Mapping[str, str], types: list[str]) -> Webhooks:
    """Make an endpoint; its secret is in the answer and nowhere else."""
    # All that are offered, or none, mean all: those that come later too.
    chosen = [] if set(types) >= {kind for kind, _ in TYPES} else types
    given = parse(
        EndpointIn,
        {
            "url": fields.get("url", "").strip(),
            "description": fields.get("description", ""),
            "event_types": chosen,
        },
    )
    made = notifications.create_endpoint(user_id, given)
    return webhooks(user_id, secret=made.secret)


def webhook(user_id: int, endpoint_id: int, error: str | None = None) -> Webhook:
    """Return one endpoint of a member."""
    return _webhook(user_id, notifications.get_endpoint(user_id, endpoint_id), error=error)


def send_test(user_id: int, endpoint_id: int) -> Webhook:
    """Send an event that means nothing."""
    notifications.send_test(user_id, endpoint_id)
    return _webhook(user_id, notifications.get_endpoint(user_id, endpoint_id), is_open=True)


def rotate_webhook(user_id: int, endpoint_id: int) -> Webhook:
    """Give an endpoint a new secret and show it, this once."""
    made = notifications.rotate_secret(user_id, endpoint_id)
    return _webhook(user_id, notifications.get_endpoint(user_id, endpoint_id), secret=made.secret)


def switch_webhook(user_id: int, endpoint_id: int, state: str) -> Webhook:
    """Disable an endpoint or enable it."""
    change = parse(EndpointChange, {"state": state})
    return _webhook(user_id, notifications.change_endpoint(user_id, endpoint_id, change))


def delete_webhook(user_id: int, endpoint_id: int) -> Webhooks:
    """Delete an endpoint."""
    notifications.delete_endpoint(user_id, endpoint_id)
    return webhooks(user_id)


def replay_webhook(user_id: int, endpoint_id: int, delivery_id: int) -> Webhook:
    """Send a delivery again."""
    notifications.replay_delivery(user_id, endpoint_id, delivery_id)
    return _webhook(user_id, notifications.get_endpoint(user_id, endpoint_id), is_open=True)


def _webhook(user_id: int, view: EndpointView, **more: Any) -> Webhook:
    page = notifications.list_deliveries(user_id, view.id, DeliveryQuery(limit=SHOWN))
    young = clock.now() - WATCHED
    names = dict(TYPES)
    return Webhook(
        view=view,
        types=", ".join(str(names.get(kind, kind)) for kind in view.event_types),
        reason=str(REASONS.get(view.disabled_reason or "", "")),
        deliveries=[_delivery(found, view) for found in page.items],
        is_moving=view.state == "active"
        and any(
            one.next_at is not None and one.attempts == 0 and one.next_at > young
            for one in page.items
        ),
        **more,
    )


def _delivery(found: DeliveryView, endpoint: EndpointView) -> Delivery:
    result = ""
    if found.last_status is not None:
        result = gettext("HTTP %(status)s", status=found.last_status)
    if found.last_error is not None:
        result = str(ERRORS.get(found.last_error, found.last_error))
    return Delivery(
        view=found,
        state=str(STATES[found.state]),
        tone=TONES[found.state],
        result=result,
        can_replay=endpoint.state == "active" and found.state != "pending",
    )
