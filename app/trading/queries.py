"""Reading accounts at brokers: every query names the owner."""

from __future__ import annotations

from sqlalchemy import select

from app.core.db import db
from app.core.errors import NotFoundError
from app.core.i18n import gettext
from app.trading.models import UserTradingAccount


def list_accounts(user_id: int) -> list[UserTradingAccount]:
    """Return a member's accounts at brokers, the oldest first."""
    mine = UserTradingAccount.user_id == user_id
    query = select(UserTradingAccount).where(mine).order_by(UserTradingAccount.id)
    return list(db.session.scalars(query))


def get_account(user_id: int, account_id: int) -> UserTradingAccount:
    """Return one of a member's own accounts; NotFoundError for anybody else's."""
    found = db.session.get(UserTradingAccount, account_id)
    if found is None or found.user_id != user_id:
        message = gettext("There is no such account.")
        raise NotFoundError(message)
    return found
