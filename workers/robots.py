"""Jobs of robots."""

from __future__ import annotations

from app.robots.service import closing, paper, permission, work
from workers.queues import job


@job("bulk", own_transactions=True)
def run_backtest(run_id: int, language: str | None = None) -> None:
    """Run a robot over past bars, or begin again where a worker was cut."""
    work.run_backtest_job(run_id, language)


@job("bulk", own_transactions=True)
def run_search(run_id: int, language: str | None = None) -> None:
    """Try parameters over past bars, or go on where a worker was cut."""
    work.run_search_job(run_id, language)


@job("bulk", own_transactions=True)
def help_search(run_id: int, language: str | None = None) -> None:
    """Do some of the tries of a search that another worker is at."""
    work.help_search_job(run_id, language)


@job("default", own_transactions=True)
def run_due() -> None:
    """Ask for the batches of robots on paper whose symbols have new closed bars."""
    paper.run_due()


@job("default", own_transactions=True)
def run_batch(timeframe: str, feed: str, first_id: int, last_id: int) -> None:
    """Let robots on paper trade the bars that have closed since their last."""
    paper.run_batch(timeframe, feed, first_id, last_id)


@job("default", own_transactions=True)
def mark_sessions() -> None:
    """Value what robots on paper hold at the close of the last session."""
    closing.mark_sessions()


@job("default")
def note_late(symbol: str, from_us: int, count: int) -> None:
    """Note bars that came in, or were corrected, when their turn was over."""
    closing.note_late(symbol, from_us, count)


@job("default")
def hold_to_plan(user_id: int) -> None:
    """Pause what trades beyond a member's plan."""
    permission.hold_to_plan(user_id)


@job("default")
def hold_all_to_plans() -> None:
    """Ask for the above for whoever's plan has ended by itself."""
    permission.hold_all_to_plans()
