"""Jobs of the core."""

from __future__ import annotations

from app.accounts import service as accounts
from app.core import outbox
from workers.queues import job


@job("default", own_transactions=True)
def prune() -> None:
    """Delete finished outbox rows and expired token ids."""
    outbox.prune()
    accounts.prune_tokens()
