"""From daily money to metric rows: one account's scopes, or a robot's, after a change.

A change today continues from the checkpoint (the fold's state before the scope's newest day); a
change in the past folds again from the start and rewrites what it can reach. Either way the rows
are a function of the daily money alone, so the order of arrival does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple

from app.core import clock, live
from app.notifications import service as notifications
from app.performance import rules
from app.performance.queries import days as day_queries
from app.performance.queries import metrics, scopes
from app.performance.queries.days import START_OF_TIME, Account, Groups
from app.performance.queries.scopes import ScopeRow
from app.performance.rules import AROUND_THE_CLOCK, EXCHANGE, PUBLIC, ScopeKey
from app.performance.service.calendars import Clock, Sessions, States
from app.quant import kernels
from app.quant.days import DayMoney
from app.quant.folds import FoldState, MetricRow, advance, fold

Load = Callable[[int], Groups]


class Folded(NamedTuple):
    """A scope after its fold: its row, the metric rows to write, and those that must go."""

    scope: ScopeRow
    rows: Sequence[MetricRow]
    stale: frozenset[tuple[str, int]] = frozenset()


class Facts(NamedTuple):
    """What a scope takes from its accounts rather than from their days."""

    kinds: tuple[str, ...]
    account_count: int
    is_simulated: bool
    is_balanced: bool


def refold_account(account_id: int, currency: str, from_day: int) -> None:
    """Bring the scopes of an account's owner up to date after a change from `from_day` on."""
    accounts = day_queries.owner_accounts(account_id, currency)
    me = next((account for account in accounts if account.id == account_id), None)
    if me is None:
        return
    now = clock.now()
    moment = Clock(now)
    keys = rules.user_scopes(me.user_id, me.plugin_id, me.kind, currency)
    if is_public(me):
        keys.append(rules.account_scope(me.user_id, me.id, me.plugin_id, me.kind, currency))
    locked = scopes.lock_scopes(keys, now)
    shared = [scope for scope in locked if not scope.key.account_id]
    load = partial(day_queries.user_days, me.user_id, me.kind, currency)
    folded = refold_scopes(shared, accounts, load, from_day, moment)
    own = [scope for scope in locked if scope.key.account_id]
    if own:
        load = partial(day_queries.account_days, me.id, currency)
        folded += refold_scopes(own, [me], load, from_day, moment)
    keep(folded, moment)
    facts = {"account_id": me.id, "plugin_id": me.plugin_id, "kind": me.kind, "currency": currency}
    topic = f"metrics:{me.id}:{currency}"
    notifications.emit(me.user_id, "metrics.updated", facts, topic=topic)


def is_public(account: Account) -> bool:
    """Whether an account counts in public records."""
    return account.is_ranked and account.kind in rules.RANKED_KINDS


def refold_robot(plugin_id: str, currency: str, from_day: int) -> None:
    """Bring a robot's public scopes up to date after a change from `from_day` on."""
    accounts = day_queries.robot_accounts(plugin_id, currency)
    kinds = {account.kind for account in accounts if account.has_days}
    now = clock.now()
    moment = Clock(now)
    locked = scopes.lock_scopes(rules.robot_scopes(plugin_id, kinds, currency), now)
    load = partial(day_queries.robot_days, plugin_id, currency)
    keep(refold_scopes(locked, accounts, load, from_day, moment), moment)


def keep(folded: Sequence[Folded], moment: Clock) -> None:
    """Write what a fold gave."""
    metrics.upsert([(one.scope.key, one.rows) for one in folded], moment.now)
    for one in folded:
        if one.stale:
            metrics.delete_periods(one.scope.key, one.stale)
    scopes.keep_scopes([one.scope for one in folded], moment.now)
    live.announce(one.scope.key.user_key for one in folded)


def refold_scopes(
    locked: Sequence[ScopeRow],
    accounts: Iterable[Account],
    load: Load,
    from_day: int,
    moment: Clock,
) -> list[Folded]:
    """Fold scopes that share a source of daily money."""
    facts = {scope.key: gather_facts(scope.key, accounts) for scope in locked}
    going = {scope.key: _continues(scope, facts[scope.key], from_day) for scope in locked}
    since = (
        min(scope.last_day or START_OF_TIME for scope in locked)
        if all(going.values())
        else START_OF_TIME
    )
    groups = load(since)
    folded = []
    for scope in locked:
        one = None
        if going[scope.key]:
            one = _go_on(scope, groups, facts[scope.key], moment)
        if one is None:
            if since != START_OF_TIME:
                since, groups = START_OF_TIME, load(START_OF_TIME)
            one = _start_over(scope, groups, facts[scope.key], from_day, moment)
        folded.append(_with_spark(scope, one, groups, since, load))
    return folded


def gather_facts(key: ScopeKey, accounts: Iterable[Account]) -> Facts:
    """Look at the accounts of a scope that have daily money."""
    own = [
        account
        for account in accounts
        if account.has_days
        and rules.belongs(key, (account.plugin_id, account.kind))
        and (key.account_id in (0, account.id))
    ]
    return Facts(
        tuple(sorted({account.kind for account in own})),
        len(own),
        any(account.is_simulated for account in own),
        all(account.is_balanced for account in own),
    )


def _continues(scope: ScopeRow, facts: Facts, from_day: int) -> bool:
    """Whether the checkpoint still stands: the change is not before it, nor in its premises."""
    if scope.checkpoint is None or scope.last_day is None or from_day < scope.last_day:
        return False
    if scope.weekend_on is not None and from_day <= scope.weekend_on:
        return False
    return was_balanced(scope) == facts.is_balanced


