"""Floor 3: what the service sends of its own accord: mail, and webhooks to programs."""

from __future__ import annotations

from flask import Flask

from app.core import hold
from app.notifications import models as models
from app.notifications import subscribers


def register(app: Flask) -> None:
    """Attach the slice to an application."""
    from app.notifications import api, cli, views
    from app.notifications.service import (
        mail_care,
        webhook_deliveries,
        webhook_invariants,
        webhook_sending,
    )

    for blueprint in (api.api, views.pages, views.own, views.bp):
        app.register_blueprint(blueprint)
    views.mailbox.register(app)
    cli.register(app)
    room = hold.Room(webhook_sending.waiting, webhook_deliveries.drop_waiting)
    hold.add_room(app, "webhooks", room)
    subscribers.register()
    webhook_invariants.register()
    mail_care.register()
    hold.add_room(app, "mails", hold.Room(mail_care.waiting, mail_care.drop_waiting))
    hold.outgoing(app, "notifications.send_account_mail", "notifications.send_member_mail")
