"""What somebody must look at: a line of the log, and a count that alerts are made from."""

from __future__ import annotations

import structlog

from app.core import logbook, metrics
from app.core.db import in_transaction

log = structlog.get_logger()


def ring(kind: str, detail: str, user_id: int | None = None) -> None:
    """Tell the operator; in a transaction it is told exactly when that one stands."""
    log.error("money_alarm", kind=kind, detail=detail)
    metrics.count("money_alarms", kind)
    line = logbook.Line(
        level="error",
        event="money_alarm",
        request_id="",
        route=kind,
        user_id=user_id,
        detail=detail,
    )
    if in_transaction():
        logbook.add(line)
    else:
        logbook.write(line)
