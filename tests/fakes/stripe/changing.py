"""Changes of a running subscription: other prices with proration, the end of a period, pauses."""

from __future__ import annotations

import copy

from .catalog import usable_price
from .ending import details_of, end_subscription
from .errors import declined, invalid, refused
from .form import UNSET, Params, merged
from .invoices import attempt, draft, finalize, keep
from .lines import period_line, proration_lines
from .subscriptions import (
    OVER,
    PRORATIONS,
    _own_card,
    items_of,
    new_item,
    period_from,
    period_of,
    plan_of,
    plan_period,
)

PAUSES = ("keep_as_draft", "mark_uncollectible", "void")
UPDATE_BEHAVIOURS = ("allow_incomplete", "default_incomplete", "error_if_incomplete", "pending_if_incomplete")  # fmt: skip
ALWAYS_ALLOWED = {"metadata", "cancellation_details", "expand"}


def update_subscription(world, p: Params, key) -> dict:
    """Answer POST /v1/subscriptions/{id}."""
    body = world.get("subscription", key)
    if body["status"] in OVER and set(p) - ALWAYS_ALLOWED:
        message = "A canceled subscription can only update its cancellation_details and metadata."
        raise refused(message)
    before = copy.deepcopy(body)
    labels = _labels(world, p, body)
    planned = _plan_change(world, p, body)
    body.update(labels)
    if planned:
        _apply(world, p, body, before, planned)
    _end_of_trial(world, p, body)
    if body != before:
        world.emit("customer.subscription.updated", body, before)
        _collect_if_asked(world, body)
    if body["cancel_at"] and body["cancel_at"] != before["cancel_at"]:
        world.plan(body["cancel_at"], "cancel_at", key)
    return body


def _labels(world, p, body):
    """Return the changed fields that cost nothing."""
    new = {}
    if "metadata" in p:
        new["metadata"] = merged(body["metadata"], p["metadata"])
    if "description" in p:
        new["description"] = p.text("description") or None
    if card := p.text("default_payment_method"):
        new["default_payment_method"] = _own_card(
            world, card, world.find("customer", body["customer"])
        )["id"]
    elif card == UNSET:
        new["default_payment_method"] = None
    if "automatic_tax" in p:
        enabled = p.nested("automatic_tax").flag("enabled", default=False)
        new["automatic_tax"] = body["automatic_tax"] | {"enabled": enabled}
    if "trial_settings" in p:
        new["trial_settings"] = {
            "end_behavior": dict(p.nested("trial_settings").nested("end_behavior"))
        }
    return new | _endings(world, p, body) | _pause(world, p, body)


def _endings(world, p, body):
    new = {}
    if "cancel_at_period_end" in p:
        ends = p.flag("cancel_at_period_end")
        reason = "cancellation_requested" if ends else None
        new = {
            "cancel_at_period_end": ends,
            "cancel_at": period_of(body)[1] if ends else None,
            "canceled_at": world.now if ends else None,
            "cancellation_details": body["cancellation_details"] | {"reason": reason},
        }
    elif "cancel_at" in p:
        at = end_date(p, period_of(body)[1])
        new = {
            "cancel_at": at,
            "cancel_at_period_end": False,
            "canceled_at": world.now if at else None,
        }
    if "cancellation_details" in p:
        new["cancellation_details"] = details_of(
            p, new.get("cancellation_details", body["cancellation_details"])
        )
    return new


def end_date(p, end):
    """Return the date of `cancel_at`: a moment, or a name for the end of the period."""
    if p["cancel_at"] in ("min_period_end", "max_period_end"):
        return end
    return p.whole("cancel_at")


def _pause(world, p, body):
    if "pause_collection" not in p:
        return {}
    if p["pause_collection"] == UNSET:
        return {"pause_collection": None}
    given = p.nested("pause_collection")
    given.need("behavior")
    at = given.whole("resumes_at")
    if at is not None and at <= world.now:
        raise invalid("resumes_at must be in the future", given.name("resumes_at"))
    if at is not None:
        world.plan(at, "unpause", body["id"])
    return {"pause_collection": {"behavior": given.choice("behavior", PAUSES), "resumes_at": at}}


