"""Payment intents and charges: a card works, is declined, or asks for authentication."""

from __future__ import annotations

from .balance import book_charge
from .catalog import currency_of, whole_step
from .customers import CARDS, keep_card, new_card
from .errors import declined, invalid, refused
from .form import Params, merged

OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")


def new_intent(world, amount, currency, **fields) -> dict:
    """Make a payment intent without paying it."""
    body = world.add(
        "pi",
        "payment_intent",
        amount=amount,
        amount_capturable=0,
        amount_details={"tip": {}},
        amount_received=0,
        application=None,
        application_fee_amount=None,
        automatic_payment_methods=None,
        canceled_at=None,
        cancellation_reason=None,
        capture_method="automatic",
        client_secret=None,
        confirmation_method="automatic",
        currency=currency,
        customer=fields.pop("customer", None),
        customer_account=None,
        description=fields.pop("description", None),
        excluded_payment_method_types=None,
        last_payment_error=None,
        latest_charge=None,
        metadata=fields.pop("metadata", {}),
        next_action=None,
        on_behalf_of=None,
        payment_method=fields.pop("payment_method", None),
        payment_method_configuration_details=None,
        payment_method_options={},
        payment_method_types=["card"],
        processing=None,
        receipt_email=None,
        review=None,
        setup_future_usage=fields.pop("setup_future_usage", None),
        shipping=None,
        source=None,
        statement_descriptor=None,
        statement_descriptor_suffix=None,
        status="requires_payment_method",
        transfer_data=None,
        transfer_group=fields.pop("transfer_group", None),
        _invoice=fields.pop("_invoice", None),
    )
    body["client_secret"] = f"{body['id']}_secret_{world.id('s')[-20:]}"
    world.emit("payment_intent.created", body)
    return body


def behaviour(world, intent, card) -> str:
    """Return what a card does now: a customer who is declined stays so with any card."""
    told = world.declining.get(intent["customer"] or "")
    return told or card["_does"]


def confirm(world, intent, card, *, authenticated=False) -> str:
    """Try to take the money; return the intent's new status."""
    does = behaviour(world, intent, card)
    if does == "authentication" and not authenticated:
        return_to = f"{world.url}/authenticate/{intent['id']}"
        world.change(
            intent,
            None,
            status="requires_action",
            payment_method=card["id"],
            next_action={
                "type": "redirect_to_url",
                "redirect_to_url": {"url": return_to, "return_url": None},
            },
        )
        world.emit("payment_intent.requires_action", intent)
    elif does in ("works", "authentication", "dispute", "inquiry"):
        _succeed(world, intent, card)
    else:
        fail(world, intent, card, "card_declined" if does == "fails_later" else does)
    return intent["status"]


def _succeed(world, intent, card):
    charge = new_charge(world, intent, card)
    entry = book_charge(world, charge, fast=card["_fast"])
    charge["balance_transaction"] = entry["id"]
    intent.update(
        status="succeeded",
        amount_received=intent["amount"],
        latest_charge=charge["id"],
        payment_method=card["id"],
        next_action=None,
        last_payment_error=None,
    )
    world.emit("charge.succeeded", charge)
    world.emit("payment_intent.succeeded", intent)
    if card["_does"] in ("dispute", "inquiry"):
        from .disputes import open_dispute

        open_dispute(world, charge, inquiry=card["_does"] == "inquiry")


def fail(world, intent, card, reason) -> None:
    """Record that the bank said no."""
    error = declined(reason).body
    charge = new_charge(world, intent, card, error)
    shown = {name: value for name, value in card.items() if not name.startswith("_")}
    intent.update(
        status="requires_payment_method",
        latest_charge=charge["id"],
        payment_method=None,
        next_action=None,
        last_payment_error={**error, "charge": charge["id"], "payment_method": shown},
    )
    world.emit("charge.failed", charge)
    world.emit("payment_intent.payment_failed", intent)


def new_charge(world, intent, card, error=None) -> dict:
    """Make the charge of one attempt."""
    good = error is None
    return world.add(
        "ch",
        "charge",
        amount=intent["amount"],
        amount_captured=intent["amount"] if good else 0,
        amount_refunded=0,
        application=None,
        application_fee=None,
        application_fee_amount=None,
        balance_transaction=None,
        billing_details=dict(card["billing_details"]),
        calculated_statement_descriptor="TEST TILL",
        captured=good,
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        disputed=False,
        failure_balance_transaction=None,
        failure_code=None if good else error["code"],
        failure_message=None if good else error["message"],
        fraud_details={},
        metadata=dict(intent["metadata"]),
        on_behalf_of=None,
        outcome=_outcome(error),
        paid=good,
        payment_intent=intent["id"],
        payment_method=card["id"],
        payment_method_details={
            "card": {name: card["card"][name] for name in ("brand", "country", "exp_month", "exp_year", "funding", "last4")},
            "type": "card",
        },
        radar_options={},
        receipt_email=None,
        receipt_number=None,
        receipt_url=None,
        refunded=False,
        review=None,
        shipping=None,
        source=None,
        source_transfer=None,
        statement_descriptor=None,
        statement_descriptor_suffix=None,
        status="succeeded" if good else "failed",
        transfer_data=None,
        transfer_group=intent["transfer_group"],
    )  # fmt: skip


