"""All figures anew from the daily money: to rebuild them, and to check that they are right.

The check (reconciliation) must find nothing. What it finds is an alarm for people, kept in
`performance_alarms`, and is mended at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import structlog

from app.core import clock, outbox
from app.core.db import db, transaction
from app.performance import rules
from app.performance.models import PerformanceAlarm
from app.performance.queries import bulk, metrics, scopes
from app.performance.queries import days as day_queries
from app.performance.queries.days import START_OF_TIME, Account, Groups
from app.performance.queries.scopes import ScopeRow
from app.performance.rules import FIGURES, ScopeKey
from app.performance.service import closing
from app.performance.service.calendars import Clock, Sessions, States
from app.performance.service.refold import (
    Facts,
    Folded,
    fold_anew,
    gather_facts,
    has_spark,
    is_public,
    keep,
    make_spark,
    on_calendar,
    stand,
)
from app.quant import kernels
from app.quant.bulk import PLAIN, BulkMetrics, Calendar, Loops, fold_scopes
from app.quant.days import DayMoney
from app.quant.folds import FoldState

log = structlog.get_logger()
SCOPES_AT_ONCE = 100
REBUILT_AT_ONCE = 500
GRACE = timedelta(hours=2)
"""A session that ended less than this ago may still be unclosed in a scope."""
EXAMPLES = 5
DIFFERENCE = "reconciliation_difference"


class Source(NamedTuple):
    """The daily money of a scope and what its accounts say."""

    days: list[DayMoney]
    facts: Facts


class Sources:
    """Reads the daily money of scopes, once for the scopes of one user or robot in a row."""

    def __init__(self) -> None:
        self._accounts: tuple[Any, list[Account]] = (None, [])
        self._groups: tuple[Any, Groups] = (None, {})

    def read(self, scope: ScopeRow) -> Source:
        """Return everything that a scope is folded from."""
        accounts = self._read_accounts(scope.key)
        days = rules.scope_days(scope.key, self.read_groups(scope.key))
        return Source(days, gather_facts(scope.key, accounts))

    def _read_accounts(self, key: ScopeKey) -> list[Account]:
        asked = (key.user_key or key.plugin_id, key.currency)
        if self._accounts[0] != asked:
            found = (
                day_queries.user_accounts(key.user_key, key.currency)
                if key.user_key
                else day_queries.robot_accounts(key.plugin_id, key.currency)
            )
            self._accounts = (asked, found)
        return self._accounts[1]

    def read_groups(self, key: ScopeKey) -> Groups:
        """Return the daily money that the scope's own is added from."""
        kind = rules.FORWARD_KINDS[0] if key.kind in rules.FORWARD_KINDS else key.kind
        kind = rules.FORWARD_KINDS[0] if kind == rules.FORWARD else kind
        asked = (key.user_key or key.plugin_id, key.account_id, kind, key.currency)
        if self._groups[0] != asked:
            if key.account_id:
                groups = day_queries.account_days(key.account_id, key.currency, START_OF_TIME)
            elif key.user_key:
                groups = day_queries.user_days(key.user_key, kind, key.currency, START_OF_TIME)
            else:
                groups = day_queries.robot_days(key.plugin_id, key.currency, START_OF_TIME)
            self._groups = (asked, groups)
        return self._groups[1]


def recompute(scope: ScopeRow, sources: Sources, moment: Clock) -> Folded:
    """Fold a scope anew; nothing is written."""
    source = sources.read(scope)
    anew = fold_anew(scope, source.days, source.facts, moment)
    if has_spark(scope.key) and source.days:
        spark = make_spark(anew.scope, sources.read_groups(scope.key))
        return anew._replace(scope=anew.scope._replace(spark=spark))
    return anew


# --- Rebuild ---


def rebuild(user_id: int | None = None, loops: Loops = PLAIN) -> int:
    """Write all figures anew (of one user, or all of them); return how many scopes.

    `loops` are those of quant.bulk: commands and workers give the compiled ones.
    """
    make_missing(user_id)
    done, after_id = 0, 0
    while True:
        with transaction():
            part = scopes.lock_after(after_id, REBUILT_AT_ONCE, user_id)
            if not part:
                return done
            _rebuild_part(part, Clock(clock.now()), loops)
            outbox.renew_lease()
        after_id, done = part[-1].id, done + len(part)


