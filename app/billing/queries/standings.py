"""Whose plan on a ladder stands how: `rules.own_plan.state` in SQL, for lists of members."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, or_, select

from app.billing.models import ProviderSubscription, Subscription
from app.billing.rules.access import LIVE
from app.billing.rules.own_plan import STRIPE


def users_standing(ladder: str, standings: tuple[str, ...], now: datetime) -> Select[Any]:
    """Return a query of the users whose plan on a ladder stands in one of some ways.

    "none" is nobody's here: who never had a plan has no row.
    """
    paid, given = _paid(ladder), _given(ladder, now)
    of_paid = select(paid.c.user_id).where(paid.c.place == 1, paid.c.standing.in_(standings))
    of_given = select(given.c.user_id).where(
        given.c.place == 1,
        given.c.standing.in_(standings),
        given.c.user_id.not_in(select(paid.c.user_id)),
    )
    return select(of_paid.union(of_given).subquery().c.user_id)


def users_known(ladder: str) -> Select[Any]:
    """Return a query of the users who have or had a plan on a ladder."""
    paid = select(ProviderSubscription.user_id).where(
        ProviderSubscription.ladder == ladder, ProviderSubscription.status.in_(LIVE)
    )
    given = select(Subscription.user_id).where(
        Subscription.ladder == ladder, Subscription.offer_id.is_(None)
    )
    return select(paid.union(given).subquery().c.user_id)


def _paid(ladder: str) -> Any:
    row = ProviderSubscription
    standing = case(
        (row.status.in_(("past_due", "unpaid", "paused")), "past_due"),
        (row.is_paused, "paused"),
        (row.cancel_at.is_not(None), "cancelling"),
        (row.status == "trialing", "trialing"),
        else_="active",
    )
    first = func.row_number().over(
        partition_by=row.user_id, order_by=(row.created_at, row.provider_id)
    )
    query = select(row.user_id, standing.label("standing"), first.label("place"))
    return query.where(row.ladder == ladder, row.status.in_(LIVE)).subquery()


def _given(ladder: str, now: datetime) -> Any:
    row = Subscription
    is_over = or_(row.status == "expired", row.ends_at <= now, row.source == STRIPE)
    newest = func.row_number().over(
        partition_by=row.user_id, order_by=(row.started_at.desc(), row.id.desc())
    )
    standing = case((is_over, "ended"), else_="gift").label("standing")
    query = select(row.user_id, standing, newest.label("place"))
    return query.where(row.ladder == ladder, row.offer_id.is_(None)).subquery()
