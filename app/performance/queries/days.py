"""Daily money of accounts, added per day by the database in exact integers.

`account_days` and `trading_accounts` are the ledger's tables; like foreign keys they are named
here, and nothing of them is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from app.performance.queries import driver
from app.performance.rules import FORWARD_KINDS, Group
from app.quant.days import DayMoney

START_OF_TIME = 1


def _sum(column: str) -> str:
    # PostgreSQL adds BIGINTs into a NUMERIC; the total fits into 64 bits again.
    return f"CAST(SUM({column}) AS BIGINT)"


_SUMS = ", ".join(
    (
        _sum("trade_count"),
        _sum("win_count"),
        _sum("loss_count"),
        _sum("gross_profit"),
        _sum("gross_loss"),
        "MAX(best)",
        "MIN(worst)",
        *map(
            _sum,
            (
                "entry_notional",
                "realized",
                "fees",
                "mark_change",
                "flows",
                "opening",
                "open_delta",
            ),
        ),
    )
)
_USER_DAYS = f"""
SELECT plugin_id, kind, day, {_SUMS} FROM account_days
WHERE user_id = ? AND currency = ? AND day >= ? AND kind IN (?, ?, ?, ?)
GROUP BY plugin_id, kind, day ORDER BY day
"""  # noqa: S608 - built from constants
_ROBOT_DAYS = f"""
SELECT plugin_id, kind, day, {_SUMS} FROM account_days
WHERE plugin_id = ? AND currency = ? AND day >= ? AND kind IN ('live', 'paper', 'null')
AND is_ranked GROUP BY plugin_id, kind, day ORDER BY day
"""  # noqa: S608 - built from constants
_ACCOUNT_DAYS = f"""
SELECT plugin_id, kind, day, {_SUMS} FROM account_days
WHERE account_id = ? AND currency = ? AND day >= ?
GROUP BY plugin_id, kind, day ORDER BY day
"""  # noqa: S608 - built from constants

Groups = dict[Group, list[DayMoney]]


def _groups(rows: Iterable[Any]) -> Groups:
    groups: Groups = {}
    for plugin_id, kind, day, *sums in rows:
        groups.setdefault((plugin_id, kind), []).append(DayMoney(driver.from_day(day), *sums))
    return groups


def user_days(user_id: int, kind: str, currency: str, since: int) -> Groups:
    """Return a user's daily money by robot and kind: of `kind`, or of all forward kinds with it."""
    kinds = FORWARD_KINDS if kind in FORWARD_KINDS else (kind,) * len(FORWARD_KINDS)
    values = (user_id, currency, driver.to_day(since), *kinds)
    return _groups(driver.fetch(_USER_DAYS, values))


def robot_days(plugin_id: str, currency: str, since: int) -> Groups:
    """Return the daily money of a robot's ranked accounts over all users, by kind."""
    return _groups(driver.fetch(_ROBOT_DAYS, (plugin_id, currency, driver.to_day(since))))


def account_days(account_id: int, currency: str, since: int) -> Groups:
    """Return the daily money of one account."""
    return _groups(driver.fetch(_ACCOUNT_DAYS, (account_id, currency, driver.to_day(since))))


# --- Accounts ---


class Account(NamedTuple):
    """What a scope must know of an account in one currency."""

    id: int
    user_id: int
    plugin_id: str
    kind: str
    is_ranked: bool
    is_simulated: bool
    is_balanced: bool
    has_days: bool


_ACCOUNT = """
a.id, a.user_id, a.plugin_id, a.kind, a.is_ranked, a.is_simulated,
a.starting_balance > 0 AND a.currency = ?,
EXISTS (SELECT 1 FROM account_days d WHERE d.account_id = a.id AND d.currency = ?)
"""
_OWNER_ACCOUNTS = f"""
SELECT {_ACCOUNT} FROM trading_accounts me JOIN trading_accounts a ON a.user_id = me.user_id
WHERE me.id = ? ORDER BY a.id
"""  # noqa: S608 - built from constants
_ROBOT_ACCOUNTS = f"""
SELECT {_ACCOUNT} FROM trading_accounts a
WHERE a.plugin_id = ? AND a.kind IN ('live', 'paper', 'null') AND a.is_ranked ORDER BY a.id
"""  # noqa: S608 - built from constants
_USER_ACCOUNTS = f"""
SELECT {_ACCOUNT} FROM trading_accounts a WHERE a.user_id = ? ORDER BY a.id
"""  # noqa: S608 - built from constants
_BOOKS = """
SELECT a.id, a.user_id, a.plugin_id, a.kind, a.is_ranked, a.is_simulated, d.currency
FROM (SELECT DISTINCT account_id, currency FROM account_days) d
JOIN trading_accounts a ON a.id = d.account_id ORDER BY a.id, d.currency
"""


def _account(row: Sequence[Any]) -> Account:
    ranked, simulated, balanced, has_days = map(bool, row[4:8])
    return Account(row[0], row[1], row[2], row[3], ranked, simulated, balanced, has_days)


def _accounts(rows: Iterable[Any]) -> list[Account]:
    return [_account(row) for row in rows]


def owner_accounts(account_id: int, currency: str) -> list[Account]:
    """Return all accounts of the owner of `account_id`."""
    return _accounts(driver.fetch(_OWNER_ACCOUNTS, (currency, currency, account_id)))


def robot_accounts(plugin_id: str, currency: str) -> list[Account]:
    """Return the ranked accounts of a robot over all users."""
    return _accounts(driver.fetch(_ROBOT_ACCOUNTS, (currency, currency, plugin_id)))


def user_accounts(user_id: int, currency: str) -> list[Account]:
    """Return all accounts of a user."""
    return _accounts(driver.fetch(_USER_ACCOUNTS, (currency, currency, user_id)))


def list_books(user_id: int | None) -> list[tuple[Account, str]]:
    """Return each account with each currency in which it has daily money."""
    return [
        (_account((*row[:6], None, True)), row[6])
        for row in driver.fetch(_BOOKS, ())
        if user_id in (None, row[1])
    ]
