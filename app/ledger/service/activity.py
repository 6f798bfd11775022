"""How busy accounts are: fills per day, without saying anything about a single one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from app.core.db import db
from app.ledger.models import LedgerEvent, TradingAccount

NEW_YORK = ZoneInfo("America/New_York")
# SQLite takes so many values in one statement, and more than that.
CHUNK = 5_000
HOUR = len("2026-11-21T11")


def fills_by_day(user_ids: Sequence[int], first: date, last: date) -> dict[date, int]:
    """Return how many fills the users' accounts had on each day in New York, `last` included."""
    begin, end = _instant(first), _instant(last + timedelta(days=1))
    # Whole hours, because New York is a whole number of hours away from UTC all year.
    hour = func.substr(LedgerEvent.occurred_at, 1, HOUR)
    hours: Counter[str] = Counter()
    for at in range(0, len(user_ids), CHUNK):
        rows = db.session.execute(
            select(hour, func.count())
            .join(TradingAccount, TradingAccount.id == LedgerEvent.account_id)
            .where(
                TradingAccount.user_id.in_(user_ids[at : at + CHUNK]),
                LedgerEvent.kind == "fill",
                LedgerEvent.occurred_at >= begin,
                LedgerEvent.occurred_at < end,
            )
            .group_by(hour)
        )
        hours.update({str(row[0]): int(row[1]) for row in rows})
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    found = dict.fromkeys(days, 0)
    for text, count in hours.items():
        found[_day(text)] += count
    return found


def _instant(day: date) -> str:
    begins = datetime.combine(day, time(), NEW_YORK).astimezone(UTC)
    return begins.strftime("%Y-%m-%dT%H:%M:%S.000000Z")


def _day(hour: str) -> date:
    return datetime.fromisoformat(f"{hour}:00:00+00:00").astimezone(NEW_YORK).date()