def _rebuild_part(part: Sequence[ScopeRow], moment: Clock, loops: Loops) -> None:
    sources = Sources()
    batches: dict[tuple[str, str, str], list[tuple[ScopeRow, Source]]] = {}
    for scope in part:
        source = sources.read(scope)
        if not source.days or not rules.fits_64_bits(source.days):
            keep([_all_of(recompute(scope, sources, moment))], moment)
            continue
        opened = on_calendar(scope, source.days)
        if has_spark(scope.key):
            is_balanced = source.facts.is_balanced
            closes = rules.curve(source.days, is_balanced=is_balanced)
            opened = opened._replace(spark=tuple(rules.spark(closes)))
        ended = scope.key.kind if scope.key.kind in rules.ENDED_KINDS else ""
        batch = batches.setdefault((opened.calendar, ended, metrics.family(scope.key)), [])
        batch.append((opened, source))
    for (calendar, ended, _family), batch in batches.items():
        _rewrite(batch, moment.sessions(calendar, ended), moment, loops)


def _rewrite(
    batch: Sequence[tuple[ScopeRow, Source]], sessions: Sessions, moment: Clock, loops: Loops
) -> None:
    """Fold scopes of one calendar and table at once and replace what is stored of them."""
    calendar = Calendar(sessions.axis, sessions.completed, sessions.rates)
    balanced = [source.facts.is_balanced for _scope, source in batch]
    days = [source.days for _scope, source in batch]
    tables, heads = fold_scopes(days, balanced, calendar, loops)
    _, checkpoints = fold_scopes([rows[:-1] for rows in days], balanced, calendar, loops)
    keys = [scope.key for scope, _source in batch]
    is_new = _delete_stale(keys, tables)
    bulk.write(tables, keys, moment.now, is_new=is_new)
    scopes.keep_scopes(
        [
            stand(
                scope,
                source.facts,
                States(
                    checkpoint.pack(),
                    head.pack(),
                    source.days[0].day,
                    source.days[-1].day,
                ),
                sessions.completed,
            )
            for (scope, source), checkpoint, head in zip(batch, checkpoints, heads, strict=True)
        ],
        moment.now,
    )


def _delete_stale(keys: Sequence[ScopeKey], tables: BulkMetrics) -> bool:
    """Delete stored rows that `tables` do not hold; return whether nothing was stored at all."""
    periods: list[set[tuple[str, int]]] = [set() for _ in keys]
    for table in tables:
        for scope, start in table.counts[:, [kernels.C_SCOPE, kernels.C_START]].tolist():
            periods[scope].add((table.period, start))
    is_new = True
    for key, present in zip(keys, periods, strict=True):
        stored = metrics.stored_periods(key)
        is_new = is_new and not stored
        metrics.delete_periods(key, stored - present)
    return is_new


def _all_of(anew: Folded) -> Folded:
    periods = {(row.period, row.start) for row in anew.rows}
    return anew._replace(stale=frozenset(metrics.stored_periods(anew.scope.key) - periods))


def make_missing(user_id: int | None = None) -> None:
    """Make the scopes that the daily money asks for and that are not there."""
    with transaction():
        scopes.make_scopes(_wanted(user_id), clock.now())


def _wanted(user_id: int | None) -> list[ScopeKey]:
    wanted: set[ScopeKey] = set()
    for account, currency in day_queries.list_books(user_id):
        owner = (account.user_id, account.plugin_id, account.kind, currency)
        wanted.update(rules.user_scopes(*owner))
        if is_public(account):
            wanted.add(rules.account_scope(account.user_id, account.id, *owner[1:]))
            wanted.update(rules.robot_scopes(account.plugin_id, {account.kind}, currency))
    return sorted(wanted - scopes.list_keys())


