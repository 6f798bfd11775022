"""JSON: a member's accounts at brokers."""

from __future__ import annotations

from flask import Blueprint, Response, make_response

from app.core.auth import scoped, user_id
from app.core.describe import describe
from app.core.http import json_response
from app.core.parse import json_body, parse
from app.trading import service
from app.trading.schemas import (
    BrokerAccountChange,
    BrokerAccountIn,
    BrokerAccountList,
    BrokerAccountOut,
)

api = Blueprint("trading_api", __name__, url_prefix="/api/trading-accounts")


@api.get("")
@describe(answer=BrokerAccountList)
@scoped("trading:read")
def list_accounts() -> Response:
    """List the asker's accounts at brokers; of the keys the last four characters."""
    found = service.list_accounts(user_id())
    return json_response({"items": [one.model_dump(mode="json") for one in found]})


@api.post("")
@describe(body=BrokerAccountIn, answer=BrokerAccountOut, status=201)
@scoped("trading:write")
def add_account() -> Response:
    """Keep the keys for an account at a broker. They are encrypted and never given back."""
    made = service.add_account(user_id(), parse(BrokerAccountIn, json_body()))
    return json_response(made.model_dump(mode="json"), 201)


@api.patch("/<int:account_id>")
@describe(body=BrokerAccountChange, answer=BrokerAccountOut)
@scoped("trading:write")
def change_account(account_id: int) -> Response:
    """Let an account at a broker be used, or not."""
    given = parse(BrokerAccountChange, json_body())
    found = service.set_active(user_id(), account_id, is_active=given.is_active)
    return json_response(found.model_dump(mode="json"))


@api.delete("/<int:account_id>")
@describe(status=204)
@scoped("trading:write")
def delete_account(account_id: int) -> Response:
    """Forget an account at a broker with its keys."""
    service.delete_account(user_id(), account_id)
    return make_response("", 204)
