"""What is said where a limit is reached: what was reached, what the next plan gives, the way up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from app.billing import service as billing
from app.billing.schemas import Plan
from app.core import clock, formatters
from app.core.errors import ValidationError
from app.core.i18n import gettext, ngettext
from app.embed.schemas import SeenIn
from app.embed.service import asking
from app.embed.service.links import page
from app.performance import service as performance
from app.robots.schemas.running import Permission

LIMIT = "limit."
MISSING = "missing"
PRICING = "pricing"
MOST_DAYS = 1000


@dataclass(frozen=True)
class Prompt:
    """A limit that was reached, and the one way up."""

    key: str
    reached: str
    gives: str
    """What the next plan gives of it; empty: no plan gives more."""
    plan: Plan | None
    up: str
    """Where the next plan is had; empty where nothing is sold."""
    up_text: str


def limit_prompt(user_id: int, key: str, reached: str, plan: Plan | None = None) -> Prompt:
    """Return what is said at a limit.

    `plan` is the one that helps, where it is not simply the next that gives more of the feature.
    """
    wanted = plan or billing.next_plan(user_id, key)
    source = LIMIT + key
    up = way_up(wanted, source)
    return Prompt(
        key=key,
        reached=reached,
        gives=_gives(wanted, key),
        plan=wanted,
        up=up,
        up_text=gettext("Get %(plan)s", plan=billing.plan_name(wanted)) if wanted and up else "",
    )


def hidden_days(user_id: int) -> int:
    """Return how many days with figures of a member lie before the window of their plans."""
    since = billing.history_since(user_id)
    if since is None:
        return 0
    until = since - timedelta(days=1)
    return len(performance.list_metrics(user_id, "daily", until=until, limit=MOST_DAYS))


def history_prompt(user_id: int) -> Prompt | None:
    """Return what is said where older figures are kept and not shown; None: all are shown."""
    hidden = hidden_days(user_id)
    if not hidden:
        return None
    days = billing.limit(user_id, "history_days")
    reached = ngettext(
        "%(num)s day with figures of yours is older than the %(days)s days that your plan shows.",
        "%(num)s days with figures of yours are older than the %(days)s days that your plan shows.",
        hidden,
        days=days,
    )
    return limit_prompt(user_id, "history_days", reached)


def robot_prompt(user_id: int, plugin_id: str, permission: Permission) -> Prompt | None:
    """Return what is said where a plan has no room for a robot, or not all of its settings."""
    if not permission.is_allowed:
        plan = None
        if not permission.feature:
            plan = billing.get_plan(asking.shelf()[plugin_id].facts.min_tier)
        return limit_prompt(user_id, "robots", permission.reason, plan)
    if permission.settings is not None and billing.next_plan(user_id, "robot_settings"):
        reached = gettext("Your plan does not change all settings of this robot.")
        return limit_prompt(user_id, "robot_settings", reached)
    return None


def api_prompt(user_id: int) -> Prompt | None:
    """Return what is said where programs are not part of the plan; None: they are."""
    if billing.can(user_id, "api"):
        return None
    reached = gettext("Your plan has no API access: keys that you have rest until it does.")
    return limit_prompt(user_id, "api", reached)


def _gives(plan: Plan | None, key: str) -> str:
    if plan is None or key not in plan.entitlements:
        return ""
    value = billing.plan_value(plan, key)
    name = billing.feature_name(key)
    if isinstance(value, str):
        return gettext(
            "%(plan)s gives: %(feature)s, %(value)s.",
            plan=billing.plan_name(plan), feature=name, value=value,
        )  # fmt: skip
    return gettext("%(plan)s gives: %(feature)s.", plan=billing.plan_name(plan), feature=name)


def way_up(plan: Plan | None, source: str) -> str:
    """Return where a plan is had, for who comes from a prompt; empty where nothing is sold."""
    if plan is None or not billing.has_till() or not billing.is_for_sale(plan):
        return ""
    ladder = {} if plan.ladder == billing.ROBOTS else {"ladder": plan.ladder}
    return page("dashboard", tab="plan", buy=plan.tier, source=source, **ladder)


def note_seen(user_id: int, seen: SeenIn) -> None:
    """Count what a page of the member's has shown, once a day: pages tell it when they are read.

    Raises:
        ValidationError: nothing is called so.
    """
    key = seen.what.removeprefix(LIMIT)
    is_limit = key != seen.what
    if is_limit and key not in billing.features():
        message = gettext("what: pricing, missing, or limit. and the key of a feature")
        raise ValidationError(message, field="what")
    if seen.what == PRICING:
        _note(user_id, ("pricing_viewed",), PRICING)
    elif seen.step == "followed":
        _note(user_id, ("prompt_followed",), seen.what)
    else:
        _note(
            user_id, ("limit_reached", "prompt_shown") if is_limit else ("prompt_shown",), seen.what
        )


def is_prompt(source: str) -> bool:
    """Whether somebody who comes from there has followed a prompt."""
    return source == MISSING or source.startswith(LIMIT)


def _note(user_id: int, kinds: tuple[str, ...], source: str) -> None:
    day = clock.now().astimezone(formatters.NEW_YORK).date()
    for kind in kinds:
        billing.note_conversion(
            kind,
            key=f"{kind}:{user_id}:{source}:{day}",
            user_id=user_id,
            source=source,
            site_id=asking.site_id(),
            plan_from=billing.plan_of(user_id).tier,
        )
