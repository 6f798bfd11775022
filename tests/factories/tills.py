"""A service with a till: the fake Stripe, its prices, and its events delivered to the real door."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.billing import service as billing
from app.billing.models import ProviderEvent
from app.billing.schemas.buying import CheckoutIn
from app.core import clock, hold
from app.core.db import db, transaction
from app.core.outbox import OutboxRow
from tests.fakes.stripe import KEY, FakeStripe, fake_stripe
from workers import queues

_shelf: dict[str, Any] = {}
SECRET = "whsec_first"
DOOR = "/api/billing/webhooks/stripe"


@contextmanager
def till_of(app: Flask, monkeypatch: Any = None, **options: Any) -> Iterator[FakeStripe]:
    """Give an application a till that sells the plans of the plans file.

    With `monkeypatch` the application's clock goes with the fake's.
    """
    with fake_stripe(secret=SECRET, **options) as fake:
        use(app, fake)
        if monkeypatch is not None:
            follow_clock(fake, monkeypatch)
        _stock(fake)
        # What was read for it must not be what the test sees.
        db.session.rollback()
        yield fake


def _stock(fake: FakeStripe) -> None:
    """Put the products on the shelf; made by the command once, copied afterwards."""
    if not _shelf:
        billing.sync_plans()
        for name in ("product", "price"):
            _shelf[name] = copy.deepcopy(fake.world.objects[name])
        return
    for name, bodies in copy.deepcopy(_shelf).items():
        fake.world.objects[name] = bodies
        fake.world.kinds.update(dict.fromkeys(bodies, name))


def follow_clock(fake: FakeStripe, monkeypatch: Any) -> None:
    """Let the application's clock be turned with the fake's."""
    real = clock.now
    moved = lambda: real() + timedelta(seconds=fake.world.offset)  # noqa: E731
    monkeypatch.setattr(clock, "now", moved)


def deliver(app: Flask, fake: FakeStripe, **how: Any) -> set[int]:
    """Deliver what has happened to the door; return the answers' statuses."""
    post = poster(app)
    offset = fake.world.offset
    return {one.status for one in fake.deliver(post, skew=offset + how.pop("skew", 0), **how)}


def poster(app: Flask) -> Callable[[bytes, dict[str, str]], int]:
    """Return a function that posts a delivery to the door of an application."""
    return lambda body, headers: (
        app.test_client().post(DOOR, data=body, headers=headers).status_code
    )


def use(app: Flask, fake: FakeStripe) -> None:
    """Let an application ask a fake."""
    app.config.update(
        STRIPE_API_KEY=KEY, STRIPE_API_BASE=fake.url, STRIPE_WEBHOOK_SECRET=SECRET,
        STRIPE_IS_TEST_TILL=True,
    )  # fmt: skip


def work() -> int:
    """Do what waits in the outbox for billing, as workers would; return how many jobs."""
    done = 0
    while True:
        query = select(OutboxRow.id).where(
            OutboxRow.state == "pending",
            OutboxRow.name.like("billing.%"),
            # What is held back stays where it is.
            OutboxRow.name.not_in(hold.held_jobs()),
        )
        ids = db.session.scalars(query.order_by(OutboxRow.id)).all()
        db.session.rollback()
        if not ids:
            return done
        for row_id in ids:
            queues._perform(row_id)
            done += 1


def buy(fake: FakeStripe, user_id: int, plan: str = "mid", **asked: Any) -> str:
    """Let a member buy a plan at the fake's page; return the session's id."""
    card = asked.pop("card", "pm_card_visa")
    billing.buy(user_id, CheckoutIn(plan=plan, **asked))
    session = newest_session(fake)
    fake.complete(session, card)
    return session


def newest_session(fake: FakeStripe) -> str:
    """Return the id of the session that was opened last."""
    return fake.client().v1.checkout.sessions.list(params={"limit": 1}).data[0].id


def states() -> dict[str, int]:
    """Return how many events are in each state."""
    found: dict[str, int] = {}
    with transaction():
        for state in db.session.scalars(select(ProviderEvent.state)):
            found[state] = found.get(state, 0) + 1
    return found
