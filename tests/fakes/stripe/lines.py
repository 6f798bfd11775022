"""Lines of invoices: a period of a price, what a switch costs to the second, single items."""

from __future__ import annotations

from fractions import Fraction

from .money import moment, percent, share, shown


def line(world, *, amount, currency, description, period, price=None, quantity=1, parent=None, key=None):  # fmt: skip
    """Return a line; it belongs to an invoice when `put` there."""
    start, end = period
    return {
        "id": key or world.id("il"),
        "object": "line_item",
        "amount": amount,
        "currency": currency,
        "description": description,
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": None,
        "livemode": False,
        "metadata": {},
        "parent": parent,
        "period": {"start": start, "end": end},
        "pretax_credit_amounts": [],
        "pricing": _pricing(price),
        "quantity": quantity,
        "quantity_decimal": str(quantity),
        "subscription": _subscription_of(parent),
        "subtotal": amount,
        "taxes": [],
    }


def _pricing(price):
    if price is None:
        return None
    return {
        "price_details": {"price": price["id"], "product": price["product"]},
        "type": "price_details",
        "unit_amount_decimal": price["unit_amount_decimal"],
    }


def _subscription_of(parent):
    details = parent and parent[parent["type"]]
    return details and details["subscription"]


def item_parent(subscription, item, *, proration=False, invoice_item=None, credits_of=None):
    """Return the parent of a line that comes from a subscription's item."""
    credited = None
    if credits_of:
        credited = {"invoice": credits_of["invoice"], "invoice_line_items": [credits_of["id"]]}
    details = {
        "invoice_item": invoice_item,
        "proration": proration,
        "proration_details": {"credited_items": credited},
        "subscription": subscription["id"],
        "subscription_item": item["id"],
    }
    return {
        "invoice_item_details": None,
        "subscription_item_details": details,
        "type": "subscription_item_details",
    }


def single_parent(item) -> dict:
    """Return the parent of a line that comes from an invoice item."""
    details = {
        "invoice_item": item["id"],
        "proration": item["proration"],
        "proration_details": {"credited_items": None},
        "subscription": item["_subscription"],
    }
    return {
        "invoice_item_details": details,
        "subscription_item_details": None,
        "type": "invoice_item_details",
    }


def product_name(world, price) -> str:
    """Return the name that a line shows."""
    product = world.find("product", price["product"])
    return product["name"] if product else price["id"]


def period_line(world, subscription, item, start, end, *, trial=False) -> dict:
    """Return the line of one whole period of an item."""
    price = item["price"]
    name = product_name(world, price)
    quantity = item["quantity"]
    each = f"at {shown(price['unit_amount'], price['currency'])} / {price['recurring']['interval']}"
    return line(
        world,
        amount=0 if trial else price["unit_amount"] * quantity,
        currency=price["currency"],
        description=f"Trial period for {name}" if trial else f"{quantity} \u00d7 {name} ({each})",
        period=(start, end),
        price=price,
        quantity=quantity,
        parent=item_parent(subscription, item),
    )


def proration_lines(world, subscription, before, after, at) -> list[dict]:
    """Return what is given back for an item's unused time and what its rest of the period costs.

    `before` or `after` is None where an item is new or goes.
    """
    if subscription["status"] == "trialing":
        return []
    currency = (before or after)["price"]["currency"]
    parts = [(sign, item, _rest(item, at)) for item, sign in ((before, -1), (after, 1)) if item]
    # Rounded once, so that the lines of a switch add up to its exact price.
    total = share(sum((sign * part for sign, _item, part in parts), Fraction()), currency)
    found = []
    for place, (sign, item, part) in enumerate(parts, 1):
        last = place == len(parts)
        amount = total if last else share(sign * part, currency)
        total -= amount
        found.append(_part(world, subscription, item, sign, at, amount))
    return found


def _rest(item, at) -> Fraction:
    """Return what an item's remaining time costs, to the second and unrounded."""
    start, end = item["current_period_start"], item["current_period_end"]
    full = item["price"]["unit_amount"] * item["quantity"]
    return Fraction(full * max(0, end - at), end - start)


def _part(world, subscription, item, sign, at, amount):
    price = item["price"]
    kind = "Remaining" if sign > 0 else "Unused"
    name = product_name(world, price)
    how_many = f"{item['quantity']} \u00d7 " if item["quantity"] != 1 else ""
    return line(
        world,
        amount=amount,
        currency=price["currency"],
        description=f"{kind} time on {how_many}{name} after {moment(at):%d %b %Y}",
        period=(at, item["current_period_end"]),
        price=price,
        quantity=item["quantity"],
        parent=item_parent(subscription, item, proration=True),
    )


def tax(world, lines, *, enabled, exempt) -> list[dict]:
    """Put tax on the lines and return the totals of the invoice: none where none is due."""
    rate = world.tax_percent if enabled and not exempt else 0
    if not enabled:
        return []
    reason = "standard_rated" if rate else "not_collecting"
    for one in lines:
        one["taxes"] = [_tax(percent(one["amount"], rate), one["amount"], reason)]
    total = sum(one["taxes"][0]["amount"] for one in lines)
    return [_tax(total, sum(one["amount"] for one in lines), reason)]


def _tax(amount, taxable, reason):
    return {
        "amount": amount,
        "tax_behavior": "exclusive",
        "tax_rate_details": None,
        "taxability_reason": reason,
        "taxable_amount": taxable,
        "type": "tax_rate_details",
    }
