"""The audit log: who changed rights, secrets or persons, in one hash chain."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import orjson
from flask import g, has_request_context
from sqlalchemy import select

from app.accounts.models import AuditEntry, AuditHead
from app.core import auth, clock
from app.core.db import db, in_transaction

GENESIS = "0" * 64
COLUMNS = (
    "seq", "at", "action", "actor", "user_id", "site_id", "subject", "detail", "request_id",
    "prev_hash",
)  # fmt: skip
PAGE = 1000


def audit(
    action: str,
    *,
    user_id: int | None = None,
    site_id: str | None = None,
    subject: str = "",
    actor: str | None = None,
    **detail: Any,
) -> None:
    """Append a line in the present transaction, so that it stands exactly when the change does.

    `action` is "area.past_tense"; `user_id` whom it is about; `actor` is found from the request
    when left out. `detail` holds facts that may be kept for ever: never a secret, an address or a
    name.
    """
    if not in_transaction():
        message = "audit needs an open transaction()"
        raise RuntimeError(message)
    head = db.session.get(AuditHead, 1, populate_existing=True, with_for_update=True)
    if head is None:
        message = "the audit log has no head: run flask db-upgrade"
        raise RuntimeError(message)
    entry = AuditEntry(
        seq=head.seq + 1,
        at=clock.now().isoformat(timespec="microseconds"),
        action=action,
        actor=actor or _asker(),
        user_id=user_id,
        site_id=site_id or (auth.principal().site_id if has_request_context() else None),
        subject=subject[:120],
        detail=orjson.dumps(detail, option=orjson.OPT_SORT_KEYS).decode(),
        request_id=str(g.get("request_id", "")) if has_request_context() else "",
        prev_hash=head.hash,
    )
    entry.hash = _hash(entry)
    head.seq, head.hash = entry.seq, entry.hash
    db.session.add(entry)
    db.session.flush()


def _asker() -> str:
    if not has_request_context():
        return "operator"
    asker = auth.principal()
    if asker.user_id is not None:
        return f"user:{asker.user_id}"
    return f"site:{asker.site_id}" if asker.site_id else "nobody"


def _hash(entry: AuditEntry) -> str:
    document = {name: getattr(entry, name) for name in COLUMNS}
    return hashlib.sha256(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()


def list_audit(
    *,
    user_id: int | None = None,
    site_id: str | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[AuditEntry]:
    """Return lines about a user, of a site, or all; the newest first."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    if user_id is not None:
        query = query.where(AuditEntry.user_id == user_id)
    if site_id is not None:
        query = query.where(AuditEntry.site_id == site_id)
    if before_id is not None:
        query = query.where(AuditEntry.id < before_id)
    return list(db.session.scalars(query))


def verify_audit() -> tuple[int, str | None]:
    """Walk the chain; return how many lines hold, and what is wrong with the next one, if any."""
    seq, head = 0, GENESIS
    for entry in _entries():
        if entry.seq != seq + 1:
            return seq, f"line {seq + 1} is missing (the next one has number {entry.seq})"
        if entry.prev_hash != head or _hash(entry) != entry.hash:
            return seq, f"line {entry.seq} was changed, swapped or inserted: the hash differs"
        seq, head = entry.seq, entry.hash
    end = db.session.get(AuditHead, 1, populate_existing=True)
    if end is None or (end.seq, end.hash) != (seq, head):
        return seq, f"the last lines are missing: the log should end with {end and end.seq}"
    return seq, None


def _entries() -> Iterator[AuditEntry]:
    after = 0
    while True:
        query = select(AuditEntry).where(AuditEntry.seq > after).order_by(AuditEntry.seq)
        rows = list(db.session.scalars(query.limit(PAGE)))
        yield from rows
        if len(rows) < PAGE:
            return
        after = rows[-1].seq
        db.session.expunge_all()
