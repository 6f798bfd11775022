"""Subscriptions: how they begin, and how they follow their invoices."""

from __future__ import annotations

from .catalog import usable_price
from .customers import CARDS, keep_card
from .errors import declined, invalid, lacks, missing, refused
from .form import UNSET, Params, merged
from .invoices import attempt, card_for, close, draft, finalize, keep
from .lines import period_line
from .money import DAY, next_end
from .render import listed

INCOMPLETE_SECONDS = 23 * 3600
TRIAL_WARNING = 3 * DAY
BEHAVIOURS = ("allow_incomplete", "default_incomplete", "error_if_incomplete")
PRORATIONS = ("create_prorations", "always_invoice", "none")
MISSING_CARD = ("cancel", "create_invoice", "pause")
OVER = ("canceled", "incomplete_expired")
STATUSES = (
    "active",
    "past_due",
    "unpaid",
    "canceled",
    "incomplete",
    "incomplete_expired",
    "trialing",
    "paused",
)
LISTED = (*STATUSES, "all", "ended")


def create_subscription(world, p: Params) -> dict:
    """Answer POST /v1/subscriptions."""
    customer = world.get("customer", p.need("customer"), "customer")
    return begin(world, p, customer)


def begin(world, p: Params, customer, card=None) -> dict:
    """Start a subscription: with a trial, or with a first invoice that is paid at once."""
    behaviour = p.choice("payment_behavior", BEHAVIOURS, "allow_incomplete")
    chosen = p.text("default_payment_method")
    if chosen:
        card = _own_card(world, chosen, customer)
    trial_end = _trial_end(world, p)
    wanted = [_wanted_item(world, one) for one in p.each("items")]
    if not wanted:
        raise lacks("items")
    _one_interval(wanted)
    usual = customer["invoice_settings"]["default_payment_method"]
    price = sum(one["unit_amount"] * quantity for one, quantity, _ in wanted)
    if not (card or usual or trial_end or price == 0 or behaviour == "default_incomplete"):
        message = "This customer has no attached payment source or default payment method. Please consider adding a default payment method."
        raise refused(message, "resource_missing")
    body = _new(world, p, customer, wanted, trial_end)
    body["default_payment_method"] = card["id"] if card and chosen else None
    return _first_invoice(world, body, customer, behaviour, card)


def _own_card(world, key, customer):
    if key in CARDS:
        return keep_card(world, key, customer)
    card = world.get("payment_method", key, "default_payment_method")
    if card["customer"] != customer["id"]:
        message = f"The customer does not have a payment method with the ID {key}."
        raise invalid(message, "default_payment_method", "resource_missing")
    return card


def _trial_end(world, p):
    days = p.whole("trial_period_days", least=1)
    if days:
        return world.now + days * DAY
    if p.get("trial_end") in (None, UNSET, "now"):
        return None
    at = p.whole("trial_end")
    if at <= world.now:
        raise invalid(
            "Invalid timestamp: must be an integer Unix timestamp in the future.", "trial_end"
        )
    return at


def _wanted_item(world, p):
    if inline := p.nested("price_data"):
        from .catalog import create_price

        price = create_price(world, inline)
    else:
        price = usable_price(world, p.need("price"), p.name("price"))
    if not price["recurring"]:
        message = "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`."
        raise invalid(message, p.name("price"))
    return price, p.whole("quantity", 1, least=0), merged({}, p.get("metadata"))


def _one_interval(wanted):
    kinds = {
        (one["recurring"]["interval"], one["recurring"]["interval_count"]) for one, _, _ in wanted
    }
    if len({one["currency"] for one, _, _ in wanted}) > 1:
        raise invalid("All prices on a subscription must have the same `currency`.", "items")
    if len(kinds) > 1:
        raise invalid(
            "All prices on a subscription must have the same `recurring.interval`.", "items"
        )


def period_from(price, anchor, at) -> int:
    """Return the end of the period that a moment lies in."""
    recurring = price["recurring"]
    return next_end(anchor, recurring["interval"], recurring["interval_count"], at)


def new_item(world, subscription, price, quantity, period, metadata=None) -> dict:
    """Make an item; it lives inside of its subscription."""
    body = world.add(
        "si",
        "subscription_item",
        billing_thresholds=None,
        current_period_end=period[1],
        current_period_start=period[0],
        discounts=[],
        metadata=metadata or {},
        price={name: value for name, value in price.items() if not name.startswith("_")},
        plan=plan_of(price),
        quantity=quantity,
        subscription=subscription,
        tax_rates=[],
    )
    # Only its subscription holds it: two copies would go different ways.
    world.forget(body)
    return body


