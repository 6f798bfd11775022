"""A member's own keys of providers as their owner sees them: sealed, told by their last characters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from app.ai.models import AiKey
from app.ai.schemas.keys import ModelKeyIn, ModelKeyLimits, ModelKeyList, ModelKeyOut
from app.ai.schemas.owner import OwnUse
from app.ai.service import keys, settings
from app.ai.service.usage import own_use
from app.billing import service as billing
from app.core import clock
from app.core.i18n import gettext, lazy_gettext

WATCHED = timedelta(minutes=1)
"""A key that was saved later and is not checked yet is looked at again."""
STATES = {
    "unchecked": (lazy_gettext("Being checked"), "live"),
    "good": (lazy_gettext("The provider knows it"), "ok"),
    "refused": (lazy_gettext("The provider refuses it"), "warn"),
    "unknown": (lazy_gettext("The provider did not answer"), "warn"),
}


@dataclass(frozen=True)
class ModelKeys:
    """All keys of a member for a page, what they were used for, and what a new one may be of."""

    listed: list[ModelKeyOut]
    providers: dict[str, str]
    use: list[OwnUse]
    is_moving: bool
    """Something is on its way that will be known in a moment."""
    rests: str = ""
    """Why keys rest and none is taken; empty: they count."""
    comes_with: str = ""
    """The name of the plan that takes them, where the member's does not."""
    states: Mapping[str, tuple[object, str]] = field(default_factory=lambda: STATES)
    """Words and tone of each state."""


def model_keys(user_id: int) -> ModelKeys:
    """Return a member's own keys for a page, without their text."""
    found, young = show_keys(user_id), clock.now() - WATCHED
    rests = gettext("Your plan takes no keys of your own.")
    if found.items:
        rests = gettext(
            "Your plan takes no keys of your own: keys that you have rest until it does."
        )
    plan = None if found.is_in_plan else billing.next_plan(user_id, keys.FEATURE)
    return ModelKeys(
        listed=found.items,
        providers=settings.providers(),
        use=own_use(user_id),
        is_moving=any(
            one.state == "unchecked" and (one.checked_at or one.created_at) > young
            for one in found.items
        ),
        rests="" if found.is_in_plan else rests,
        comes_with="" if plan is None else billing.plan_name(plan),
    )


def act_on_model_keys(
    user_id: int, action: str, provider: str, fields: Mapping[str, str]
) -> AiKey | None:
    """Save, check, limit or delete a key as a form says it.

    Raises:
        EntitlementError, NotFoundError, ValidationError: as the gateway says it.
    """
    limits = fields.get("monthly_limit", ""), fields.get("daily_limit", "")
    if action == "save":
        return keys.save_key(user_id, provider, fields.get("key", ""), *limits)
    if action == "check":
        return keys.ask_check(user_id, provider)
    if action == "limits":
        return keys.limit_key(user_id, provider, *limits)
    keys.delete_key(user_id, provider)
    return None


def show_keys(user_id: int) -> ModelKeyList:
    """Return a member's own keys as JSON tells them."""
    return ModelKeyList(
        items=[show_key(row) for row in keys.list_keys(user_id)],
        is_in_plan=billing.can(user_id, keys.FEATURE),
    )


def take_key(user_id: int, given: ModelKeyIn) -> ModelKeyOut:
    """Keep a key in place of the one before, and let a worker try it."""
    text = given.key.get_secret_value()
    return show_key(keys.save_key(user_id, given.provider, text, *_limits(given)))


def change_limits(user_id: int, provider: str, given: ModelKeyLimits) -> ModelKeyOut:
    """Set both limits of a key."""
    return show_key(keys.limit_key(user_id, provider, *_limits(given)))


def check_again(user_id: int, provider: str) -> ModelKeyOut:
    """Let a worker try a key again: once a minute at most."""
    return show_key(keys.ask_check(user_id, provider))


def _limits(given: ModelKeyLimits) -> tuple[str, str]:
    return _text(given.monthly_limit), _text(given.daily_limit)


def _text(limit: Decimal | None) -> str:
    return "" if limit is None else f"{limit:f}"


def show_key(row: AiKey) -> ModelKeyOut:
    """Return a key as its owner sees it."""
    today, month = keys.key_use(row.user_id, row.provider)
    return ModelKeyOut.model_validate(
        {
            "provider": row.provider,
            "label": settings.providers().get(row.provider, row.provider),
            "key_hint": row.hint,
            "state": row.state,
            "created_at": row.created_at,
            "checked_at": row.checked_at,
            "daily_limit": row.daily_limit,
            "monthly_limit": row.monthly_limit,
            "spent_today": today,
            "spent_this_month": month,
        }
    )
