"""What tests of webhooks do: listen, tell, and take the turns of a sender."""

from __future__ import annotations

from standardwebhooks.webhooks import Webhook

from app.core import outbound
from app.core.db import db, transaction
from app.core.outbound import Network
from app.notifications import service
from app.notifications.schemas import EndpointIn
from app.notifications.service import webhook_sending as sending

LOCAL = Network(allow_local=True, seconds=1.0)


def listen(user_id, url, *types):
    with transaction():
        return service.create_endpoint(user_id, EndpointIn(url=url, event_types=list(types)))


def tell(user_id, kind="fills.recorded", **options):
    with transaction():
        service.emit(user_id, kind, {"account_id": 4, "net": "12.50"}, **options)


def turn(network=None):
    """Do what a sender does once: take up what is due, one a endpoint, and settle it."""
    claims = [claim for lane in (False, True) for claim in sending.claim_due(100, is_failing=lane)]
    for claim in claims:
        sending.settle([(claim, sending.send(claim, network or outbound.network()))])
    return len(claims)


def rows(table):
    db.session.rollback()
    return list(db.session.query(table).order_by(table.id).populate_existing())


def verify(secret, got):
    return Webhook(secret).verify(got.body, got.headers)