def _plan_change(world, p, body):
    """Return the items as they will be and how the switch is billed, None where they stay."""
    resets = p.choice("billing_cycle_anchor", ("now", "unchanged")) == "now"
    if not p.each("items") and not resets:
        return None
    p.choice("payment_behavior", UPDATE_BEHAVIOURS)
    if p.get("payment_behavior") == "pending_if_incomplete":
        raise refused("The test till does not know payment_behavior=pending_if_incomplete.")
    behaviour = p.choice("proration_behavior", PRORATIONS, "create_prorations")
    return changed_items(world, p, body), behaviour, resets


def changed_items(world, p: Params, body) -> list[tuple[dict | None, dict | None]]:
    """Return each item before and after the parameters `items`; None where it is new or goes."""
    pairs = {item["id"]: (item, item) for item in items_of(body)}
    for given in p.each("items"):
        key = given.text("id")
        if not key:
            pairs[f"new{len(pairs)}"] = (None, _added(world, given, body))
            continue
        if key not in pairs:
            raise invalid(
                f"No such subscription item: '{key}'", given.name("id"), "resource_missing"
            )
        gone = given.flag("deleted", default=False)
        pairs[key] = (pairs[key][0], None if gone else _replaced(world, given, pairs[key][0]))
    if all(after is None for _before, after in pairs.values()):
        raise refused("A subscription must have at least one active plan.", None, "items")
    return list(pairs.values())


def _added(world, given, body):
    start, end = period_of(body)
    price = usable_price(world, given.need("price"), given.name("price"))
    if any(one["price"]["id"] == price["id"] for one in items_of(body)):
        message = f"Cannot add multiple subscription items with the same plan: {price['id']}"
        raise refused(message, None, given.name("price"))
    return {
        "_price": price,
        "price": price,
        "quantity": given.whole("quantity", 1, least=0),
        "id": "si_new",
        "current_period_start": start,
        "current_period_end": end,
        "metadata": merged({}, given.get("metadata")),
    }


def _replaced(world, given, item):
    new = copy.deepcopy(item)
    if "price" in given and given["price"] != item["price"]["id"]:
        price = usable_price(world, given["price"], given.name("price"))
        if price["currency"] != item["price"]["currency"]:
            raise refused(
                "The price's currency is not that of the subscription.", None, given.name("price")
            )
        new["price"] = {name: value for name, value in price.items() if not name.startswith("_")}
        new["plan"] = plan_of(price)
    if "quantity" in given:
        new["quantity"] = given.whole("quantity", 1, least=0)
    if "metadata" in given:
        new["metadata"] = merged(item["metadata"], given["metadata"])
    return new


def starts_anew(pairs, *, resets) -> bool:
    """Tell whether a switch begins a new period now, as one to another interval does."""
    kept = [(before, after) for before, after in pairs if before and after]
    return resets or any(_interval(before) != _interval(after) for before, after in kept)


def _interval(item):
    recurring = item["price"]["recurring"]
    return recurring["interval"], recurring["interval_count"]


def switch_lines(world, body, pairs, at, *, anew) -> list[dict]:
    """Return the lines that a switch costs or gives back."""
    found = []
    for before, after in pairs:
        if anew:
            found += proration_lines(world, body, before, None, at)
        elif _costs(before) != _costs(after):
            found += proration_lines(world, body, before, after, at)
    return found


def _costs(item):
    return item and (item["price"]["id"], item["quantity"])


def anew_period(world, items, at):
    """Return the period that begins at a moment."""
    return at, period_from(items[0]["price"], at, at)