def missing_scopes() -> list[ScopeKey]:
    """Return the scopes that the daily money asks for, that are not there and that no job makes."""
    return [key for key in _wanted(None) if not _is_awaited(key)]


# --- Reconciliation ---


def reconcile() -> int:
    """Compare all stored figures with the daily money; return in how many scopes they differed."""
    while True:
        with transaction():
            if not closing.extend_behind(Clock(clock.now())):
                break
            outbox.renew_lease()
    make_missing()
    differences, after_id = 0, 0
    while True:
        with transaction():
            part = scopes.lock_after(after_id, SCOPES_AT_ONCE, None)
            if not part:
                return differences
            differences += _reconcile_part(part)
            outbox.renew_lease()
        after_id = part[-1].id


def _reconcile_part(part: Sequence[ScopeRow]) -> int:
    now = clock.now()
    sources, moments = Sources(), (Clock(now), Clock(now - GRACE))
    wrong: list[Folded] = []
    for scope in part:
        faults = find_differences(scope, sources, moments)
        if faults:
            # What an older release has folded lacks a figure and is no fault of anybody.
            if not FoldState.is_old(scope.head):
                _raise_alarm(scope, faults)
            wrong.append(_all_of(recompute(scope, sources, _moment_of(scope, *moments))))
    keep(wrong, moments[0])
    return len(wrong)


def find_differences(
    scope: ScopeRow, sources: Sources, moments: tuple[Clock, Clock]
) -> list[dict[str, Any]]:
    """Return how a stored scope and its rows differ from the daily money.

    `moments` are now and shortly before; a change that still waits for its job is no difference.
    """
    found = _differences(scope, recompute(scope, sources, _moment_of(scope, *moments)))
    return [] if found and _is_awaited(scope.key) else found


def _moment_of(scope: ScopeRow, moment: Clock, shortly_before: Clock) -> Clock:
    before = shortly_before.sessions(scope.calendar, scope.key.kind).completed
    if scope.as_of == max(before, scope.last_day or 0):
        return shortly_before
    return moment


def _differences(scope: ScopeRow, anew: Folded) -> list[dict[str, Any]]:
    """Return examples of what differs between the stored scope with its rows and the new ones."""
    faults: list[dict[str, Any]] = [
        {"scope": name}
        for name, old, new in zip(ScopeRow._fields, scope, anew.scope, strict=True)
        if old != new
    ]
    stored = metrics.stored_rows(scope.key)
    expected = {(row.period, row.start): rules.figures(row) for row in anew.rows}
    for period, start in sorted(stored.keys() | expected.keys()):
        old_row, new_row = stored.get((period, start)), expected.get((period, start))
        if old_row != new_row:
            day = date_text(start)
            faults.append({"period": period, "date": day, **_first_fault(old_row, new_row)})
    return faults


def date_text(ordinal: int) -> str:
    """Return a day as text."""
    return date.fromordinal(ordinal).isoformat()


def _first_fault(old: Sequence[Any] | None, new: Sequence[Any] | None) -> dict[str, Any]:
    if old is None or new is None:
        return {"fault": "missing" if old is None else "surplus"}
    name, stored, expected = next(
        triple for triple in zip(FIGURES, old, new, strict=True) if triple[1] != triple[2]
    )
    return {"figure": name, "stored": stored, "expected": expected}


def _is_awaited(key: ScopeKey) -> bool:
    """Whether a change that explains the difference still waits for its job."""
    if key.user_key == 0:
        return outbox.is_pending(f"performance.robot:{key.plugin_id}:{key.currency}")
    accounts = day_queries.user_accounts(key.user_key, key.currency)
    return any(
        outbox.is_pending(f"performance.refold:{account.id}:{key.currency}") for account in accounts
    )


def _raise_alarm(scope: ScopeRow, faults: list[dict[str, Any]]) -> None:
    details = {"scope": list(scope.key), "count": len(faults), "examples": faults[:EXAMPLES]}
    log.error(DIFFERENCE, scope_id=scope.id, **details)
    db.session.add(
        PerformanceAlarm(
            kind=DIFFERENCE, scope_id=scope.id, details=details, created_at=clock.now()
        )
    )
