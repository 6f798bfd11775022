"""Reactions to the slices below: put what is to be sent into its tables, nothing else."""

from __future__ import annotations

from app.accounts import service as accounts
from app.accounts.events import KeyCreated, MailWanted
from app.core import events, outbox
from app.notifications.events import WebhookDisabled
from app.notifications.service import webhook_events


def register() -> None:
    """Listen to what wants to be sent."""
    events.subscribe(MailWanted, send_account_mail)
    events.subscribe(KeyCreated, tell_key)
    events.subscribe(WebhookDisabled, mail_owner)


def send_account_mail(event: MailWanted) -> None:
    """Ask for a mail to be sent; the row names it, and holds neither address nor link."""
    outbox.enqueue(
        "notifications.send_account_mail",
        {"mail_id": event.mail_id},
        key=f"notifications.mail:{event.key}",
    )


def tell_key(event: KeyCreated) -> None:
    """Tell a user's programs of a new key: the owner of a stolen account learns of it."""
    data = {"key_id": event.key_id, "prefix": event.prefix, "scopes": list(event.scopes)}
    webhook_events.emit(event.user_id, "api_key.created", data)


def mail_owner(event: WebhookDisabled) -> None:
    """Let the owner of an endpoint learn by mail that nothing is sent to it any more."""
    accounts.notify(event.user_id, "webhook_disabled")
