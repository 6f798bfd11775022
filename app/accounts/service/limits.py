"""Counting attempts in the database: they survive a restart, and without it nobody signs in."""

from __future__ import annotations

import hmac
from datetime import datetime

from flask import current_app
from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from app.accounts.models import AttemptCount
from app.accounts.rules.limits import POLICIES, Attempts, counted, seconds_to_wait
from app.core import clock, security
from app.core.db import db, in_transaction, is_sqlite, transaction
from app.core.errors import TooManyError
from app.core.i18n import ngettext

Subject = tuple[str, object]
"""A policy's name and whom it counts: ("code.user", 7)."""


def take(*subjects: Subject) -> bool:
    """Count an attempt before it is made; return whether the next one has to wait.

    Counted first and in a transaction of its own, so that attempts that run side by side cannot
    outrun the count, and an attempt that fails stays counted.

    Raises:
        TooManyError: a delay is not over yet; this attempt does not count, so it is not longer.
    """
    if in_transaction():
        message = "an attempt is counted in a transaction of its own"
        raise RuntimeError(message)
    with transaction():
        rows = [
            (_lock(key, clock.now()), name)
            for key, name in sorted((_key(one), one[0]) for one in subjects)
        ]
        # Read once the rows are ours: whoever had them before us was earlier.
        now = clock.now()
        wait = max(seconds_to_wait(_attempts(row), now) for row, _ in rows)
        if wait:
            raise TooManyError(_wait_text(wait), wait)
        held = False
        for row, name in rows:
            after = counted(_attempts(row), POLICIES[name], now)
            row.count, row.last_at = after.count, now
            row.blocked_until = after.blocked_until or now
            held = held or row.blocked_until > now
    return held


def _wait_text(seconds: int) -> str:
    return ngettext(
        "Too many attempts. Try again in %(num)s second.",
        "Too many attempts. Try again in %(num)s seconds.",
        seconds,
    )


def forget(*subjects: Subject) -> None:
    """Forget attempts in the present transaction: the last one was right."""
    keys = [_key(one) for one in subjects]
    _hold(keys)
    db.session.execute(delete(AttemptCount).where(AttemptCount.key.in_(keys)))


def forgive(*own: Subject, shared: Subject) -> None:
    """Forget attempts of one's own, and take back one where those of others are counted too."""
    _hold([_key(one) for one in (*own, shared)])
    forget(*own)
    give_back(shared)


def _hold(keys: list[str]) -> None:
    """Lock what there is in the order of `take`: two that want the same rows never deadlock."""
    query = select(AttemptCount.key).where(AttemptCount.key.in_(keys)).order_by(AttemptCount.key)
    db.session.execute(query.with_for_update())


def give_back(subject: Subject) -> None:
    """Take back one attempt that was right, where those of others are counted too."""
    now = clock.now()
    row = _lock(_key(subject), now)
    row.count = max(row.count - 1, 0)
    row.blocked_until = min(row.blocked_until, now)


def _key(subject: Subject) -> str:
    # Keyed: whoever reads the table cannot try addresses against it.
    key = security.derived_key(str(current_app.config["SECRET_KEY"]), "attempts")
    return hmac.new(key, f"{subject[0]}:{subject[1]}".encode(), "sha256").hexdigest()


def _lock(key: str, now: datetime) -> AttemptCount:
    """Return the row of a key, made where there is none, locked until the transaction ends.

    In one statement: between two, whoever was right in the meantime would have deleted the row.
    """
    insert = sqlite.insert if is_sqlite() else postgresql.insert
    made = insert(AttemptCount).values(key=key, count=0, last_at=now, blocked_until=now)
    kept = made.on_conflict_do_update(
        index_elements=["key"], set_={"count": AttemptCount.count}
    ).returning(AttemptCount)
    row: AttemptCount = db.session.scalars(
        kept, execution_options={"populate_existing": True}
    ).one()
    return row


def _attempts(row: AttemptCount) -> Attempts:
    return Attempts(row.count, row.last_at, row.blocked_until)
