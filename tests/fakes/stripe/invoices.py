"""Invoices: draft, open, paid, void, uncollectible."""

from __future__ import annotations

from .errors import declined, refused
from .form import Params, merged
from .lines import tax
from .money import DAY
from .payments import card_of, confirm, new_intent
from .render import listed

# A renewal's invoice can still be changed for an hour.
DRAFT_SECONDS = 3600
OPEN = ("open", "uncollectible")


def draft(world, customer, currency, lines, *, reason, subscription=None, period=None, **fields):
    """Make a draft, without an event: it may be the preview of one."""
    enabled = fields.pop("automatic_tax", None)
    if enabled is None:
        enabled = bool(subscription and subscription["automatic_tax"]["enabled"])
    start, end = period or (world.now, world.now)
    body = {
        "id": "",
        "object": "invoice",
        "account_country": "US",
        "account_name": "Test till",
        "account_tax_ids": None,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_shipping": 0,
        "application": None,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": True,
        "automatic_tax": {
            "disabled_reason": None,
            "enabled": enabled,
            "liability": {"type": "self"} if enabled else None,
            "provider": "stripe" if enabled else None,
            "status": "complete" if enabled else None,
        },
        "automatically_finalizes_at": None,
        "billing_reason": reason,
        "collection_method": "charge_automatically",
        "created": world.now,
        "currency": currency,
        "custom_fields": None,
        "customer": customer["id"],
        "customer_account": None,
        "customer_address": customer["address"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_phone": customer["phone"],
        "customer_shipping": None,
        "customer_tax_exempt": customer["tax_exempt"],
        "customer_tax_ids": [],
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "due_date": None,
        "effective_at": None,
        "ending_balance": None,
        "footer": None,
        "from_invoice": None,
        "hosted_invoice_url": None,
        "invoice_pdf": None,
        "issuer": {"type": "self"},
        "last_finalization_error": None,
        "latest_revision": None,
        "lines": listed(lines, ""),
        "livemode": False,
        "metadata": {},
        "next_payment_attempt": None,
        "number": None,
        "on_behalf_of": None,
        "parent": _parent(subscription),
        "payment_settings": {
            "default_mandate": None,
            "payment_method_options": None,
            "payment_method_types": None,
        },
        "period_end": end,
        "period_start": start,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "receipt_number": None,
        "rendering": None,
        "shipping_cost": None,
        "shipping_details": None,
        "starting_balance": customer["balance"],
        "statement_descriptor": None,
        "status": "draft",
        "status_transitions": {
            "finalized_at": None, "marked_uncollectible_at": None, "paid_at": None, "voided_at": None,
        },
        "test_clock": None,
        "threshold_reason": None,
        "total_discount_amounts": [],
        "total_pretax_credit_amounts": [],
        "webhooks_delivered_at": None,
        "_subscription": subscription["id"] if subscription else None,
        "_intent": None,
        **fields,
    }  # fmt: skip
    add_up(world, body)
    return body


def _parent(subscription):
    if subscription is None:
        return None
    details = {"metadata": dict(subscription["metadata"]), "subscription": subscription["id"]}
    return {"quote_details": None, "subscription_details": details, "type": "subscription_details"}


def add_up(world, body) -> None:
    """Put the totals onto an invoice: balance of the customer included."""
    lines = body["lines"]["data"]
    exempt = body["customer_tax_exempt"] != "none"
    taxes = tax(world, lines, enabled=body["automatic_tax"]["enabled"], exempt=exempt)
    subtotal = sum(one["amount"] for one in lines)
    total = subtotal + sum(one["amount"] for one in taxes)
    due = max(0, total + body["starting_balance"]) if total > 0 else 0
    body.update(
        subtotal=subtotal,
        subtotal_excluding_tax=subtotal,
        total=total,
        total_excluding_tax=subtotal,
        total_taxes=taxes,
        amount_due=due,
        amount_remaining=due - body["amount_paid"],
        ending_balance=body["ending_balance"],
    )


def keep(world, body) -> dict:
    """Keep a draft and tell of it."""
    fields = {name: value for name, value in body.items() if name not in ("id", "object")}
    kept = world.add("in", "invoice", **fields)
    kept["lines"]["url"] = f"/v1/invoices/{kept['id']}/lines"
    for one in kept["lines"]["data"]:
        one["invoice"] = kept["id"]
    world.emit("invoice.created", kept)
    return kept


def finalize(world, body) -> dict:
    """Make a draft final: it has a number now, and a payment intent where money is due."""
    customer = world.find("customer", body["customer"])
    customer["next_invoice_sequence"] += 1
    number = f"{customer['invoice_prefix']}-{customer['next_invoice_sequence'] - 1:04d}"
    body["starting_balance"] = customer["balance"]
    add_up(world, body)
    _move_balance(world, customer, body)
    page = f"{world.url}/i/{body['id']}"
    body.update(
        status="open",
        number=number,
        effective_at=world.now,
        hosted_invoice_url=page,
        invoice_pdf=f"{page}/pdf",
        automatically_finalizes_at=None,
    )
    body["status_transitions"]["finalized_at"] = world.now
    if body["amount_due"]:
        _prepare_payment(world, body)
    world.emit("invoice.finalized", body)
    if not body["amount_due"]:
        mark_paid(world, body)
    return body


def _move_balance(world, customer, body):
    """Take credit out of the customer's balance, or put a negative invoice into it."""
    before, total = customer["balance"], body["total"]
    after = before + total - body["amount_due"]
    body["ending_balance"] = after
    if after != before:
        world.change(customer, "customer.updated", balance=after)


def _prepare_payment(world, body):
    intent = new_intent(
        world,
        body["amount_due"],
        body["currency"],
        customer=body["customer"],
        description="Subscription update" if body["billing_reason"] != "subscription_create" else "Subscription creation",
        setup_future_usage="off_session",
        _invoice=body["id"],
    )  # fmt: skip
    body["_intent"] = intent["id"]
    world.add(
        "inpay",
        "invoice_payment",
        amount_paid=None,
        amount_requested=body["amount_due"],
        currency=body["currency"],
        invoice=body["id"],
        is_default=True,
        payment={"payment_intent": intent["id"], "type": "payment_intent"},
        status="open",
        status_transitions={"canceled_at": None, "paid_at": None},
    )


def card_for(world, body):
    """Return the card that an invoice is charged to, None where there is none."""
    subscription = world.find("subscription", body["_subscription"])
    customer = world.find("customer", body["customer"])
    chosen = (
        body["default_payment_method"]
        or (subscription and subscription["default_payment_method"])
        or (customer and customer["invoice_settings"]["default_payment_method"])
    )
    return world.find("payment_method", chosen)


def attempt(world, body, card=None) -> str:
    """Try to collect an open invoice; return its new status."""
    card = card or card_for(world, body)
    body["attempt_count"] += 1
    body["attempted"] = True
    intent = world.find("payment_intent", body["_intent"])
    if card is None:
        note_attempt(world, body, intent)
    else:
        confirm(world, intent, card)
        note_attempt(world, body, intent)
    return body["status"]


def note_attempt(world, body, intent) -> None:
    """Write down how an attempt to pay ended, and let the subscription follow."""
    from .subscriptions import follow_invoice

    if intent["status"] == "succeeded":
        payment = world.all("invoice_payment", invoice=body["id"])[0]
        payment.update(status="paid", amount_paid=payment["amount_requested"])
        payment["status_transitions"]["paid_at"] = world.now
        world.emit("invoice_payment.paid", payment)
        mark_paid(world, body)
        return
    _plan_retry(world, body)
    if intent["status"] == "requires_action":
        world.emit("invoice.payment_action_required", body)
    world.emit("invoice.payment_failed", body)
    world.emit("invoice.updated", body)
    customer = world.find("customer", body["customer"])
    if body["billing_reason"] != "subscription_create":
        world.change(customer, "customer.updated", delinquent=True)
    follow_invoice(world, body, paid=False)


def _plan_retry(world, body):
    """Plan the next attempt of a renewal by the dunning schedule; a first invoice has none."""
    subscription = body["_subscription"]
    tried = body["attempt_count"]
    if not subscription or body["billing_reason"] == "subscription_create":
        return
    if tried <= len(world.retry_days):
        at = world.now + world.retry_days[tried - 1] * DAY
        body["next_payment_attempt"] = at
        world.plan(at, "retry", body["id"])
    else:
        body["next_payment_attempt"] = None
        world.plan(world.now, "retries_over", body["id"])


def mark_paid(world, body, **fields) -> dict:
    """Make an invoice paid."""
    from .subscriptions import follow_invoice

    paid = 0 if fields.get("out_of_band") else body["amount_due"]
    body.update(
        status="paid",
        attempted=True,
        auto_advance=False,
        amount_paid=paid,
        amount_remaining=0,
        next_payment_attempt=None,
        **({"amount_paid_off_stripe": body["amount_due"]} if fields.get("out_of_band") else {}),
    )
    body["status_transitions"]["paid_at"] = world.now
    world.emit("invoice.paid", body)
    if paid:
        world.emit("invoice.payment_succeeded", body)
    customer = world.find("customer", body["customer"])
    if customer and customer["delinquent"] and not _owes(world, customer):
        world.change(customer, "customer.updated", delinquent=False)
    follow_invoice(world, body, paid=True)
    return body


def _owes(world, customer):
    return any(
        one["attempted"] for one in world.all("invoice", customer=customer["id"], status="open")
    )


def close(world, body, status) -> dict:
    """Make an open invoice void or uncollectible; nobody collects it any more."""
    moment = {"void": "voided_at", "uncollectible": "marked_uncollectible_at"}[status]
    event = {"void": "invoice.voided", "uncollectible": "invoice.marked_uncollectible"}[status]
    body.update(status=status, auto_advance=False, next_payment_attempt=None)
    body["status_transitions"][moment] = world.now
    intent = world.find("payment_intent", body["_intent"])
    if status == "void" and intent and intent["status"] not in ("succeeded", "canceled"):
        intent.update(status="canceled", canceled_at=world.now, cancellation_reason="void_invoice")
        world.emit("payment_intent.canceled", intent)
    world.emit(event, body)
    return body


def pay_invoice(world, p: Params, key) -> dict:
    """Answer POST /v1/invoices/{id}/pay."""
    body = world.get("invoice", key)
    if body["status"] == "draft":
        finalize(world, body)
    if body["status"] == "paid":
        raise refused("Invoice is already paid", "invoice_already_paid")
    if body["status"] not in OPEN:
        raise refused(f"Invoice is {body['status']} and cannot be paid", "invoice_not_editable")
    if p.flag("paid_out_of_band", default=False):
        return mark_paid(world, body, out_of_band=True)
    return _pay_by_card(world, p, body)


def _pay_by_card(world, p, body):
    card = None
    if p.text("payment_method"):
        card = card_of(world, p["payment_method"], body["customer"])
    if card is None and card_for(world, body) is None:
        message = "There is no default payment method set on this Customer or Invoice."
        raise refused(message, "invoice_no_payment_method_types")
    if attempt(world, body, card) != "paid":
        intent = world.find("payment_intent", body["_intent"])
        error = intent["last_payment_error"]
        if error is None:
            message = "This payment requires additional user action before it can be completed."
            raise refused(message, "invoice_payment_intent_requires_action")
        raise declined(error["decline_code"])
    return body


def finalize_invoice(world, p: Params, key) -> dict:
    """Answer POST /v1/invoices/{id}/finalize."""
    body = world.get("invoice", key)
    if body["status"] != "draft":
        raise refused("This invoice is already finalized.", "invoice_not_editable")
    return finalize(world, body)


def void_invoice(world, p: Params, key) -> dict:
    """Answer POST /v1/invoices/{id}/void."""
    body = world.get("invoice", key)
    if body["status"] not in OPEN:
        message = "You can only pass in open invoices. This invoice isn't open."
        raise refused(message, "invoice_not_open")
    return close(world, body, "void")


def write_off(world, p: Params, key) -> dict:
    """Answer POST /v1/invoices/{id}/mark_uncollectible."""
    body = world.get("invoice", key)
    if body["status"] != "open":
        message = "You can only pass in open invoices. This invoice isn't open."
        raise refused(message, "invoice_not_open")
    return close(world, body, "uncollectible")


def update_invoice(world, p: Params, key) -> dict:
    """Change the labels of an invoice."""
    body = world.get("invoice", key)
    new = {}
    if "metadata" in p:
        new["metadata"] = merged(body["metadata"], p["metadata"])
    if "description" in p:
        new["description"] = p.text("description") or None
    if "auto_advance" in p:
        new["auto_advance"] = p.flag("auto_advance")
    return world.change(body, "invoice.updated", **new)
