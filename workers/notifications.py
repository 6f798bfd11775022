"""Jobs of the notifications slice."""

from __future__ import annotations

from app.notifications import service
from workers.queues import job


@job("default", own_transactions=True)
def prune_webhooks() -> None:
    """Forget what became of webhooks a month ago."""
    service.prune_webhooks()