def listed_subscriptions(world, p: Params) -> list[dict]:
    """Return the subscriptions of a list; without `status` the canceled ones are left out."""
    wanted = p.choice("status", LISTED)
    found = world.all("subscription")
    if price := p.text("price"):
        found = [
            one for one in found if any(item["price"]["id"] == price for item in items_of(one))
        ]
    if wanted == "all":
        return found
    if wanted in (None, "ended"):
        return [one for one in found if (one["status"] in OVER) is (wanted == "ended")]
    return [one for one in found if one["status"] == wanted]


def items_listed(world, p: Params) -> list[dict]:
    """Return the items of the subscription that a list asks for."""
    return items_of(world.get("subscription", p.need("subscription"), "subscription"))


def get_item(world, p: Params, key) -> dict:
    """Answer GET /v1/subscription_items/{id}."""
    for body in world.all("subscription"):
        for item in items_of(body):
            if item["id"] == key:
                return item
    raise missing("subscription_item", key)


def plan_of(price) -> dict:
    """Return the older form of a price, which items still carry."""
    recurring = price["recurring"]
    return {
        "id": price["id"], "object": "plan", "active": price["active"],
        "amount": price["unit_amount"], "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": "per_unit", "created": price["created"], "currency": price["currency"],
        "interval": recurring["interval"], "interval_count": recurring["interval_count"],
        "livemode": False, "metadata": dict(price["metadata"]), "meter": None,
        "nickname": price["nickname"], "product": price["product"], "tiers_mode": None,
        "transform_usage": None, "trial_period_days": None, "usage_type": "licensed",
    }  # fmt: skip


def _new(world, p, customer, wanted, trial_end):
    now = world.now
    anchor = trial_end or now
    end = trial_end or period_from(wanted[0][0], now, now)
    missing = (
        p.nested("trial_settings")
        .nested("end_behavior")
        .choice("missing_payment_method", MISSING_CARD, "create_invoice")
    )
    body = world.add(
        "sub",
        "subscription",
        application=None,
        application_fee_percent=None,
        automatic_tax={
            "disabled_reason": None,
            "enabled": p.nested("automatic_tax").flag("enabled", default=False),
            "liability": None,
        },
        billing_cycle_anchor=anchor,
        billing_cycle_anchor_config=None,
        billing_mode=_billing_mode(p),
        billing_schedules=[],
        billing_thresholds=None,
        cancel_at=p.whole("cancel_at"),
        cancel_at_period_end=p.flag("cancel_at_period_end", default=False),
        canceled_at=None,
        cancellation_details={"comment": None, "feedback": None, "feedback_option": None, "reason": None},
        collection_method="charge_automatically",
        currency=wanted[0][0]["currency"],
        customer=customer["id"],
        customer_account=None,
        days_until_due=None,
        default_payment_method=None,
        default_source=None,
        default_tax_rates=[],
        description=p.text("description"),
        discounts=[],
        ended_at=None,
        invoice_settings={
            "account_tax_ids": None, "custom_fields": None, "description": None, "footer": None,
            "issuer": {"type": "self"},
        },
        items=None,
        latest_invoice=None,
        managed_payments=None,
        metadata=merged({}, p.get("metadata")),
        next_pending_invoice_item_invoice=None,
        on_behalf_of=None,
        pause_collection=None,
        payment_settings={
            "payment_method_options": None,
            "payment_method_types": None,
            "save_default_payment_method": p.nested("payment_settings").text("save_default_payment_method", "off"),
        },
        pending_invoice_item_interval=None,
        pending_setup_intent=None,
        pending_update=None,
        schedule=None,
        start_date=now,
        status="trialing" if trial_end else "incomplete",
        test_clock=None,
        transfer_data=None,
        trial_end=trial_end,
        trial_settings={"end_behavior": {"missing_payment_method": missing}},
        trial_start=now if trial_end else None,
    )  # fmt: skip
    items = [new_item(world, body["id"], one, many, (now, end), data) for one, many, data in wanted]
    url = f"/v1/subscription_items?subscription={body['id']}"
    body["items"] = listed(items, url) | {"total_count": len(items)}
    return body


