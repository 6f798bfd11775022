"""Connect: accounts of creators, their onboarding, transfers to them and reversals."""

from __future__ import annotations

from .balance import book, require_available
from .catalog import currency_of
from .errors import ApiError, invalid, refused
from .form import Params, merged
from .render import listed

MISSING = [
    "external_account",
    "individual.first_name",
    "individual.last_name",
    "tos_acceptance.date",
]
TYPES = ("standard", "express", "custom", "none")
CAPABILITIES = ("card_payments", "transfers")
LINK_SECONDS = 300


def create_account(world, p: Params) -> dict:
    """Answer POST /v1/accounts."""
    kind = p.choice("type", TYPES)
    wanted = [name for name in CAPABILITIES if p.nested("capabilities").get(name)]
    country = p.text("country", "US")
    body = world.add(
        "acct",
        "account",
        business_profile={
            "annual_revenue": None, "estimated_worker_count": None, "mcc": None,
            "minority_owned_business_designation": None, "name": p.nested("business_profile").text("name"),
            "product_description": None, "support_address": None, "support_email": None,
            "support_phone": None, "support_url": None, "url": p.nested("business_profile").text("url"),
        },
        business_type=p.text("business_type"),
        capabilities=dict.fromkeys(wanted or ["transfers"], "inactive"),
        charges_enabled=False,
        controller={
            "fees": {"payer": "application"}, "is_controller": True,
            "losses": {"payments": "application"}, "requirement_collection": "stripe",
            "stripe_dashboard": {"type": "express"}, "type": "application",
        },
        country=country,
        default_currency=p.text("default_currency") or ("usd" if country == "US" else "eur"),
        details_submitted=False,
        email=p.text("email"),
        external_accounts=None,
        future_requirements=_requirements([]),
        metadata=merged({}, p.get("metadata")),
        payouts_enabled=False,
        requirements=_requirements(MISSING, "requirements.past_due"),
        settings={
            "branding": {"icon": None, "logo": None, "primary_color": None, "secondary_color": None},
            "card_payments": {"statement_descriptor_prefix": None},
            "dashboard": {"display_name": None, "timezone": "Etc/UTC"},
            "payments": {"statement_descriptor": None},
            "payouts": {
                "debit_negative_balances": True,
                "schedule": {"delay_days": 2, "interval": "daily"},
                "statement_descriptor": None,
            },
        },
        tos_acceptance={"date": None},
        type=kind or "none",
        _owner=world.account,
    )  # fmt: skip
    body["external_accounts"] = listed([], f"/v1/accounts/{body['id']}/external_accounts")
    return body


def _requirements(due, reason=None):
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": list(due),
        "disabled_reason": reason if due else None,
        "errors": [],
        "eventually_due": list(due),
        "past_due": list(due),
        "pending_verification": [],
    }


def update_account(world, p: Params, key) -> dict:
    """Answer POST /v1/accounts/{id}."""
    body = account_of(world, key)
    new = {}
    if "metadata" in p:
        new["metadata"] = merged(body["metadata"], p["metadata"])
    if "email" in p:
        new["email"] = p.text("email") or None
    return world.change(body, None, **new) if not new else _told(world, body, new)


def _told(world, body, new):
    body.update(new)
    world.emit("account.updated", body, account=body["id"])
    return body


def account_of(world, key, param=None) -> dict:
    """Return a connected account.

    Raises:
        ApiError: there is none, or it has left us.
    """
    body = world.find("account", key)
    if body is None:
        if param:
            raise invalid(f"No such destination: '{key}'", param, "resource_missing")
        message = f"The provided key does not have access to account '{key}' (or that account does not exist). Application access may have been revoked."
        raise ApiError(403, "invalid_request_error", message, "account_invalid")
    return body


def get_account(world, p: Params, key) -> dict:
    """Answer GET /v1/accounts/{id}."""
    return account_of(world, key)


def delete_account(world, p: Params, key) -> dict:
    """Answer DELETE /v1/accounts/{id}."""
    body = account_of(world, key)
    world.emit("account.application.deauthorized", body, account=key)
    world.forget(body)
    return {"id": key, "object": "account", "deleted": True}


def onboard(world, key) -> dict:
    """The creator has given everything that Stripe asks for."""
    body = account_of(world, key)
    bank = {
        "id": world.id("ba"), "object": "bank_account", "account": key, "bank_name": "TEST BANK",
        "country": body["country"], "currency": body["default_currency"],
        "default_for_currency": True, "last4": "6789", "metadata": {}, "status": "new",
    }  # fmt: skip
    return _told(
        world,
        body,
        {
            "capabilities": dict.fromkeys(body["capabilities"], "active"),
            "charges_enabled": True,
            "payouts_enabled": True,
            "details_submitted": True,
            "requirements": _requirements([]),
            "external_accounts": listed([bank], f"/v1/accounts/{key}/external_accounts"),
            "tos_acceptance": {"date": world.now},
        },
    )


def restrict(world, key, due=("individual.verification.document",)) -> dict:
    """Stripe asks for more: until it comes, nothing is paid out."""
    body = account_of(world, key)
    return _told(
        world,
        body,
        {
            "charges_enabled": False,
            "payouts_enabled": False,
            "capabilities": dict.fromkeys(body["capabilities"], "inactive"),
            "requirements": _requirements(list(due), "requirements.past_due"),
        },
    )


