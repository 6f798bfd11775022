"""Mails that members can end about what they have not tried: a larger plan's robots, a first robot.

The rule is one for all: of a larger plan every robot that it opens is shown, with its whole record.
Nobody is mailed who does nothing here any more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from app.accounts import service as accounts
from app.billing import service as billing
from app.billing.schemas import Plan
from app.core import clock, outbox
from app.core.db import transaction
from app.core.formatters import NEW_YORK
from app.embed.service.cards import RobotCard, list_cards
from app.ledger import service as ledger
from app.notifications import service as notifications
from app.performance import service as performance
from app.robots import service as robots

MISSING, STEP = "see_what_you_miss", "onboarding_next_step"
ACTIVE = timedelta(days=30)
"""Who traded within so many days is asked whether a larger plan would be of use."""
NEW, OLD = timedelta(days=3), timedelta(days=10)
"""A next step is named between these ages of an account: not at once, and not for ever."""
MOST_ROBOTS = 40
BATCH = 200


def tell_missing() -> int:
    """Ask for this month's mails about what the next plan opens; return how many are new."""
    today = clock.now().astimezone(NEW_YORK).date()
    facts: dict[str, dict[str, Any]] = {}

    def tell(user_id: int) -> bool:
        plan = _next_plan(user_id)
        if plan is None:
            return False
        if plan.tier not in facts:
            facts[plan.tier] = missing_facts(plan)
        if not facts[plan.tier]["records"]:
            return False
        key = f"{MISSING}:{user_id}:{today:%Y-%m}"
        return notifications.tell(user_id, MISSING, key=key, facts=facts[plan.tier])

    return _tell_all(
        MISSING, lambda after: performance.active_members(today - ACTIVE, after, BATCH), tell
    )


def _tell_all(
    topic: str, batch: Callable[[int], Sequence[int]], tell: Callable[[int], bool]
) -> int:
    """Tell everybody who wants the mails of a topic; return how many mails are new.

    In batches with transactions of their own: cut anywhere and done again, each is told once.
    """
    after = told = 0
    while True:
        with transaction():
            outbox.renew_lease()
            members = batch(after)
            told += sum(tell(each) for each in sorted(notifications.wanting(topic, members)))
        if len(members) < BATCH:
            return told
        after = members[-1]


def _next_plan(user_id: int) -> Plan | None:
    """Return the next plan of the ladder of robots; None for who has the largest."""
    keys = billing.plan_keys()
    rank = keys.index(billing.plan_of(user_id).tier) + 1
    return billing.get_plan(keys[rank]) if rank < len(keys) else None


def missing_facts(plan: Plan) -> dict[str, Any]:
    """Return what a plan opens: all its robots by name, each with its record."""
    opened = [card for card in list_cards() if card.plan.tier == plan.tier and card.has_page]
    opened.sort(key=lambda card: card.robot.name.lower())
    return {
        "plan": plan.name,
        "amount": plan.price_minor("month"),
        "price_currency": plan.currency,
        "records": [_record(card) for card in opened[:MOST_ROBOTS]],
    }


def _record(card: RobotCard) -> dict[str, Any]:
    shown = {"robot": card.robot.name, "trades": card.trade_count, "days": 0}
    metrics, record = card.metrics, card.record
    if metrics is None or record is None:
        return shown
    return {
        **shown,
        "days": record.days,
        "win_low": _share(metrics.win_rate_low),
        "win_high": _share(metrics.win_rate_high),
        "net": metrics.total_pnl,
        "fees": ledger.public_fees(card.robot.id, record.currency),
        "currency": record.currency,
        "is_simulated": record.is_simulated,
    }


def _share(percent: float | None) -> float | None:
    return None if percent is None else percent / 100


def tell_next_step() -> int:
    """Name the next step to new members who run no robot, once for each; how many are new."""
    now = clock.now()

    def tell(user_id: int) -> bool:
        if robots.list_deployments(user_id):
            return False
        step = "run" if ledger.list_accounts(user_id) else "robot"
        return notifications.tell(user_id, STEP, key=f"{STEP}:{user_id}", facts={"step": step})

    return _tell_all(
        STEP, lambda after: accounts.users_made(now - OLD, now - NEW, after, BATCH), tell
    )
