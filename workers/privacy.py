"""Jobs of privacy."""

from __future__ import annotations

from app.privacy import service
from workers.queues import job


@job("bulk", own_transactions=True)
def make_copy(request_id: int) -> None:
    """Make the copy that a member asked for."""
    service.make_copy(request_id)


@job("bulk", own_transactions=True)
def run_due() -> None:
    """Erase accounts whose owners asked for it a week ago, and throw old copies away."""
    service.run_due()
