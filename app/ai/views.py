"""The page of a person's own keys of providers of models, beside API keys and brokers."""

from __future__ import annotations

from flask import Response, request

from app.accounts import service as accounts
from app.ai import service
from app.core.auth import signed_in, user_id
from app.core.errors import AppError, ForbiddenError, NotFoundError, ValidationError
from app.core.i18n import gettext
from app.core.pages import ask_first, go, own_pages, show

pages = own_pages("account_models", __name__)


@pages.get("/model-keys")
@signed_in
def model_keys() -> Response:
    """Show a person's own keys of providers, and the form for another one."""
    accounts.require_fresh()
    return _page()


def _page(error: AppError | None = None, at: str = "") -> Response:
    return show(
        "ai/model_keys.html",
        error=error,
        at=at,
        user=accounts.get_user(user_id()),
        keys=service.model_keys(user_id()),
    )


@pages.post("/model-keys")
@signed_in
def save_model_key() -> Response:
    """Keep a key of a provider."""
    return _act("save", request.form.get("provider", ""), done="model_key")


@pages.post("/model-keys/<provider>/check")
@signed_in
def check_model_key(provider: str) -> Response:
    """Let a key be checked again."""
    return _act("check", provider, done="key_checking")


@pages.post("/model-keys/<provider>/limits")
@signed_in
def limit_model_key(provider: str) -> Response:
    """Change what a key may spend."""
    return _act("limits", provider, done="key_limits")


@pages.post("/model-keys/<provider>/delete")
@signed_in
def delete_model_key(provider: str) -> Response:
    """Forget a key."""
    accounts.require_fresh()
    if all(one.provider != provider for one in service.list_keys(user_id())):
        raise NotFoundError(gettext("There is no key of this provider."))
    question = gettext(
        "Delete this key? What it paid for is then answered by plain rules or, where your plan gives it, "
        "by models of the service."
    )
    user = accounts.get_user(user_id())
    if asked := ask_first(question, gettext("Delete key"), "model_keys", user=user):
        return asked
    return _act("delete", provider, done="key_gone")


def _act(action: str, provider: str, *, done: str) -> Response:
    accounts.require_fresh()
    try:
        service.act_on_model_keys(user_id(), action, provider, request.form.to_dict())
    except (ForbiddenError, ValidationError) as error:
        return _page(error, at="" if action == "save" else provider)
    return go("model_keys", done=done)
