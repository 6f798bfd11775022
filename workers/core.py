"""Jobs of the core."""

from __future__ import annotations

from app.accounts import service as accounts
from app.ai import service as ai
from app.billing import service as billing
from app.core import idempotency, logbook, outbox
from workers.queues import job


@job("default", own_transactions=True)
def close_views() -> None:
    """Note the end of administrators' views of members' dashboards whose time is over."""
    accounts.close_views()


@job("default", own_transactions=True)
def prune() -> None:
    """Delete finished outbox rows, expired token ids and sessions, old answers, uses and log lines."""
    outbox.prune()
    logbook.prune()
    accounts.prune_tokens()
    accounts.prune_sessions()
    idempotency.prune()
    billing.prune_usage()
    billing.prune_clicks()
    ai.prune()
