"""Trading accounts: open, find, list."""

from __future__ import annotations

import re
from collections.abc import Container
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from app.core import clock
from app.core.db import db, is_sqlite, transaction
from app.core.errors import ConflictError, PreconditionFailedError, ValidationError
from app.core.i18n import gettext, listed
from app.ledger import queries
from app.ledger.models import ACCOUNT_KINDS, AccountDay, TradingAccount
from app.ledger.rules.chain import GENESIS
from app.ledger.schemas import AccountView, OpeningIn, OpeningView
from app.ledger.service import derive
from app.market import service as market

PLUGIN_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
MAX_NAME = 80
# What these hold is the owner's own word, and so is what they began with.
OWNER_KINDS = ("journal", "copy")
PREDICTORS = ("ai-analysis",)
"""Accounts of these hold predictions and what became of them, and never a trade."""


def check_plugin_id(plugin_id: str) -> str:
    """Return a robot's id when it is well-formed."""
    if not isinstance(plugin_id, str) or not PLUGIN_ID.fullmatch(plugin_id):
        message = gettext(
            "plugin_id: must be 1 to 64 of a-z, 0-9, _ and -, beginning with a letter or digit"
        )
        raise ValidationError(message, field="plugin_id")
    return plugin_id


def open_account(  # noqa: PLR0913 - the facts of an account, all but three with a default
    user_id: int,
    plugin_id: str,
    kind: str,
    *,
    currency: str = "USD",
    starting_balance: Decimal | None = None,
    opened_on: date | None = None,
    name: str | None = None,
    is_ranked: bool = False,
    is_simulated: bool = False,
    robot_version: str = "",
) -> TradingAccount:
    """Return the account of a user, robot, kind, currency and robot version; make it if need be.

    What is given besides describes a new account and changes nothing in one that is there.
    """
    check_plugin_id(plugin_id)
    if kind not in ACCOUNT_KINDS:
        message = gettext("kind: must be one of %(choices)s", choices=listed(ACCOUNT_KINDS))
        raise ValidationError(message, field="kind")
    if currency not in market.CURRENCIES:
        message = gettext("currency: must be a currency code such as USD")
        raise ValidationError(message, field="currency")
    identity = {
        "user_id": user_id,
        "plugin_id": plugin_id,
        "kind": kind,
        "currency": currency,
        "robot_version": robot_version,
    }
    values = {
        **identity,
        "name": (name or f"{plugin_id} ({kind})")[:MAX_NAME],
        "starting_balance": starting_balance,
        "given_opened_on": opened_on,
        "is_ranked": is_ranked,
        "is_simulated": is_simulated,
        "is_published": False,
        "is_backfilled": False,
        "head_seq": 0,
        "head_hash": GENESIS,
        "derived_seq": 0,
        "positions": {},
        "created_at": clock.now(),
    }
    insert: Any = sqlite.insert if is_sqlite() else postgresql.insert
    with transaction():
        made = db.session.execute(
            insert(TradingAccount)
            .values(values)
            .on_conflict_do_nothing()
            .returning(TradingAccount.id)
        ).scalar_one_or_none()
        account = db.session.scalars(select(TradingAccount).filter_by(**identity)).one()
        if made is not None and opened_on is not None:
            derive.settle_opening(account)
    return account


def get_opening(user_id: int, account_id: int) -> OpeningView:
    """Return what the owner said that an account began with."""
    return _opening(queries.get_account(user_id, account_id))


def _opening(account: TradingAccount) -> OpeningView:
    return OpeningView(starting_balance=account.starting_balance, opened_on=account.given_opened_on)


def set_opening(
    user_id: int,
    account_id: int,
    opening: OpeningIn,
    *,
    versions: Container[str] | None = None,
) -> AccountView:
    """Say what an account began with, once: from then on its ratios have an answer.

    Later it stays: a record whose base could be changed would be no record. Saying the same
    again is fine, also for `versions` (those that the caller read; None: not asked) that are gone:
    whoever did not hear the answer sends it again as it was.

    Raises:
        ConflictError: it is set already, or the account is not a journal or copy.
        PreconditionFailedError: the opening is of none of the `versions`.
    """
    queries.get_account(user_id, account_id)
    today = clock.now().date()
    if opening.opened_on is not None and opening.opened_on > today:
        message = gettext("opened_on: must not be after today, %(today)s", today=today)
        raise ValidationError(message, field="opened_on")
    with transaction():
        account = queries.lock_account(account_id)
        said = (account.starting_balance, account.given_opened_on)
        if said != (opening.starting_balance, opening.opened_on):
            _demand_version(account, versions)
            _demand_unset(account)
            account.starting_balance = opening.starting_balance
            account.given_opened_on = opening.opened_on
            # Nothing was booked as an opening so far: book it as for an account that begins.
            account.opened_on = None
            derive.settle_opening(account)
    return get_account(user_id, account_id)


