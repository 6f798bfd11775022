"""The invariants of the core: the outbox and its queues, the database, no secret in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from flask import current_app
from redis.exceptions import RedisError
from sqlalchemy import ColumnElement, Text, and_, cast, func, literal, or_, select

from app.core import clock, hold, outbox, vault
from app.core.db import db
from app.core.invariants import Ask, Invariant, Part, UncheckedError, register_invariants, whole
from app.core.logbook import JOB_FAILED, LogEntry
from app.core.outbox import OutboxRow

SWEPT = timedelta(seconds=90)
"""By then the clock has published what was due and not taken up."""
OVERDUE = timedelta(minutes=15)
REMEMBERED = timedelta(days=7)
"""Lines of the log are pruned later than this."""
STATES = ("pending", "running", "done", "dead")
SHOWN = 20
ROWS_AT_ONCE = 5000
JOB_ID = re.compile(r"outbox-(\d+)-(\d+)")

SECRETS = (
    re.compile(r"trp_(?:live|test)_[\w-]{4,}\.[\w-]{20,}"),
    re.compile(r"eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}"),
    re.compile(r"whsec_[\w+/=-]{20,}"),
    re.compile(r"\$(?:argon2\w*|2[aby])\$"),
    re.compile(r"#connect=[\w-]{16,}"),
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    re.compile(r"(?i)\bbearer\s+(?!\[)[\w.~+/-]{16,}"),
)


def register() -> None:
    """Let the core's invariants be looked at."""
    register_invariants((
        Invariant("outbox.rows", "every job is done, waits its turn, or was given up and told",
                  find_stuck_jobs),
        Invariant("outbox.queues", "every job in Redis has its row in the outbox",
                  find_stray_jobs),
        Invariant("outbox.keys", "a business key is done at most once", find_double_keys),
        Invariant("core.secrets", "every stored secret can be read with the encryption key",
                  find_unreadable_secrets),
        Invariant("core.texts", "no secret is in the log or in a job", find_told_secrets),
    ))  # fmt: skip


# --- The outbox ---


def find_stuck_jobs(_ask: Ask) -> Part:
    """Find jobs that nobody will do, that wait too long, or that were given up in silence."""
    return whole((*_find_unswept(), *_find_wrong_ends(), *_find_untold_dead()))


def _find_unswept() -> Iterator[str]:
    now = clock.now()
    row = OutboxRow
    held = hold.held_jobs()
    late = row.available_at <= now - SWEPT
    not_out = or_(row.published_at.is_(None), row.published_at <= now - SWEPT)
    is_at_work = and_(row.state == "running", row.locked_until > now)
    waits = and_(row.state.in_(("pending", "running")), ~is_at_work, row.name.not_in(held))
    unswept = and_(waits, late, not_out)
    overdue = and_(waits, row.available_at <= now - OVERDUE)
    for each in _rows(unswept):
        yield f"job {each.id} ({each.name}) is due and was not published within its lease"
    for each in _rows(and_(overdue, ~unswept)):
        yield f"job {each.id} ({each.name}) has been due for more than 15 minutes"


def _find_wrong_ends() -> Iterator[str]:
    row = OutboxRow
    for each in _rows(row.state.not_in(STATES)):
        yield f"job {each.id} ({each.name}) is in an unknown state"
    for each in _rows(and_(row.state == "done", row.done_at.is_(None))):
        yield f"job {each.id} ({each.name}) is done and does not say when"
    for each in _rows(and_(row.state != "done", row.done_at.is_not(None))):
        yield f"job {each.id} ({each.name}) has an end and is not done"
    for each in _rows(and_(row.state == "running", row.locked_until.is_(None))):
        yield f"job {each.id} ({each.name}) is at work without a lease"


def _find_untold_dead() -> Iterator[str]:
    told = (
        select(LogEntry.id)
        .where(
            LogEntry.event == JOB_FAILED,
            LogEntry.request_id == literal("job-") + cast(OutboxRow.id, Text),
        )
        .exists()
    )
    recent = OutboxRow.available_at > clock.now() - REMEMBERED
    for each in _rows(and_(OutboxRow.state == "dead", recent, ~told)):
        yield f"job {each.id} ({each.name}) was given up and no line of the log says so"


