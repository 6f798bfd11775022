"""The log that a site's administrators read: what failed, with its request id and never a secret.

It is kept beside the request's own transaction, and a log that cannot be written breaks nothing.
"""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Literal

import structlog
from sqlalchemy import Index, String, delete, func, insert, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core import redact as redact_rules
from app.core.db import BUSY_SECONDS, db, is_sqlite, transaction
from app.core.types import BigId, UtcDateTime

log = structlog.get_logger()

Level = Literal["error", "warning"]
JOB_FAILED = "job_failed"
INVARIANT_BROKEN = "invariant_broken"
OF_SERVICE = (JOB_FAILED, INVARIANT_BROKEN)
"""What concerns the whole service: every site's administrators read that and when it happened."""
KEEP = timedelta(days=30)
MOST_PER_SITE = 10_000
MOST_PER_MINUTE = 60
MOST_DETAIL = 500
PATIENCE_MS = 250
"""How long an answer may wait for its line in the log while others write."""
# What a member's page does by itself when it meets somebody new; nothing went wrong.
USUAL = {"user_unknown"}
REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
TELLING = {
    HTTPStatus.CONFLICT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.TOO_MANY_REQUESTS,
}

_HIDDEN = (
    *redact_rules.KNOWN,
    # Whatever else looks like chance: long, without a space, of mixed kinds of letters.
    (
        re.compile(r"(?<![\w/-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])(?=[\w-]*\d)[\w-]{20,}"),
        "[hidden]",
    ),
    (re.compile(r"(?<![\w/-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{24,}"), "[hidden]"),
    (re.compile(r"(?<![\w/-])(?=\w*[a-z]\w*[A-Z]\w*[a-z])[\w-]{32,}"), "[hidden]"),
)


