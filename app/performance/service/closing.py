"""After a session has ended: its flat days count in the open week, month and all time."""

from __future__ import annotations

from app.core import clock, live, outbox
from app.performance.queries import metrics, scopes
from app.performance.queries.scopes import ScopeRow
from app.performance.rules import AROUND_THE_CLOCK, EXCHANGE
from app.performance.service.calendars import Clock
from app.performance.service.refold import unpack
from app.quant.folds import MetricRow, open_rows
from app.quant.sessions import period_bounds

SCOPES_AT_ONCE = 500


def close_sessions(after_id: int = 0) -> int:
    """Extend the figures of scopes to the last completed session; return how many were behind.

    A part of the scopes at a time: the rest is the next job, so that a member's fill does not
    wait behind all of them. Without a newly completed session nothing is done.
    """
    moment = Clock(clock.now())
    behind = extend_behind(moment, after_id)
    if len(behind) == SCOPES_AT_ONCE:
        last = behind[-1].id
        days = "-".join(map(str, _completed(moment)))
        outbox.enqueue(
            "performance.close_sessions",
            {"after_id": last},
            key=f"performance.close:{days}:{last}",
        )
    return len(behind)


def _completed(moment: Clock) -> tuple[int, int]:
    return moment.sessions(EXCHANGE).completed, moment.sessions(AROUND_THE_CLOCK).completed


def extend_behind(moment: Clock, after_id: int = 0) -> list[ScopeRow]:
    """Extend the next scopes whose figures end too early; return them as they were."""
    behind = scopes.lock_behind(after_id, *_completed(moment), SCOPES_AT_ONCE)
    metrics.upsert([(scope.key, _extended_rows(scope, moment)) for scope in behind], moment.now)
    scopes.keep_scopes(
        [scope._replace(as_of=moment.sessions(scope.calendar).completed) for scope in behind],
        moment.now,
    )
    live.announce(scope.key.user_key for scope in behind)
    return behind


def _extended_rows(scope: ScopeRow, moment: Clock) -> list[MetricRow]:
    head = unpack(scope.head)
    if head is None:
        return []
    axis, completed, rates = moment.sessions(scope.calendar)
    # A week or month that was over before gains nothing.
    return [
        row
        for row in open_rows(head, axis, completed, rates)
        if row.period == "all_time" or period_bounds(row.period, row.start)[1] > (scope.as_of or 0)
    ]
