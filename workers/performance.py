"""Jobs of the performance slice."""

from __future__ import annotations

from datetime import date

from app.performance import service
from workers.queues import job


def _ordinal(day: str) -> int:
    return date.fromisoformat(day).toordinal()


@job("default")
def refold_account(account_id: int, currency: str, from_day: str) -> None:
    """Bring the figures of an account's owner up to date."""
    service.refold_account(account_id, currency, _ordinal(from_day))


@job("default")
def refold_robot(plugin_id: str, currency: str, from_day: str) -> None:
    """Bring a robot's public figures up to date."""
    service.refold_robot(plugin_id, currency, _ordinal(from_day))


@job("default")
def close_sessions(after_id: int = 0) -> None:
    """Let the flat days up to the last completed session count."""
    service.close_sessions(after_id)


@job("bulk", own_transactions=True)
def reconcile_week() -> None:
    """Compare all figures with the daily money, after the last session of the week."""
    service.reconcile()


@job("bulk", own_transactions=True)
def reconcile_month() -> None:
    """Compare all figures with the daily money, on the first of the month."""
    service.reconcile()


@job("bulk", own_transactions=True)
def tell_week() -> None:
    """Tell members by mail of their own week, each once."""
    service.tell_week()