def _billing_mode(p):
    kind = p.nested("billing_mode").choice("type", ("classic", "flexible"), "flexible")
    return {
        "flexible": {"proration_discounts": "included"} if kind == "flexible" else None,
        "type": kind,
    }


def items_of(subscription) -> list[dict]:
    """Return the items of a subscription."""
    return subscription["items"]["data"]


def period_of(subscription) -> tuple[int, int]:
    """Return the current period: all items share it."""
    first = items_of(subscription)[0]
    return first["current_period_start"], first["current_period_end"]


def _first_invoice(world, body, customer, behaviour, card):
    start, end = period_of(body)
    trial = body["status"] == "trialing"
    lines = [period_line(world, body, one, start, end, trial=trial) for one in items_of(body)]
    world.change(customer, None, currency=body["currency"])
    world.emit("customer.subscription.created", body)
    made = draft(
        world, customer, body["currency"], lines, reason="subscription_create", subscription=body
    )
    invoice = keep(world, made)
    body["latest_invoice"] = invoice["id"]
    plan_period(world, body)
    finalize(world, invoice)
    if invoice["status"] == "open" and behaviour != "default_incomplete":
        attempt(world, invoice, card)
    if invoice["status"] == "open":
        _stays_incomplete(world, body, invoice, behaviour)
    return body


def _stays_incomplete(world, body, invoice, behaviour):
    world.plan(world.now + INCOMPLETE_SECONDS, "incomplete", body["id"])
    if behaviour == "error_if_incomplete":
        error = world.find("payment_intent", invoice["_intent"])["last_payment_error"]
        expire_incomplete(world, body["id"])
        raise declined(error["decline_code"] if error else "authentication_required")


def plan_period(world, body) -> None:
    """Plan what the end of the current period brings."""
    end = period_of(body)[1]
    world.plan(end, "period_end", body["id"])
    if body["status"] == "trialing":
        world.plan(max(world.now, end - TRIAL_WARNING), "trial_will_end", body["id"])
    else:
        world.plan(max(world.now, end - 7 * DAY), "upcoming", body["id"])
    if body["cancel_at"]:
        world.plan(body["cancel_at"], "cancel_at", body["id"])


def expire_incomplete(world, key) -> None:
    """End a subscription whose first invoice was not paid within 23 hours."""
    body = world.find("subscription", key)
    if body["status"] != "incomplete":
        return
    invoice = world.find("invoice", body["latest_invoice"])
    if invoice["status"] == "open":
        close(world, invoice, "void")
    world.change(
        body, "customer.subscription.updated", status="incomplete_expired", ended_at=world.now
    )


def follow_invoice(world, invoice, *, paid) -> None:
    """Bring a subscription into the state that follows from an attempt to pay its invoice."""
    body = world.find("subscription", invoice["_subscription"])
    if body is None or body["status"] in OVER:
        return
    status = body["status"]
    if paid:
        new = _status_after_payment(world, body, invoice)
        if status == "incomplete" and new == "active":
            _remember_card(world, body, invoice)
    elif status in ("active", "trialing") and invoice["billing_reason"] != "subscription_create":
        new = "past_due"
    else:
        new = status
    world.change(body, "customer.subscription.updated", status=new)


def _status_after_payment(world, body, invoice):
    if body["status"] == "incomplete" and invoice["billing_reason"] == "subscription_create":
        return "active"
    if body["status"] == "paused" and invoice.get("_resumes"):
        return "active"
    latest = world.find("invoice", body["latest_invoice"])
    settled = latest is None or latest["status"] in ("paid", "void", "uncollectible")
    return "active" if body["status"] in ("past_due", "unpaid") and settled else body["status"]


def _remember_card(world, body, invoice):
    wanted = body["payment_settings"]["save_default_payment_method"] == "on_subscription"
    intent = world.find("payment_intent", invoice["_intent"])
    if wanted and intent:
        card = world.find("payment_method", intent["payment_method"])
        keep_card(world, card["id"], world.find("customer", body["customer"]))
        body["default_payment_method"] = card["id"]


def has_card(world, body) -> bool:
    """Tell whether a subscription could be charged."""
    return card_for(world, {"default_payment_method": None, "_subscription": body["id"], "customer": body["customer"]}) is not None  # fmt: skip
