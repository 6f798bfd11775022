"""A member's own keys of providers of models: kept sealed, told by their last four characters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from app.ai import service as ai
from app.ai.schemas.owner import OwnUse
from app.billing import service as billing
from app.core import clock
from app.core.i18n import gettext, lazy_gettext
from app.embed.service.prompts import Prompt, limit_prompt

WATCHED = timedelta(minutes=1)
"""A key that was saved later and is not checked yet is looked at again."""
STATES = {
    "unchecked": (lazy_gettext("Being checked"), "live"),
    "good": (lazy_gettext("The provider knows it"), "ok"),
    "refused": (lazy_gettext("The provider refuses it"), "warn"),
    "unknown": (lazy_gettext("The provider did not answer"), "warn"),
}


@dataclass(frozen=True)
class ModelKey:
    """One key as its owner sees it."""

    provider: str
    label: str
    hint: str
    state: str
    tone: str
    created_at: datetime
    checked_at: datetime | None
    daily_limit: str
    monthly_limit: str
    today: Decimal
    month: Decimal


@dataclass(frozen=True)
class ModelKeys:
    """All keys of a member, what they were used for, and the form for another one."""

    listed: list[ModelKey]
    providers: dict[str, str]
    use: list[OwnUse]
    is_moving: bool
    """Something is on its way that will be known in a moment."""
    error: str | None = None
    prompt: Prompt | None = None
    """Where the plan takes no own keys."""


def model_keys(user_id: int, *, error: str | None = None) -> ModelKeys:
    """Return a member's own keys without their text."""
    rows, young = ai.list_keys(user_id), clock.now() - WATCHED
    return ModelKeys(
        listed=[_key(user_id, row) for row in rows],
        providers=ai.providers(),
        use=ai.own_use(user_id),
        is_moving=any(
            row.state == "unchecked" and (row.checked_at or row.created_at) > young for row in rows
        ),
        error=error,
        prompt=_prompt(user_id),
    )


def act_on_model_keys(user_id: int, action: str, fields: Mapping[str, str]) -> ModelKeys:
    """Save, check, limit or delete a key.

    Raises:
        EntitlementError, NotFoundError, ValidationError: as the gateway says it.
    """
    provider = fields.get("provider", "")
    limits = fields.get("monthly_limit", ""), fields.get("daily_limit", "")
    if action == "save":
        ai.save_key(user_id, provider, fields.get("key", ""), *limits)
    elif action == "check":
        ai.ask_check(user_id, provider)
    elif action == "limits":
        ai.limit_key(user_id, provider, *limits)
    else:
        ai.delete_key(user_id, provider)
    return model_keys(user_id)


def _key(user_id: int, row: Any) -> ModelKey:
    state, tone = STATES[row.state]
    today, month = ai.key_use(user_id, row.provider)
    return ModelKey(
        provider=row.provider, label=ai.providers().get(row.provider, row.provider),
        hint=row.hint, state=str(state), tone=tone,
        created_at=row.created_at, checked_at=row.checked_at,
        daily_limit=_text(row.daily_limit), monthly_limit=_text(row.monthly_limit),
        today=today, month=month,
    )  # fmt: skip


def _text(limit: Decimal | None) -> str:
    return "" if limit is None else f"{limit.normalize():f}"


def _prompt(user_id: int) -> Prompt | None:
    if billing.can(user_id, ai.FEATURE):
        return None
    reached = gettext("Your plan takes no keys of your own: keys that you have rest until it does.")
    return limit_prompt(user_id, ai.FEATURE, reached)
