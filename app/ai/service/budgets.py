"""Limits of money: held back before a call, settled after it, in one transaction each.

Of many calls at one moment no more pass than the limits allow: each scope's row is changed by one
statement that holds only while there is room.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, select, type_coerce, update
from sqlalchemy.dialects import postgresql, sqlite

from app.ai.errors import BudgetError
from app.ai.models import AiLimit, AiSpend
from app.ai.rules.catalogue import read_catalogue
from app.core import clock
from app.core.db import db, is_sqlite
from app.core.i18n import gettext
from app.core.types import ScaledDecimal

_spend = AiSpend.__table__
_SCALED = ScaledDecimal()


def _amount(name: str) -> Any:
    return bindparam(name, type_=_SCALED)


# Each call of a model runs these: they go past the ORM and are built once.
_ROW = (_spend.c.scope == bindparam("of"), _spend.c.day == bindparam("on"))
_HOLD = update(_spend).where(*_ROW).values(reserved=_spend.c.reserved + _amount("amount"))
_HOLD_WITHIN = _HOLD.where(
    type_coerce(_spend.c.reserved + _spend.c.spent, _SCALED) <= _amount("room")
)
_SETTLE = (
    update(_spend)
    .where(*_ROW)
    .values(reserved=_spend.c.reserved - _amount("held"), spent=_spend.c.spent + _amount("cost"))
    .returning(_spend.c.spent)
)
_LIMITS = select(AiLimit.name, AiLimit.amount).where(
    AiLimit.name.in_(bindparam("names", expanding=True))
)

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


def own_key_of(scopes: Sequence[str]) -> tuple[int, str] | None:
    """Return the member and the provider of the own key by which a call was made; None: by ours."""
    kind, _, whose = next(iter(scopes), "").partition(":")
    if kind != "own":
        return None
    user_id, _, provider = whose.partition(":")
    return int(user_id), provider


def limits_of(scopes: Sequence[str]) -> dict[str, Decimal | None]:
    """Return the US dollars a day of each scope: its own limit, the owner's, or the catalogue's."""
    kinds = {scope: KINDS[scope.partition(":")[0]] for scope in scopes}
    names = {"names": [*kinds, *kinds.values(), *(f"own-{scope}" for scope in scopes)]}
    rows: dict[str, Decimal] = dict(db.session.connection().execute(_LIMITS, names).all())
    usual = read_catalogue().limits
    found: dict[str, Decimal] = {
        scope: rows.get(scope, rows.get(kind, getattr(usual, kind)))
        for scope, kind in kinds.items()
    }
    # A site's own administrators may set less than the operator, never more.
    return {scope: min(most, rows.get(f"own-{scope}", most)) for scope, most in found.items()}


def spent(scope: str, day: date) -> Decimal:
    """Return what a scope has spent in the period of a day."""
    row = db.session.get(AiSpend, (scope, period_of(scope, day)), populate_existing=True)
    return row.spent if row else Decimal(0)


def period_of(scope: str, day: date) -> date:
    """Return the first day of the period whose limit a scope has: a month of an own key, or a day."""
    return day.replace(day=1) if scope.startswith("own:") else day


def hold_back(limits: Sequence[tuple[str, Decimal | None]], day: date, amount: Decimal) -> None:
    """Hold money back in every scope, or in none: joins the present transaction.

    `limits` are scopes with what each may spend in the day (own keys in the month, or the day),
    None for no limit.

    Raises:
        BudgetError: a scope has no room for it.
    """
    execute = db.session.connection().execute
    for scope, most in limits:
        change = _HOLD if most is None else _HOLD_WITHIN
        begins = period_of(scope, day)
        values = {"of": scope, "on": begins, "amount": amount}
        if most is not None:
            values["room"] = most - amount
        if execute(change, values).rowcount:
            continue
        _make_row(scope, begins)  # the first call of the day
        if not execute(change, values).rowcount:
            raise _refusal(scope)


def settle(scopes: Sequence[str], day: date, held: Decimal, cost: Decimal) -> dict[str, Decimal]:
    """Turn what was held back into what was spent: joins the present transaction.

    Returns what each scope has spent now.
    """
    execute = db.session.connection().execute
    values = {"held": held, "cost": cost}
    return {
        scope: row.spent
        for scope in scopes
        for row in execute(_SETTLE, {**values, "of": scope, "on": period_of(scope, day)})
    }


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
        "own-day": gettext("Your own key has reached the limit that you have set for a day."),
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
