"""What a member's plan allows: which robots, and how many at once."""

from __future__ import annotations

from app.billing import service as billing
from app.core.i18n import gettext
from app.robots.queries import running as queries
from app.robots.schemas.running import Permission
from app.robots.service.catalogue import get_robot


def may_deploy(user_id: int, plugin_id: str) -> Permission:
    """Return whether a member may deploy a robot now, and the reason if not.

    Raises:
        RobotNotFoundError: there is no such robot.
    """
    robot = get_robot(plugin_id)
    used, most = queries.count_running(user_id), billing.limit(user_id, "robots")
    reason = ""
    if not billing.covers(user_id, robot.min_tier):
        reason = gettext(
            "%(robot)s comes with the plan %(plan)s; you are on %(tier)s.",
            robot=robot.name,
            plan=billing.plan_name(billing.get_plan(robot.min_tier)),
            tier=billing.plan_name(billing.plan_of(user_id)),
        )
    elif most is not None and used >= most:
        reason = gettext(
            "Your plan %(tier)s runs %(most)s robots at once. Stop one, or take a larger plan.",
            tier=billing.plan_name(billing.plan_of(user_id)),
            most=most,
        )
    return Permission(is_allowed=not reason, reason=reason, used=used, most=most)
