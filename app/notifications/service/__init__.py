"""Use cases of what the service sends: mail and webhooks."""

from app.notifications.queries.webhooks import listeners
from app.notifications.service.mail import send_account_mail, send_mail
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
    "change_endpoint",
    "create_endpoint",
    "delete_endpoint",
    "emit",
    "erase_webhooks",
    "export_webhooks",
    "get_delivery",
    "get_endpoint",
    "list_deliveries",
    "list_endpoints",
    "listeners",
    "prune_webhooks",
    "replay_delivery",
    "replay_failed",
    "rotate_secret",
    "send_account_mail",
    "send_mail",
    "send_test",
]
