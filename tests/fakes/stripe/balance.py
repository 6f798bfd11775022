"""The balance: its transactions, what is available, payouts to the bank."""

from __future__ import annotations

from .catalog import currency_of
from .errors import missing, refused
from .form import Params, merged
from .money import DAY, fee

CATEGORIES = {
    "charge": "charge",
    "payment": "charge",
    "refund": "refund",
    "payment_refund": "refund",
    "transfer": "transfer",
    "transfer_refund": "transfer_reversal",
    "payout": "payout",
    "payout_failure": "payout_reversal",
    "topup": "topup",
}


def book(world, kind, amount, currency, source, *, costs=None, delay=0, **fields) -> dict:
    """Add a balance transaction: `net` is what the balance moves by."""
    details = [
        {
            "amount": one,
            "application": None,
            "currency": currency,
            "description": label,
            "type": "stripe_fee",
        }
        for label, one in (costs or {}).items()
    ]
    total = sum(one["amount"] for one in details)
    return world.add(
        "txn",
        "balance_transaction",
        amount=amount,
        available_on=world.now + delay,
        balance_type="payments",
        currency=currency,
        description=fields.pop("description", None),
        exchange_rate=None,
        fee=total,
        fee_details=details,
        net=amount - total,
        reporting_category=fields.pop("category", CATEGORIES.get(kind)),
        source=source,
        status="pending" if delay else "available",
        type=kind,
        _payout=None,
        **fields,
    )


def book_charge(world, charge, *, fast) -> dict:
    """Book what a card paid, less the processing fee; it is available after some days."""
    costs = {"Stripe processing fees": fee(charge["amount"], charge["currency"])}
    return book(
        world,
        "charge",
        charge["amount"],
        charge["currency"],
        charge["id"],
        costs=costs,
        delay=0 if fast else world.settle_days * DAY,
        description=charge["description"],
    )


def settled(world, body) -> dict:
    """Return a transaction with the status that it has by now."""
    body["status"] = "available" if body["available_on"] <= world.now else "pending"
    return body


def get_transaction(world, p: Params, key) -> dict:
    """Answer GET /v1/balance_transactions/{id}."""
    return settled(world, world.get("balance_transaction", key))


def transactions(world, p: Params) -> list[dict]:
    """Return the transactions of the account; with `payout`, those that it consists of."""
    found = [settled(world, one) for one in world.all("balance_transaction")]
    payout = p.text("payout")
    if payout:
        world.get("payout", payout, "payout")
        return [one for one in found if payout in (one["_payout"], one["source"])]
    return found


def sums(world, account) -> dict[str, dict[str, int]]:
    """Return available and pending amounts by currency."""
    found: dict[str, dict[str, int]] = {"available": {}, "pending": {}}
    for one in world.all("balance_transaction", _account=account):
        kind = settled(world, one)["status"]
        held = found[kind]
        held[one["currency"]] = held.get(one["currency"], 0) + one["net"]
    return found


def get_balance(world, p: Params) -> dict:
    """Answer GET /v1/balance."""
    held = sums(world, world.account)
    names = set(held["available"]) | set(held["pending"]) | {"usd"}

    def lines(kind):
        return [
            {"amount": held[kind].get(name, 0), "currency": name, "source_types": {"card": held[kind].get(name, 0)}}
            for name in sorted(names)
        ]  # fmt: skip

    return {
        "object": "balance",
        "available": lines("available"),
        "connect_reserved": [{"amount": 0, "currency": name} for name in sorted(names)],
        "livemode": False,
        "pending": lines("pending"),
        "refund_and_dispute_prefunding": {"available": [], "pending": []},
    }


def require_available(world, amount, currency, account, message) -> None:
    """Refuse what the balance cannot pay."""
    if sums(world, account)["available"].get(currency, 0) < amount:
        raise refused(message, "balance_insufficient")


def create_payout(world, p: Params) -> dict:
    """Send money to the bank; it arrives a day later."""
    p.need("amount")
    amount, currency = p.whole("amount", least=1), currency_of(p)
    message = "You have insufficient funds in your Stripe account."
    require_available(world, amount, currency, world.account, message)
    arrival = world.now + DAY
    body = world.add(
        "po",
        "payout",
        amount=amount,
        application_fee=None,
        application_fee_amount=None,
        arrival_date=arrival,
        automatic=False,
        balance_transaction=None,
        currency=currency,
        description=p.text("description"),
        destination=None,
        failure_balance_transaction=None,
        failure_code=None,
        failure_message=None,
        metadata=merged({}, p.get("metadata")),
        method="standard",
        original_payout=None,
        payout_method=None,
        reconciliation_status="not_applicable",
        reversed_by=None,
        source_type="card",
        statement_descriptor=p.text("statement_descriptor"),
        status="pending",
        trace_id=None,
        type="bank_account",
    )
    entry = book(world, "payout", -amount, currency, body["id"], description="STRIPE PAYOUT")
    body["balance_transaction"] = entry["id"]
    world.emit("payout.created", body, account=world.account)
    world.plan(arrival, "payout", body["id"])
    return body


def payout_arrives(world, key) -> None:
    """End a payout at the bank."""
    body = world.find("payout", key)
    if body["status"] in ("pending", "in_transit"):
        body["status"] = "paid"
        world.emit("payout.paid", body, account=body["_account"])


def fail_payout(world, key, code="account_closed") -> dict:
    """The bank sends the money back."""
    body = world.find("payout", key)
    if body is None:
        raise missing("payout", key)
    entry = book(
        world,
        "payout_failure",
        body["amount"],
        body["currency"],
        body["id"],
        _account=body["_account"],
    )
    body.update(
        status="failed",
        failure_code=code,
        failure_message="The bank account has been closed.",
        failure_balance_transaction=entry["id"],
    )
    world.emit("payout.failed", body, account=body["_account"])
    return body


def cancel_payout(world, p: Params, key) -> dict:
    """Stop a payout that has not left yet."""
    body = world.get("payout", key)
    if body["status"] != "pending":
        raise refused("Payouts can only be canceled while they are pending.", None)
    entry = book(
        world, "payout_cancel", body["amount"], body["currency"], key, category="payout_reversal"
    )
    body.update(status="canceled", failure_balance_transaction=entry["id"])
    world.emit("payout.canceled", body, account=world.account)
    return body
