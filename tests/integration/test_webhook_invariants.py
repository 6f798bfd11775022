"""What must hold of webhooks: found whole after real deliveries, and broken after damage."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from app.admin import service as admin
from app.core import clock, hold, outbound
from app.core.db import db, transaction
from app.notifications import service
from app.notifications.models import (
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)
from app.notifications.rules import webhooks as rules
from app.notifications.service import webhook_sending as sending
from tests.webhooks import LOCAL, listen, tell

NAMES = ("webhooks.schedule", "webhooks.owners", "webhooks.ends", "webhooks.sent")


@pytest.fixture
def delivery_id(engine_app, member):
    """Return a delivery that failed twice, was replayed and then arrived."""
    engine_app.extensions["outbound"] = LOCAL
    owner = member()
    listen(owner, "http://127.0.0.1:9/x")
    tell(owner)
    for status in (500, 500, None, 204):
        if status is None:
            row = db.session.query(WebhookDelivery).one()
            with transaction():
                service.replay_delivery(owner, row.endpoint_id, row.id)
            continue
        attempt(status)
    return db.session.query(WebhookDelivery.id).scalar()


def attempt(status):
    with transaction():
        # The time of the next try has come.
        wait = timedelta(seconds=30)
        for row in db.session.query(WebhookAttempt):
            row.at -= wait
        for row in db.session.query(WebhookDelivery):
            row.next_at = min(row.next_at, clock.now())
    claims = [claim for lane in (False, True) for claim in sending.claim_due(9, is_failing=lane)]
    assert len(claims) == 1
    sending.settle([(claims[0], outbound.Answer(status, None, 5))])


def state(name):
    return next(iter(admin.check_invariants([name]))).state


def damage(table, **values):
    with transaction():
        db.session.execute(update(table).values(values))


@pytest.mark.req("S1-71")
def test_all_holds_after_failures_a_replay_and_a_success(delivery_id):
    assert [row.number for row in db.session.query(WebhookAttempt)] == [1, 2, 1]
    assert {name: state(name) for name in NAMES} == dict.fromkeys(NAMES, "whole")


def test_damage_is_found(delivery_id, member):
    with transaction():
        last = db.session.query(WebhookAttempt).order_by(WebhookAttempt.id.desc()).first()
        last.number = 3
    assert state("webhooks.schedule") == "broken"
    damage(WebhookDelivery, finished_at=None)
    assert state("webhooks.ends") == "broken"
    damage(WebhookDelivery, state="pending")
    assert state("webhooks.ends") == "whole"
    damage(WebhookEndpoint, state="disabled")
    assert state("webhooks.ends") == "broken"
    damage(WebhookEvent, user_id=member("other@example.test"))
    assert state("webhooks.owners") == "broken"


def test_what_is_left_lying_is_found_unless_it_rightly_waits(delivery_id):
    long_ago = clock.now() - timedelta(hours=1)
    damage(WebhookDelivery, state="pending", finished_at=None, next_at=long_ago)
    assert state("webhooks.sent") == "whole"  # the endpoint was tried just now: it has a queue
    damage(WebhookAttempt, at=long_ago)
    assert state("webhooks.sent") == "broken"
    damage(WebhookEndpoint, paused_until=clock.now() + timedelta(hours=1))
    assert state("webhooks.sent") == "whole"
    damage(WebhookEndpoint, paused_until=None)
    with transaction():
        hold.hold("restored")
    assert state("webhooks.sent") == "whole"


def test_a_try_before_its_time_is_found(delivery_id):
    attempts = db.session.query(WebhookAttempt).order_by(WebhookAttempt.id).all()
    assert attempts[1].at - attempts[0].at >= rules.SCHEDULE[1]
    with transaction():
        db.session.get(WebhookAttempt, attempts[1].id).at = attempts[0].at + timedelta(seconds=4)
    assert state("webhooks.schedule") == "broken"
