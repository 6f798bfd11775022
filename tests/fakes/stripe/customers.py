"""Customers and their cards."""

from __future__ import annotations

from .errors import declined, refused
from .form import UNSET, Params, merged

# Stripe's test cards by the names that its SDKs use: brand, last four digits, what it does.
CARDS = {
    "pm_card_visa": ("visa", "4242", "works"),
    "pm_card_mastercard": ("mastercard", "4444", "works"),
    "pm_card_bypassPending": ("visa", "0077", "works"),
    "pm_card_chargeDeclined": ("visa", "0002", "card_declined"),
    "pm_card_chargeDeclinedInsufficientFunds": ("visa", "9995", "insufficient_funds"),
    "pm_card_chargeDeclinedExpiredCard": ("visa", "0069", "expired_card"),
    "pm_card_chargeCustomerFail": ("visa", "0341", "fails_later"),
    "pm_card_authenticationRequired": ("visa", "3184", "authentication"),
    "pm_card_createDispute": ("visa", "0259", "dispute"),
    "pm_card_createDisputeInquiry": ("visa", "1976", "inquiry"),
}
# Cards that a bank refuses already when they are kept.
REFUSED_ON_ATTACH = ("card_declined", "insufficient_funds", "expired_card")
PLAIN = ("description", "email", "name", "phone", "tax_exempt")


