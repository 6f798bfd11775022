"""Jobs of the market slice."""

from __future__ import annotations

from app.market import service
from workers.queues import job


@job("bulk", own_transactions=True)
def fill_gaps() -> None:
    """Bring the bars of all wanted instruments up to date."""
    service.fill_gaps()


@job("bulk", own_transactions=True)
def refresh_macro() -> None:
    """Bring calendar, rate expectations, sectors and earnings up to date."""
    service.refresh_macro()
