"""The first screen of a site's administrators."""

from __future__ import annotations

from datetime import timedelta

from app.accounts import service as accounts
from app.admin.schemas import DayCount, Jobs, Overview
from app.core import clock, health, logbook, outbox, versions
from app.ledger import service as ledger
from app.moderation import service as cases

DAYS = timedelta(days=13)
ERRORS_SINCE = timedelta(hours=24)


def overview(site_id: str) -> Overview:
    """Return how a site does: its members, their fills, its errors, and whether jobs get done."""
    now, today = clock.now(), accounts.today()
    fills = ledger.fills_by_day(accounts.member_ids(site_id), today - DAYS, today)
    return Overview(
        at=now,
        today=today,
        members=accounts.member_figures(site_id),
        fills_today=fills[today],
        fills=[DayCount(day=day, fills=count) for day, count in fills.items()],
        jobs=_jobs(),
        errors=logbook.count_errors(site_id, now - ERRORS_SINCE),
        open_cases=cases.count_open(site_id),
        service_version=versions.VERSION,
        oldest_plugin=versions.OLDEST_PLUGIN,
        held=health.held(),
    )


def _jobs() -> Jobs:
    behind, parts = outbox.waiting(), health.parts()
    return Jobs(
        waiting=behind.waiting,
        oldest_seconds=behind.oldest_seconds,
        failed=behind.failed,
        redis=parts["redis"],
        worker=parts["worker"],
        clock=parts["clock"],
    )
