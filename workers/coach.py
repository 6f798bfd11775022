"""Jobs of the coach."""

from __future__ import annotations

from app.coach import service
from workers.queues import job


@job("ai", own_transactions=True)
def answer(message_id: int, site_id: str | None = None) -> None:
    """Answer a question of a conversation."""
    service.write(message_id, site_id)


@job("ai", own_transactions=True)
def try_prompt(trial_id: int) -> None:
    """Answer by a version of a prompt that the operator tries."""
    service.write_trial(trial_id)
