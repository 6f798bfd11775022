"""Jobs of the notifications slice."""

from __future__ import annotations

from app.core import outbox
from app.notifications import service
from workers.queues import job


@job("default", own_transactions=True)
def prune_webhooks() -> None:
    """Forget what became of webhooks a month ago."""
    service.prune_webhooks()


@job("default", own_transactions=True, waits=outbox.PATIENT)
def send_account_mail(mail_id: int) -> None:
    """Send a mail that an account asked for; twice is the same mail again.

    A mail server may be away for a day; a mail whose link has ended meanwhile is let go.
    """
    service.send_account_mail(mail_id)


@job("default", own_transactions=True, waits=outbox.PATIENT)
def send_member_mail(mail_id: int) -> None:
    """Send a mail that a member is to get; the send log says what became of it."""
    service.send_member_mail(mail_id)


@job("default", own_transactions=True)
def settle_mails() -> None:
    """End mails whose jobs were given up, and forget old ones."""
    service.settle_mails()