def unpack(packed: bytes | None) -> FoldState | None:
    """Read a state; None for none, and for one of an older layout (fold from the start then)."""
    try:
        return FoldState.unpack(packed) if packed else None
    except ValueError:
        return None


def was_balanced(scope: ScopeRow) -> bool | None:
    """Whether the last fold took every account to have a balance; None before the first fold."""
    state = unpack(scope.checkpoint)
    return None if state is None else bool(state.ints[kernels.BALANCED])


def _go_on(scope: ScopeRow, groups: Groups, facts: Facts, moment: Clock) -> Folded | None:
    """Fold from the checkpoint; None when it turns out that it does not stand."""
    days = [row for row in rules.scope_days(scope.key, groups) if row.day >= (scope.last_day or 0)]
    checkpoint = unpack(scope.checkpoint)
    if not days or days[0].day != scope.last_day or checkpoint is None:
        return None
    if scope.calendar == EXCHANGE and rules.first_weekend(days) is not None:
        return None
    return fold_days(scope, days, checkpoint, facts, moment)


def fold_days(
    scope: ScopeRow, days: Sequence[DayMoney], state: FoldState, facts: Facts, moment: Clock
) -> Folded:
    """Fold `days` on top of `state`; the checkpoint becomes the state before the last of them."""
    sessions = moment.sessions(scope.calendar, scope.key.kind)
    # Most members have one account: its scopes hold the same money and are folded once.
    same = (scope.calendar, sessions.completed, state.pack(), tuple(days))
    known = moment.folds.get(same)
    if known is None:
        known = moment.folds[same] = _fold_once(state, days, sessions)
    rows, states = known
    return Folded(stand(scope, facts, states, sessions.completed), rows)


def _fold_once(
    state: FoldState, days: Sequence[DayMoney], sessions: Sessions
) -> tuple[list[MetricRow], States]:
    axis, completed, rates = sessions
    closed, checkpoint = advance(state, days[:-1], axis, rates) if days[:-1] else ([], state)
    as_of = max(completed, days[-1].day)
    rows, head = fold(checkpoint, days[-1:], axis, as_of, rates)
    states = States(checkpoint.pack(), head.pack(), head.first_day or as_of, head.last_day or as_of)
    return closed + rows, states


def stand(scope: ScopeRow, facts: Facts, states: States, completed: int) -> ScopeRow:
    """Return a scope as it stands after a fold."""
    return scope._replace(
        kinds=facts.kinds,
        account_count=facts.account_count,
        is_simulated=facts.is_simulated,
        opened_on=states.opened_on,
        last_day=states.last_day,
        as_of=max(completed, states.last_day),
        checkpoint=states.checkpoint,
        head=states.head,
    )


def on_calendar(scope: ScopeRow, days: Iterable[DayMoney]) -> ScopeRow:
    """Return a scope with the calendar that its days ask for."""
    weekend = rules.first_weekend(days)
    return scope._replace(
        calendar=EXCHANGE if weekend is None else AROUND_THE_CLOCK, weekend_on=weekend
    )


def fold_anew(scope: ScopeRow, days: Sequence[DayMoney], facts: Facts, moment: Clock) -> Folded:
    """Fold all days of a scope from nothing; without days the scope is empty."""
    fresh = on_calendar(scope, days)
    if days:
        return fold_days(fresh, days, FoldState(is_balanced=facts.is_balanced), facts, moment)
    empty = fresh._replace(
        kinds=(), account_count=0, opened_on=None, last_day=None, as_of=None,
        checkpoint=None, head=None, spark=(),
    )  # fmt: skip
    return Folded(empty, ())


def _start_over(
    scope: ScopeRow, groups: Groups, facts: Facts, from_day: int, moment: Clock
) -> Folded:
    """Fold from the first day; write what the change reaches, delete what is no more."""
    anew = fold_anew(scope, rules.scope_days(scope.key, groups), facts, moment)
    periods = {(row.period, row.start) for row in anew.rows}
    stored = metrics.stored_periods(scope.key)
    has_other_premises = (
        scope.calendar != anew.scope.calendar or was_balanced(scope) != facts.is_balanced
    )
    rows = [
        row
        for row in anew.rows
        if has_other_premises
        or rules.is_touched(row, from_day)
        or (row.period, row.start) not in stored
    ]
    return Folded(anew.scope, rows, frozenset(stored - periods))


# --- Sparklines: kept with the scope, because a board of a thousand accounts shows as many ---


def has_spark(key: ScopeKey) -> bool:
    """Whether a scope's curve is shown in small: ranked accounts and robots."""
    return bool(key.account_id) or key.kind == PUBLIC


def _with_spark(before: ScopeRow, one: Folded, groups: Groups, since: int, load: Load) -> Folded:
    scope = one.scope
    if not has_spark(scope.key) or scope.last_day is None:
        return one
    now = one.rows[-1].return_ratio  # all time comes last
    same_day = before.last_day == scope.last_day and since != START_OF_TIME
    if same_day and now is not None and before.spark:
        return one._replace(scope=scope._replace(spark=(*before.spark[:-1], now)))
    full = groups if since == START_OF_TIME else load(START_OF_TIME)
    return one._replace(scope=scope._replace(spark=make_spark(scope, full)))


def make_spark(scope: ScopeRow, groups: Groups) -> tuple[float, ...]:
    """Draw a scope's curve in at most 60 values."""
    days = rules.scope_days(scope.key, groups)
    return tuple(rules.spark(rules.curve(days, is_balanced=bool(was_balanced(scope)))))
