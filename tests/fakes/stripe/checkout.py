"""Checkout sessions: made by the service, completed by the person on the hosted page."""

from __future__ import annotations

from .catalog import create_price, usable_price
from .customers import create_customer, keep_card
from .errors import ApiError, declined, invalid, lacks, refused
from .form import Params, merged
from .lines import product_name
from .money import DAY
from .payments import authenticate, card_of, confirm, new_intent
from .render import public
from .subscriptions import begin, expire_incomplete

MODES = ("payment", "subscription", "setup")
SHORTEST, LONGEST = 1800, DAY


def create_session(world, p: Params) -> dict:
    """Answer POST /v1/checkout/sessions."""
    p.need("mode")
    mode = p.choice("mode", MODES)
    if (
        p.choice("ui_mode", ("hosted_page", "embedded_page", "elements", "form"), "hosted_page")
        == "hosted_page"
    ):
        p.need("success_url")
    expires = p.whole("expires_at", world.now + DAY)
    if not world.now + SHORTEST - 60 <= expires <= world.now + LONGEST + 60:
        message = "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation."
        raise invalid(message, "expires_at")
    customer = p.text("customer")
    if customer:
        world.get("customer", customer, "customer")
        if p.text("customer_email"):
            raise invalid(
                "You may only specify one of these parameters: customer, customer_email.",
                "customer_email",
            )
    bought = _line_items(world, p, mode)
    total = sum(one["amount_total"] for one in bought)
    trial = mode == "subscription" and _has_trial(p)
    due = 0 if trial else total
    body = _new(world, p, mode, bought, expires)
    optional = (
        p.choice("payment_method_collection", ("always", "if_required"), "always") == "if_required"
    )
    body["_card_needed"] = bool(due) or not (optional or mode == "payment")
    body["_params"] = {name: p.get(name) for name in ("subscription_data", "payment_intent_data")}
    body["_due"] = due
    world.plan(expires, "session", body["id"])
    return body


def _has_trial(p):
    data = p.nested("subscription_data")
    return bool(data.whole("trial_period_days", least=1) or data.whole("trial_end"))


def _line_items(world, p, mode):
    bought = []
    for given in p.each("line_items"):
        if inline := given.nested("price_data"):
            price = create_price(world, inline)
        else:
            price = usable_price(world, given.need("price"), given.name("price"))
        if mode == "payment" and price["recurring"]:
            message = "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices."
            raise invalid(message, given.name("price"))
        many = given.whole("quantity", 1, least=1)
        amount = price["unit_amount"] * many
        bought.append(
            {
                "id": world.id("li"), "object": "item", "adjustable_quantity": None,
                "amount_discount": 0, "amount_subtotal": amount, "amount_tax": 0,
                "amount_total": amount, "currency": price["currency"],
                "description": product_name(world, price), "metadata": {},
                "price": public(price), "quantity": many,
            }
        )  # fmt: skip
    if not bought and mode != "setup":
        raise lacks("line_items")
    if mode == "subscription" and not any(one["price"]["recurring"] for one in bought):
        message = "You must provide at least one recurring price in `subscription` mode when using prices."
        raise invalid(message, "line_items")
    return bought


