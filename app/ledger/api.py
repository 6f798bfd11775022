"""JSON of the ledger: fills in, accounts and trades out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, request
from pydantic import BaseModel

from app.core import auth
from app.core.describe import describe
from app.core.errors import ValidationError
from app.core.formatters import count
from app.core.http import json_response, wanted_versions, with_version
from app.core.i18n import gettext
from app.core.paging import page_response
from app.core.parse import json_body, parse
from app.ledger import service
from app.ledger.schemas import (
    AccountList,
    AccountView,
    FillAnswer,
    FillBatch,
    FillResult,
    OpeningIn,
    OpeningView,
    TradePage,
    TradeQuery,
)
from app.ledger.service.delivery import shown
from app.ledger.service.door import Batch, record_batch

api = Blueprint("ledger_api", __name__, url_prefix="/api/ledger")
MAX_FILLS = 10_000


@api.post("/fills")
@describe(body=FillBatch, answer=FillAnswer)
@auth.scoped("ledger:write")
def post_fills() -> Response:
    """Record fills; one answer per item, the good ones are kept."""
    batch = _read_batch(json_body(numbers_as_text=True))
    answer = record_batch(auth.user_id(), batch, source="api")
    counts = dict.fromkeys(("created", "duplicate", "refused"), 0)
    for result in answer.results:
        counts[result.status] += 1
    return json_response({
        "account_id": answer.account_id,
        "accounts": answer.accounts,
        "results": [_result(result) for result in answer.results],
        **counts,
    })  # fmt: skip


@api.get("/accounts")
@describe(answer=AccountList)
@auth.scoped("ledger:read")
def get_accounts() -> Response:
    """List the asker's trading accounts."""
    items = [_json(account) for account in service.list_accounts(auth.user_id())]
    return json_response({"items": items})


@api.get("/accounts/<int:account_id>/opening")
@describe(answer=OpeningView, headers=("If-None-Match",))
@auth.scoped("ledger:read")
def get_opening(account_id: int) -> Response:
    """Return what the owner said that an account began with; its `ETag` is for saying it."""
    opening = service.get_opening(auth.user_id(), account_id)
    return with_version(json_response(_json(opening)), opening.version)


@api.put("/accounts/<int:account_id>/opening")
@describe(body=OpeningIn, answer=AccountView, headers=("If-Match",), problems=(412, 428))
@auth.scoped("ledger:write")
def put_opening(account_id: int) -> Response:
    """Say once what a journal began with, so that its ratios have an answer."""
    opening = parse(OpeningIn, json_body())
    versions = wanted_versions()
    account = service.set_opening(auth.user_id(), account_id, opening, versions=versions)
    response = json_response(_json(account))
    response.set_etag(service.get_opening(auth.user_id(), account_id).version)
    return response


@api.get("/trades")
@describe(query=TradeQuery, answer=TradePage)
@auth.scoped("ledger:read")
def get_trades() -> Response:
    """List the asker's trades, the newest first."""
    asked = parse(TradeQuery, request.args.to_dict())
    page = service.list_trades(auth.user_id(), asked.account_id, asked.cursor, asked.limit)
    items = [_json(trade) for trade in page.items]
    return page_response({"items": items, "next_cursor": page.next_cursor})


def _read_batch(body: Any) -> Batch:
    if not isinstance(body, dict):
        message = gettext('The body must be an object: {"plugin_id": …, "fills": […]}.')
        raise ValidationError(message)
    unknown = sorted(set(body) - {"plugin_id", "fills", "kind"})
    if unknown:
        name = shown(unknown[0], 100)
        raise ValidationError(gettext("%(name)s: unknown field", name=name), field=name)
    fills = body.get("fills")
    if not isinstance(fills, list) or not 1 <= len(fills) <= MAX_FILLS:
        message = gettext("fills: must be a list of 1 to %(most)s fills", most=count(MAX_FILLS))
        raise ValidationError(message, field="fills")
    return Batch(body.get("plugin_id"), body.get("kind", "journal"), fills)


def _result(result: FillResult) -> dict[str, Any]:
    answer: dict[str, Any] = {"external_id": result.external_id, "status": result.status}
    if result.status == "refused":
        answer |= {"reason": result.reason, "field": result.field}
    return answer


def _json(view: BaseModel) -> dict[str, Any]:
    return {
        name: f"{value.normalize():f}" if isinstance(value, Decimal) else value
        for name, value in view.model_dump().items()
    }
