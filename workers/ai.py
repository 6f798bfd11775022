"""Jobs of the gateway to models."""

from __future__ import annotations

from app.ai import service
from workers.queues import job


@job("ai", own_transactions=True)
def check_key(key_id: int) -> None:
    """Ask the provider whether it knows a member's own key."""
    service.check_key(key_id)


@job("ai", own_transactions=True)
def check_model(model: str, key: str) -> None:
    """Ask a model one word, because the operator wants to know how it does."""
    service.check_model(model, key)


@job("default", own_transactions=True)
def watch() -> None:
    """Tell the operator of members who cost more than they may."""
    service.watch()


@job("default", own_transactions=True)
def sweep() -> None:
    """Count calls whose worker was cut."""
    service.sweep()
