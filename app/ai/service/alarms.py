"""Word to the operator when a day's limit is nearly used up: once a day and scope."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import structlog

from app.ai.rules.catalogue import read_catalogue
from app.ai.service import budgets
from app.core import logbook, metrics

log = structlog.get_logger()


def look(scopes: Sequence[str], day: date) -> None:
    """Tell of every scope that has passed its alarm with the call that was just settled."""
    share = read_catalogue().limits.alarm
    for scope in scopes:
        if scope.startswith("own:"):
            continue
        spent, most = budgets.spent(scope, day)[0], budgets.limit_of(scope)
        if most and spent >= most * share and budgets.mark_told(scope, day):
            detail = f"{scope} has spent {spent} of {most} USD on {day.isoformat()}"
            log.error("ai_budget_alarm", scope=scope, spent=str(spent), limit=str(most))
            metrics.count("ai_budget_alarms", scope.partition(":")[0])
            line = logbook.Line(
                level="error", event="ai_budget_alarm", request_id="", route="ai", user_id=None,
                detail=detail,
            )  # fmt: skip
            logbook.add(line)
