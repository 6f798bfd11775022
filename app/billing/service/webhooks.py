"""The door for the provider's events: stored as they came, answered, worked on later."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import structlog
from flask import current_app

from app.billing.clients import stripe
from app.billing.errors import NotSignedError
from app.billing.queries import provider as queries
from app.billing.rules import events, signature
from app.billing.rules.events import Event, NotAnEventError
from app.core import clock, metrics, outbox
from app.core.db import transaction
from app.core.failpoints import failpoint
from app.core.i18n import gettext

log = structlog.get_logger()
MOST_BYTES = 512 * 1024
"""The provider's own events stay far below."""
UNKNOWN = "nothing follows from this kind of event"


def receive(body: bytes, header: str) -> bool:
    """Keep an event that the provider signed; whether it is new.

    Raises:
        NotSignedError: it is too long, not signed by the provider, or no event. It is not kept.
    """
    if len(body) > MOST_BYTES:
        raise _refused("too_long")
    secrets = current_app.config["STRIPE_WEBHOOK_SECRET"].split()
    fault = signature.fault(body, header, secrets, clock.now().timestamp())
    if fault is not None:
        raise _refused(fault)
    try:
        parsed = json.loads(body)
        event = events.read(parsed)
    except (ValueError, RecursionError) as error:
        raise _refused("malformed_body") from error
    if stripe.is_set() and event.is_live != stripe.is_live():
        # A test's events must move nothing here, nor ours anything in a test.
        raise _refused("wrong_mode")
    with transaction():
        is_new = store(event, body.decode(), "webhook")
    metrics.count("till_events", "new" if is_new else "again")
    return is_new


def _refused(why: str) -> NotSignedError:
    metrics.count("till_events", f"refused_{why}")
    log.warning("till_event_refused", why=why)
    if why == "old":
        message = gettext("The event was signed too long ago. Compare the clocks of both machines.")
    else:
        message = gettext("This is no event that the payment provider has signed for this address.")
    return NotSignedError(message, why=why)


def store(event: Event, body: str, source: str) -> bool:
    """Keep an event and have it worked on, in the present transaction; False for a known one."""
    now = clock.now()
    row_id = queries.add_event({
        "event_id": event.event_id,
        "type": event.type,
        "object_id": event.object_id,
        "subject": event.subject,
        "account_id": event.account_id,
        "body": body,
        "is_live": event.is_live,
        "source": source,
        "state": "pending" if event.subject else "ignored",
        "reason": None if event.subject else UNKNOWN,
        "attempts": 0,
        "happened_at": datetime.fromtimestamp(event.created, UTC),
        "received_at": now,
        "done_at": None if event.subject else now,
    })  # fmt: skip
    failpoint("billing.stored")
    if row_id is None:
        return False
    if event.subject:
        want(event.subject)
    return True


def want(subject: str) -> None:
    """Have a subject asked about, in the present transaction: one job waits for each."""
    outbox.enqueue(
        "billing.work",
        {"subject": subject},
        key=f"billing.work:{subject}",
        queue="critical",
        coalesce=True,
    )


def from_api(body: dict[str, Any]) -> bool:
    """Keep an event that was found by asking, in the present transaction; whether it is new."""
    try:
        event = events.read(body)
    except NotAnEventError:
        return False
    return store(event, json.dumps(body), "sweep")
