"""Jobs of robots."""

from __future__ import annotations

from app.robots.service import work
from workers.queues import job


@job("bulk", own_transactions=True)
def run_backtest(run_id: int, language: str | None = None) -> None:
    """Run a robot over past bars, or begin again where a worker was cut."""
    work.run_backtest_job(run_id, language)
