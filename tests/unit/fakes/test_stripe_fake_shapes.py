"""What the fake answers has the shape that the pinned SDK's own types describe."""

import importlib
import inspect
import re
import types
import typing
from decimal import Decimal

import pytest
import stripe

from tests.fakes.stripe import fake_stripe
from tests.fakes.stripe.render import render

CLASSES = {
    "product": stripe.Product,
    "price": stripe.Price,
    "customer": stripe.Customer,
    "payment_method": stripe.PaymentMethod,
    "payment_intent": stripe.PaymentIntent,
    "subscription": stripe.Subscription,
    "subscription_item": stripe.SubscriptionItem,
    "invoice": stripe.Invoice,
    "invoiceitem": stripe.InvoiceItem,
    "invoice_payment": stripe.InvoicePayment,
    "line_item": stripe.InvoiceLineItem,
    "charge": stripe.Charge,
    "refund": stripe.Refund,
    "dispute": stripe.Dispute,
    "balance_transaction": stripe.BalanceTransaction,
    "payout": stripe.Payout,
    "transfer": stripe.Transfer,
    "transfer_reversal": stripe.TransferReversal,
    "account": stripe.Account,
    "event": stripe.Event,
    "webhook_endpoint": stripe.WebhookEndpoint,
    "checkout.session": stripe.checkout.Session,
    "billing_portal.session": stripe.billing_portal.Session,
    "billing_portal.configuration": stripe.billing_portal.Configuration,
}


# These live inside of others only, and are looked at there.
INSIDE = ("line_item", "subscription_item")


@pytest.fixture(scope="module")
def full():
    """A fake in which something of everything has happened."""
    with fake_stripe() as till:
        v1 = till.client().v1
        product = v1.products.create({"name": "Mid"})
        prices = [
            v1.prices.create(
                {
                    "product": product.id,
                    "currency": "usd",
                    "unit_amount": amount,
                    "recurring": {"interval": "month"},
                }
            )
            for amount in (3000, 4000)
        ]
        session = v1.checkout.sessions.create(
            {
                "mode": "subscription",
                "line_items": [{"price": prices[0].id, "quantity": 1}],
                "success_url": "http://127.0.0.1/done",
                "automatic_tax": {"enabled": True},
            }
        )
        done = till.complete(session.id)
        item = v1.subscriptions.retrieve(done["subscription"])["items"].data[0]
        v1.subscriptions.update(
            done["subscription"], {"items": [{"id": item.id, "price": prices[1].id}]}
        )
        till.advance(days=40)
        charges = v1.charges.list().data
        v1.refunds.create({"charge": charges[0].id, "amount": 100})
        till.dispute(charges[-1].id)
        account = v1.accounts.create(
            {"type": "express", "capabilities": {"transfers": {"requested": True}}}
        )
        till.onboard(account.id)
        transfer = v1.transfers.create(
            {"amount": 500, "currency": "usd", "destination": account.id, "transfer_group": "g"}
        )
        v1.transfers.reversals.create(transfer.id, {"amount": 100})
        v1.payouts.create({"amount": 100, "currency": "usd"})
        v1.billing_portal.sessions.create({"customer": done["customer"]})
        v1.webhook_endpoints.create({"url": "http://127.0.0.1/x", "enabled_events": ["*"]})
        yield till


@pytest.mark.parametrize("name", [name for name in CLASSES if name not in INSIDE])
def test_each_object_has_the_fields_of_its_type_and_no_others(full, name):
    bodies = full.world.all(name)
    assert bodies, f"the scenario makes no {name}"
    for body in bodies:
        problems = list(_differences(render(full.world, body), CLASSES[name], name))
        assert problems == []


def _differences(value, kind, path):
    """Name what a type does not know and what it promises without being there."""
    hints = _hints(kind)
    missing = {
        name
        for name, hint in hints.items()
        if type(None) not in _options(hint) and name not in value
    }
    for name in sorted(missing):
        yield f"{path}.{name} is missing"
    for name, one in value.items():
        if name not in hints:
            yield f"{path}.{name} is unknown"
        else:
            yield from _value(one, hints[name], f"{path}.{name}")


def _value(value, hint, path):
    options = _options(hint)
    if value is None:
        if type(None) not in options and typing.Any not in options:
            yield f"{path} may not be null"
    elif isinstance(value, dict):
        yield from _hash(value, options, path)
    elif isinstance(value, list):
        inner = [typing.get_args(one) for one in options if typing.get_origin(one) is list]
        for at, one in enumerate(value):
            yield from _value(one, inner[0][0], f"{path}[{at}]")
    else:
        yield from _plain(value, options, path)


def _hash(value, options, path):
    if value.get("object") == "list":
        for at, one in enumerate(value["data"]):
            if one.get("object") in CLASSES:
                yield from _differences(one, CLASSES[one["object"]], f"{path}[{at}]")
        return
    kinds = [one for one in options if isinstance(one, type) and _is_object(one)]
    if kinds and not _is_free(kinds[0]):
        yield from _differences(value, kinds[0], path)


def _plain(value, options, path):
    words = [
        word
        for one in options
        if typing.get_origin(one) is typing.Literal
        for word in typing.get_args(one)
    ]
    if words and isinstance(value, str) and value not in words:
        yield f"{path}={value} is none of {words}"
    kinds = tuple(one for one in options if one in (int, str, bool, float))
    # A Decimal travels as text.
    if Decimal in options:
        kinds += (str,)
    if kinds and not words and not isinstance(value, kinds):
        yield f"{path}={value!r} is no {kinds}"


def _options(hint):
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return [one for part in typing.get_args(hint) for one in _options(part)]
    return [hint]


def _is_object(kind):
    return issubclass(kind, stripe.StripeObject)


def _is_free(kind):
    """Metadata and other hashes whose names are open."""
    return not _hints(kind) or "UntypedStripeObject" in kind.__name__


def _hints(kind):
    found = {}
    for one in reversed(kind.__mro__):
        if one.__module__.startswith("stripe") and one not in (
            stripe.StripeObject,
            stripe.ListObject,
        ):
            found |= _own(one)
    return {
        name: hint
        for name, hint in found.items()
        if typing.get_origin(hint) is not typing.ClassVar and not name.startswith("_")
    }


def _own(kind):
    module = importlib.import_module(kind.__module__)
    names = {**vars(stripe), **vars(module), **_nested(kind)}
    own = {}
    for name, hint in inspect.get_annotations(kind).items():
        own[name] = _evaluate(hint, names)
    return own


def _evaluate(hint, names):
    """Resolve a hint; types of other objects, which are named only, stay open."""
    holder = types.SimpleNamespace(__annotations__={"it": hint})
    while True:
        try:
            return typing.get_type_hints(holder, names)["it"]
        except NameError as error:
            names[error.name] = str


def _nested(kind):
    return {name: one for name, one in vars(kind).items() if isinstance(one, type)}


def test_each_event_that_the_fake_tells_of_is_one_of_stripes():
    from pathlib import Path

    folder = Path(__file__).parents[2] / "fakes/stripe"
    source = "".join(path.read_text() for path in folder.glob("*.py"))
    told = set(re.findall(r'"((?:[a-z_]+\.)+[a-z_]+)", *(?:body|kept|shown|charge|intent|payment|card|customer|owner|other|invoice|transfer)\b', source))  # fmt: skip
    known = [
        word for one in _options(_hints(stripe.Event)["type"]) for word in typing.get_args(one)
    ]
    assert len(told) > 50
    assert told - set(known) == set()
