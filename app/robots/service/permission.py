"""What a member's plan allows: which robots, and how many at once."""

from __future__ import annotations

from app.billing import service as billing
from app.billing.schemas import TIERS
from app.core import clock
from app.core.i18n import gettext
from app.robots.queries import running as queries
from app.robots.schemas.running import Permission
from app.robots.service.catalogue import get_robot

MOST_DEPLOYMENTS = {"free": 1, "low": 3, "mid": 25, "premium": 100}
"""Deployments that are not stopped, by plan."""


def may_deploy(user_id: int, plugin_id: str) -> Permission:
    """Return whether a member may deploy a robot now, and the reason if not.

    Raises:
        RobotNotFoundError: there is no such robot.
    """
    robot = get_robot(plugin_id)
    tier = tier_of(user_id)
    used, most = queries.count_running(user_id), MOST_DEPLOYMENTS[tier]
    reason = ""
    if TIERS.index(tier) < TIERS.index(robot.min_tier):
        reason = gettext(
            "%(robot)s comes with the plan %(plan)s; you are on %(tier)s.",
            robot=robot.name,
            plan=billing.get_plan(robot.min_tier).name,
            tier=billing.get_plan(tier).name,
        )
    elif used >= most:
        reason = gettext(
            "Your plan %(tier)s runs %(most)s robots at once. Stop one, or take a larger plan.",
            tier=billing.get_plan(tier).name,
            most=most,
        )
    return Permission(is_allowed=not reason, reason=reason, used=used, most=most)


def tier_of(user_id: int) -> str:
    """Return the plan that counts for a member now."""
    found = billing.find_subscription(user_id)
    if found is None or found.status not in {"active", "trial"}:
        return "free"
    ended = found.ends_at is not None and found.ends_at <= clock.now()
    return "free" if ended else found.tier
