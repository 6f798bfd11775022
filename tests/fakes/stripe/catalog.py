"""Products and prices."""

from __future__ import annotations

from .errors import invalid, lacks, refused
from .form import Params, merged
from .money import CURRENCIES, step

INTERVALS = ("day", "week", "month", "year")


def create_product(world, p: Params) -> dict:
    """Make a product, perhaps with its first price."""
    name = p.need("name")
    if p.get("id") and world.find("product", p["id"]):
        raise refused(f"Product already exists: {p['id']}", "resource_already_exists", "id")
    body = world.add(
        "prod",
        "product",
        id=p.text("id"),
        active=p.flag("active", default=True),
        default_price=None,
        description=p.text("description") or None,
        images=p.words("images"),
        marketing_features=[dict(one) for one in p.each("marketing_features")],
        metadata=merged({}, p.get("metadata")),
        name=name,
        package_dimensions=None,
        shippable=p.flag("shippable"),
        statement_descriptor=p.text("statement_descriptor"),
        tax_code=p.text("tax_code"),
        tax_details=None,
        type="service",
        unit_label=p.text("unit_label"),
        updated=world.now,
        url=p.text("url"),
    )
    world.emit("product.created", body)
    if first := p.nested("default_price_data"):
        price = create_price(world, Params({**first, "product": body["id"]}, first.path))
        body["default_price"] = price["id"]
    return body


def update_product(world, p: Params, key) -> dict:
    """Change a product."""
    body = world.get("product", key)
    new = {name: p.text(name) or None for name in ("description", "unit_label", "url") if name in p}
    if "name" in p:
        new["name"] = p.need("name")
    if "active" in p:
        new["active"] = p.flag("active")
    if "default_price" in p:
        new["default_price"] = world.get("price", p["default_price"], "default_price")["id"]
    if "metadata" in p:
        new["metadata"] = merged(body["metadata"], p["metadata"])
    if "marketing_features" in p:
        new["marketing_features"] = [dict(one) for one in p.each("marketing_features")]
    return world.change(body, "product.updated", **new, updated=world.now)


def delete_product(world, p: Params, key) -> dict:
    """Delete a product that has no prices."""
    body = world.get("product", key)
    if world.all("price", product=key):
        message = "This product cannot be deleted because it has one or more user-created prices."
        raise refused(message)
    world.emit("product.deleted", body)
    world.forget(body)
    return {"id": key, "object": "product", "deleted": True}


def create_price(world, p: Params) -> dict:
    """Make a price of a product."""
    currency = currency_of(p)
    amount = p.whole("unit_amount", least=0)
    if amount is None and "unit_amount_decimal" not in p:
        raise lacks(p.name("unit_amount"))
    if amount is None:
        amount = int(p["unit_amount_decimal"])
    whole_step(amount, currency, p.name("unit_amount"))
    recurring = _recurring(p)
    lookup = p.text("lookup_key")
    if lookup:
        _take_lookup_key(world, p, lookup)
    body = world.add(
        "price",
        "price",
        active=p.flag("active", default=True),
        billing_scheme="per_unit",
        currency=currency,
        custom_unit_amount=None,
        lookup_key=lookup,
        metadata=merged({}, p.get("metadata")),
        nickname=p.text("nickname"),
        product=_product(world, p),
        recurring=recurring,
        tax_behavior=p.choice(
            "tax_behavior", ("exclusive", "inclusive", "unspecified"), "unspecified"
        ),
        tiers_mode=None,
        transform_quantity=None,
        type="recurring" if recurring else "one_time",
        unit_amount=amount,
        unit_amount_decimal=str(amount),
    )
    world.emit("price.created", body)
    return body


def currency_of(p: Params, default=None) -> str:
    """Return the currency of a request."""
    currency = (p.text("currency", default) or "").lower()
    if not currency:
        raise lacks(p.name("currency"))
    if currency not in CURRENCIES:
        known = ", ".join(sorted(CURRENCIES))
        message = (
            f"Invalid currency: {currency}. Stripe currently supports these currencies: {known}"
        )
        raise invalid(message, p.name("currency"))
    return currency


def whole_step(amount, currency, param) -> None:
    """Refuse the third decimal, which cards do not have."""
    if amount % step(currency):
        message = f"Invalid {currency} amount {amount}: the last digit must be 0"
        raise invalid(message, param, "parameter_invalid_integer")


def _product(world, p):
    if inline := p.nested("product_data"):
        return create_product(world, inline)["id"]
    return world.get("product", p.need("product"), p.name("product"))["id"]


def _recurring(p):
    given = p.nested("recurring")
    if not given:
        return None
    given.need("interval")
    interval = given.choice("interval", INTERVALS)
    return {
        "interval": interval,
        "interval_count": given.whole("interval_count", 1, least=1),
        "meter": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }


def _take_lookup_key(world, p, lookup):
    may_take = p.flag("transfer_lookup_key", default=False)
    for other in world.all("price", lookup_key=lookup):
        if not may_take:
            message = f"A price (`{other['id']}`) already uses that lookup key."
            raise refused(message, param="lookup_key")
        world.change(other, "price.updated", lookup_key=None)


def update_price(world, p: Params, key) -> dict:
    """Archive a price, bring it back, or change its labels: its amount never changes."""
    body = world.get("price", key)
    new = {}
    if "active" in p:
        new["active"] = p.flag("active")
    if "nickname" in p:
        new["nickname"] = p.text("nickname") or None
    if "metadata" in p:
        new["metadata"] = merged(body["metadata"], p["metadata"])
    if "lookup_key" in p:
        if lookup := p.text("lookup_key"):
            _take_lookup_key(world, p, lookup)
        new["lookup_key"] = lookup or None
    return world.change(body, "price.updated", **new)


def usable_price(world, key, param, *, may_be_archived=False) -> dict:
    """Return a price that may be sold.

    Raises:
        ApiError: there is none, it is archived, or its product is.
    """
    price = world.get("price", key, param)
    if may_be_archived:
        return price
    if not price["active"]:
        message = "The price specified is inactive. This field only accepts active prices."
        raise refused(message, "resource_missing" if not price else None, param)
    if not world.get("product", price["product"])["active"]:
        raise refused("The product of the price specified is inactive.", None, param)
    return price