def _demand_version(account: TradingAccount, versions: Container[str] | None) -> None:
    if versions is not None and _opening(account).version not in versions:
        message = gettext("The opening has changed since you read it. Read it again.")
        raise PreconditionFailedError(message)


def _demand_unset(account: TradingAccount) -> None:
    if account.kind not in OWNER_KINDS:
        message = gettext(
            "The opening of a %(kind)s account is not its owner's to set.",
            kind=account.kind,
        )
        raise ConflictError(message, code="opening_not_yours")
    if account.starting_balance is not None or account.given_opened_on is not None:
        message = gettext(
            "The opening of this account is set and stays. Send later money as a cash flow."
        )
        raise ConflictError(message, code="opening_set")


def find_or_open(user_id: int, plugin_id: str, kind: str, currency: str) -> TradingAccount:
    """Return a user's account of a robot and kind, whatever its currency; else open one."""
    return queries.find_account(user_id, plugin_id, kind) or open_account(
        user_id, plugin_id, kind, currency=currency
    )


def list_accounts(user_id: int, *, with_predictions: bool = False) -> list[AccountView]:
    """Return a user's accounts, the oldest first; those that only hold predictions if asked for."""
    return [
        AccountView.model_validate(row)
        for row in queries.list_accounts(user_id)
        if with_predictions or row.plugin_id not in PREDICTORS
    ]


def note_modelled_costs(account_id: int, spread: Decimal, slippage: Decimal) -> None:
    """Keep what spread and slippage took in the prices of a run over past bars."""
    with transaction():
        account = db.session.get_one(TradingAccount, account_id)
        account.modelled_spread, account.modelled_slippage = spread, slippage


def publish_backtest(account_id: int) -> None:
    """Show a run over past bars to everybody: the operator's decision, never a member's."""
    with transaction():
        account = db.session.get_one(TradingAccount, account_id)
        account.is_published = account.kind == "backtest"


def list_published_backtests(plugin_id: str | None = None) -> list[AccountView]:
    """Return the published runs over past bars, of one robot or of all; whose is not told."""
    query = select(TradingAccount).where(
        TradingAccount.kind == "backtest",
        TradingAccount.is_published.is_(True),
        TradingAccount.head_seq > 0,
    )
    if plugin_id is not None:
        query = query.where(TradingAccount.plugin_id == plugin_id)
    rows = db.session.scalars(query.order_by(TradingAccount.id))
    return [AccountView.model_validate(row) for row in rows]


def list_ranked(plugin_id: str) -> list[AccountView]:
    """Return the accounts that make up a robot's public record, the newest first."""
    rows = db.session.scalars(
        select(TradingAccount)
        .where(
            TradingAccount.plugin_id == plugin_id,
            TradingAccount.is_ranked.is_(True),
            TradingAccount.head_seq > 0,
        )
        .order_by(TradingAccount.id.desc())
    )
    return [AccountView.model_validate(row) for row in rows]


def public_fees(plugin_id: str, currency: str) -> Decimal:
    """Return what a robot's ranked accounts paid in fees, all together."""
    total = db.session.scalar(
        select(func.sum(AccountDay.fees)).where(
            AccountDay.plugin_id == plugin_id,
            AccountDay.currency == currency,
            AccountDay.is_ranked.is_(True),
        )
    )
    return total or Decimal(0)


def owner_of(account_id: int) -> int:
    """Return whose an account is; for the operator's commands."""
    return queries.get_account(None, account_id).user_id


def get_account(user_id: int, account_id: int) -> AccountView:
    """Return one of a user's accounts; AccountNotFoundError for anybody else's."""
    return AccountView.model_validate(queries.get_account(user_id, account_id))
