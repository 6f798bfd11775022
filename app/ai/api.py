"""JSON: a member's own keys of providers of models."""

from __future__ import annotations

from flask import Blueprint, Response, make_response
from pydantic import BaseModel

from app.ai import service
from app.ai.schemas.keys import ModelKeyIn, ModelKeyLimits, ModelKeyList, ModelKeyOut
from app.core.auth import scoped, user_id
from app.core.describe import describe
from app.core.http import json_response
from app.core.parse import json_body, parse

api = Blueprint("model_keys_api", __name__, url_prefix="/api/model-keys")


def _answer(found: BaseModel, status: int = 200) -> Response:
    return json_response(found.model_dump(mode="json"), status)


@api.get("")
@describe(answer=ModelKeyList)
@scoped("models:read")
def list_model_keys() -> Response:
    """List the asker's own keys of providers, what they may spend and have spent."""
    return _answer(service.show_keys(user_id()))


@api.post("")
@describe(body=ModelKeyIn, answer=ModelKeyOut, status=201, problems=(403, 422))
@scoped("models:write")
def save_model_key() -> Response:
    """Keep a key of a provider in place of the one before. It is encrypted and never given back.

    A worker asks the provider whether it knows the key; the list tells in a moment what it said.
    """
    return _answer(service.take_key(user_id(), parse(ModelKeyIn, json_body())), 201)


@api.put("/<provider>/limits")
@describe(body=ModelKeyLimits, answer=ModelKeyOut)
@scoped("models:write")
def limit_model_key(provider: str) -> Response:
    """Set what a key may spend in a day and in a month; what is left out has no limit of ours."""
    given = parse(ModelKeyLimits, json_body())
    return _answer(service.change_limits(user_id(), provider, given))


@api.post("/<provider>/check")
@describe(answer=ModelKeyOut, status=202)
@scoped("models:write")
def check_model_key(provider: str) -> Response:
    """Let a worker ask the provider again whether it knows the key: once a minute at most."""
    return _answer(service.check_again(user_id(), provider), 202)


@api.delete("/<provider>")
@describe(status=204)
@scoped("models:write")
def delete_model_key(provider: str) -> Response:
    """Forget a key; what it paid for is then answered within the plan, analyses by plain rules."""
    service.delete_key(user_id(), provider)
    return make_response("", 204)
