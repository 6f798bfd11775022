"""Everything that happens by the clock, in one list."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from cronsim import CronSim


@dataclass(frozen=True)
class Periodic:
    """A job and when it is due: cron, by the clock of New York, where the sessions are, or `zone`."""

    name: str
    cron: str
    queue: str = "default"
    payload: dict[str, Any] = field(default_factory=dict)
    zone: str = "America/New_York"

    def due_since(self, start: datetime, end: datetime) -> list[datetime]:
        """Return the due times after `start` and up to `end`."""
        zone, times = ZoneInfo(self.zone), []
        for moment in CronSim(self.cron, start.astimezone(zone)):
            if moment > end:
                break
            times.append(moment)
        return times


# Looked at whenever a clock begins: it may have been away.
AT_START = ("billing.sweep", "market.refresh_macro")
SCHEDULE = (
    # Each minute of the hours in which a session can end; does nothing when none has.
    Periodic("performance.close_sessions", "* * * * *"),
    # Each minute, so that paper robots see each bar when it has closed.
    Periodic("market.fill_gaps", "* * * * *", queue="bulk"),
    # Option chains that somebody looks at or holds, while their market trades.
    Periodic("market.fetch_chains", "* * * * *", queue="bulk"),
    # Calendar, rate expectations, sectors, earnings: after releases and the close.
    Periodic("market.refresh_macro", "35 * * * *", queue="bulk"),
    # Robots on paper whose symbols have new closed bars, and what they hold at a session's close.
    Periodic("robots.run_due", "* * * * *"),
    Periodic("robots.mark_sessions", "*/5 * * * *"),
    # Robots of members whose plan has ended by itself; a plan that is changed tells at once.
    Periodic("robots.hold_all_to_plans", "*/5 * * * *"),
    Periodic("performance.reconcile_week", "30 20 * * 0", queue="bulk"),
    Periodic("performance.reconcile_month", "45 0 1 * *", queue="bulk"),
    # On Monday morning, when the last venue's week is long over.
    Periodic("performance.tell_week", "30 7 * * 1", queue="bulk"),
    Periodic("embed.tell_next_step", "0 10 * * *", queue="bulk"),
    Periodic("embed.tell_missing", "0 10 12 * *", queue="bulk"),
    Periodic("admin.check_invariants", "30 2 * * *", queue="bulk"),
    # What the payment provider's events have not told.
    Periodic("billing.sweep", "10 4 * * *", zone="UTC"),
    # Calls of models whose worker was cut count at the most that they can have cost.
    Periodic("ai.sweep", "*/10 * * * *"),
    # Members who cost more in a month than they may.
    Periodic("ai.watch", "50 * * * *", zone="UTC"),
    # What became of analyses whose target, stop or time may have been reached.
    Periodic("analysis.follow", "*/5 * * * *", queue="bulk"),
    Periodic("core.close_views", "*/5 * * * *"),
    Periodic("core.prune", "15 3 * * *"),
    Periodic("charts.prune", "20 3 * * *", queue="bulk"),
    Periodic("screenshots.prune", "22 3 * * *", queue="bulk"),
    Periodic("notifications.prune_webhooks", "25 3 * * *"),
    Periodic("notifications.settle_mails", "35 3 * * *"),
    # Creators are paid once a week; a payout whose answer was lost is looked after each hour.
    Periodic("billing.pay_creators", "0 9 * * 1", zone="UTC"),
    Periodic("billing.watch_payouts", "40 * * * *", zone="UTC"),
    # The day is over everywhere by then, and its events are worked on.
    Periodic("billing.reconcile", "45 3 * * *", queue="bulk", zone="UTC"),
    # Inside the hours that S3-124 leaves for it, 07:00 to 09:00 UTC.
    Periodic("admin.daily_backup", "30 7 * * *", queue="bulk", zone="UTC"),
    # Erasures whose week is over, and copies that nobody fetches any more.
    Periodic("privacy.run_due", "20 * * * *", queue="bulk"),
)