def create_link(world, p: Params) -> dict:
    """Answer POST /v1/account_links: an address that works for five minutes."""
    account = account_of(world, p.need("account"))
    for name in ("type", "return_url", "refresh_url"):
        p.need(name)
    kind = p.choice("type", ("account_onboarding", "account_update"))
    body = world.add(
        "link",
        "account_link",
        expires_at=world.now + LINK_SECONDS,
        _target=account["id"],
        _return_url=p.url("return_url"),
        _refresh_url=p.url("refresh_url"),
        _type=kind,
        url=None,
    )
    body["url"] = f"{world.url}/connect/{body['id']}"
    return {name: body[name] for name in ("object", "created", "expires_at", "url")}


def login_link(world, p: Params, key) -> dict:
    """Answer POST /v1/accounts/{id}/login_links."""
    account_of(world, key)
    return {"object": "login_link", "created": world.now, "url": f"{world.url}/express/{key}"}


def create_transfer(world, p: Params) -> dict:
    """Answer POST /v1/transfers: the platform's balance pays the creator's."""
    p.need("amount")
    amount, currency = p.whole("amount", least=1), currency_of(p)
    account = account_of(world, p.need("destination"), "destination")
    if account["capabilities"].get("transfers") != "active":
        message = "Your destination account needs to have at least one of the following capabilities enabled: transfers, crypto_transfers, legacy_payments"
        raise refused(message, "insufficient_capabilities_for_transfer")
    source = _source(world, p, amount)
    if source is None:
        message = "You have insufficient available funds in your Stripe account. Try adding funds directly to your available balance by creating Charges using the 4000000000000077 test card."
        require_available(world, amount, currency, world.account, message)
    body = world.add(
        "tr",
        "transfer",
        amount=amount,
        amount_reversed=0,
        balance_transaction=None,
        currency=currency,
        description=p.text("description"),
        destination=account["id"],
        destination_payment=None,
        metadata=merged({}, p.get("metadata")),
        reversals=None,
        reversed=False,
        source_transaction=source and source["id"],
        source_type="card",
        transfer_group=p.text("transfer_group") or (source and source["transfer_group"]),
    )
    body["reversals"] = listed([], f"/v1/transfers/{body['id']}/reversals") | {"total_count": 0}
    entry = book(world, "transfer", -amount, currency, body["id"], description=body["description"])
    arrived = world.id("py")
    book(world, "payment", amount, currency, arrived, _account=account["id"])
    body.update(balance_transaction=entry["id"], destination_payment=arrived)
    world.emit("transfer.created", body)
    return body


def _source(world, p, amount):
    """Return the charge that a transfer is bound to; it cannot move more than that charge."""
    key = p.text("source_transaction")
    if not key:
        return None
    charge = world.get("charge", key, "source_transaction")
    moved = sum(one["amount"] for one in world.all("transfer", source_transaction=key))
    if moved + amount > charge["amount"]:
        message = "Transfers using this transaction as a source must not exceed the source amount."
        raise refused(message, "transfer_source_balance_parameters_mismatch", "amount")
    return charge


def update_transfer(world, p: Params, key) -> dict:
    """Change a transfer's labels."""
    body = world.get("transfer", key)
    new = {"metadata": merged(body["metadata"], p.get("metadata"))}
    if "description" in p:
        new["description"] = p.text("description") or None
    return world.change(body, "transfer.updated", **new)


def reverse(world, p: Params, key) -> dict:
    """Answer POST /v1/transfers/{id}/reversals: the creator's balance has to hold it."""
    transfer = world.get("transfer", key)
    left = transfer["amount"] - transfer["amount_reversed"]
    if left == 0:
        raise refused(f"Transfer {key} is already fully reversed.", None)
    amount = p.whole("amount", left, least=1)
    if amount > left:
        message = (
            f"Amount ({amount}) is greater than the unreversed amount of the transfer ({left})"
        )
        raise refused(message, None, "amount")
    message = "Insufficient funds in the connected account to reverse this transfer."
    require_available(world, amount, transfer["currency"], transfer["destination"], message)
    body = world.add(
        "trr",
        "transfer_reversal",
        amount=amount,
        balance_transaction=None,
        currency=transfer["currency"],
        destination_payment_refund=world.id("pyr"),
        metadata=merged({}, p.get("metadata")),
        source_refund=None,
        transfer=key,
    )
    entry = book(world, "transfer_refund", amount, body["currency"], body["id"])
    book(
        world, "payment_refund", -amount, body["currency"], body["destination_payment_refund"],
        _account=transfer["destination"],
    )  # fmt: skip
    body["balance_transaction"] = entry["id"]
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    transfer["reversals"]["data"].insert(0, body)
    transfer["reversals"]["total_count"] += 1
    world.emit("transfer.reversed", transfer)
    return body


def reversals(world, p: Params, key) -> list[dict]:
    """Return the reversals of a transfer."""
    world.get("transfer", key)
    return world.all("transfer_reversal", transfer=key)
