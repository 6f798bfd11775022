"""The fragment with a member's accounts at brokers."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from app.core.auth import person, user_id
from app.core.errors import ConflictError, ValidationError
from app.core.parse import parse
from app.trading import service
from app.trading.schemas import BrokerAccountIn

bp = Blueprint("trading", __name__, url_prefix="/embed")
UNPROCESSABLE = 422


def _shown(error: str = "", typed: dict[str, str] | None = None) -> str:
    return render_template(
        "trading/_broker_accounts.html",
        accounts=service.list_accounts(user_id()),
        error=error,
        # Never the keys: a page that is kept must not hold them.
        typed={name: (typed or {}).get(name, "") for name in ("broker", "name", "account_type")},
    )


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
    except (ConflictError, ValidationError) as error:
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
