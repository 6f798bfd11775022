"""Sending: claim what is due, post it, keep what came of it.

The two halves are transactions of their own, and nothing is held while the other side is waited
for. A sender that is killed between them leaves an endpoint that is free again a minute later; the
delivery then goes out a second time under the same id, and is never lost.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.accounts import service as accounts
from app.core import clock, hold, metrics, outbound
from app.core.db import db, transaction
from app.notifications.models import (
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from app.notifications.queries import webhooks as queries
from app.notifications.rules import webhooks as rules
from app.notifications.service import webhook_endpoints as endpoints

LEASE = timedelta(seconds=60)
"""Longer than any attempt can take (outbound.wire.SECONDS)."""


@dataclass(frozen=True)
class Claim:
    """One attempt that is ours to make."""

    endpoint_id: int
    delivery_id: int
    url: str
    message_id: str
    body: str
    claimed_at: datetime
    secrets: list[str] = field(repr=False)


def waiting() -> list[hold.Waiting]:
    """Return what would leave if the installation were not held."""
    return [
        hold.Waiting(f"webhook {kind}", f"endpoint {delivery.endpoint_id}", delivery.created_at)
        for delivery, kind in queries.due_deliveries()
    ]


def claim_due(limit: int, *, is_failing: bool) -> list[Claim]:
    """Take up what is due: one delivery an endpoint, from endpoints that fail or that do not."""
    # A restored or copied installation pushes nothing; this is the only way to a claim.
    if limit <= 0 or hold.is_held():
        return []
    waiting = queries.due_endpoints(clock.now(), limit, is_failing=is_failing)
    db.session.rollback()
    if not waiting:
        return []
    now = clock.now()
    with transaction():
        due = queries.lock_due(waiting, now)
        active = accounts.active_users({endpoint.user_id for endpoint, _, _ in due})
        for endpoint, _, _ in due:
            if endpoint.user_id not in active:
                queries.give_up(endpoint.id, "disabled", now)
        return [_claim(*one, now) for one in due if one[0].user_id in active]


def _claim(
    endpoint: WebhookEndpoint, delivery: WebhookDelivery, event: WebhookEvent, now: datetime
) -> Claim:
    endpoint.busy_until, delivery.claimed_at = now + LEASE, now
    return Claim(
        endpoint.id,
        delivery.id,
        endpoint.url,
        event.message_id,
        event.body,
        now,
        endpoints.secrets_of(endpoint),
    )


def send(claim: Claim, network: outbound.Network) -> outbound.Answer:
    """Make an attempt; needs no database."""
    headers = rules.headers(claim.message_id, claim.body, claim.secrets, clock.now())
    return outbound.post(claim.url, claim.body.encode(), headers, network)


def settle(attempts: Sequence[tuple[Claim, outbound.Answer]]) -> None:
    """Keep what came of attempts, and plan the next ones where there are to be any."""
    with transaction():
        known, deliveries = queries.lock_claimed(
            [claim.endpoint_id for claim, _ in attempts],
            [claim.delivery_id for claim, _ in attempts],
        )
        for claim, answer in attempts:
            endpoint, delivery = known.get(claim.endpoint_id), deliveries.get(claim.delivery_id)
            # Deleted meanwhile, or our lease ended and another sender has it.
            if endpoint is None or delivery is None or delivery.claimed_at != claim.claimed_at:
                continue
            endpoint.busy_until = delivery.claimed_at = None
            if delivery.state == "pending":
                _settle(endpoint, delivery, answer)


def _settle(endpoint: WebhookEndpoint, delivery: WebhookDelivery, answer: outbound.Answer) -> None:
    now = clock.now()
    delivery.attempts += 1
    delivery.last_status, delivery.last_error = answer.status, answer.error
    db.session.add(
        WebhookAttempt(
            delivery_id=delivery.id,
            number=delivery.attempts,
            status=answer.status,
            error=answer.error,
            ms=answer.ms,
            at=now,
        )
    )

    outcome = rules.outcome(
        delivery.attempts,
        answer.status,
        answer.retry_after,
        now,
        random.random(),  # noqa: S311 - spreads retries, guards nothing
    )
    metrics.count("webhook_attempts", "delivered" if outcome.is_delivered else "failed")
    endpoint.paused_until = outcome.paused_until
    if outcome.next_at is not None:
        delivery.next_at = outcome.next_at
    else:
        delivery.state = "delivered" if outcome.is_delivered else "dead"
        delivery.finished_at = now
    if outcome.is_delivered:
        endpoint.failing_since = None
        return
    endpoint.failing_since = endpoint.failing_since or now
    if outcome.is_gone:
        endpoints.disable(endpoint, endpoints.GONE)
    elif rules.is_failing(endpoint.failing_since, now):
        endpoints.disable(endpoint, endpoints.FAILING)
