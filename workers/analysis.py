"""Jobs of analyses."""

from __future__ import annotations

from app.analysis import service
from workers.queues import job


@job("ai", own_transactions=True)
def analyse(analysis_id: int, site_id: str | None = None) -> None:
    """Make the proposal of an analysis."""
    service.write(analysis_id, site_id)


@job("bulk", own_transactions=True)
def follow() -> None:
    """Look what became of predictions whose time to be looked at has come."""
    service.follow_due()
