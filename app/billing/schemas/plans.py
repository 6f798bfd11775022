"""What the plans file holds, checked when it is read."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import Any, Literal, cast, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

Kind = Literal["flag", "limit", "days", "set", "level"]
Level = Literal["none", "basic", "advanced"]
Interval = Literal["month", "year"]
LadderKey = Literal["robots", "ai_traders", "signals", "coach", "creator"]
LEVELS: tuple[str, ...] = get_args(Level)
LADDERS: tuple[str, ...] = get_args(LadderKey)
UNLIMITED = "unlimited"
Value = bool | int | frozenset[str] | str | None
"""What a plan gives of a feature: of a limit, None is as much as one likes."""
NOTHING: dict[str, Value] = {
    "flag": False, "limit": 0, "days": 0, "set": frozenset(), "level": LEVELS[0],
}  # fmt: skip
"""What who has no plan has of a feature of each kind."""
MINOR = 100
"""Cents of a dollar: the file's currency has two decimals."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Feature(_Frozen):
    """Something that a plan may give."""

    key: str
    label: str
    kind: Kind
    ready: bool
    """False: promised, not built yet; shown as "in preparation"."""
    members: tuple[str, ...] = ()
    """What a set may hold, in order."""
    counted: Literal["day", "month"] | None = None
    """Uses are counted, from zero again in each of these."""
    alarm: int | None = None
    """From which count of uses on the operator is told."""

    def value(self, given: Any) -> Value:
        """Return a value of the file as code asks for it; ValueError for one of another kind."""
        if self.kind == "flag" and isinstance(given, bool):
            return given
        if self.kind in {"limit", "days"}:
            if given == UNLIMITED:
                return None
            if type(given) is int and given >= 0:
                return given
        if self.kind == "set" and isinstance(given, list) and set(given) <= set(self.members):
            return frozenset(given)
        if self.kind == "level" and given in LEVELS:
            return cast("str", given)
        message = f"{self.key} is a {self.kind}, not {given!r}"
        raise ValueError(message)


class FeatureGroup(_Frozen):
    """Features that stand together in the comparison, by their keys."""

    name: str
    features: tuple[str, ...]


class Plan(_Frozen):
    """A plan of a ladder: its price and what it gives."""

    ladder: LadderKey
    tier: str
    name: str
    short: str
    price: Decimal = Field(ge=0, decimal_places=2)
    """A month, without tax."""
    currency: str
    yearly_months: int
    trial_days: int = Field(default=0, ge=0, le=90)
    summary: str
    cta: str
    is_popular: bool = False
    by_sales: bool = False
    """People talk to somebody before they take it."""
    highlights: tuple[str, ...]
    """Keys of the features that the plan's own card lists, in order."""
    entitlements: dict[str, Any]
    """By key of the feature, as `Feature.value` reads it."""

    def price_of(self, interval: Interval) -> Decimal:
        """Return what a month or a year of the plan costs."""
        return self.price * (self.yearly_months if interval == "year" else 1)

    def price_minor(self, interval: Interval) -> int:
        """Return what a month or a year of the plan costs, in cents."""
        return int(self.price_of(interval) * MINOR)


class Ladder(_Frozen):
    """Plans of one product, cheapest first."""

    key: LadderKey
    name: str
    groups: tuple[FeatureGroup, ...]
    plans: tuple[Plan, ...] = Field(min_length=1)

    @property
    def features(self) -> list[str]:
        """The keys of all its features, in the order of the comparison."""
        return [key for group in self.groups for key in group.features]

    @property
    def free(self) -> Plan | None:
        """The plan that everybody has; None: who bought nothing has nothing."""
        return self.plans[0] if not self.plans[0].price else None

    @model_validator(mode="after")
    def _is_sound(self) -> Ladder:
        known = set(self.features)
        for plan in self.plans:
            if set(plan.entitlements) != known or not set(plan.highlights) <= known:
                message = f"plan {plan.tier}: its features differ from those of the groups"
                raise ValueError(message)
        prices = [plan.price for plan in self.plans]
        if prices != sorted(set(prices)):
            message = f"ladder {self.key}: prices rise from plan to plan"
            raise ValueError(message)
        if len({plan.tier for plan in self.plans}) < len(self.plans):
            message = f"ladder {self.key}: two plans have one key"
            raise ValueError(message)
        if sum(plan.is_popular for plan in self.plans) > 1:
            message = f"ladder {self.key}: one plan at most is popular"
            raise ValueError(message)
        return self


class OfferPrices(_Frozen):
    """Between what a creator sets the price of an offer, a month."""

    least: Decimal = Field(gt=0)
    most: Decimal

    @model_validator(mode="after")
    def _rises(self) -> OfferPrices:
        if self.least > self.most:
            message = "offer_prices: least is above most"
            raise ValueError(message)
        return self


class Economics(_Frozen):
    """What a use costs us, and how much of a price may be spent on it."""

    analysis_cost: Decimal = Field(gt=0)
    share: Decimal = Field(gt=0, le=1)
    margin: Decimal = Field(gt=0, lt=1)

    def analyses(self, price: Decimal) -> int:
        """Return how many analyses a month a plan of this price carries."""
        return int(price * self.share * (1 - self.margin) / self.analysis_cost)


class PlansFile(_Frozen):
    """The whole file."""

    currency: str
    yearly_months: int = Field(ge=1, le=12)
    offer_prices: OfferPrices
    economics: Economics
    features: dict[str, Feature]
    ladders: tuple[Ladder, ...]

    @model_validator(mode="before")
    @classmethod
    def _spread(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Give each feature its key, and each plan what the file says of all of them."""
        same = {name: data.get(name) for name in ("currency", "yearly_months")}
        features = {key: {"key": key} | fields for key, fields in data.get("features", {}).items()}
        ladders = [
            ladder
            | {
                "plans": [
                    same | {"ladder": ladder.get("key")} | plan for plan in ladder.get("plans", [])
                ]
            }
            for ladder in data.get("ladders", [])
        ]
        return data | {"features": features, "ladders": ladders}

    @model_validator(mode="after")
    def _is_complete(self) -> PlansFile:
        if tuple(ladder.key for ladder in self.ladders) != LADDERS:
            message = f"the ladders are {', '.join(LADDERS)}, in this order"
            raise ValueError(message)
        for ladder in self.ladders:
            unknown = set(ladder.features) - set(self.features)
            if unknown:
                message = f"ladder {ladder.key}: no feature is called {', '.join(sorted(unknown))}"
                raise ValueError(message)
            for plan in ladder.plans:
                for key, given in plan.entitlements.items():
                    try:
                        self.features[key].value(given)
                    except ValueError as error:
                        message = f"plan {plan.tier} of {ladder.key}: {error}"
                        raise ValueError(message) from None
        return self

    @cached_property
    def by_key(self) -> dict[tuple[str, str], Plan]:
        """All plans by ladder and key."""
        return {(each.key, plan.tier): plan for each in self.ladders for plan in each.plans}

    @cached_property
    def values(self) -> dict[tuple[str, str], dict[str, Value]]:
        """What each plan gives, by ladder and key of the plan, then by key of the feature."""
        return {
            place: {key: self.features[key].value(raw) for key, raw in plan.entitlements.items()}
            for place, plan in self.by_key.items()
        }

    def ladder(self, key: str) -> Ladder:
        """Return one ladder; KeyError for an unknown one."""
        for each in self.ladders:
            if each.key == key:
                return each
        raise KeyError(key)
