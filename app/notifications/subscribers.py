"""Reactions to the slices below: put what is to be sent into the outbox, nothing else."""

from __future__ import annotations

from app.accounts.events import MailWanted
from app.core import events, outbox


def register() -> None:
    """Listen to what wants to be sent."""
    events.subscribe(MailWanted, send_account_mail)


def send_account_mail(event: MailWanted) -> None:
    """Ask for a mail to be sent; the row names it, and holds neither address nor link."""
    outbox.enqueue(
        "notifications.send_account_mail",
        {"mail_id": event.mail_id},
        key=f"notifications.mail:{event.mail_id}",
    )
