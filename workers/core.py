"""Jobs of the core."""

from __future__ import annotations

from app.accounts import service as accounts
from app.core import idempotency, logbook, outbox
from workers.queues import job


@job("default", own_transactions=True)
def prune() -> None:
    """Delete finished outbox rows, expired token ids, old answers and old lines of the log."""
    outbox.prune()
    logbook.prune()
    accounts.prune_tokens()
    idempotency.prune()
