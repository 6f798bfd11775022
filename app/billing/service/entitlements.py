"""What a member may do: the one question that all other code asks about plans.

`can(user_id, "live_trading")`, `limit(user_id, "robots")`, `require(user_id, "api")`. What is found
is kept for the request or job, until a plan changes in it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from flask import g
from sqlalchemy import event, select

from app.billing.errors import EntitlementError
from app.billing.models import Subscription
from app.billing.rules.entitlements import Entitlements, is_more, is_usable, merged
from app.billing.schemas import LADDERS, Plan
from app.billing.service.plans import (
    ROBOTS,
    feature_name,
    features,
    free_plan,
    plan_keys,
    plan_name,
    read_plans,
)
from app.core import clock
from app.core.db import db
from app.core.formatters import NEW_YORK
from app.core.i18n import gettext

_changes = 0


def entitlements(user_id: int) -> Entitlements:
    """Return what a member may do now, over all their plans; without one, what is free."""
    kept: dict[int, tuple[int, Entitlements]] | None = g.get("entitlements")
    if kept is None:
        kept = g.entitlements = {}
    known = kept.get(user_id)
    if known is not None and known[0] == _changes:
        until = known[1].until
        if until is None or until > clock.now():
            return known[1]
    found = _load(user_id)
    kept[user_id] = _changes, found
    return found


def can(user_id: int, key: str) -> bool:
    """Whether a member's plans give any of a feature."""
    return entitlements(user_id).can(key)


def limit(user_id: int, key: str) -> int | None:
    """Return how many (or how many days) a member's plans give; None: as many as one likes."""
    return entitlements(user_id).limit(key)


def require(user_id: int, key: str) -> None:
    """Let a member pass whose plans give a feature.

    Raises:
        EntitlementError: they do not; it names the feature and the cheapest plan that does.
    """
    if not can(user_id, key):
        raise needed(user_id, key)


def needed(user_id: int, key: str) -> EntitlementError:
    """Return the refusal of a feature that a member's plans do not give, or not enough of."""
    plan = next_plan(user_id, key)
    feature = feature_name(key)
    if plan is None:
        message = gettext("%(feature)s: no plan gives more of it than yours.", feature=feature)
        return EntitlementError(message, feature=key)
    message = gettext(
        "%(feature)s: your plan does not include it. It comes with the plan %(plan)s.",
        feature=feature,
        plan=plan_name(plan),
    )
    return EntitlementError(message, feature=key, ladder=plan.ladder, plan=plan.tier)


def covers(user_id: int, plan_key: str) -> bool:
    """Whether a member is on a plan of the site's own ladder, or on a larger one."""
    keys = plan_keys()
    return keys.index(plan_of(user_id).tier) >= keys.index(plan_key)


def plan_of(user_id: int) -> Plan:
    """Return the plan of the site's own ladder that counts for a member now."""
    return read_plans().by_key[ROBOTS, str(entitlements(user_id).plans[ROBOTS])]


def plan_on(user_id: int, key: str) -> Plan | None:
    """Return the dearest of a member's plans that say something about a feature."""
    file = read_plans()
    mine = [
        file.by_key[ladder, tier]
        for ladder, tier in entitlements(user_id).plans.items()
        if tier is not None and key in file.values[ladder, tier]
    ]
    return max(mine, key=lambda plan: plan.price, default=None)


def next_plan(user_id: int, key: str) -> Plan | None:
    """Return the cheapest plan that gives more of a feature than a member has; None: none does."""
    has, kind, file = entitlements(user_id).values[key], features()[key].kind, read_plans()
    more = [
        plan
        for place, plan in file.by_key.items()
        if key in file.values[place] and is_more(kind, file.values[place][key], has)
    ]
    return min(more, key=lambda plan: plan.price, default=None)


def history_since(user_id: int) -> date | None:
    """Return the first day of a member's own history that their plans show; None: all of it."""
    days = limit(user_id, "history_days")
    if days is None:
        return None
    return clock.now().astimezone(NEW_YORK).date() - timedelta(days=days)


def admit_program(user_id: int) -> datetime | None:
    """Return until when the programs of a member whose plan includes the API may ask.

    Raises:
        EntitlementError: the plan does not include it; keys are kept until it does again.
    """
    require(user_id, "api")
    return entitlements(user_id).until


def list_ended(within: timedelta = timedelta(days=2)) -> list[int]:
    """Return the members of whom a plan has ended by itself lately."""
    now = clock.now()
    query = select(Subscription.user_id).where(
        Subscription.ends_at <= now, Subscription.ends_at > now - within
    )
    return sorted(set(db.session.scalars(query)))


def forget() -> None:
    """Let plans be read again, in every request: one has changed."""
    global _changes  # noqa: PLW0603 - one number of the process, whichever thread changes
    _changes += 1


def _load(user_id: int) -> Entitlements:
    now, file, newest = clock.now(), read_plans(), _newest(user_id)
    given, plans, ends = [], {}, []
    for ladder in LADDERS:
        row = newest.get(ladder)
        free = free_plan(ladder)
        tier = free.tier if free else None
        if row and is_usable(row[1], row[2], now) and (ladder, row[0]) in file.by_key:
            tier = row[0]
            ends.append(row[2])
        plans[ladder] = tier
        if tier is not None:
            given.append(file.values[ladder, tier])
    until = min((each for each in ends if each is not None), default=None)
    return Entitlements(merged(file.features, given), plans, until)


def _newest(user_id: int) -> dict[str, tuple[str, str, datetime | None]]:
    """Return plan, status and end of a member's newest row on each ladder."""
    query = (
        select(Subscription.ladder, Subscription.tier, Subscription.status, Subscription.ends_at)
        .where(Subscription.user_id == user_id, Subscription.offer_id.is_(None))
        .order_by(Subscription.started_at.desc(), Subscription.id.desc())
    )
    found: dict[str, tuple[str, str, datetime | None]] = {}
    for ladder, tier, status, ends_at in db.session.execute(query):
        found.setdefault(ladder, (tier, status, ends_at))
    return found


def _changed(*_: Any) -> None:
    forget()


for _name in ("after_insert", "after_update", "after_delete"):
    event.listen(Subscription, _name, _changed)


@event.listens_for(db.session, "after_rollback")
def _rolled_back(_session: Any) -> None:
    """Forget what was read beside a change that did not come about."""
    if g:
        g.pop("entitlements", None)
