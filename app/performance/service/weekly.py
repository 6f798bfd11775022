"""The mail about a member's own week: composed for many at a time, told to each once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from app.core import clock, outbox
from app.core.db import transaction
from app.core.formatters import NEW_YORK
from app.notifications import service as notifications
from app.performance.queries import weekly as queries
from app.quant.stats import wilson_interval

TOPIC = "weekly_performance"
BATCH = 200
MOST_BOOKS = 20


def last_week(today: date) -> tuple[date, date]:
    """Return the first and last day of the newest week that is over."""
    first = today - timedelta(days=today.weekday() + 7)
    return first, first + timedelta(days=6)


def tell_week() -> int:
    """Ask for the mails about the newest week that is over; return how many are new.

    In batches with transactions of their own: cut anywhere and done again, each member is told once.
    """
    first, last = last_week(clock.now().astimezone(NEW_YORK).date())
    after, told = 0, 0
    while True:
        with transaction():
            outbox.renew_lease()
            members = queries.active_members(first, after, BATCH)
            told += _tell(members, first, last)
        if len(members) < BATCH:
            return told
        after = members[-1]


def _tell(members: Sequence[int], first: date, last: date) -> int:
    wanting = sorted(notifications.wanting(TOPIC, members))
    if not wanting:
        return 0
    simulated = queries.simulated(wanting)
    year, number, _ = first.isocalendar()
    told = 0
    for user_id, books in groupby(queries.books(wanting, first, last), lambda book: book.user_id):
        shown = [_facts(book, (user_id, book.kind) in simulated) for book in books]
        facts = {"first": first, "last": last, "books": shown[:MOST_BOOKS]}
        key = f"{TOPIC}:{user_id}:{year}-W{number:02}"
        told += notifications.tell(user_id, TOPIC, key=key, facts=facts)
    return told


def _facts(book: queries.Book, is_simulated: bool) -> dict[str, Any]:  # noqa: FBT001 - a column
    low, high = wilson_interval(book.wins, book.trades) or (0.0, 1.0)
    return {
        "kind": book.kind,
        "currency": book.currency,
        "trades": book.trades,
        "wins": book.wins,
        "net": book.net,
        "fees": book.fees,
        "win_low": low,
        "win_high": high,
        "is_simulated": is_simulated,
    }
