"""The products and prices at the provider follow the plans file; one command, safe to repeat.

A price never changes there: a new one takes over its name (the lookup key), the old one is
archived, and whoever pays it goes on paying it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.billing.clients import stripe
from app.billing.errors import TillMissingError
from app.billing.rules import mirror
from app.billing.rules.mirror import Object
from app.billing.schemas.plans import Interval, Plan
from app.billing.service import plans, prices

INTERVALS: tuple[Interval, ...] = ("month", "year")


def sync_plans() -> list[str]:
    """Let the provider sell what the plans file says; return what had to be done."""
    stripe.require()
    done: list[str] = []
    sold: set[str] = set()
    for ladder in plans.list_ladders():
        for plan in ladder.plans:
            if plan.price:
                product = product_id(ladder.key, plan.tier)
                sold.add(product)
                _product(done, product, f"{ladder.name}: {plan.name}", plan)
                for interval in INTERVALS:
                    _price(done, product, plan, interval)
    _archive_others(done, sold)
    return done


def product_id(ladder: str, plan: str) -> str:
    """Return the provider's id of a plan's product; we choose it, so that it is made once."""
    return f"trp_{ladder}_{plan}"


def _product(done: list[str], key: str, name: str, plan: Plan) -> None:
    metadata = {mirror.LADDER: plan.ladder, mirror.PLAN: plan.tier}
    try:
        found = stripe.ask(lambda client: client.products.retrieve(key))
    except TillMissingError:
        params = {"id": key, "name": name, "metadata": metadata}
        stripe.ask(lambda client: client.products.create(params=params))
        done.append(f"product {key}")
        return
    if (found["name"], found["active"]) != (name, True):
        change = {"name": name, "active": True, "metadata": metadata}
        stripe.ask(lambda client: client.products.update(key, params=change))
        done.append(f"product changed {key}")


def _price(done: list[str], product: str, plan: Plan, interval: Interval) -> None:
    lookup = prices.lookup_key(plan.ladder, plan.tier, interval)
    asked: dict[str, Any] = {"product": product, "active": True, "limit": 100}
    running = [
        one
        for one in stripe.each(lambda client: client.prices.list(params=asked))
        if (one.get("recurring") or {}).get("interval") == interval
    ]
    present = next((one for one in running if _is_for(one, plan, interval, lookup)), None)
    if present is None:
        present = _new_price(product, plan, interval, lookup)
        done.append(f"price {lookup} {plan.price_minor(interval)} {plan.currency}")
    for other in running:
        if other["id"] != present["id"]:
            _archive_price(done, other)


def _is_for(price: Object, plan: Plan, interval: Interval, lookup: str) -> bool:
    has = (price["unit_amount"], price["currency"], price.get("lookup_key"))
    is_whole = (price.get("recurring") or {}).get("interval_count") == 1
    return is_whole and has == (plan.price_minor(interval), plan.currency.lower(), lookup)


def _new_price(product: str, plan: Plan, interval: Interval, lookup: str) -> Object:
    params = {
        "product": product,
        "unit_amount": plan.price_minor(interval),
        "currency": plan.currency.lower(),
        "recurring": {"interval": interval},
        "lookup_key": lookup,
        "transfer_lookup_key": True,
        "tax_behavior": "exclusive",
        "metadata": {
            mirror.LADDER: plan.ladder, mirror.PLAN: plan.tier, mirror.INTERVAL: interval,
        },
    }  # fmt: skip
    return stripe.ask(lambda client: client.prices.create(params=params))


def _archive_price(done: list[str], price: Object) -> None:
    key = price["id"]
    stripe.ask(lambda client: client.prices.update(key, params={"active": False}))
    done.append(f"price archived {key}")


def _archive_others(done: list[str], sold: Iterable[str]) -> None:
    """Archive the products of plans that the file no longer has."""
    known = set(sold)
    asked: dict[str, Any] = {"active": True, "limit": 100}
    for body in list(stripe.each(lambda client: client.products.list(params=asked))):
        if mirror.LADDER in (body.get("metadata") or {}) and body["id"] not in known:
            _archive_product(done, str(body["id"]))


def _archive_product(done: list[str], key: str) -> None:
    stripe.ask(lambda client: client.products.update(key, params={"active": False}))
    done.append(f"product archived {key}")