class LogEntry(db.Model):
    """One thing that went wrong, as far as a reader outside the service may know it."""

    __tablename__ = "log_entries"
    __table_args__ = (
        Index("ix_log_entries_site_id_id", "site_id", "id"),
        Index("ix_log_entries_at", "at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    level: Mapped[str] = mapped_column(String(10))
    event: Mapped[str] = mapped_column(String(60))
    """The code of the error, such as bad_token, or job_failed."""
    request_id: Mapped[str] = mapped_column(String(64))
    site_id: Mapped[str | None] = mapped_column(String(40))
    """Not a foreign key: the log knows a site before the request is believed."""
    user_id: Mapped[int | None]
    method: Mapped[str] = mapped_column(String(10))
    route: Mapped[str] = mapped_column(String(200))
    """The rule of the address, never the address itself; of a job its name."""
    status: Mapped[int]
    detail: Mapped[str] = mapped_column(String(MOST_DETAIL))


@dataclass(frozen=True)
class Line:
    """What is to be kept; `detail` is redacted on the way in."""

    level: Level
    event: str
    request_id: str
    route: str
    status: int = 0
    method: str = ""
    site_id: str | None = None
    user_id: int | None = None
    detail: str = ""


@dataclass(frozen=True)
class Filter:
    """Which entries of a site."""

    site_id: str
    level: Level | None = None
    since: datetime | None = None
    until: datetime | None = None
    before_id: int | None = None
    user_id: int | None = None


def redact(text: str) -> str:
    """Return `text` without what looks like a secret or an e-mail address, 500 characters at most."""
    for pattern, stand_in in _HIDDEN:
        text = pattern.sub(stand_in, text)
    return text[:MOST_DETAIL]


def level_of(status: int, code: str, site_id: str | None) -> Level | None:
    """Return the level at which an answer belongs into the log; None when it does not."""
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "error"
    if site_id is None or code in USUAL:
        return None
    return "warning" if status in REFUSED | TELLING else None


_written: dict[str | None, tuple[int, int]] = {}


def _has_room(site_id: str | None, now: datetime) -> bool:
    """Whether this process may write one more line for a site in this minute."""
    minute = int(now.timestamp()) // 60
    known, count = _written.get(site_id, (minute, 0))
    count = count + 1 if known == minute else 1
    _written[site_id] = (minute, count)
    return count <= MOST_PER_MINUTE


def write(line: Line) -> None:
    """Keep a line at once, in a transaction of its own; a failure to do so is only said."""
    if not _has_room(line.site_id, clock.now()):
        return
    values = _values(line)
    try:
        with db.engine.begin() as connection:
            if is_sqlite():
                connection.exec_driver_sql(f"PRAGMA busy_timeout={PATIENCE_MS}")
            try:
                connection.execute(insert(LogEntry).values(values))
            finally:
                if is_sqlite():
                    connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    except (SQLAlchemyError, sqlite3.Error) as error:
        log.warning("logbook_not_written", event_name=line.event, error=type(error).__name__)


def add(line: Line) -> None:
    """Keep a line in the present transaction: it stands exactly when what it tells does."""
    db.session.execute(insert(LogEntry).values(_values(line)))


def _values(line: Line) -> dict[str, object]:
    return {
        "at": clock.now(),
        "level": line.level,
        "event": line.event[:60],
        "request_id": line.request_id[:64],
        "site_id": line.site_id,
        "user_id": line.user_id,
        "method": line.method[:10],
        "route": line.route[:200],
        "status": line.status,
        "detail": redact(line.detail),
    }


def list_entries(wanted: Filter, limit: int) -> list[LogEntry]:
    """Return a site's own entries and those of the whole service, the newest first."""
    statement = select(LogEntry).where(
        or_(
            LogEntry.site_id == wanted.site_id,
            # They belong to no site. Their name and time are told, and never on whose data.
            (LogEntry.site_id.is_(None)) & LogEntry.event.in_(OF_SERVICE),
        )
        if wanted.user_id is None
        else (LogEntry.site_id == wanted.site_id) & (LogEntry.user_id == wanted.user_id)
    )
    if wanted.level:
        statement = statement.where(LogEntry.level == wanted.level)
    if wanted.since:
        statement = statement.where(LogEntry.at >= wanted.since)
    if wanted.until:
        statement = statement.where(LogEntry.at < wanted.until)
    if wanted.before_id:
        statement = statement.where(LogEntry.id < wanted.before_id)
    return list(db.session.scalars(statement.order_by(LogEntry.id.desc()).limit(limit)))


def count_errors(site_id: str, since: datetime) -> int:
    """Return how many of a site's requests the service failed to answer."""
    return (
        db.session.scalar(
            select(func.count()).where(
                LogEntry.site_id == site_id, LogEntry.level == "error", LogEntry.at >= since
            )
        )
        or 0
    )


def forget_user(user_id: int, site_id: str | None = None) -> int:
    """Take a person out of the log, or out of one site's; return how many lines named them."""
    table = LogEntry.__table__
    named = table.update().where(table.c.user_id == user_id).values(user_id=None, detail="")
    if site_id is not None:
        named = named.where(table.c.site_id == site_id)
    found = db.session.execute(named)
    return int(getattr(found, "rowcount", 0))


def prune() -> None:
    """Forget what is older than thirty days, and all but the newest 10,000 lines of each site."""
    with transaction():
        db.session.execute(delete(LogEntry).where(LogEntry.at < clock.now() - KEEP))
        crowded = db.session.execute(
            select(LogEntry.site_id).group_by(LogEntry.site_id).having(func.count() > MOST_PER_SITE)
        ).scalars()
        for site_id in crowded.all():
            _keep_newest(site_id)


def _keep_newest(site_id: str | None) -> None:
    own = LogEntry.site_id.is_(None) if site_id is None else LogEntry.site_id == site_id
    oldest = (
        select(LogEntry.id)
        .where(own)
        .order_by(LogEntry.id.desc())
        .offset(MOST_PER_SITE - 1)
        .limit(1)
        .scalar_subquery()
    )
    db.session.execute(
        delete(LogEntry)
        .where(own, LogEntry.id < oldest)
        .execution_options(synchronize_session=False)
    )
