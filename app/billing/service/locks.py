"""Locks of the database: a row that names its holder and its end.

Taken and given back in short transactions, so that none is open while the provider is asked. What
was fetched is written only while the lock is still held (`require`): a process that slept through
its end writes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from app.billing.errors import LeaseLostError
from app.billing.models import BillingLease
from app.core import clock, security
from app.core.db import db, is_sqlite, transaction
from app.core.i18n import gettext

LIFE = timedelta(minutes=2)
"""Longer than what is asked under one lock may take with all its timeouts."""
WAIT_SECONDS = 5.0
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Lease:
    """A lock that is held."""

    name: str
    holder: str


@contextmanager
def lease(name: str, wait: float = WAIT_SECONDS) -> Iterator[Lease]:
    """Hold the lock `name`; wait for it so long.

    Raises:
        LeaseLostError: somebody else holds it all the time.
    """
    held = Lease(name, security.random_token(16))
    give_up = time.monotonic() + wait
    while not _take(held):
        if time.monotonic() >= give_up:
            raise _lost()
        time.sleep(POLL_SECONDS)
    try:
        yield held
    finally:
        _give_back(held)


def _take(held: Lease) -> bool:
    with transaction():
        now = clock.now()
        insert = sqlite.insert if is_sqlite() else postgresql.insert
        values = {"holder": held.holder, "ends_at": now + LIFE}
        taken = db.session.execute(
            insert(BillingLease)
            .values(name=held.name, **values)
            .on_conflict_do_update(
                index_elements=["name"], set_=values, where=BillingLease.ends_at <= now
            )
            .returning(BillingLease.name)
        )
        return taken.first() is not None


def _give_back(held: Lease) -> None:
    with transaction():
        mine = BillingLease.name == held.name, BillingLease.holder == held.holder
        db.session.execute(delete(BillingLease).where(*mine))


def require(held: Lease) -> None:
    """Hold on to a lock until the present transaction ends.

    Raises:
        LeaseLostError: it has ended, and somebody else may have written newer things.
    """
    mine = BillingLease.name == held.name, BillingLease.holder == held.holder
    if db.session.scalar(select(BillingLease.name).where(*mine).with_for_update()) is None:
        raise _lost()


def _lost() -> LeaseLostError:
    return LeaseLostError(gettext("Your payment is being worked on. Try again in a minute."))
