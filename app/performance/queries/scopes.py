"""Rows of `performance_scopes`: found or made, locked in a fixed order, and kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from app.performance.queries import driver
from app.performance.rules import ENDED_KINDS, ScopeKey


class ScopeRow(NamedTuple):
    """A scope and how far its fold has come; days are ordinals."""

    id: int
    key: ScopeKey
    kinds: tuple[str, ...]
    account_count: int
    is_simulated: bool
    weekend_on: int | None
    opened_on: int | None
    last_day: int | None
    as_of: int | None
    checkpoint: bytes | None
    head: bytes | None
    spark: tuple[float, ...]
    calendar: str


_ENDED = ", ".join(f"'{kind}'" for kind in ENDED_KINDS)
_COLUMNS = """
id, user_key, account_id, plugin_id, kind, currency, kinds, account_count, is_simulated,
weekend_on, opened_on, last_day, as_of, checkpoint, head, spark, calendar
"""
_USER = f"""
SELECT {_COLUMNS} FROM performance_scopes WHERE user_key = ? AND account_id IN (0, ?)
AND plugin_id IN (?, '') AND kind IN (?, 'forward') AND currency = ? ORDER BY id
"""  # noqa: S608 - built from constants
_ROBOT = f"""
SELECT {_COLUMNS} FROM performance_scopes WHERE user_key = 0 AND account_id = 0
AND plugin_id = ? AND currency = ? ORDER BY id
"""  # noqa: S608 - built from constants
_BEHIND = f"""
SELECT {_COLUMNS} FROM performance_scopes
WHERE id > ? AND kind NOT IN ({_ENDED}) AND ((calendar = 'XNYS' AND as_of < ?) OR (calendar = '24/7' AND as_of < ?))
ORDER BY id LIMIT ?
"""  # noqa: S608 - built from constants
_AFTER = f"""
SELECT {_COLUMNS} FROM performance_scopes
WHERE id > ? AND user_key BETWEEN ? AND ? ORDER BY id LIMIT ?
"""  # noqa: S608 - built from constants
_KEYS = "SELECT user_key, account_id, plugin_id, kind, currency FROM performance_scopes"
_HIGHEST_ID = 2**31 - 1
_MAKE = """
INSERT INTO performance_scopes (user_id, user_key, account_id, plugin_id, kind, currency, kinds,
  account_count, is_simulated, calendar, spark, version, updated_at)
VALUES (?, ?, ?, ?, ?, ?, '[]', 0, ?, 'XNYS', '[]', 0, ?) ON CONFLICT DO NOTHING
"""
_KEEP = """
UPDATE performance_scopes SET kinds = ?, account_count = ?, is_simulated = ?, weekend_on = ?,
  opened_on = ?, last_day = ?, as_of = ?, checkpoint = ?, head = ?, spark = ?, calendar = ?,
  version = version + 1, updated_at = ?
WHERE id = ?
"""


def _scope(row: Sequence[Any]) -> ScopeRow:
    weekend_on, opened_on, last_day, as_of = map(driver.from_day_or_none, row[9:13])
    checkpoint, head = (None if packed is None else bytes(packed) for packed in row[13:15])
    return ScopeRow(
        row[0],
        ScopeKey(*row[1:6]),
        tuple(_json(row[6])),
        row[7],
        bool(row[8]),
        weekend_on,
        opened_on,
        last_day,
        as_of,
        checkpoint,
        head,
        tuple(_json(row[15])),
        row[16],
    )


def _json(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, str) else value


def lock_scopes(keys: Sequence[ScopeKey], now: datetime) -> list[ScopeRow]:
    """Return the scopes of `keys`, made where missing, locked in the order of their ids.

    All keys are of one user and account, or of one robot.
    """
    found = _find(keys)
    if len(found) < len(keys):
        known = {scope.key for scope in found}
        # In one order everywhere: two jobs that make the same scopes wait, they do not deadlock.
        make_scopes(sorted(key for key in keys if key not in known), now)
        found = _find(keys)
    return found


def _find(keys: Sequence[ScopeKey]) -> list[ScopeRow]:
    last = max(keys)  # "" sorts first, so this one names the robot
    if last.user_key == 0:
        rows = driver.fetch(_ROBOT + driver.for_update(), (last.plugin_id, last.currency))
    else:
        kind = next((key.kind for key in keys if key.kind != "forward"), last.kind)
        account_id = max(key.account_id for key in keys)
        values = (last.user_key, account_id, last.plugin_id, kind, last.currency)
        rows = driver.fetch(_USER + driver.for_update(), values)
    wanted = set(keys)
    return [scope for scope in map(_scope, rows) if scope.key in wanted]


def make_scopes(keys: Iterable[ScopeKey], now: datetime) -> None:
    """Make empty scopes; one that is there stays."""
    instant = driver.to_instant(now)
    driver.run_many(_MAKE, [(key.user_key or None, *key, False, instant) for key in keys])


def lock_behind(after_id: int, exchange_day: int, utc_day: int, limit: int) -> list[ScopeRow]:
    """Return scopes whose figures end before the last completed session, in order of ids."""
    days = (driver.to_day(exchange_day), driver.to_day(utc_day))
    rows = driver.fetch(_BEHIND + driver.for_update(), (after_id, *days, limit))
    return [_scope(row) for row in rows]


def lock_after(after_id: int, limit: int, user_id: int | None) -> list[ScopeRow]:
    """Return the next scopes in order of ids: of one user, or of everybody and the robots."""
    first, last = (0, _HIGHEST_ID) if user_id is None else (user_id, user_id)
    rows = driver.fetch(_AFTER + driver.for_update(), (after_id, first, last, limit))
    return [_scope(row) for row in rows]


def list_keys() -> set[ScopeKey]:
    """Return the keys of all scopes."""
    return {ScopeKey(*row) for row in driver.fetch(_KEYS, ())}


def keep_scopes(scopes: Iterable[ScopeRow], now: datetime) -> None:
    """Write scopes back; each gets a new version."""
    instant, to_day = driver.to_instant(now), driver.day_writer()
    driver.run_many(
        _KEEP,
        [
            (
                orjson.dumps(scope.kinds).decode(),
                scope.account_count,
                scope.is_simulated,
                *[None if day is None else to_day(day) for day in scope[5:9]],
                scope.checkpoint,
                scope.head,
                orjson.dumps(scope.spark).decode(),
                scope.calendar,
                instant,
                scope.id,
            )
            for scope in scopes
        ],
    )
