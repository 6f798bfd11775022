"""Queries of mails to members."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select, update

from app.core.db import db
from app.core.outbox import OutboxRow
from app.notifications.models import MailPreference, MailRow
from app.notifications.queries.webhooks import insert


def insert_mail(values: dict[str, Any]) -> int | None:
    """Write a mail; None when one with its key is there already."""
    statement = insert()(MailRow).values(values).on_conflict_do_nothing().returning(MailRow.id)
    found: int | None = db.session.execute(statement).scalar_one_or_none()
    return found


def lock_mail(mail_id: int) -> MailRow | None:
    """Return a mail as it is now, locked until the transaction ends."""
    return db.session.get(MailRow, mail_id, populate_existing=True, with_for_update=True)


def lock_waiting(start: str) -> list[MailRow]:
    """Return the mails whose keys begin so and that have not gone out, locked."""
    query = (
        select(MailRow)
        .where(MailRow.state == "pending", MailRow.key.startswith(start, autoescape=True))
        .order_by(MailRow.id)
        .with_for_update()
    )
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def is_wanted(user_id: int, topic: str) -> bool:
    """Whether a member wants the mails of a topic, as it is now."""
    row = db.session.get(MailPreference, (user_id, topic), populate_existing=True)
    return row is None or row.is_wanted


def count_claimed(user_id: int, topics: Sequence[str], since: datetime, but: int) -> int:
    """Count a member's mails of some topics that went out since a time, or are on their way."""
    query = select(func.count()).where(
        MailRow.user_id == user_id,
        MailRow.claimed_at >= since,
        MailRow.topic.in_(topics),
        MailRow.state.in_(("pending", "sent")),
        MailRow.id != but,
    )
    return db.session.scalar(query) or 0


def unwanted(user_id: int) -> set[str]:
    """Return the topics whose mails a member has ended."""
    query = select(MailPreference.topic).where(
        MailPreference.user_id == user_id, ~MailPreference.is_wanted
    )
    return set(db.session.scalars(query))


def unwanting(topic: str, user_ids: Collection[int]) -> set[int]:
    """Return those of some members who have ended the mails of a topic."""
    query = select(MailPreference.user_id).where(
        MailPreference.topic == topic,
        MailPreference.user_id.in_(user_ids),
        ~MailPreference.is_wanted,
    )
    return set(db.session.scalars(query))


def set_wanted(user_id: int, topic: str, *, is_wanted: bool, now: datetime) -> None:
    """Keep whether a member wants the mails of a topic."""
    values = {"is_wanted": is_wanted, "changed_at": now}
    statement = insert()(MailPreference).values(user_id=user_id, topic=topic, **values)
    db.session.execute(
        statement.on_conflict_do_update(index_elements=["user_id", "topic"], set_=values)
    )


def note_unsubscribed(mail_id: int, user_id: int, now: datetime) -> bool:
    """Keep that a mail's link ended mails like it; whether it is the first time."""
    changed = db.session.execute(
        update(MailRow)
        .where(MailRow.id == mail_id, MailRow.user_id == user_id, MailRow.unsubscribed_at.is_(None))
        .values(unsubscribed_at=now)
        .returning(MailRow.id)
    )
    return changed.first() is not None


# --- for the operator ---


def list_mails(user_id: int | None, state: str | None, limit: int) -> list[MailRow]:
    """Return mails to members, the newest first."""
    query = select(MailRow).order_by(MailRow.id.desc()).limit(limit)
    if user_id is not None:
        query = query.where(MailRow.user_id == user_id)
    if state is not None:
        query = query.where(MailRow.state == state)
    return list(db.session.scalars(query))


def lock_dead(since: datetime) -> list[MailRow]:
    """Return the mails that were given up since a time, locked."""
    query = (
        select(MailRow)
        .where(MailRow.state == "dead", MailRow.ended_at >= since)
        .order_by(MailRow.id)
        .with_for_update()
    )
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def at_work(job: str) -> set[int]:
    """Return the mails for which a job waits or runs."""
    query = select(OutboxRow.payload).where(
        OutboxRow.name == job, OutboxRow.state.in_(("pending", "running"))
    )
    return {payload["mail_id"] for payload in db.session.scalars(query)}


# --- what must always hold ---


def waiting_since(before: datetime, *, is_locked: bool = False) -> list[MailRow]:
    """Return what was asked for before a time and waits still, the oldest first."""
    query = (
        select(MailRow)
        .where(MailRow.state == "pending", MailRow.created_at < before)
        .order_by(MailRow.id)
    )
    if is_locked:
        query = query.with_for_update()
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def odd() -> Sequence[int]:
    """Return mails whose state and times do not fit together."""
    waits = MailRow.state == "pending"
    query = select(MailRow.id).where(
        or_(
            and_(waits, MailRow.ended_at.is_not(None)),
            and_(~waits, MailRow.ended_at.is_(None)),
            and_(MailRow.state == "sent", MailRow.sent_at.is_(None)),
            and_(MailRow.state != "sent", MailRow.sent_at.is_not(None)),
            and_(MailRow.state == "skipped", MailRow.reason.is_(None)),
        )
    )
    return db.session.scalars(query.order_by(MailRow.id)).all()


def sent_unwanted(topics: Sequence[str]) -> Sequence[int]:
    """Return mails of some topics that were taken up after their member had ended them."""
    query = (
        select(MailRow.id)
        .join(
            MailPreference,
            and_(MailPreference.user_id == MailRow.user_id, MailPreference.topic == MailRow.topic),
        )
        .where(
            MailRow.topic.in_(topics),
            ~MailPreference.is_wanted,
            MailRow.claimed_at > MailPreference.changed_at,
        )
    )
    return db.session.scalars(query.order_by(MailRow.id)).all()