def _outcome(error):
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "declined_by_network" if error else "approved_by_network",
        "reason": error["decline_code"] if error else None,
        "risk_level": "normal",
        "seller_message": "The bank did not return any further details." if error else "Payment complete.",
        "type": "issuer_declined" if error else "authorized",
    }  # fmt: skip


def card_of(world, key, customer=None, param="payment_method") -> dict:
    """Return a card by its id or test name."""
    if key in CARDS:
        return new_card(world, key)
    card = world.get("payment_method", key, param)
    if card["customer"] and card["customer"] != customer:
        message = "The provided PaymentMethod belongs to another Customer."
        raise invalid(message, param)
    return card


def create_intent(world, p: Params) -> dict:
    """Answer POST /v1/payment_intents."""
    p.need("amount")
    amount, currency = p.whole("amount", least=1), currency_of(p)
    whole_step(amount, currency, "amount")
    customer = p.text("customer")
    if customer:
        world.get("customer", customer, "customer")
    card = card_of(world, p["payment_method"], customer) if p.get("payment_method") else None
    body = new_intent(
        world,
        amount,
        currency,
        customer=customer,
        description=p.text("description"),
        metadata=merged({}, p.get("metadata")),
        setup_future_usage=p.choice("setup_future_usage", ("off_session", "on_session")),
        transfer_group=p.text("transfer_group"),
    )
    if card:
        body.update(status="requires_confirmation", payment_method=card["id"])
    if p.flag("confirm", default=False):
        _confirm_or_raise(world, body, off_session=p.flag("off_session", default=False))
    return body


def confirm_intent(world, p: Params, key) -> dict:
    """Answer POST /v1/payment_intents/{id}/confirm."""
    body = world.get("payment_intent", key)
    if body["status"] not in OPEN:
        message = f"This PaymentIntent's status is {body['status']}, so it cannot be confirmed."
        raise refused(message, "payment_intent_unexpected_state")
    if card := p.text("payment_method"):
        body["payment_method"] = card_of(world, card, body["customer"])["id"]
    _confirm_or_raise(world, body, off_session=p.flag("off_session", default=False))
    return body


def _confirm_or_raise(world, body, *, off_session):
    if not body["payment_method"]:
        message = "You cannot confirm this PaymentIntent because it's missing a payment method."
        raise refused(message, "payment_intent_unexpected_state", "payment_method")
    card = world.find("payment_method", body["payment_method"])
    if off_session and behaviour(world, body, card) == "authentication":
        fail(world, body, card, "authentication_required")
    else:
        confirm(world, body, card)
    after_attempt(world, body)
    if error := body["last_payment_error"]:
        raise declined(error["decline_code"], payment_intent={"id": body["id"]})
    if body["setup_future_usage"] and body["customer"] and body["status"] == "succeeded":
        keep_card(world, card["id"], world.find("customer", body["customer"]))


def after_attempt(world, intent) -> None:
    """Let the invoice of an intent, if any, take notice."""
    if intent["_invoice"]:
        from .invoices import note_attempt

        note_attempt(world, world.find("invoice", intent["_invoice"]), intent)


def authenticate(world, intent, *, success) -> dict:
    """The card holder answers his bank's question."""
    card = world.find("payment_method", intent["payment_method"])
    if success:
        confirm(world, intent, card, authenticated=True)
    else:
        fail(world, intent, card, "authentication_required")
    after_attempt(world, intent)
    return intent


def cancel_intent(world, p: Params, key) -> dict:
    """Answer POST /v1/payment_intents/{id}/cancel."""
    body = world.get("payment_intent", key)
    if body["status"] not in OPEN:
        message = (
            f"You cannot cancel this PaymentIntent because it has a status of {body['status']}."
        )
        raise refused(message, "payment_intent_unexpected_state")
    reason = p.text("cancellation_reason")
    body.update(status="canceled", canceled_at=world.now, cancellation_reason=reason)
    world.emit("payment_intent.canceled", body)
    return body


def update_intent(world, p: Params, key) -> dict:
    """Answer POST /v1/payment_intents/{id}."""
    body = world.get("payment_intent", key)
    if "metadata" in p:
        body["metadata"] = merged(body["metadata"], p["metadata"])
    if "description" in p:
        body["description"] = p.text("description") or None
    return body
