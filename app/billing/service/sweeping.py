"""The nets behind the events: what was never delivered, and everybody whom the provider knows.

Both look at the provider and ask for work by the same way as an event; so sweeping twice, or in
mid traffic, changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import structlog

from app.billing.clients import stripe
from app.billing.queries import provider as queries
from app.billing.rules import mirror
from app.billing.rules.mirror import Object
from app.billing.service import alarms, orphans, webhooks
from app.core import clock, outbox
from app.core.db import transaction

log = structlog.get_logger()
EVENTS_BACK = timedelta(days=30)
"""So long the provider keeps events."""
LISTS_BACK = timedelta(days=35)
STUCK = timedelta(minutes=15)
AT_ONCE = 100


def sweep() -> dict[str, int]:
    """Find what no event has told, and have it worked on; return how much of each kind.

    Finding something is an alarm: a door was shut, or an event lost.
    """
    if not stripe.is_set():
        return {}
    found = {
        "events": _undelivered(),
        "stuck": _stuck(),
        "subscriptions": _subscriptions(),
        "invoices": _invoices(),
        "charges": _charges(),
        "orphans": _orphans(),
    }
    if any(found[name] for name in ("events", "stuck")):
        alarms.ring("swept", ", ".join(f"{name} {count}" for name, count in found.items()))
    log.info("till_swept", **found)
    return found


def _undelivered() -> int:
    """Keep the events that were never delivered, the oldest first."""
    since = mirror.seconds(clock.now() - EVENTS_BACK)
    asked: dict[str, Any] = {"delivery_success": False, "created": {"gte": since}, "limit": 100}
    bodies = list(stripe.each(lambda client: client.events.list(params=asked)))
    count = 0
    for part in _parts(list(reversed(bodies))):
        with transaction():
            outbox.renew_lease()
            count += sum(webhooks.from_api(body) for body in part)
    return count


def _stuck() -> int:
    """Ask again for work on events that wait too long: their job is gone."""
    with transaction():
        subjects = queries.stuck_subjects(clock.now() - STUCK)
        for subject in subjects:
            webhooks.want(subject)
    return len(subjects)


def _subscriptions() -> int:
    """Have every customer fetched whose subscription is not as we know it."""
    asked: dict[str, Any] = {"status": "all", "limit": 100}
    return _differing(
        stripe.each(lambda client: client.subscriptions.list(params=asked)), _is_unlike
    )


def _is_unlike(body: Object) -> bool:
    row = queries.find_subscription(body["id"])
    fresh = mirror.subscription(body, clock.now())
    if fresh is None:
        return False
    if row is None:
        return True
    names = ("status", "price_id", "plan", "is_paused", "cancel_at", "trial_end", "period_end",
             "ended_at", "next_plan")  # fmt: skip
    return any(getattr(row, name) != getattr(fresh, name) for name in names)


def _invoices() -> int:
    since = mirror.seconds(clock.now() - LISTS_BACK)
    asked: dict[str, Any] = {"created": {"gte": since}, "limit": 100}
    return _differing(stripe.each(lambda client: client.invoices.list(params=asked)), _is_new)


def _is_new(body: Object) -> bool:
    row = queries.invoices_by_id([body["id"]]).get(body["id"])
    known = (row.status, row.paid_minor, row.attempts) if row is not None else None
    has = (body["status"], int(body.get("amount_paid") or 0), int(body.get("attempt_count") or 0))
    return known != has


def _differing(bodies: Iterable[Object], is_other: Any) -> int:
    wanted = set()
    for part in _parts(list(bodies)):
        with transaction():
            outbox.renew_lease()
            for body in part:
                if body.get("customer") and is_other(body):
                    wanted.add(str(body["customer"]))
    with transaction():
        for customer in sorted(wanted):
            webhooks.want(f"customer:{customer}")
    return len(wanted)


def _charges() -> int:
    """Have every payment fetched of which something was given or taken back unknown to us."""
    since = mirror.seconds(clock.now() - LISTS_BACK)
    asked: dict[str, Any] = {"created": {"gte": since}, "limit": 100}
    bodies = [
        *stripe.each(lambda client: client.refunds.list(params=asked)),
        *stripe.each(lambda client: client.disputes.list(params=asked)),
    ]
    with transaction():
        wanted = {
            str(body["charge"])
            for body in bodies
            if body.get("charge") and not queries.has_transaction(body["id"], str(body["status"]))
        }
        for charge in sorted(wanted):
            webhooks.want(f"charge:{charge}")
    return len(wanted)


def _orphans() -> int:
    """Have ended what is still paid of creators who are erased."""
    with transaction():
        gone = orphans.find()
        for creator_id in gone:
            orphans.want_end(creator_id)
    return len(gone)


def _parts(bodies: list[Object]) -> list[list[Object]]:
    return [bodies[at : at + AT_ONCE] for at in range(0, len(bodies), AT_ONCE)]
