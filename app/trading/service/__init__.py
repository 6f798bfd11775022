"""Accounts at brokers: added, listed, switched off and on, deleted. Keys go in and never out."""

from __future__ import annotations

import hmac

from flask import current_app

from app.accounts import service as accounts
from app.billing import service as billing
from app.core import clock, security
from app.core.db import db
from app.core.errors import ConflictError, ValidationError
from app.core.i18n import gettext
from app.trading import queries, rules
from app.trading.models import UserTradingAccount
from app.trading.schemas import BrokerAccountIn, BrokerAccountOut
from app.trading.service import leaps as leaps
from app.trading.service.by_hand import Instrument as Instrument
from app.trading.service.by_hand import change_position as change_position
from app.trading.service.by_hand import drop_position as drop_position
from app.trading.service.by_hand import instrument_of as instrument_of
from app.trading.service.by_hand import note_position as note_position
from app.trading.service.by_hand import noted_positions as noted_positions
from app.trading.service.combos import Chosen as Chosen
from app.trading.service.combos import Combination as Combination
from app.trading.service.combos import combine as combine
from app.trading.service.combos import find_contract as find_contract
from app.trading.service.portfolio import Entry as Entry
from app.trading.service.portfolio import moved as moved
from app.trading.service.portfolio import open_book as open_book
from app.trading.service.portfolio import portfolio_of as portfolio_of
from app.trading.service.portfolio import read_greeks as read_greeks
from app.trading.service.portfolio import read_portfolio as read_portfolio
from app.trading.service.portfolio import what_if as what_if


def list_accounts(user_id: int) -> list[BrokerAccountOut]:
    """Return a member's accounts at brokers; of the keys the last four characters."""
    return [_out(found) for found in queries.list_accounts(user_id)]


def get_account(user_id: int, account_id: int) -> BrokerAccountOut:
    """Return one of a member's accounts at brokers."""
    return _out(queries.get_account(user_id, account_id))


def add_account(user_id: int, given: BrokerAccountIn) -> BrokerAccountOut:
    """Keep a member's keys for an account at a broker, encrypted for this member.

    Raises:
        ConflictError: the member has as many as one may, or has this key already.
        EntitlementError: the member's plan has no further account.
    """
    api_key = _printable(given.api_key.get_secret_value(), "api_key")
    secret_key = _printable(given.secret_key.get_secret_value(), "secret_key")
    _check_type(given, api_key)
    # Two requests at once count and compare one after the other.
    accounts.lock_user(user_id)
    known = queries.list_accounts(user_id)
    if len(known) >= rules.MOST_ACCOUNTS:
        message = gettext(
            "You have %(most)s accounts at brokers. Delete one that you no longer use.",
            most=rules.MOST_ACCOUNTS,
        )
        raise ConflictError(message, code="too_many_accounts")
    most = billing.limit(user_id, "broker_accounts")
    if most is not None and len(known) >= most:
        raise billing.needed(user_id, "broker_accounts")
    fingerprint = _fingerprint(api_key)
    if any((one.broker, one.key_fingerprint) == (given.broker, fingerprint) for one in known):
        message = gettext("You have added this key already. Delete that account to add it anew.")
        raise ConflictError(message, code="key_known")
    now = clock.now()
    made = UserTradingAccount(
        user_id=user_id,
        broker=given.broker,
        name=given.name,
        api_key_encrypted=security.encrypt(api_key, f"broker-key:{user_id}"),
        secret_key_encrypted=security.encrypt(secret_key, f"broker-secret:{user_id}"),
        key_hint=rules.hint(api_key),
        key_fingerprint=fingerprint,
        account_type=given.account_type,
        is_active=True,
        created_at=now,
        updated_at=now,
    )
    db.session.add(made)
    db.session.flush()
    _note("broker_account.added", made)
    billing.note_gauge(user_id, "broker_accounts")
    return _out(made)


def set_active(user_id: int, account_id: int, *, is_active: bool) -> BrokerAccountOut:
    """Let an account be used or not; saying it twice is fine."""
    found = queries.get_account(user_id, account_id)
    if found.is_active != is_active:
        found.is_active, found.updated_at = is_active, clock.now()
        _note("broker_account.activated" if is_active else "broker_account.deactivated", found)
    return _out(found)


def delete_account(user_id: int, account_id: int) -> None:
    """Forget an account at a broker with its keys."""
    found = queries.get_account(user_id, account_id)
    _note("broker_account.deleted", found)
    db.session.delete(found)
    db.session.flush()


def _out(found: UserTradingAccount) -> BrokerAccountOut:
    return BrokerAccountOut.model_validate(found)


def _note(action: str, found: UserTradingAccount) -> None:
    accounts.audit(
        action,
        user_id=found.user_id,
        subject=f"broker_account:{found.id}",
        broker=found.broker,
        account_type=found.account_type,
    )


def _printable(text: str, field: str) -> str:
    bare = text.strip()
    if not bare.isascii() or not bare.isprintable() or " " in bare:
        message = gettext("A key has only letters, digits and signs. Copy it again.")
        raise ValidationError(message, field=field)
    return bare


def _check_type(given: BrokerAccountIn, api_key: str) -> None:
    texts = {
        "no_paper": gettext("Robinhood has no accounts on paper. Choose live, or another broker."),
        "key_is_paper": gettext("This key is for paper trading. Choose paper."),
        "key_is_live": gettext("This key trades with real money. Choose live, or a key for paper."),
    }
    fault = rules.type_fault(given.broker, given.account_type, api_key)
    if fault is not None:
        raise ValidationError(texts[fault], field="account_type")


def _fingerprint(api_key: str) -> str:
    key = security.derived_key(str(current_app.config["SECRET_KEY"]), "broker keys")
    return hmac.digest(key, api_key.encode(), "sha256").hex()


def count_accounts(user_id: int) -> int:
    """Return how many accounts at brokers a member has."""
    return len(queries.list_accounts(user_id))
