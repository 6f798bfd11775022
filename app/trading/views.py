"""A member's accounts at brokers: the fragment in the dashboard, and the page of the account."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from app.accounts import service as accounts
from app.core.auth import person, signed_in, user_id
from app.core.errors import AppError, ConflictError, ForbiddenError, ValidationError
from app.core.i18n import gettext
from app.core.pages import ask_first, check, go, own_pages, show
from app.core.parse import parse
from app.trading import service
from app.trading.schemas import BrokerAccountIn

bp = Blueprint("trading", __name__, url_prefix="/embed")
pages = own_pages("account_brokers", __name__)
UNPROCESSABLE = 422


def _shown(error: str = "", typed: dict[str, str] | None = None) -> str:
    return render_template(
        "trading/_broker_accounts.html",
        accounts=service.list_accounts(user_id()),
        error=error,
        typed=_kept(typed),
    )


def _kept(typed: dict[str, str] | None) -> dict[str, str]:
    # Never the keys: a page that is kept must not hold them.
    return {name: (typed or {}).get(name, "") for name in ("broker", "name", "account_type")}


@bp.get("/broker-accounts")
@person
def broker_accounts() -> str:
    """Show a member's accounts at brokers."""
    return _shown()


@bp.post("/broker-accounts")
@person
def add_broker_account() -> str | tuple[str, int]:
    """Keep the keys for an account at a broker."""
    typed = request.form.to_dict()
    try:
        service.add_account(user_id(), parse(BrokerAccountIn, typed))
    except (ConflictError, ForbiddenError, ValidationError) as error:
        return _shown(error.message, typed), UNPROCESSABLE
    return _shown()


@bp.post("/broker-accounts/<int:account_id>/off")
@person
def switch_off(account_id: int) -> str:
    """Let an account at a broker not be used any more."""
    service.set_active(user_id(), account_id, is_active=False)
    return _shown()


@bp.post("/broker-accounts/<int:account_id>/on")
@person
def switch_on(account_id: int) -> str:
    """Let an account at a broker be used again."""
    service.set_active(user_id(), account_id, is_active=True)
    return _shown()


@bp.post("/broker-accounts/<int:account_id>/delete")
@person
def delete_broker_account(account_id: int) -> str:
    """Forget an account at a broker with its keys."""
    service.delete_account(user_id(), account_id)
    return _shown()


# --- The page of the account ---


@pages.get("/brokers")
@signed_in
def brokers() -> Response:
    """Show a person's accounts at brokers, and the form for another one."""
    accounts.require_fresh()
    return _page()


def _page(error: AppError | None = None, typed: dict[str, str] | None = None) -> Response:
    return show(
        "trading/brokers.html",
        error=error,
        user=accounts.get_user(user_id()),
        accounts=service.list_accounts(user_id()),
        typed=_kept(typed),
    )


@pages.post("/brokers")
@signed_in
def add_broker() -> Response:
    """Keep the keys for an account at a broker."""
    accounts.require_fresh()
    typed = {name: text for name, text in request.form.items() if name != "csrf_token"}
    try:
        service.add_account(user_id(), check(BrokerAccountIn, typed))
    except (ConflictError, ForbiddenError, ValidationError) as error:
        return _page(error, typed)
    return go("brokers", done="broker")


@pages.post('/brokers/<int:account_id>/<any("on", "off"):state>')
@signed_in
def switch_broker(account_id: int, state: str) -> Response:
    """Let an account at a broker be used, or not any more."""
    accounts.require_fresh()
    service.set_active(user_id(), account_id, is_active=state == "on")
    return go("brokers", done="switched")


@pages.post("/brokers/<int:account_id>/delete")
@signed_in
def delete_broker(account_id: int) -> Response:
    """Forget an account at a broker with its keys."""
    accounts.require_fresh()
    question = gettext(
        "Delete “%(name)s” and its keys? Nothing changes at the broker.",
        name=service.get_account(user_id(), account_id).name,
    )
    user = accounts.get_user(user_id())
    if asked := ask_first(question, gettext("Delete"), "brokers", user=user):
        return asked
    service.delete_account(user_id(), account_id)
    return go("brokers", done="deleted")
