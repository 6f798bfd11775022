"""Jobs of the charts slice."""

from __future__ import annotations

from app.charts import service
from workers.queues import job


@job("bulk", own_transactions=True)
def prune() -> None:
    """Forget charts that were deleted long ago."""
    service.prune()
