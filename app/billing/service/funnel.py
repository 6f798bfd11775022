"""Sums of the funnel: who came on a day, and how far they got. Kept with what they count."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.dialects import postgresql, sqlite

from app.billing.models import ConversionEvent, FunnelDay
from app.core import invariants
from app.core.db import db, is_sqlite
from app.core.invariants import Ask, Invariant, Part

KEYS = ("day", "source", "site_id", "stage")
FREE = "free"


def count_sign_up(happened_at: datetime, source: str | None, site_id: str | None) -> None:
    """Count somebody who came."""
    _add(happened_at.date(), source, site_id, FREE)


def count_stage(came: ConversionEvent, stage: str) -> None:
    """Count that somebody who came got as far as a plan."""
    _add(came.happened_at.date(), came.source, came.site_id, stage)


def _add(day: date, source: str | None, site_id: str | None, stage: str) -> None:
    make: Any = sqlite.insert if is_sqlite() else postgresql.insert
    values = {"day": day, "source": source or "", "site_id": site_id or "", "stage": stage}
    new = make(FunnelDay).values(values | {"members": 1})
    added = {"members": FunnelDay.members + new.excluded.members}
    db.session.execute(new.on_conflict_do_update(index_elements=list(KEYS), set_=added))


def recount_sign_ups() -> None:
    """Count everybody who came anew; the stages are counted with the histories of plans."""
    columns = ConversionEvent.happened_at, ConversionEvent.source, ConversionEvent.site_id
    rows = db.session.execute(select(*columns).where(ConversionEvent.kind == "sign_up"))
    counts = Counter((at.date(), source or "", site_id or "", FREE) for at, source, site_id in rows)
    if counts:
        values = [dict(zip(KEYS, key, strict=True)) | {"members": n} for key, n in counts.items()]
        db.session.execute(insert(FunnelDay), values)


# The stage of a member is the highest plan that was paid for, and all below it.
_DIFFER = """
WITH came AS (
  SELECT {day} AS day, COALESCE(source, '') AS source, COALESCE(site_id, '') AS site_id,
    (SELECT MAX(CASE tier WHEN 'premium' THEN 3 WHEN 'mid' THEN 2 ELSE 1 END)
     FROM first_plans WHERE first_plans.user_id = conversion_events.user_id) AS rank
  FROM conversion_events WHERE kind = 'sign_up'
), stages (stage, rank) AS (
  SELECT 'free', 0 UNION ALL SELECT 'low', 1 UNION ALL SELECT 'mid', 2 UNION ALL SELECT 'premium', 3
), counted AS (
  SELECT day, source, site_id, stage, COUNT(*) AS members FROM came
  JOIN stages ON stages.rank <= COALESCE(came.rank, 0) GROUP BY day, source, site_id, stage
)
SELECT COALESCE(k.day, c.day), COALESCE(k.stage, c.stage) FROM funnel_days k
FULL OUTER JOIN counted c ON c.day = k.day AND c.source = k.source
  AND c.site_id = k.site_id AND c.stage = k.stage
WHERE COALESCE(k.members, 0) <> COALESCE(c.members, 0) ORDER BY 1, 2 LIMIT 20
"""
_ON_SQLITE = _DIFFER.replace("{day}", "date(happened_at)")
_ON_POSTGRES = _DIFFER.replace("{day}", "date(happened_at AT TIME ZONE 'UTC')")


def register_invariants() -> None:
    """Let the sums be compared with what they count."""
    invariants.register_invariants((
        Invariant("billing.funnel_sums", "a day's sums of the funnel are those of its members",
                  find_wrong_sums),
    ))  # fmt: skip


def find_wrong_sums(_ask: Ask) -> Part:
    """Find days whose sums of the funnel are wrong."""
    differ = _ON_SQLITE if is_sqlite() else _ON_POSTGRES
    rows = db.session.execute(text(differ))
    return invariants.whole(f"the funnel of {day}, {stage} is counted wrong" for day, stage in rows)