def _new(world, p, mode, bought, expires):
    amount = sum(one["amount_total"] for one in bought)
    currency = bought[0]["currency"] if bought else p.text("currency", "usd")
    tax = p.nested("automatic_tax").flag("enabled", default=False)
    body = world.add(
        "cs_test",
        "checkout.session",
        adaptive_pricing={"enabled": False},
        after_expiration=None,
        allow_promotion_codes=p.flag("allow_promotion_codes"),
        amount_subtotal=amount,
        amount_total=amount,
        automatic_tax={"enabled": tax, "liability": None, "provider": None, "status": None},
        billing_address_collection=p.text("billing_address_collection"),
        branding_settings=None,
        cancel_url=p.url("cancel_url"),
        client_reference_id=p.text("client_reference_id"),
        client_secret=None,
        collected_information=None,
        consent=None,
        consent_collection=None,
        currency=currency,
        currency_conversion=None,
        custom_fields=[],
        custom_text={"after_submit": None, "shipping_address": None, "submit": None, "terms_of_service_acceptance": None},
        customer=p.text("customer"),
        customer_account=None,
        customer_creation=p.text("customer_creation") or ("always" if mode == "subscription" else "if_required"),
        customer_details=None,
        customer_email=p.text("customer_email"),
        discounts=[],
        expires_at=expires,
        integration_identifier=None,
        invoice=None,
        invoice_creation={"enabled": False, "invoice_data": {}} if mode == "payment" else None,
        locale=p.text("locale"),
        managed_payments=None,
        metadata=merged({}, p.get("metadata")),
        mode=mode,
        origin_context=None,
        payment_intent=None,
        payment_link=None,
        payment_method_collection=p.text("payment_method_collection", "always") if mode == "subscription" else None,
        payment_method_configuration_details=None,
        payment_method_options={},
        payment_method_types=["card"],
        payment_status="unpaid",
        permissions=None,
        phone_number_collection={"enabled": False},
        recovered_from=None,
        saved_payment_method_options=None,
        setup_intent=None,
        shipping_address_collection=None,
        shipping_cost=None,
        shipping_options=[],
        status="open",
        submit_type=p.text("submit_type"),
        subscription=None,
        success_url=p.url("success_url"),
        total_details={"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        ui_mode=p.text("ui_mode", "hosted_page"),
        wallet_options=None,
        url=None,
        _line_items=bought,
    )  # fmt: skip
    body["url"] = f"{world.url}/c/pay/{body['id']}"
    return body


def expire_session(world, p: Params, key) -> dict:
    """Answer POST /v1/checkout/sessions/{id}/expire."""
    body = world.get("checkout.session", key)
    if body["status"] != "open":
        message = f'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of {body["status"]}.'
        raise refused(message)
    return expire(world, body)


def expire(world, body) -> dict:
    """Close a session that nobody completed."""
    body.update(status="expired", url=None)
    world.emit("checkout.session.expired", body)
    return body


def line_items(world, p: Params, key) -> list[dict]:
    """Return what a session sells."""
    return world.get("checkout.session", key)["_line_items"]


def complete(world, key, card="pm_card_visa", *, email=None, authenticated=False) -> dict:
    """Do what the person does on the hosted page: pay, and so end the session.

    Returns:
        The session. It is still open where the bank asks for authentication.

    Raises:
        ApiError: the card is declined (the session stays open), or the session is over.
    """
    body = world.find("checkout.session", key)
    if body["status"] != "open":
        raise refused(f"This Checkout Session is {body['status']}.")
    customer = _customer(world, body, email)
    try:
        kept = _card(world, body, customer, card)
        body["_asked"] = kept and kept["id"]
        done = _by_mode(world, body, customer, kept, authenticated=authenticated)
    except ApiError:
        _forget_new(world, body, customer)
        raise
    if done:
        _finish(world, body, customer)
    return body


def answer(world, body, *, success) -> dict:
    """The card holder answers his bank's question about the payment of a session."""
    customer = world.find("customer", body["customer"] or body.get("_customer"))
    card = world.find("payment_method", body["_asked"])
    if not success:
        _refuse(world, body)
        raise declined("authentication_required")
    if _by_mode(world, body, customer, card, authenticated=True):
        _finish(world, body, customer)
    return body


def _refuse(world, body):
    key = body.get("_waiting") or body["_intent"]
    body["_waiting"] = None
    authenticate(world, world.find("payment_intent", key), success=False)
    if subscription := body.get("_subscription"):
        expire_incomplete(world, subscription)


def _customer(world, body, email):
    if body["customer"]:
        return world.find("customer", body["customer"])
    if kept := world.find("customer", body.get("_customer")):
        return kept
    email = email or body["customer_email"] or "guest@example.com"
    made = create_customer(world, Params({"email": email, "name": email.split("@")[0]}))
    body["_customer"] = made["id"]
    return made


def _forget_new(world, body, customer):
    """Leave a new customer for the next try with another card: the session remembers him."""
    if not body["customer"]:
        body["_customer"] = customer["id"]


def _card(world, body, customer, card):
    if not card:
        if body["_card_needed"]:
            raise refused("This Checkout Session needs a payment method.")
        return None
    return keep_card(world, card, customer)


def _by_mode(world, body, customer, card, *, authenticated):
    if body["mode"] == "subscription":
        return _subscribe(world, body, customer, card, authenticated=authenticated)
    if body["mode"] == "payment":
        return _pay(world, body, customer, card, authenticated=authenticated)
    world.change(
        customer,
        "customer.updated",
        invoice_settings=customer["invoice_settings"] | {"default_payment_method": card["id"]},
    )
    body["payment_status"] = "no_payment_required"
    return True


def _subscribe(world, body, customer, card, *, authenticated):
    if authenticated and (waiting := body.get("_waiting")):
        authenticate(world, world.find("payment_intent", waiting), success=True)
    else:
        _start(world, body, customer, card)
    subscription = world.find("subscription", body["_subscription"])
    invoice = world.find("invoice", subscription["latest_invoice"])
    if invoice["status"] == "open":
        return _wait_or_fail(world, body, subscription, invoice)
    if card:
        subscription["default_payment_method"] = card["id"]
    body.update(subscription=subscription["id"], invoice=invoice["id"])
    body["payment_status"] = "paid" if invoice["amount_paid"] else "no_payment_required"
    return True


def _start(world, body, customer, card):
    given = body["_params"]["subscription_data"] or {}
    items = [
        {"price": one["price"]["id"], "quantity": str(one["quantity"])}
        for one in body["_line_items"]
        if one["price"]["recurring"]
    ]
    tax = {"enabled": str(body["automatic_tax"]["enabled"]).lower()}
    p = Params(
        {
            **given,
            "items": items,
            "automatic_tax": tax,
            "payment_settings": {"save_default_payment_method": "on_subscription"},
        }
    )
    subscription = begin(world, p, customer, card)
    body["_subscription"] = subscription["id"]


def _wait_or_fail(world, body, subscription, invoice):
    intent = world.find("payment_intent", invoice["_intent"])
    if intent["status"] == "requires_action":
        body["_waiting"] = intent["id"]
        return False
    # The page makes a new subscription for each try; nobody has heard of the failed one.
    expire_incomplete(world, subscription["id"])
    raise declined(intent["last_payment_error"]["decline_code"])


def _pay(world, body, customer, card, *, authenticated):
    if body["_due"] == 0:
        body["payment_status"] = "no_payment_required"
        return True
    data = Params(body["_params"]["payment_intent_data"] or {}, "payment_intent_data")
    intent = world.find("payment_intent", body["_intent"]) if body.get("_intent") else None
    if intent is None:
        intent = new_intent(
            world, body["_due"], body["currency"], customer=customer["id"],
            description=data.text("description"), metadata=merged({}, data.get("metadata")),
            transfer_group=data.text("transfer_group"),
            setup_future_usage=data.text("setup_future_usage"),
        )  # fmt: skip
        body["_intent"] = intent["id"]
    confirm(world, intent, card_of(world, card["id"], customer["id"]), authenticated=authenticated)
    if intent["status"] == "requires_action":
        return False
    if intent["status"] != "succeeded":
        raise declined(intent["last_payment_error"]["decline_code"])
    body.update(payment_intent=intent["id"], payment_status="paid")
    return True


def _finish(world, body, customer):
    body.update(
        status="complete",
        url=None,
        customer=customer["id"],
        customer_details={
            "address": None,
            "business_name": None,
            "email": customer["email"],
            "individual_name": None,
            "name": customer["name"],
            "phone": customer["phone"],
            "tax_exempt": customer["tax_exempt"],
            "tax_ids": [],
        },
    )
    world.emit("checkout.session.completed", body)
