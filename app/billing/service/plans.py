"""The plans file, and its values in words."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from app.billing.rules.entitlements import gives
from app.billing.schemas import (
    UNLIMITED,
    Entitlement,
    Feature,
    FeatureGroup,
    FeatureOut,
    Ladder,
    LadderOut,
    Plan,
    PlansFile,
    PlansOut,
    PlanWithEntitlements,
    Value,
)
from app.core.errors import NotFoundError
from app.core.i18n import gettext, lazy_pgettext, listed, ngettext, pgettext

PLANS_PATH = Path(__file__).parents[1] / "plans.toml"
ROBOTS = "robots"
"""The ladder that the site itself sells; `tier` alone means one of its plans."""
PERIODS = {
    "daily": lazy_pgettext("period of figures", "Daily"),
    "weekly": lazy_pgettext("period of figures", "Weekly"),
    "monthly": lazy_pgettext("period of figures", "Monthly"),
    "all_time": lazy_pgettext("period of figures", "All time"),
}
LEVEL_NAMES = {
    "none": lazy_pgettext("level of a feature", "None"),
    "basic": lazy_pgettext("level of a feature", "Basic"),
    "advanced": lazy_pgettext("level of a feature", "Advanced"),
}


@lru_cache(maxsize=1)
def read_plans(path: Path = PLANS_PATH) -> PlansFile:
    """Return the checked contents of the plans file."""
    return PlansFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))


def list_ladders() -> list[Ladder]:
    """Return all ladders of plans; the site's own first."""
    return list(read_plans().ladders)


def get_ladder(key: str) -> Ladder:
    """Return one ladder.

    Raises:
        NotFoundError: there is no such ladder.
    """
    try:
        return read_plans().ladder(key)
    except KeyError:
        message = gettext("There is no ladder of plans '%(key)s'.", key=key)
        raise NotFoundError(message) from None


def list_plans(ladder: str = ROBOTS) -> list[Plan]:
    """Return the plans of a ladder, cheapest first."""
    return list(get_ladder(ladder).plans)


def plan_keys(ladder: str = ROBOTS) -> list[str]:
    """Return the keys of a ladder's plans, cheapest first."""
    return [plan.tier for plan in list_plans(ladder)]


def free_plan(ladder: str = ROBOTS) -> Plan | None:
    """Return the plan of a ladder that everybody has, or None."""
    return get_ladder(ladder).free


def list_feature_groups(ladder: str = ROBOTS) -> list[FeatureGroup]:
    """Return what the plans of a ladder may include, as the comparison shows it."""
    return list(get_ladder(ladder).groups)


def features() -> dict[str, Feature]:
    """Return all features by key."""
    return read_plans().features


def get_plan(tier: str, ladder: str = ROBOTS) -> Plan:
    """Return one plan.

    Raises:
        NotFoundError: there is no such tier.
    """
    found = read_plans().by_key.get((ladder, tier))
    if found is None:
        message = gettext("There is no plan '%(tier)s'.", tier=tier)
        raise NotFoundError(message)
    return found


def offer_prices() -> tuple[int, int]:
    """Return between what a creator sets the price of an offer a month, in cents."""
    found = read_plans().offer_prices
    return int(found.least * 100), int(found.most * 100)


def shown_plans() -> PlansOut:
    """Return all that is sold, as the API says it."""
    return PlansOut(ladders=[_shown_ladder(ladder) for ladder in list_ladders()])


def _shown_ladder(ladder: Ladder) -> LadderOut:
    known, values = features(), read_plans().values
    return LadderOut(
        key=ladder.key,
        name=ladder.name,
        features=[
            FeatureOut(
                key=key, label=known[key].label, kind=known[key].kind, ready=known[key].ready
            )
            for key in ladder.features
        ],
        plans=[
            PlanWithEntitlements(
                tier=plan.tier,
                name=plan.name,
                price=f"{plan.price:f}",
                currency=plan.currency,
                yearly_price=f"{plan.price_of('year'):f}",
                trial_days=plan.trial_days,
                is_popular=plan.is_popular,
                summary=plan.summary,
                cta=plan.cta,
                entitlements=shown_entitlements(values[ladder.key, plan.tier]),
            )
            for plan in ladder.plans
        ],
    )


def shown_entitlements(values: Mapping[str, Value]) -> dict[str, Entitlement]:
    """Return what is given of each feature, as the API says it."""
    known = features()
    return {
        key: Entitlement(kind=known[key].kind, value=_plain(key, value), ready=known[key].ready)
        for key, value in values.items()
    }


def _plain(key: str, value: Value) -> bool | int | list[str] | str:
    if value is None:
        return UNLIMITED
    if isinstance(value, frozenset):
        return [each for each in features()[key].members if each in value]
    return value


# --- In words ---


def plan_value(plan: Plan, key: str) -> bool | str:
    """Return what a plan gives of a feature, for people: whether at all, or how much."""
    return value_text(key, read_plans().values[plan.ladder, plan.tier][key])


def value_text(key: str, value: Value) -> bool | str:
    """Return a value of a feature for people: a flag as it is, False for none, or how much.

    Every page says what plans give by this, so that none can promise what is not enforced.
    """
    feature = features()[key]
    if not gives(value) or feature.kind == "flag":
        return gives(value)
    if value is None:
        return pgettext("how much a plan gives", "Unlimited")
    if isinstance(value, frozenset):
        return _periods(feature, value)
    return str(LEVEL_NAMES[value]) if isinstance(value, str) else _count(feature, value)


def _periods(feature: Feature, value: frozenset[str]) -> str:
    if len(value) == len(feature.members):
        return gettext("All %(count)s periods", count=len(value))
    names = (str(PERIODS[each]) for each in feature.members if each in value)
    return listed(names, gettext(" and "))


def _count(feature: Feature, value: int) -> str:
    if feature.kind == "days":
        return ngettext("%(num)s day", "%(num)s days", value)
    if feature.key == ROBOTS:
        return ngettext("%(num)s robot at once", "%(num)s robots at once", value)
    return str(value)


def feature_name(key: str) -> str:
    """Return the name of a feature in the language in use."""
    return pgettext("plan", features()[key].label)


def plan_name(plan: Plan) -> str:
    """Return the name of a plan in the language in use."""
    return pgettext("plan", plan.name)


def yearly_saving(plan: Plan) -> int:
    """Return what a year at once costs less than twelve months, in cents."""
    return 12 * plan.price_minor("month") - plan.price_minor("year")
