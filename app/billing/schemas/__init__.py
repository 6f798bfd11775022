"""What the slice shows and takes; what the plans file holds is in `plans`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.billing.schemas.plans import (
    LADDERS,
    LEVELS,
    UNLIMITED,
    Economics,
    Feature,
    FeatureGroup,
    Interval,
    Kind,
    Ladder,
    LadderKey,
    Level,
    OfferPrices,
    Plan,
    PlansFile,
    Value,
)
from app.core.paging import Cursor, Page

__all__ = [
    "LADDERS",
    "LEVELS",
    "UNLIMITED",
    "CurrentSubscription",
    "Economics",
    "Entitlement",
    "Feature",
    "FeatureGroup",
    "FeatureOut",
    "Interval",
    "Kind",
    "Ladder",
    "LadderKey",
    "LadderOut",
    "Level",
    "OfferPrices",
    "Plan",
    "PlanKey",
    "PlanOut",
    "PlanWithEntitlements",
    "PlansFile",
    "PlansOut",
    "SubscriptionOut",
    "SubscriptionPage",
    "SubscriptionQuery",
    "UsageItem",
    "UsageOut",
    "Value",
]


def _known_plan(key: str) -> str:
    from app.billing.service.plans import plan_keys

    if key not in plan_keys():
        message = f"must be one of {', '.join(plan_keys())}"
        raise ValueError(message)
    return key


PlanKey = Annotated[str, AfterValidator(_known_plan)]
"""The key of a plan of the site's own ladder."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SubscriptionQuery(_Frozen):
    """Which of the asker's subscriptions, from where on."""

    cursor: Annotated[list[str | int], Cursor("subscriptions")] | None = None
    limit: int = Field(default=50, ge=1, le=100)


class SubscriptionOut(_Frozen):
    """A plan that the asker is or was on."""

    id: int
    tier: str
    status: Literal["active", "cancelled", "expired"]
    source: str
    """Where it comes from: operator, demo, or a payment provider."""
    started_at: datetime
    ends_at: datetime | None


class SubscriptionPage(Page):
    """The asker's subscriptions, the newest first."""

    items: list[SubscriptionOut]


class PlanOut(_Frozen):
    """A plan as the pricing page shows it."""

    tier: str
    name: str
    price: str
    """A month, as a decimal text."""
    currency: str


class Entitlement(_Frozen):
    """What is given of one feature."""

    kind: Kind
    value: bool | int | list[str] | str
    """A flag, a number (of days), a list of words, or a level; "unlimited": as much as one likes."""
    ready: bool
    """False: in preparation; it does not exist yet."""


class FeatureOut(_Frozen):
    """Something that plans may give."""

    key: str
    label: str
    kind: Kind
    ready: bool
    """False: in preparation; it does not exist yet."""


class PlanWithEntitlements(PlanOut):
    """A plan, and what it gives."""

    yearly_price: str
    """A year, as a decimal text."""
    trial_days: int
    is_popular: bool
    summary: str
    cta: str
    """The words of its button."""
    entitlements: dict[str, Entitlement]


class LadderOut(_Frozen):
    """Plans of one product, cheapest first."""

    key: LadderKey
    name: str
    features: list[FeatureOut]
    plans: list[PlanWithEntitlements]


class UsageItem(_Frozen):
    """How much of a feature is used."""

    key: str
    used: int
    limit: int | Literal["unlimited"]
    percent: int | None
    """How full it is; null without a limit."""
    ready: bool
    """False: in preparation; it does not exist yet."""
    resets_at: datetime | None
    """When the count begins anew; null: what there is at the moment."""


class UsageOut(_Frozen):
    """What the plans give by number, and how much of it is used."""

    items: list[UsageItem]


class PlansOut(_Frozen):
    """All that is sold."""

    ladders: list[LadderOut]


class CurrentSubscription(_Frozen):
    """The plan that counts now, and the subscription that it comes from."""

    plan: PlanOut
    subscription: SubscriptionOut | None
    """Null: never subscribed, which is the free plan."""
    entitlements: dict[str, Entitlement]
    """What the plans of all ladders give together, by the key of the feature."""
