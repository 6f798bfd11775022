"""Word to the operator before a limit is used up, and of members who cost too much: each once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import structlog
from sqlalchemy.dialects import postgresql, sqlite

from app.ai.models import AiAlarm
from app.ai.queries import Scope, over
from app.ai.service import budgets, settings
from app.ai.service.usage import MONTH_ANALYSES, MONTH_COST
from app.core import clock, logbook, metrics
from app.core.db import db, is_sqlite, transaction

log = structlog.get_logger()
LEAST_SHARE = Decimal("0.1")
"""No share of a limit from which somebody is told can be set lower."""


def look(spent_by: Mapping[str, Decimal], day: date) -> None:
    """Tell of every scope that has passed its alarm, by what each has spent with this call."""
    ours = [scope for scope in spent_by if not scope.startswith("own")]
    limits = budgets.limits_of(ours) if ours else {}
    if not any(most and spent_by[scope] >= most * LEAST_SHARE for scope, most in limits.items()):
        return  # of most calls, and they need not ask which share is set
    share = settings.alarm_share()
    for scope, most in limits.items():
        spent = spent_by[scope]
        if most and spent >= most * share and budgets.mark_told(scope, day):
            detail = f"{scope} has spent {spent} of {most} USD on {day.isoformat()}"
            log.error("ai_budget_alarm", scope=scope, spent=str(spent), limit=str(most))
            metrics.count("ai_budget_alarms", scope.partition(":")[0])
            line = logbook.Line(
                level="error", event="ai_budget_alarm", request_id="", route="ai", user_id=None,
                detail=detail,
            )  # fmt: skip
            logbook.add(line)
            _keep("limit", scope, day, spent, most)


def watch() -> int:
    """Tell of members who cost more in a month than they may, or ask more than a plan carries.

    Each once a month; returns how many were told of.
    """
    today = clock.now().date()
    month = Scope(today.replace(day=1), today)
    told = 0
    with transaction():
        for user_id, cost, analyses in over(month, MONTH_COST, MONTH_ANALYSES):
            if cost >= MONTH_COST:
                told += _ring("member_cost", user_id, month.first, cost, MONTH_COST)
            if analyses > MONTH_ANALYSES:
                most = Decimal(MONTH_ANALYSES)
                told += _ring("member_analyses", user_id, month.first, Decimal(analyses), most)
    return told


def _ring(kind: str, user_id: int, begins: date, amount: Decimal, most: Decimal) -> int:
    if not _keep(kind, f"user:{user_id}", begins, amount, most):
        return 0
    detail = f"user:{user_id} is at {amount} of {most} in the month of {begins.isoformat()}"
    log.error("ai_budget_alarm", kind=kind, user_id=user_id, amount=str(amount), limit=str(most))
    metrics.count("ai_budget_alarms", kind)
    logbook.add(
        logbook.Line(
            level="error", event="ai_budget_alarm", request_id="", route="ai", user_id=None,
            detail=detail,
        )
    )  # fmt: skip
    return 1


def _keep(kind: str, subject: str, begins: date, amount: Decimal, most: Decimal) -> bool:
    """Keep an alarm for the owner's screen; False when it was told before."""
    insert = sqlite.insert if is_sqlite() else postgresql.insert
    made = (
        insert(AiAlarm)
        .values(
            kind=kind, subject=subject, begins=begins, amount=amount, limit=most,
            told_at=clock.now(),
        )
        .on_conflict_do_nothing()
        .returning(AiAlarm.id)
    )  # fmt: skip
    return db.session.scalar(made) is not None
