"""Word to the operator when a day's limit is nearly used up: once a day and scope."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import structlog

from app.ai.rules.catalogue import read_catalogue
from app.ai.service import budgets
from app.core import logbook, metrics

log = structlog.get_logger()


def look(spent_by: Mapping[str, Decimal], day: date) -> None:
    """Tell of every scope that has passed its alarm, by what each has spent with this call."""
    share = read_catalogue().limits.alarm
    ours = [scope for scope in spent_by if not scope.startswith("own:")]
    limits = budgets.limits_of(ours) if ours else {}
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
