"""Limits of money: held back before a call, settled after it, in one transaction each.

Of many calls at one moment no more pass than the limits allow: each scope's row is changed by one
statement that holds only while there is room.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select, type_coerce, update
from sqlalchemy.dialects import postgresql, sqlite

from app.ai.errors import BudgetError
from app.ai.models import AiLimit, AiSpend
from app.ai.rules.catalogue import read_catalogue
from app.core import clock
from app.core.db import db, is_sqlite
from app.core.i18n import gettext
from app.core.types import ScaledDecimal

ALL = "all"
KINDS = {"user": "user_day", "site": "site_day", ALL: "global_day"}


def scopes_of(user_id: int | None, site_id: str | None) -> list[str]:
    """Return whose limits a call counts against, in the order in which their rows are locked."""
    found = [ALL]
    if site_id:
        found.append(f"site:{site_id}")
    if user_id is not None:
        found.append(f"user:{user_id}")
    return found


def limit_of(scope: str) -> Decimal:
    """Return the US dollars a day of a scope: its own limit, the owner's, or the catalogue's."""
    kind = KINDS[scope.partition(":")[0]]
    rows = {
        row.name: row.amount
        for row in db.session.scalars(select(AiLimit).where(AiLimit.name.in_([scope, kind])))
    }
    amount: Decimal = rows.get(scope, rows.get(kind, getattr(read_catalogue().limits, kind)))
    return amount


def spent(scope: str, day: date) -> tuple[Decimal, Decimal]:
    """Return what a scope has spent and holds back on a day."""
    row = db.session.get(AiSpend, (scope, day), populate_existing=True)
    return (row.spent, row.reserved) if row else (Decimal(0), Decimal(0))


def hold_back(limits: Sequence[tuple[str, Decimal | None]], day: date, amount: Decimal) -> None:
    """Hold money back in every scope, or in none: joins the present transaction.

    `limits` are scopes with what each may spend in the day, None for no limit.

    Raises:
        BudgetError: a scope has no room for it.
    """
    for scope, most in limits:
        _make_row(scope, day)
        change = update(AiSpend).where(AiSpend.scope == scope, AiSpend.day == day)
        if most is not None:
            used = type_coerce(AiSpend.reserved + AiSpend.spent, ScaledDecimal())
            change = change.where(used <= most - amount)
        held = db.session.execute(change.values(reserved=AiSpend.reserved + amount))
        if not getattr(held, "rowcount", 0):
            raise _refusal(scope)


def settle(scopes: Sequence[str], day: date, held: Decimal, cost: Decimal) -> None:
    """Turn what was held back into what was spent: joins the present transaction."""
    for scope in scopes:
        db.session.execute(
            update(AiSpend)
            .where(AiSpend.scope == scope, AiSpend.day == day)
            .values(reserved=AiSpend.reserved - held, spent=AiSpend.spent + cost)
        )


def mark_told(scope: str, day: date) -> bool:
    """Note that the operator is told of a scope's day; False when they have been."""
    told = db.session.execute(
        update(AiSpend)
        .where(AiSpend.scope == scope, AiSpend.day == day, AiSpend.is_told.is_(False))
        .values(is_told=True)
    )
    return bool(getattr(told, "rowcount", 0))


def _make_row(scope: str, day: date) -> None:
    values = {
        "scope": scope,
        "day": day,
        "reserved": Decimal(0),
        "spent": Decimal(0),
        "is_told": False,
    }
    db.session.execute(_insert(AiSpend).values(**values).on_conflict_do_nothing())


def _insert(table: Any) -> Any:
    return sqlite.insert(table) if is_sqlite() else postgresql.insert(table)


def request_refusal() -> BudgetError:
    """Return the error for a request that would cost more than one may."""
    message = gettext("This question costs more than one may. Ask something shorter.")
    return BudgetError(message, scope="request", resets_at=clock.now(), retry_after=1)


def _refusal(scope: str) -> BudgetError:
    now = clock.now()
    resets = _next_month(now) if scope.startswith("own:") else _next_day(now)
    said = {
        "user": gettext("Your questions have used up what may be spent for one member in a day."),
        "site": gettext("This site has used up what may be spent in a day."),
        "all": gettext("The service has used up what may be spent in a day."),
        "own": gettext("Your own key has reached the limit that you have set for a month."),
    }
    wait = max(1, int((resets - now).total_seconds()))
    return BudgetError(
        said[scope.partition(":")[0]], scope=scope, resets_at=resets, retry_after=wait
    )


def _next_day(now: datetime) -> datetime:
    return datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo)


def _next_month(now: datetime) -> datetime:
    return datetime.combine(
        (now.replace(day=1) + timedelta(days=32)).replace(day=1), time(), now.tzinfo
    )
