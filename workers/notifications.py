"""Jobs of the notifications slice."""

from __future__ import annotations

from app.notifications import service
from workers.queues import job


@job("default", own_transactions=True)
def prune_webhooks() -> None:
    """Forget what became of webhooks a month ago."""
    service.prune_webhooks()


@job("default", own_transactions=True)
def send_account_mail(mail_id: int) -> None:
    """Send a mail that an account asked for; twice is the same mail again."""
    service.send_account_mail(mail_id)
