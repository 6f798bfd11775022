"""What the plans file holds, checked when it is read."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.core.paging import Cursor, Page

Tier = Literal["free", "low", "mid", "premium"]
TIERS: tuple[str, ...] = get_args(Tier)
Entitlement = bool | str
"""Included or not, or how much of it in a few words."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Feature(_Frozen):
    """Something that a plan may include."""

    key: str
    label: str
    ready: bool
    """False: promised, not built yet; shown as "in preparation"."""


class FeatureGroup(_Frozen):
    """Features that stand together in the comparison."""

    name: str
    features: list[Feature]


class Plan(_Frozen):
    """A tier: its price a month in US dollars and what it includes."""

    tier: Tier
    name: str
    price: Decimal
    currency: str = "USD"
    summary: str
    cta: str
    is_popular: bool = False
    highlights: list[str]
    """Keys of the features that the plan's own card lists, in order."""
    entitlements: dict[str, Entitlement]


class PlansFile(_Frozen):
    """The whole file: every plan says something about every feature."""

    groups: list[FeatureGroup]
    plans: list[Plan]

    @model_validator(mode="after")
    def _is_complete(self) -> PlansFile:
        known = {feature.key for group in self.groups for feature in group.features}
        for plan in self.plans:
            if set(plan.entitlements) != known or not set(plan.highlights) <= known:
                message = f"plan {plan.tier}: its features differ from those of the groups"
                raise ValueError(message)
        return self

    @property
    def features(self) -> dict[str, Feature]:
        """All features by key."""
        return {feature.key: feature for group in self.groups for feature in group.features}


class SubscriptionQuery(_Frozen):
    """Which of the asker's subscriptions, from where on."""

    cursor: Annotated[list[str | int], Cursor("subscriptions")] | None = None
    limit: int = Field(default=50, ge=1, le=100)


class SubscriptionOut(_Frozen):
    """A plan that the asker is or was on."""

    id: int
    tier: Tier
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

    tier: Tier
    name: str
    price: str
    """A month, as a decimal text."""
    currency: str


class CurrentSubscription(_Frozen):
    """The plan that counts now, and the subscription that it comes from."""

    plan: PlanOut
    subscription: SubscriptionOut | None
    """Null: never subscribed, which is the free plan."""
