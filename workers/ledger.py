"""Jobs of the ledger."""

from __future__ import annotations

from app.ledger import service
from workers.queues import job


@job("bulk", own_transactions=True)
def run_import(import_id: int, language: str | None = None) -> None:
    """Import an uploaded file, or go on with it."""
    service.run_import(import_id, language)


@job("bulk", own_transactions=True)
def rebuild(account_id: int) -> None:
    """Make an account's trades and daily money anew from its events."""
    service.rebuild(account_id)