def _rows(condition: ColumnElement[bool]) -> list[Any]:
    query = select(OutboxRow.id, OutboxRow.name).where(condition).order_by(OutboxRow.id)
    return list(db.session.execute(query.limit(SHOWN)))


def find_stray_jobs(_ask: Ask) -> Part:
    """Find jobs in the queues and registries of RQ that no row of the outbox explains."""
    try:
        found = {job_id: place for place, job_id in _jobs_in_redis()}
    except RedisError as error:
        message = f"Redis does not answer ({type(error).__name__})"
        raise UncheckedError(message) from error
    wanted = {job_id: match for job_id in found if (match := JOB_ID.fullmatch(job_id))}
    ids = sorted({int(match[1]) for match in wanted.values()})
    known: dict[int, int] = {}
    for start in range(0, len(ids), ROWS_AT_ONCE):
        part = OutboxRow.id.in_(ids[start : start + ROWS_AT_ONCE])
        rows = db.session.execute(select(OutboxRow.id, OutboxRow.publications).where(part))
        known.update({row.id: row.publications for row in rows})
    return whole(
        f"{job_id!r} is {place} and the outbox does not know it"
        for job_id, place in sorted(found.items())
        if job_id not in wanted or int(wanted[job_id][2]) > known.get(int(wanted[job_id][1]), -1)
    )


def _jobs_in_redis() -> Iterator[tuple[str, str]]:
    # Here, because the library brings its workers along.
    from rq import Queue
    from rq.serializers import JSONSerializer

    for name in outbox.QUEUES:
        queue = Queue(name, connection=outbox.redis(), serializer=JSONSerializer)
        places = {
            "queued": queue.job_ids,
            "started": queue.started_job_registry.get_job_ids(cleanup=False),
            "failed": queue.failed_job_registry.get_job_ids(cleanup=False),
        }
        for place, ids in places.items():
            for job_id in ids:
                yield f"{place} in {name}", job_id


def find_double_keys(_ask: Ask) -> Part:
    """Find keys of jobs that stand in the outbox more than once."""
    key = OutboxRow.key
    query = select(key, func.count()).group_by(key).having(func.count() > 1).limit(SHOWN)
    return whole(
        f"{found} stands in the outbox {count} times" for found, count in db.session.execute(query)
    )


# --- Secrets ---


def find_unreadable_secrets(_ask: Ask) -> Part:
    """Decrypt every stored secret."""
    try:
        return whole(vault.find_unreadable())
    except vault.WrongKeyError as error:
        return whole([error.message])


def find_told_secrets(ask: Ask) -> Part:
    """Find what looks like a secret, or is one of ours, in the log and in the jobs."""
    columns: tuple[tuple[Any, Any], ...] = (
        (LogEntry, LogEntry.detail),
        (OutboxRow, cast(OutboxRow.payload, Text)),
        (OutboxRow, OutboxRow.error),
    )
    found: list[tuple[int, str, str]] = []
    ends: list[int] = []
    for model, column in columns:
        query = select(model.id, column).where(model.id > ask.after)
        rows = db.session.execute(query.order_by(model.id).limit(ROWS_AT_ONCE)).all()
        found += [(row_id, model.__tablename__, str(value or "")) for row_id, value in rows]
        if len(rows) == ROWS_AT_ONCE:
            ends.append(rows[-1][0])
    end = min(ends, default=None)
    return Part(
        [
            f"{table} {row_id} holds what looks like a secret"
            for row_id, table, value in found
            if (end is None or row_id <= end) and holds_secret(value)
        ],
        end,
    )


def holds_secret(value: str) -> bool:
    """Whether a text holds a key, a token, a hash of a password, or a secret of this service."""
    own = (str(current_app.config[name]) for name in ("SECRET_KEY", "ENCRYPTION_KEY"))
    return any(secret in value for secret in own) or any(
        pattern.search(value) for pattern in SECRETS
    )
