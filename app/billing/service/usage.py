"""What members use of what their plans count: up to the limit, each use once, never charged.

Nothing here costs anything: beyond a limit a use is refused, and that is all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from app.billing.errors import EntitlementError
from app.billing.events import UsageAlarm, UsageReached
from app.billing.models import UsageCount, UsageRef
from app.billing.rules import usage as rules
from app.billing.schemas import Feature
from app.billing.service import alarms, letters
from app.billing.service.conversions import note_conversion
from app.billing.service.entitlements import limit, needed, next_plan, plan_on
from app.billing.service.plans import feature_name, features
from app.core import clock, events
from app.core.db import db, is_sqlite, transaction
from app.core.i18n import gettext

KEEP_REFS = timedelta(days=70)
"""Who asks for a use again later than this is counted again."""
_gauges: dict[str, Callable[[int], int]] = {}


@dataclass(frozen=True)
class Usage:
    """How much of a feature a member has used, and how much their plans give."""

    key: str
    used: int
    limit: int | None
    """None: as much as one likes."""
    is_ready: bool
    resets_at: datetime | None = None
    """When the count begins anew; None: it is what there is at the moment."""

    @property
    def percent(self) -> int | None:
        """How full it is, 100 at most; None without a limit."""
        if self.limit is None:
            return None
        return min(100, self.used * 100 // self.limit) if self.limit else 100


def use(user_id: int, key: str, amount: int = 1, *, ref: str) -> Usage:
    """Count a use of a feature, once for each `ref`, and return what is used now.

    Joins the present transaction, or is one. Of many at one moment no more pass than the plan gives.

    Raises:
        EntitlementError: the plan gives no more of it in this day or month; nothing is counted.
    """
    feature = _counted(key)
    if amount < 1:
        message = f"a use of {key} is at least 1"
        raise ValueError(message)
    with transaction():
        now, most = clock.now(), limit(user_id, key)
        period = rules.period_of(feature.counted or "month", now)
        if _is_known(user_id, key, ref):
            return _usage(user_id, feature, now)
        used = _add(user_id, key, period, amount, most, now)
        if used is None:
            if _is_known(user_id, key, ref):
                # Another request with the same ref has taken the last of it.
                return _usage(user_id, feature, now)
            raise _refusal(user_id, feature, most)
        if not _keep_ref(user_id, key, ref, period, amount, now):
            _take_back(user_id, key, period, amount)
            return _usage(user_id, feature, now)
        _tell(user_id, feature, period, (used - amount, used), most)
        return _usage(user_id, feature, now)


def give_back(user_id: int, key: str, *, ref: str) -> bool:
    """Uncount the use of a `ref`, once, where what it was for did not come; whether it was counted.

    Joins the present transaction, or is one. It goes back into the day or month that it was counted in.
    """
    with transaction():
        mine = UsageRef.user_id == user_id, UsageRef.key == key, UsageRef.ref == ref
        # One statement decides who of several gives it back.
        gone = delete(UsageRef).where(*mine).returning(UsageRef.period, UsageRef.amount)
        row = db.session.execute(gone, execution_options={"synchronize_session": False}).first()
        if row is not None:
            _take_back(user_id, key, row.period, row.amount)
        return row is not None


def usage_of(user_id: int, key: str) -> Usage:
    """Return how much of one counted feature a member has used."""
    return _usage(user_id, _counted(key), clock.now())


def usage(user_id: int) -> list[Usage]:
    """Return what a member has used of all that is limited by number: counted, or at the moment."""
    now = clock.now()
    found = [_usage(user_id, feature, now) for feature in features().values() if feature.counted]
    return [
        Usage(key, count(user_id), limit(user_id, key), features()[key].ready)
        for key, count in _gauges.items()
    ] + found


def register_gauge(key: str, count: Callable[[int], int]) -> None:
    """Let a higher slice say how many of a feature a member has at the moment."""
    _gauges[key] = count


def note_gauge(user_id: int, key: str) -> None:
    """Tell a member who has just taken one more of what their plans give at once, if it is near.

    In the present transaction; by mail once a month at most.
    """
    most, used = limit(user_id, key), _gauges[key](user_id)
    if not most:
        return
    feature = features()[key]
    if used >= most:
        _tell_full(user_id, feature, rules.period_of("month", clock.now()), most)
    elif rules.marks_passed(used - 1, used, most):
        letters.tell_limit(user_id, feature, used, most, is_near=True)


def prune_usage() -> int:
    """Forget single uses that nobody asks for again; return how many. The counts stay."""
    with transaction():
        old = delete(UsageRef).where(UsageRef.created_at < clock.now() - KEEP_REFS)
        return int(getattr(db.session.execute(old), "rowcount", 0))


# --- Counting ---


def _counted(key: str) -> Feature:
    feature = features()[key]
    if feature.counted is None:
        message = f"{key} is not counted"
        raise ValueError(message)
    return feature


def _insert(table: Any) -> Any:
    return sqlite.insert(table) if is_sqlite() else postgresql.insert(table)


def _is_known(user_id: int, key: str, ref: str) -> bool:
    mine = UsageRef.user_id == user_id, UsageRef.key == key, UsageRef.ref == ref
    return db.session.scalar(select(UsageRef.id).where(*mine)) is not None


def _add(
    user_id: int, key: str, period: str, amount: int, most: int | None, now: datetime
) -> int | None:
    """Add to a count if it stays within the limit; return it, or None. One statement decides."""
    if most is not None and amount > most:
        return None
    total = UsageCount.used + amount
    row = {"user_id": user_id, "key": key, "period": period, "used": amount, "updated_at": now}
    statement = (
        _insert(UsageCount)
        .values(row)
        .on_conflict_do_update(
            index_elements=["user_id", "key", "period"],
            set_={"used": total, "updated_at": now},
            where=None if most is None else total <= most,
        )
    )
    used: int | None = db.session.scalar(statement.returning(UsageCount.used))
    return used


def _keep_ref(user_id: int, key: str, ref: str, period: str, amount: int, now: datetime) -> bool:
    row = {
        "user_id": user_id, "key": key, "ref": ref,
        "period": period, "amount": amount, "created_at": now,
    }  # fmt: skip
    statement = _insert(UsageRef).values(row).on_conflict_do_nothing()
    return db.session.scalar(statement.returning(UsageRef.id)) is not None


def _take_back(user_id: int, key: str, period: str, amount: int) -> None:
    mine = UsageCount.user_id == user_id, UsageCount.key == key, UsageCount.period == period
    change = db.update(UsageCount).where(*mine).values(used=UsageCount.used - amount)
    db.session.execute(change, execution_options={"synchronize_session": False})


def _usage(user_id: int, feature: Feature, now: datetime) -> Usage:
    counted = feature.counted or "month"
    mine = (
        UsageCount.user_id == user_id,
        UsageCount.key == feature.key,
        UsageCount.period == rules.period_of(counted, now),
    )
    used = db.session.scalar(select(UsageCount.used).where(*mine)) or 0
    until = rules.resets_at(counted, now)
    return Usage(feature.key, used, limit(user_id, feature.key), feature.ready, until)


# --- Telling ---


def _refusal(user_id: int, feature: Feature, most: int | None) -> EntitlementError:
    if not most:
        return needed(user_id, feature.key)
    plan = next_plan(user_id, feature.key)
    name = feature_name(feature.key)
    message = gettext("%(feature)s: your plan gives %(most)s.", feature=name, most=most)
    facts = {"ladder": plan.ladder, "plan": plan.tier} if plan else {}
    return EntitlementError(message, feature=feature.key, limit=most, **facts)


def _tell(
    user_id: int, feature: Feature, period: str, counts: tuple[int, int], most: int | None
) -> None:
    """Tell of the marks that a count has passed, each once in its day or month."""
    before, after = counts
    for mark in rules.marks_passed(before, after, most):
        events.publish(UsageReached(user_id, feature.key, period, mark, after, most or 0))
    if most and before < most <= after:
        _tell_full(user_id, feature, period, most)
    elif feature.counted == "month" and rules.marks_passed(before, after, most):
        # Not of what begins anew tomorrow.
        letters.tell_limit(user_id, feature, after, most or 0, is_near=True)
    if rules.passes(before, after, feature.alarm):
        alarms.ring("usage", f"{after} of {feature.key} in {period}", user_id)
        events.publish(UsageAlarm(user_id, feature.key, period, after, feature.alarm or 0))


def _tell_full(user_id: int, feature: Feature, period: str, most: int) -> None:
    mine = plan_on(user_id, feature.key)
    key = f"limit:{user_id}:{feature.key}:{period}"
    note_conversion(
        "limit_reached",
        key=key,
        user_id=user_id,
        ladder=mine.ladder if mine else "robots",
        source=f"limit.{feature.key}",
        plan_from=mine.tier if mine else None,
    )
    letters.tell_limit(user_id, feature, most, most)
