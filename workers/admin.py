"""Jobs of the operator."""

from __future__ import annotations

from app.admin import service
from app.admin.service import backup as backups
from workers.queues import job


@job("bulk", own_transactions=True)
def daily_backup() -> None:
    """Make the day's backup, and let those older than a week go."""
    backups.daily_backup()


@job("bulk", own_transactions=True)
def check_invariants() -> None:
    """Look at the next part of what must always hold, and tell what does not."""
    service.check_nightly()
