"""The send log of mails to members: what must hold of it, what is dropped, how long it is kept."""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import datetime, timedelta

from app.core import clock, hold, invariants, metrics, outbox
from app.core.db import delete_in_steps, transaction
from app.core.invariants import Ask, Invariant, Part
from app.notifications.models import MailRow
from app.notifications.queries import mails as queries
from app.notifications.service.topics import TOPICS

JOB = "notifications.send_member_mail"
KEEP = timedelta(days=400)
"""So long the send log is kept: a year back can be compared, and no key comes again later."""
LATE = timedelta(days=3)
"""Tries end after 31 hours; what waits for longer waits for a job that was given up."""


def register() -> None:
    """Let `flask invariants` look at mails to members."""
    invariants.register_invariants([
        Invariant("mails.ends", "every mail to a member waits, or has ended and says so", find_odd),
        Invariant("mails.sent", "no mail to a member is left lying", find_late),
        Invariant("mails.unwanted", "no mail went out after its member had ended it", find_unwanted),
    ])  # fmt: skip


def find_odd(_ask: Ask) -> Part:
    """Find mails whose state and times do not fit together."""
    return invariants.whole(f"mail {one} has a state that does not fit" for one in queries.odd())


def find_late(_ask: Ask) -> Part:
    """Find what waits in vain; while the installation is held all of it waits rightly."""
    if hold.is_held():
        return Part()
    late = queries.waiting_since(clock.now() - 2 * LATE)
    at_work = queries.at_work(JOB) if late else set()
    return invariants.whole(
        f"mail {one.id} has waited for long" for one in late if one.id not in at_work
    )


def find_unwanted(_ask: Ask) -> Part:
    """Find mails that were taken up after their member had ended such mails."""
    campaigns = [name for name, topic in TOPICS.items() if topic.is_campaign]
    found = queries.sent_unwanted(campaigns)
    return invariants.whole(f"mail {one} went out although it was ended" for one in found)


def waiting() -> Iterable[hold.Waiting]:
    """Return nothing: what waits are jobs, which the outbox lists."""
    return ()


def drop_waiting(before: datetime) -> int:
    """Give up what was asked for before a time, as the outbox gives up its jobs."""
    return _give_up(before, "held")


def resend_dead(since: datetime) -> int:
    """Let mails go out again that were given up since a time, in the present transaction.

    What has lost its meaning meanwhile is left out when it is sent. Returns how many.
    """
    rows = queries.lock_dead(since)
    for row in rows:
        died_at = int(row.ended_at.timestamp()) if row.ended_at else 0
        row.state, row.reason, row.ended_at, row.attempts = "pending", None, None, 0
        metrics.count("member_mails", row.topic, "again")
        outbox.enqueue(JOB, {"mail_id": row.id}, key=f"{JOB}:{row.id}:after:{died_at}")
    return len(rows)


def settle_mails() -> None:
    """End what waits for a job that was given up, and forget what is old."""
    if not hold.is_held():
        with transaction():
            # One that the operator sends again is old and has a job all the same.
            at_work = queries.at_work(JOB)
            _give_up(clock.now() - LATE, "unsent", at_work)
    delete_in_steps(MailRow, MailRow.created_at < clock.now() - KEEP)


def _give_up(before: datetime, reason: str, at_work: Container[int] = ()) -> int:
    rows = queries.waiting_since(before, is_locked=True)
    lost = [row for row in rows if row.id not in at_work]
    for row in lost:
        row.state, row.reason, row.ended_at = "dead", reason, clock.now()
        metrics.count("member_mails", row.topic, "dead")
    return len(lost)
