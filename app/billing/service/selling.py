"""What is sold here, and whether anything is."""

from __future__ import annotations

from flask import current_app

from app.billing.clients import stripe
from app.billing.rules.entitlements import gives, is_more
from app.billing.schemas import Plan
from app.billing.service.plans import features, get_ladder, read_plans


def has_till() -> bool:
    """Whether anything can be bought: a payment provider is set up."""
    return stripe.is_set()


def is_test_till() -> bool:
    """Whether the till is one for trying: no money moves."""
    return has_till() and bool(current_app.config["STRIPE_IS_TEST_TILL"])


def is_for_sale(plan: Plan) -> bool:
    """Whether a plan gives something that exists, beyond what everybody has for nothing."""
    free = get_ladder(plan.ladder).free
    if not plan.price or plan == free:
        return False
    known, values = features(), read_plans().values
    has = {} if free is None else values[plan.ladder, free.tier]
    return any(
        known[key].ready
        and gives(value)
        and (key not in has or is_more(known[key].kind, value, has[key]))
        for key, value in values[plan.ladder, plan.tier].items()
    )
