"""Whose API key is this? Asked at each request of a program, so the answer is kept in memory.

What is kept counts while nobody has written to the database: a key that was revoked, a user who was
disabled or a scope that was changed counts at the next request of the process that did it, and
within FRAGMENT_SECONDS (a second) in every other one. Requests that write always ask the database.
"""

from __future__ import annotations

import hmac
import threading
from datetime import datetime, timedelta

import structlog
from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from app.accounts import queries
from app.accounts.rules.keys import KeyFacts
from app.core import clock, security
from app.core.db import in_transaction, transaction
from app.core.pulse import Kept

log = structlog.get_logger()

LAST_USED_STEP = timedelta(minutes=1)
HOUR = timedelta(hours=1)
NO_HASH = "0" * 64


class KeyShelf:
    """The keys that this process has seen, by their public part and by their number."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: Kept[str | int, KeyFacts] = Kept(queries.find_key_facts_now)
        self._used: dict[int, datetime] = {}
        self._timer: threading.Timer | None = None

    def find(self, name: str | int) -> KeyFacts | None:
        """Return a key as it is in the database now."""
        return queries.find_key_facts(name) if in_transaction() else self._kept.find(name)

    def note_use(self, app: Flask, key: KeyFacts, now: datetime) -> None:
        """Remember that a key is in use; it is written with those of others a minute later."""
        if key.last_used_at is not None and now - key.last_used_at <= LAST_USED_STEP:
            return
        with self._lock:
            self._used[key.id] = now
            if self._timer is None and not app.testing:
                self._timer = threading.Timer(
                    LAST_USED_STEP.total_seconds(), self._write_later, [app]
                )
                self._timer.daemon = True
                self._timer.start()

    def _write_later(self, app: Flask) -> None:
        try:
            with app.app_context():
                self.write_uses()
        except Exception as error:
            # When a key was used last is worth no more than a line: the next minute tells it too.
            log.warning("key_uses_not_written", error=type(error).__name__)

    def write_uses(self) -> None:
        """Write when keys were last used, all in one transaction."""
        with self._lock:
            used, self._used = self._used, {}
            if self._timer is not None:
                self._timer.cancel()
            self._timer = None
        if used:
            with transaction():
                queries.write_key_uses(used)


def register(app: Flask) -> None:
    """Give the application its shelf of keys."""
    app.extensions["keys"] = KeyShelf()


def _shelf() -> KeyShelf:
    found: KeyShelf = current_app.extensions["keys"]
    return found


def find_key_owner(text: str) -> KeyFacts | None:
    """Return the valid key that `text` is; None when it is wrong, has ended or is of nobody."""
    prefix, _, secret = text.partition(".")
    key = _shelf().find(prefix)
    # Compared in any case, and in constant time: how long it takes tells nothing of the secret.
    is_right = hmac.compare_digest(
        key.secret_hash if key else NO_HASH, security.fingerprint(secret)
    )
    if key is None or not is_right or not key.counts(clock.now()):
        return None
    return key


def find_key(key_id: int) -> KeyFacts | None:
    """Return a key that counts now; for tokens that were given out for it."""
    key = _shelf().find(key_id)
    return key if key is not None and key.counts(clock.now()) else None


def note_key_use(key: KeyFacts) -> None:
    """Keep when a key was last used, to the minute.

    The first use in an hour is written at once, with what is waiting; the others wait a minute. In
    a request that writes all wait: rows of other keys must not be locked for as long as that takes.
    """
    now = clock.now()
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's own way to the application behind the proxy
    _shelf().note_use(app, key, now)
    if not in_transaction() and (key.last_used_at is None or now - key.last_used_at > HOUR):
        try:
            _shelf().write_uses()
        except SQLAlchemyError as error:
            # Who only reads is served from a database that takes no writes.
            log.warning("key_uses_not_written", error=type(error).__name__)


def write_key_uses() -> None:
    """Write when keys were last used, as far as this process knows."""
    _shelf().write_uses()
