"""Use cases of what the service sends: mail and webhooks."""

from app.notifications.queries.mails import list_mails
from app.notifications.queries.webhooks import listeners
from app.notifications.service.mail import send_account_mail, send_mail
from app.notifications.service.mail_care import resend_dead, settle_mails
from app.notifications.service.mail_figures import MailFigures, follow, mail_figures
from app.notifications.service.member_mail import (
    send_member_mail,
    tell,
    tell_limit,
    withdraw,
)
from app.notifications.service.topics import title_of
from app.notifications.service.unsubscribing import (
    preferences,
    read_token,
    set_preferences,
    unsubscribe,
    wanting,
)
from app.notifications.service.webhook_deliveries import (
    erase_webhooks,
    export_webhooks,
    get_delivery,
    list_deliveries,
    prune_webhooks,
    replay_delivery,
    replay_failed,
)
from app.notifications.service.webhook_endpoints import (
    change_endpoint,
    create_endpoint,
    delete_endpoint,
    get_endpoint,
    list_endpoints,
    rotate_secret,
)
from app.notifications.service.webhook_events import emit, send_test

__all__ = [
    "MailFigures",
    "change_endpoint",
    "create_endpoint",
    "delete_endpoint",
    "emit",
    "erase_webhooks",
    "export_webhooks",
    "follow",
    "get_delivery",
    "get_endpoint",
    "list_deliveries",
    "list_endpoints",
    "list_mails",
    "listeners",
    "mail_figures",
    "preferences",
    "prune_webhooks",
    "read_token",
    "replay_delivery",
    "replay_failed",
    "resend_dead",
    "rotate_secret",
    "send_account_mail",
    "send_mail",
    "send_member_mail",
    "send_test",
    "set_preferences",
    "settle_mails",
    "tell",
    "tell_limit",
    "title_of",
    "unsubscribe",
    "wanting",
    "withdraw",
]
