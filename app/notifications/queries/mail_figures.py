"""Queries of what became of mails to members."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import func, select

from app.core.db import db
from app.notifications.models import MailClicks, MailRow
from app.notifications.queries.webhooks import insert

ENDS = ("sent", "refused", "skipped", "dead")


def count_states(since: datetime, until: datetime) -> dict[str, dict[str, int]]:
    """Count the mails that were asked for in a time, by topic and state."""
    query = (
        select(MailRow.topic, MailRow.state, func.count())
        .where(MailRow.created_at >= since, MailRow.created_at < until)
        .group_by(MailRow.topic, MailRow.state)
    )
    found: dict[str, dict[str, int]] = {}
    for topic, state, number in db.session.execute(query):
        found.setdefault(topic, {})[state] = number
    return found


def count_unsubscribed(since: datetime, until: datetime) -> dict[str, int]:
    """Count the mails of a time by which mails like them were ended, by topic."""
    query = (
        select(MailRow.topic, func.count())
        .where(
            MailRow.created_at >= since,
            MailRow.created_at < until,
            MailRow.unsubscribed_at.is_not(None),
        )
        .group_by(MailRow.topic)
    )
    return {topic: int(number) for topic, number in db.session.execute(query)}


def count_clicks(since: date, until: date) -> dict[str, int]:
    """Add up the clicks of some days, by topic."""
    query = (
        select(MailClicks.topic, func.sum(MailClicks.count))
        .where(MailClicks.day >= since, MailClicks.day < until)
        .group_by(MailClicks.topic)
    )
    return {topic: int(number) for topic, number in db.session.execute(query)}


def add_click(topic: str, day: date) -> None:
    """Add one to the clicks of a topic on a day."""
    statement = insert()(MailClicks).values(topic=topic, day=day, count=1)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["topic", "day"], set_={"count": MailClicks.count + 1}
        )
    )
