"""Idempotency-Key: a POST that is sent again is done once and answered the same.

`answer_once` stands between a route's auth decision and its view (core/auth.py), so it holds for
every creating POST under /api/ and replays only to who may still ask. The answer is kept in the
transaction of its effect. It is sealed with a key made from the Idempotency-Key itself, of which
only a hash is kept: the database and our own encryption key together do not open the answers,
some of which hold a secret that is shown once.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from flask import Response, current_app, make_response, request
from sqlalchemy import JSON, LargeBinary, String, UniqueConstraint, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock, security
from app.core.db import db, delete_in_steps, is_sqlite, transaction
from app.core.errors import ConflictError, ValidationError
from app.core.i18n import gettext
from app.core.types import BigId, UtcDateTime

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
KEEP = timedelta(days=7)
MAX_KEY = 255
KEY = re.compile(r"[!-~]{1,255}")
KEPT_HEADERS = ("ETag", "Location")
RETRY_SECONDS = 1


class IdempotentAnswer(db.Model):
    """What was answered to a request with an Idempotency-Key."""

    __tablename__ = "idempotent_answers"
    __table_args__ = (UniqueConstraint("scope", "key_hash"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    scope: Mapped[str] = mapped_column(String(120))
    """Who asked; the same key of somebody else is another key."""
    key_hash: Mapped[str] = mapped_column(String(64))
    request_hash: Mapped[str] = mapped_column(String(64))
    """Of method, address and body."""
    user_id: Mapped[int | None] = mapped_column(index=True)
    status: Mapped[int]
    content_type: Mapped[str] = mapped_column(String(100))
    headers: Mapped[dict[str, str]] = mapped_column(JSON)
    sealed_body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


@dataclass(frozen=True)
class Asked:
    """One request under a key."""

    scope: str
    user_id: int | None
    key: str
    request_hash: str

    @property
    def key_hash(self) -> str:
        """What is kept of the key."""
        return security.fingerprint(f"{self.scope}\n{self.key}")


def answer_once(scope: str, user_id: int | None, view: Callable[[], Any]) -> Any:
    """Return the view's answer, or the one that this key got before.

    An answer with an error is not kept: its transaction is rolled back, and the key is free.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return view()
    asked = Asked(scope, user_id, _checked(key), _request_hash())
    # These join the request's transaction. A view with steps of its own has none: what it does
    # must be safe to do twice at once, and what is done again later is answered from here.
    with transaction():
        _lock(asked)
        known = _find(asked)
    if known is not None:
        return _replay(known, asked)
    response = make_response(view())
    if response.status_code < HTTPStatus.BAD_REQUEST:
        with transaction():
            _keep(asked, response)
    return response


def _checked(key: str) -> str:
    if not KEY.fullmatch(key):
        message = gettext(
            "%(name)s: must be 1 to %(most)s visible ASCII characters without blanks, best a random UUID",
            name=HEADER,
            most=MAX_KEY,
        )
        raise ValidationError(message, field=HEADER)
    return key


def _request_hash() -> str:
    target = f"{request.method} {request.full_path}\n".encode()
    return hashlib.sha256(target + request.get_data(cache=True)).hexdigest()


def _lock(asked: Asked) -> None:
    """Let only one request of a key through; SQLite's writers queue before they come here."""
    if is_sqlite():
        return
    number = int.from_bytes(bytes.fromhex(asked.key_hash)[:8], signed=True)
    if not db.session.scalar(select(func.pg_try_advisory_xact_lock(number))):
        message = gettext("A request with this Idempotency-Key is being done. Ask again shortly.")
        raise ConflictError(message, code="idempotency_in_progress", retry_after=RETRY_SECONDS)


def _find(asked: Asked) -> IdempotentAnswer | None:
    row = db.session.scalars(
        select(IdempotentAnswer).where(
            IdempotentAnswer.scope == asked.scope, IdempotentAnswer.key_hash == asked.key_hash
        )
    ).one_or_none()
    if row is not None and row.created_at < clock.now() - KEEP:
        db.session.delete(row)
        db.session.flush()
        return None
    return row


def _replay(row: IdempotentAnswer, asked: Asked) -> Response:
    if row.request_hash != asked.request_hash:
        message = gettext(
            "%(name)s: was used for another request. Use a new key for a new request.", name=HEADER
        )
        raise ValidationError(message, field=HEADER, code="idempotency_key_reused")
    body = zlib.decompress(security.unseal(row.sealed_body, asked.key, asked.scope))
    response = make_response(body, row.status)
    response.content_type = row.content_type
    response.headers.update(row.headers)
    response.headers[REPLAYED] = "true"
    return response


def _keep(asked: Asked, response: Response) -> None:
    body = zlib.compress(response.get_data(), 1)
    values = {
        "scope": asked.scope,
        "key_hash": asked.key_hash,
        "request_hash": asked.request_hash,
        "user_id": asked.user_id,
        "status": response.status_code,
        "content_type": response.content_type or "",
        "headers": {
            name: response.headers[name] for name in KEPT_HEADERS if name in response.headers
        },
        "sealed_body": security.seal(body, asked.key, asked.scope),
        "created_at": clock.now(),
    }
    insert = sqlite.insert if is_sqlite() else postgresql.insert
    # Of two at once, which only a view with steps of its own lets through, the first is kept.
    db.session.execute(insert(IdempotentAnswer).values(values).on_conflict_do_nothing())


def applies() -> bool:
    """Whether the present request is one that an Idempotency-Key makes safe to repeat."""
    if request.method != "POST" or not request.path.startswith("/api/"):
        return False
    view = current_app.view_functions.get(request.endpoint or "")
    return is_idempotent(view)


def is_idempotent(view: Any) -> bool:
    """Whether a view takes the header: every one that knows its asker, unless it says otherwise."""
    said = getattr(getattr(view, "description", None), "idempotent", None)
    return getattr(view, "auth_decision", "public") != "public" if said is None else bool(said)


def forget_user(user_id: int) -> None:
    """Delete the answers that a person got."""
    db.session.execute(delete(IdempotentAnswer).where(IdempotentAnswer.user_id == user_id))


def prune() -> int:
    """Delete answers older than a week; return how many."""
    return delete_in_steps(IdempotentAnswer, IdempotentAnswer.created_at < clock.now() - KEEP)