def create_customer(world, p: Params) -> dict:
    """Make a customer, perhaps with a card."""
    body = world.add(
        "cus",
        "customer",
        address=_address(p),
        balance=p.whole("balance", 0),
        currency=None,
        customer_account=None,
        default_source=None,
        delinquent=False,
        description=p.text("description") or None,
        discount=None,
        email=p.text("email") or None,
        invoice_prefix=world.id("x")[-8:].upper(),
        invoice_settings={
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        metadata=merged({}, p.get("metadata")),
        name=p.text("name") or None,
        next_invoice_sequence=1,
        phone=p.text("phone") or None,
        preferred_locales=p.words("preferred_locales"),
        shipping=None,
        tax_exempt=p.choice("tax_exempt", ("none", "exempt", "reverse"), "none"),
        test_clock=None,
    )
    try:
        _first_card(world, p, body)
    except Exception:
        world.forget(body)
        raise
    world.emit("customer.created", body)
    return body


def _first_card(world, p, body):
    chosen = p.nested("invoice_settings").text("default_payment_method")
    for param, card in (("payment_method", p.text("payment_method")), ("invoice", chosen)):
        if card:
            kept = keep_card(world, card, body, param)
            if param == "invoice":
                body["invoice_settings"]["default_payment_method"] = kept["id"]


def _address(p):
    given = p.nested("address")
    names = ("city", "country", "line1", "line2", "postal_code", "state")
    return {name: given.text(name) or None for name in names} if given else None


def update_customer(world, p: Params, key) -> dict:
    """Change a customer."""
    body = world.get("customer", key)
    new = {name: p.text(name) or None for name in PLAIN if name in p}
    if "metadata" in p:
        new["metadata"] = merged(body["metadata"], p["metadata"])
    if "address" in p:
        new["address"] = _address(p)
    if "balance" in p:
        new["balance"] = p.whole("balance")
    if "preferred_locales" in p:
        new["preferred_locales"] = p.words("preferred_locales")
    settings = p.nested("invoice_settings")
    if "default_payment_method" in settings:
        card = settings.text("default_payment_method")
        kept = _attached(world, card, body)["id"] if card != UNSET else None
        new["invoice_settings"] = body["invoice_settings"] | {"default_payment_method": kept}
    return world.change(body, "customer.updated", **new)


def _attached(world, card, customer):
    """Return a card that the customer already has; one of the test names is kept first."""
    if card in CARDS:
        return keep_card(world, card, customer)
    body = world.get("payment_method", card, "invoice_settings[default_payment_method]")
    if body["customer"] != customer["id"]:
        message = f"The customer does not have a payment method with the ID {card}."
        raise refused(message, "resource_missing", "invoice_settings[default_payment_method]")
    return body


def delete_customer(world, p: Params, key) -> dict:
    """Delete a customer: his subscriptions end at once, his past stays."""
    from .ending import end_subscription

    body = world.get("customer", key)
    for subscription in world.all("subscription", customer=key):
        if subscription["status"] not in ("canceled", "incomplete_expired"):
            end_subscription(world, subscription)
    world.emit("customer.deleted", body)
    world.forget(body)
    world.objects.setdefault("deleted_customer", {})[key] = body
    return {"id": key, "object": "customer", "deleted": True}


def get_customer(world, p: Params, key) -> dict:
    """Return a customer, or the note that he was deleted."""
    if key in world.objects.get("deleted_customer", {}):
        return {"id": key, "object": "customer", "deleted": True}
    return world.get("customer", key)


def new_card(world, token, customer=None) -> dict:
    """Make a payment method out of one of the test names."""
    brand, last4, does = CARDS[token]
    return world.add(
        "pm",
        "payment_method",
        allow_redisplay="unspecified",
        billing_details={
            "address": None, "email": None, "name": None, "phone": None, "tax_id": None,
        },
        card={
            "brand": brand,
            "checks": None,
            "country": "US",
            "display_brand": brand,
            "exp_month": 12,
            "exp_year": 2040,
            "fingerprint": f"fake{last4}",
            "funding": "credit",
            "generated_from": None,
            "last4": last4,
            "networks": {"available": [brand], "preferred": None},
            "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        customer=customer,
        customer_account=None,
        metadata={},
        type="card",
        _does=does,
        _fast=token == "pm_card_bypassPending",
    )  # fmt: skip


def keep_card(world, key, customer, param="payment_method") -> dict:
    """Attach a card to a customer.

    Raises:
        ApiError: the bank refuses it, or another customer has it.
    """
    if key in CARDS:
        if CARDS[key][2] in REFUSED_ON_ATTACH:
            raise declined(CARDS[key][2])
        card = new_card(world, key)
    else:
        card = world.get("payment_method", key, param)
    if card["_does"] in REFUSED_ON_ATTACH:
        raise declined(card["_does"])
    if card["customer"] not in (None, customer["id"]):
        message = "The payment method you provided has already been attached to a customer."
        raise refused(message, "payment_method_unexpected_state", param)
    if card["customer"] is None:
        card["customer"] = customer["id"]
        world.emit("payment_method.attached", card)
    return card


def create_card(world, p: Params) -> dict:
    """Make a payment method that nobody has yet: by its token, or by a test card's number."""
    given = p.nested("card")
    number, token = given.text("number", ""), given.text("token", "")
    for name, (_brand, last4, _does) in CARDS.items():
        if number.endswith(last4) or (token and token == name.replace("pm_card", "tok")):
            return new_card(world, name)
    raise declined("card_declined")


def attach(world, p: Params, key) -> dict:
    """Answer POST /v1/payment_methods/{id}/attach."""
    customer = world.get("customer", p.need("customer"), "customer")
    return keep_card(world, key, customer)


def detach(world, p: Params, key) -> dict:
    """Answer POST /v1/payment_methods/{id}/detach."""
    card = world.get("payment_method", key)
    owner = world.find("customer", card["customer"])
    if not card["customer"]:
        message = "The payment method you provided is not attached to a customer."
        raise refused(message, "payment_method_unexpected_state")
    world.change(card, "payment_method.detached", customer=None)
    settings = owner and owner["invoice_settings"]
    if settings and settings["default_payment_method"] == key:
        world.change(
            owner,
            "customer.updated",
            invoice_settings=settings | {"default_payment_method": None},
        )
    return card


def cards_of(world, p: Params, key) -> list[dict]:
    """Return the cards of a customer."""
    world.get("customer", key)
    return world.all("payment_method", customer=key)
