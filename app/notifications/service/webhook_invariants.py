"""What must always hold of webhooks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from app.core import clock, hold, invariants
from app.core.invariants import Ask, Invariant, Part
from app.notifications.models import WebhookAttempt
from app.notifications.queries import webhooks as queries
from app.notifications.rules import webhooks as rules

LATE = timedelta(minutes=15)
"""What has been due for longer to an endpoint that is free waits for a sender that does not come."""
PART = 2000


def register() -> None:
    """Let `flask invariants` look at webhooks."""
    invariants.register_invariants([
        Invariant("webhooks.schedule", "no webhook is tried before its time", find_early),
        Invariant("webhooks.owners", "webhooks carry only their owner's events", find_strangers),
        Invariant("webhooks.ends", "every delivery waits, or has ended and says so", find_odd),
        Invariant("webhooks.sent", "no webhook that is due is left lying", find_late),
    ])  # fmt: skip


def find_early(ask: Ask) -> Part:
    """Find attempts that came sooner after the one before than the schedule has it."""
    ids = queries.delivery_ids(ask.after, PART)
    attempts = queries.attempts_of(ids)
    faults = [
        f"delivery {later.delivery_id} was tried too early ({later.number})"
        for earlier, later in pairwise(attempts)
        if _is_early(earlier, later)
    ]
    return Part(faults, ids[-1] if len(ids) == PART else None)


def _is_early(earlier: WebhookAttempt, later: WebhookAttempt) -> bool:
    if earlier.delivery_id != later.delivery_id or later.number == 1:
        # Another delivery, or a replay, which begins with 1.
        return False
    if later.number != earlier.number + 1 or later.number > len(rules.SCHEDULE):
        return True
    return later.at - earlier.at < rules.SCHEDULE[earlier.number]


def find_strangers(_ask: Ask) -> Part:
    """Find deliveries of one user's events to another's endpoint."""
    found = queries.deliveries_of_others()
    return invariants.whole(f"delivery {one} goes to somebody else" for one in found)


def find_odd(_ask: Ask) -> Part:
    """Find deliveries that wait for a disabled endpoint, or whose end and state differ."""
    return invariants.whole(_odd())


def _odd() -> Iterator[str]:
    for delivery_id in queries.waiting_for_disabled():
        yield f"delivery {delivery_id} waits for a disabled endpoint"
    for delivery_id in queries.ends_and_states_differ():
        yield f"delivery {delivery_id} has a state that does not fit its end"


def find_late(_ask: Ask) -> Part:
    """Find what waits in vain; while the installation is held all of it waits rightly."""
    if hold.is_held():
        return Part()
    late = queries.overdue(clock.now() - LATE)
    return invariants.whole(f"delivery {one} has been due for long" for one in late)
