"""What must hold of the figures: stored rows are what the daily money gives, scopes are their owner's."""

from __future__ import annotations

from sqlalchemy import select

from app.core import clock
from app.core.db import db, transaction
from app.core.invariants import Ask, Invariant, Part, register_invariants, whole
from app.performance.models import PerformanceScope
from app.performance.queries import driver, scopes
from app.performance.rules import ScopeKey
from app.performance.service.calendars import Clock

SCOPES_AT_ONCE = 50
SHOWN = 20

_OTHER_OWNERS = """
SELECT s.id FROM performance_scopes s LEFT JOIN trading_accounts a ON a.id = s.account_id
WHERE s.user_key <> COALESCE(s.user_id, 0)
OR (s.account_id <> 0 AND (a.id IS NULL OR a.user_id <> s.user_key))
ORDER BY s.id LIMIT ?
"""
_WITHOUT_SCOPE = """
SELECT m.id FROM user_performance_metrics m LEFT JOIN performance_scopes s
ON s.user_key = m.user_id AND s.account_id = 0 AND s.plugin_id = m.plugin_id
AND s.kind = m.kind AND s.currency = m.currency
WHERE s.id IS NULL ORDER BY m.id LIMIT ?
"""


def register() -> None:
    """Let the invariants of the figures be looked at."""
    register_invariants((
        Invariant("performance.figures", "every figure is what the daily money gives",
                  find_wrong_figures),
        Invariant("performance.scopes", "there is a scope for all money, and each is its owner's",
                  find_wrong_scopes),
    ))  # fmt: skip


def find_wrong_figures(ask: Ask) -> Part:
    """Fold the next scopes anew and compare with what is stored; nothing is written.

    A change that still waits for its job is no fault.
    """
    # Here, because it brings numpy along, which the web process does not need.
    from app.performance.service.recompute import GRACE, Sources, find_differences

    now = clock.now()
    query = select(PerformanceScope.id).where(PerformanceScope.id > ask.after)
    ids = db.session.scalars(query.order_by(PerformanceScope.id).limit(SCOPES_AT_ONCE)).all()
    db.session.rollback()
    faults: list[str] = []
    sources, moments = Sources(), (Clock(now), Clock(now - GRACE))
    for scope_id in ids:
        # One at a time, so that the jobs that write them wait for one only.
        with transaction():
            part = scopes.lock_after(scope_id - 1, 1, None)
            if part and part[0].id == scope_id:
                found = find_differences(part[0], sources, moments)
                if found:
                    faults.append(f"{_told(part[0].key)}: {len(found)} differ, such as {found[0]}")
    return Part(faults, ids[-1] if len(ids) == SCOPES_AT_ONCE else None)


def find_wrong_scopes(_ask: Ask) -> Part:
    """Find scopes and rows that name another owner, and money that no scope adds up."""
    from app.performance.service.recompute import missing_scopes

    others = driver.fetch(_OTHER_OWNERS, (SHOWN,))
    without = driver.fetch(_WITHOUT_SCOPE, (SHOWN,))
    return whole(
        [f"scope {row[0]} is not of the owner that it names" for row in others]
        + [f"metric row {row[0]} belongs to no scope" for row in without]
        + [f"{_told(key)}: there is no scope" for key in missing_scopes()[:SHOWN]]
    )


def _told(key: ScopeKey) -> str:
    parts = [f"{name} {value}" for name, value in zip(key._fields, key, strict=True) if value]
    return "figures of " + ", ".join(parts)