def _apply(world, p, body, before, planned):
    pairs, behaviour, resets = planned
    at = p.whole("proration_date", world.now)
    start, end = period_of(body)
    if not start <= at <= end:
        raise invalid("proration_date must lie within the current period.", "proration_date")
    anew = body["status"] != "trialing" and starts_anew(pairs, resets=resets)
    lines = [] if behaviour == "none" else switch_lines(world, body, pairs, at, anew=anew)
    items = [_settled(world, body, after) for _before, after in pairs if after]
    body["items"]["data"] = items
    body["items"]["total_count"] = len(items)
    if anew:
        first, last = anew_period(world, items, world.now)
        body["billing_cycle_anchor"] = first
        for item in items:
            item.update(current_period_start=first, current_period_end=last)
        lines += [period_line(world, body, item, first, last) for item in items]
        plan_period(world, body)
    for one in lines:
        keep_pending(world, body, one)
    if lines and (anew or behaviour == "always_invoice"):
        _bill_switch(world, p, body, before)


def _settled(world, body, item):
    if "_price" not in item:
        return item
    return new_item(
        world, body["id"], item["_price"], item["quantity"],
        (item["current_period_start"], item["current_period_end"]), item["metadata"],
    )  # fmt: skip


def _bill_switch(world, p, body, before):
    body["_bill"] = p.get("payment_behavior") or "allow_incomplete"
    body["_before"] = before


def _collect_if_asked(world, body):
    """Bill a switch after the event about it: its invoice may change the status again."""
    how, before = body.pop("_bill", None), body.pop("_before", None)
    if how is None:
        return
    customer = world.find("customer", body["customer"])
    lines = take_pending(world, body)
    made = draft(
        world, customer, body["currency"], lines, reason="subscription_update", subscription=body
    )
    invoice = keep(world, made)
    body["latest_invoice"] = invoice["id"]
    if finalize(world, invoice)["status"] != "open" or how == "default_incomplete":
        return
    if attempt(world, invoice) == "open" and how == "error_if_incomplete":
        _undo(world, body, before, invoice)


def _undo(world, body, before, invoice):
    from .invoices import close

    error = world.find("payment_intent", invoice["_intent"])["last_payment_error"]
    close(world, invoice, "void")
    world.change(body, "customer.subscription.updated", **before)
    raise declined(error["decline_code"] if error else "authentication_required")


def keep_pending(world, body, one) -> None:
    """Keep a line as an invoice item until the next invoice takes it."""
    item = world.add(
        "ii",
        "invoiceitem",
        amount=one["amount"],
        currency=one["currency"],
        customer=body["customer"],
        customer_account=None,
        date=world.now,
        description=one["description"],
        discountable=False,
        discounts=[],
        invoice=None,
        metadata={},
        net_amount=one["amount"],
        parent={"subscription_details": {"subscription": body["id"], "subscription_item": one["parent"]["subscription_item_details"]["subscription_item"]}, "type": "subscription_details"},
        period=one["period"],
        pricing=one["pricing"],
        proration=one["parent"]["subscription_item_details"]["proration"],
        proration_details=None,
        quantity=one["quantity"],
        quantity_decimal=one["quantity_decimal"],
        tax_rates=[],
        test_clock=None,
        _subscription=body["id"],
        _line=one,
    )  # fmt: skip
    # An invoice item has a date instead.
    del item["created"]
    one["parent"]["subscription_item_details"]["invoice_item"] = item["id"]
    world.emit("invoiceitem.created", item)


def take_pending(world, body) -> list[dict]:
    """Take the waiting items of a subscription into an invoice."""
    waiting = world.all("invoiceitem", _subscription=body["id"], invoice=None)
    for item in waiting:
        item["invoice"] = "taken"
    return [item["_line"] for item in waiting]


def _end_of_trial(world, p, body):
    """End a trial now or move its end."""
    if p.get("trial_end") in (None, UNSET) or body["status"] != "trialing":
        return
    at = world.now if p["trial_end"] == "now" else p.whole("trial_end")
    if at < world.now:
        raise invalid("trial_end must be in the future or `now`.", "trial_end")
    body.update(trial_end=at, billing_cycle_anchor=at)
    for item in items_of(body):
        item["current_period_end"] = at
    plan_period(world, body)


def cancel_at_date(world, key) -> None:
    """End a subscription on the date that was set for it."""
    body = world.find("subscription", key)
    due = body["cancel_at"] and body["cancel_at"] <= world.now
    if due and body["status"] not in OVER:
        end_subscription(world, body)
