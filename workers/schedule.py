"""Everything that happens by the clock, in one list."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cronsim import CronSim


@dataclass(frozen=True)
class Periodic:
    """A job and when it is due (cron, in the zone of New York, where the sessions are)."""

    name: str
    cron: str
    queue: str = "default"
    payload: dict[str, Any] = field(default_factory=dict)

    def due_since(self, start: datetime, end: datetime) -> list[datetime]:
        """Return the due times after `start` and up to `end`; both in New York's zone."""
        times = []
        for moment in CronSim(self.cron, start):
            if moment > end:
                break
            times.append(moment)
        return times


SCHEDULE = (
    # Each minute of the hours in which a session can end; does nothing when none has.
    Periodic("performance.close_sessions", "* * * * *"),
    Periodic("performance.reconcile_week", "30 20 * * 0", queue="bulk"),
    Periodic("performance.reconcile_month", "45 0 1 * *", queue="bulk"),
    Periodic("core.prune", "15 3 * * *"),
    Periodic("notifications.prune_webhooks", "25 3 * * *"),
)
