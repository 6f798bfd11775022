"""What a member's plan allows: which robots, how many at once, and which of their settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.accounts import service as accounts
from app.billing import service as billing
from app.core import clock, live, outbox
from app.core.i18n import gettext, listed
from app.ledger import service as ledger
from app.robots.errors import NotAllowedError
from app.robots.models import RobotDeployment
from app.robots.queries import running as queries
from app.robots.rules.allowance import Held, changed, refused_settings, surplus
from app.robots.schemas.running import Permission
from app.robots.service.catalogue import get_robot
from app.robots.service.plugins import get_plugin

HOLD = "robots.hold_to_plan"


def may_deploy(user_id: int, plugin_id: str) -> Permission:
    """Return whether a member may deploy a robot now, and the reason if not.

    Raises:
        RobotNotFoundError: there is no such robot.
    """
    used, most = queries.count_running(user_id), billing.limit(user_id, "robots")
    reason = _lacks(user_id, plugin_id)
    feature = ""
    if not reason and most is not None and used >= most:
        reason, feature = _is_full(user_id, most), "robots"
    return Permission(
        is_allowed=not reason,
        reason=reason,
        feature=feature,
        used=used,
        most=most,
        settings=_open_settings(user_id, plugin_id),
    )


def _open_settings(user_id: int, plugin_id: str) -> tuple[str, ...] | None:
    level = billing.entitlements(user_id).level("robot_settings")
    if level == "advanced":
        return None
    plugin = get_plugin(plugin_id)
    names = tuple(plugin.parameters_schema.get("properties", {}))
    locked = refused_settings(level, plugin.metadata.basic_settings, names)
    return tuple(name for name in names if name not in locked)


def require_deploy(user_id: int, plugin_id: str) -> None:
    """Let a member pass who may deploy a robot now.

    Raises:
        NotAllowedError: the plan does not include it; `feature` and `plan` name what would.
    """
    permission = may_deploy(user_id, plugin_id)
    if not permission.is_allowed:
        raise _refusal(user_id, plugin_id, permission.reason, permission.feature)


def require_resume(user_id: int, found: RobotDeployment) -> None:
    """Let a deployment that does not trade go on: as one more of those that do.

    Raises:
        NotAllowedError: the plan has no robot or no room for it.
    """
    reason, feature = _lacks(user_id, found.plugin_id), ""
    most = billing.limit(user_id, "robots")
    others = [each for each in _active(user_id) if each.id != found.id]
    if not reason and most is not None and len(others) >= most:
        reason, feature = _is_full(user_id, most), "robots"
    if reason:
        raise _refusal(user_id, found.plugin_id, reason, feature)


def require_settings(
    user_id: int, plugin_id: str, given: Mapping[str, Any], before: Mapping[str, Any] | None = None
) -> None:
    """Let a member change those settings of a robot that the plan includes.

    `before` is what the robot trades by now; left out, it is what it comes with.

    Raises:
        NotAllowedError: names the first setting that the plan does not include.
    """
    plugin = get_plugin(plugin_id)
    if before is None:
        facts = plugin.parameters_schema.get("properties", {})
        before = {name: field.get("default") for name, field in facts.items()}
    level = billing.entitlements(user_id).level("robot_settings")
    refused = refused_settings(level, plugin.metadata.basic_settings, changed(before, given))
    if not refused:
        return
    plan = billing.next_plan(user_id, "robot_settings")
    message = gettext(
        "Your plan %(tier)s does not change %(names)s of this robot. Leave it, or take a larger plan.",
        tier=billing.plan_name(billing.plan_of(user_id)),
        names=listed(refused),
    )
    raise NotAllowedError(
        message, feature="robot_settings", field=refused[0], **({"plan": plan.tier} if plan else {})
    )


# --- When a plan falls ---


def hold_to_plan(user_id: int) -> list[int]:
    """Pause what trades beyond a member's plan, the oldest stay; nothing is lost by it.

    What was paused goes on when its member says so, once a plan has room for it again.
    """
    accounts.lock_user(user_id)
    active = _active(user_id)
    held = [Held(each.id, not _lacks(user_id, each.plugin_id)) for each in active]
    most = billing.limit(user_id, "robots")
    strange, rest = surplus(held, most)
    for each in active:
        if each.id in strange:
            _hold(each, _lacks(user_id, each.plugin_id))
        elif each.id in rest:
            _hold(each, _is_full(user_id, most or 0))
    if strange or rest:
        live.announce([user_id])
    return [*strange, *rest]


def hold_all_to_plans() -> None:
    """Ask for the above for whoever's plan has ended by itself: nothing else tells of that."""
    for user_id in billing.list_ended():
        ask_to_hold(user_id)


def ask_to_hold(user_id: int) -> None:
    """Let a job look at a member's deployments."""
    if _active(user_id):
        outbox.enqueue(HOLD, {"user_id": user_id}, key=f"{HOLD}:{user_id}", coalesce=True)


def _hold(found: RobotDeployment, reason: str) -> None:
    found.state, found.reason, found.updated_at = "paused", reason, clock.now()
    accounts.audit(
        "deployment.paused",
        user_id=found.user_id,
        subject=f"deployment:{found.id}",
        plugin_id=found.plugin_id,
        version=found.version,
        by="plan",
    )


def _active(user_id: int) -> list[RobotDeployment]:
    """Return what trades for a member, the oldest first; no plan limits the operator's records."""
    rows = queries.list_active(user_id)
    ranked = {each.id for each in ledger.list_accounts(user_id) if each.is_ranked} if rows else ()
    return [each for each in rows if each.account_id not in ranked]


def _lacks(user_id: int, plugin_id: str) -> str:
    """Return in words why the plan does not include a robot; empty if it does."""
    robot = get_robot(plugin_id)
    if billing.covers(user_id, robot.min_tier) and billing.can(user_id, "paper_trading"):
        return ""
    return gettext(
        "%(robot)s comes with the plan %(plan)s; you are on %(tier)s.",
        robot=robot.name,
        plan=billing.plan_name(billing.get_plan(robot.min_tier)),
        tier=billing.plan_name(billing.plan_of(user_id)),
    )


def _is_full(user_id: int, most: int) -> str:
    return gettext(
        "Your plan %(tier)s runs %(most)s robots at once. Stop one, or take a larger plan.",
        tier=billing.plan_name(billing.plan_of(user_id)),
        most=most,
    )


def _refusal(user_id: int, plugin_id: str, reason: str, feature: str) -> NotAllowedError:
    if feature == "robots":
        plan = billing.next_plan(user_id, feature)
        return NotAllowedError(reason, feature=feature, **({"plan": plan.tier} if plan else {}))
    return NotAllowedError(reason, plan=get_robot(plugin_id).min_tier)
