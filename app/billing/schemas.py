"""What the plans file holds, checked when it is read."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, model_validator

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
