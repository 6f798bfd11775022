"""What was asked of models, added up, and the requests behind each sum."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, case, exists, func, select

from app.ai.models import AiAlarm, AiCall, AiRun
from app.ai.schemas import OFFLINE
from app.ai.schemas.owner import RunsQuery
from app.core.db import db, is_sqlite

MOST_MEMBERS = 50
MOST_ALARMS = 20
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Scope:
    """Which requests: of these days, of one site, of one member. None: of all."""

    first: date
    last: date
    site_id: str | None = None
    user_id: int | None = None

    def holds(self) -> list[Any]:
        """Return the conditions of it."""
        found = [
            AiRun.started_at >= begins(self.first),
            AiRun.started_at < begins(self.last + ONE_DAY),
        ]
        if self.site_id is not None:
            found.append(AiRun.site_id == self.site_id)
        if self.user_id is not None:
            found.append(AiRun.user_id == self.user_id)
        return found


def begins(day: date) -> datetime:
    """Return the first moment of a UTC day."""
    return datetime.combine(day, time(), UTC)


def _count(condition: Any) -> Any:
    return func.count(case((condition, 1)))


def _cost(*, is_own: bool) -> Any:
    mine = AiRun.uses_own_key.is_(True) if is_own else AiRun.uses_own_key.is_(False)
    return func.coalesce(func.sum(case((mine, AiRun.cost), else_=0)), 0)


def _day() -> Any:
    """Return the UTC day of a request."""
    moment = AiRun.started_at
    return func.date(moment) if is_sqlite() else func.date(func.timezone("UTC", moment))


SUMS = (
    func.count().label("runs"),
    _count(AiRun.state == "failed").label("failed"),
    _count(AiRun.state == "stopped").label("stopped"),
    _count(AiRun.model == OFFLINE).label("offline"),
    _count(AiRun.is_from_cache.is_(True)).label("cached"),
    _count(AiRun.is_trial.is_(True)).label("trials"),
    _cost(is_own=False).label("cost"),
    _cost(is_own=True).label("own_cost"),
)


def totals(scope: Scope) -> Any:
    """Return the sums of all requests by name."""
    return db.session.execute(select(*SUMS).where(*scope.holds())).mappings().one()


def by_day(scope: Scope) -> dict[date, Any]:
    """Return the sums of each day that has any."""
    day = _day()
    rows = db.session.execute(select(day.label("day"), *SUMS).where(*scope.holds()).group_by(day))
    return {date.fromisoformat(str(row.day)): row for row in rows}


def by_member(scope: Scope, limit: int = MOST_MEMBERS) -> list[Any]:
    """Return the sums of members, the dearest first."""
    query = select(AiRun.user_id, *SUMS).where(*scope.holds()).group_by(AiRun.user_id)
    dearest = _cost(is_own=False).desc(), func.count().desc(), AiRun.user_id
    return list(db.session.execute(query.order_by(*dearest).limit(limit)))


def by_task(scope: Scope) -> list[Any]:
    """Return the sums of tasks."""
    query = select(AiRun.task, *SUMS).where(*scope.holds()).group_by(AiRun.task)
    return list(db.session.execute(query.order_by(AiRun.task)))


def by_model(scope: Scope) -> list[Any]:
    """Return the sums of calls of models by name, the dearest first."""
    is_settled = AiCall.state == "settled"
    cost = func.sum(AiCall.cost)
    query = (
        select(
            AiCall.model,
            func.count().label("calls"),
            _count(AiCall.state == "failed").label("failed"),
            _count(AiCall.state == "lost").label("lost"),
            func.sum(AiCall.input_tokens).label("input_tokens"),
            func.sum(AiCall.cached_tokens).label("cached_tokens"),
            func.sum(AiCall.output_tokens).label("output_tokens"),
            cost.label("cost"),
            func.coalesce(func.sum(case((is_settled, AiCall.estimate))), 0).label("estimate"),
            func.coalesce(func.sum(case((is_settled, AiCall.cost))), 0).label("settled"),
        )
        .join(AiRun, AiRun.id == AiCall.run_id)
        .where(*scope.holds())
        .group_by(AiCall.model)
    )
    return list(db.session.execute(query.order_by(cost.desc(), AiCall.model)).mappings())


def failures(scope: Scope) -> list[tuple[str, str, int]]:
    """Return of what (request or call), why, and how often."""
    runs = select(AiRun.reason, func.count()).where(*scope.holds(), AiRun.state == "failed")
    calls = (
        select(AiCall.reason, func.count())
        .join(AiRun, AiRun.id == AiCall.run_id)
        .where(*scope.holds(), AiCall.state.in_(("failed", "lost")))
    )
    found: list[tuple[str, str, int]] = []
    for of, query, column in (("request", runs, AiRun.reason), ("call", calls, AiCall.reason)):
        rows = db.session.execute(query.group_by(column).order_by(func.count().desc(), column))
        found += [(of, reason, count) for reason, count in rows]
    return found


def own_use(scope: Scope) -> list[Any]:
    """Return day, task, requests and cost of what was paid by own keys, the newest day first."""
    day = _day()
    query = (
        select(
            day.label("day"),
            AiRun.task,
            func.count().label("runs"),
            _cost(is_own=True).label("cost"),
        )
        .where(*scope.holds(), AiRun.uses_own_key.is_(True))
        .group_by(day, AiRun.task)
        .order_by(day.desc(), AiRun.task)
    )
    return list(db.session.execute(query))


def most_analyses(scope: Scope) -> int:
    """Return how many analyses of charts that member has asked who asked most."""
    counts = (
        select(func.count().label("asked"))
        .where(*scope.holds(), AiRun.task == "analysis", AiRun.user_id.is_not(None))
        .group_by(AiRun.user_id)
        .subquery()
    )
    return db.session.scalar(select(func.max(counts.c.asked))) or 0


def over(scope: Scope, cost: Any, analyses: int) -> list[tuple[int, Any, int]]:
    """Return members whose cost, or number of analyses, is above what it may be in the scope."""
    asked = _count(AiRun.task == "analysis")
    query = (
        select(AiRun.user_id, _cost(is_own=False), asked)
        .where(*scope.holds(), AiRun.user_id.is_not(None))
        .group_by(AiRun.user_id)
        .having((_cost(is_own=False) >= cost) | (asked > analyses))
    )
    return [(user_id, spent, count) for user_id, spent, count in db.session.execute(query)]


def list_alarms(subject: str | None) -> list[AiAlarm]:
    """Return the newest alarms; of one subject where it is named."""
    query = select(AiAlarm).order_by(AiAlarm.told_at.desc(), AiAlarm.id.desc())
    if subject is not None:
        query = query.where(AiAlarm.subject == subject)
    return list(db.session.scalars(query.limit(MOST_ALARMS)))


def list_runs(scope: Scope, asked: RunsQuery, before: int | None, limit: int) -> list[AiRun]:
    """Return requests, the newest first."""
    query = select(AiRun).where(*scope.holds())
    for column, value in ((AiRun.task, asked.task),):
        query = query if value is None else query.where(column == value)
    if asked.model is not None:
        called = exists().where(AiCall.run_id == AiRun.id, AiCall.model == asked.model)
        query = query.where((AiRun.model == asked.model) | called)
    if asked.day is not None:
        query = query.where(
            AiRun.started_at >= begins(asked.day), AiRun.started_at < begins(asked.day + ONE_DAY)
        )
    query = _only(query, asked.only)
    if before is not None:
        query = query.where(AiRun.id < before)
    return list(db.session.scalars(query.order_by(AiRun.id.desc()).limit(limit)))


def _only(query: Select[Any], only: str) -> Select[Any]:
    conditions = {
        "failed": AiRun.state == "failed",
        "stopped": AiRun.state == "stopped",
        "offline": AiRun.model == OFFLINE,
        "cached": AiRun.is_from_cache.is_(True),
        "own_key": AiRun.uses_own_key.is_(True),
        "trial": AiRun.is_trial.is_(True),
    }
    return query if only == "all" else query.where(conditions[only])
