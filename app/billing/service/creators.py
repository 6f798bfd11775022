"""Members who sell: how they begin, what they must have for it, and what the provider knows of them.

Whether somebody may sell is asked each time and kept nowhere: without the plan or without codes at
sign-in selling stops at that moment, and what was bought goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.accounts import service as accounts
from app.billing.clients import stripe
from app.billing.errors import TillMissingError, TillRefusedError
from app.billing.models import Creator
from app.billing.queries import creators as queries
from app.billing.rules import selling
from app.billing.rules.mirror import USER, Object
from app.billing.service import addresses, journal, locks, till
from app.billing.service.entitlements import can, needed, require
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import ForbiddenError
from app.core.i18n import gettext

SELL = "subscriber_management"
"""What the creator plan gives those who sell."""
KEYS_LIVE = timedelta(hours=23)
MOST_WORDS = 50


@dataclass(frozen=True)
class Hindrance:
    """Why somebody cannot sell now, in words, and what mends it."""

    code: str
    """plan, second_factor, account, suspended."""
    message: str


def is_creator(user_id: int) -> bool:
    """Whether a member has begun to sell."""
    return queries.find_creator(user_id) is not None


def become(user_id: int) -> Creator:
    """Let a member begin to sell, in the present transaction; twice is the same as once.

    Raises:
        EntitlementError: their plan does not give it.
        ForbiddenError: codes at sign-in are not on, which creators must have.
    """
    known = queries.find_creator(user_id)
    if known is not None:
        return known
    require(user_id, SELL)
    _require_second_factor(user_id)
    values = {
        "user_id": user_id,
        "is_charges_enabled": False,
        "is_payouts_enabled": False,
        "requirements": [],
        "is_suspended": False,
        "created_at": clock.now(),
    }
    new = journal.dialect().insert(Creator).values(values).on_conflict_do_nothing()
    if db.session.scalar(new.returning(Creator.user_id)) is not None:
        accounts.audit("creator.joined", user_id=user_id, subject=f"user:{user_id}")
    return queries.get_creator(user_id)


def _require_second_factor(user_id: int) -> None:
    if not accounts.has_second_factor(user_id):
        raise ForbiddenError(_second_factor_words(), code="second_factor_needed")


def _second_factor_words() -> str:
    return gettext(
        "Whoever is paid here signs in with codes. Turn them on in your account, under “Codes”; "
        "then go on here."
    )


def hindrances(user_id: int) -> list[Hindrance]:
    """Return all that keeps a creator from selling now; an empty list: nothing does."""
    creator = queries.get_creator(user_id)
    found = []
    if creator.is_suspended:
        found.append(
            Hindrance("suspended", gettext("The operator has stopped your sales. Ask them why."))
        )
    if not can(user_id, SELL):
        found.append(Hindrance("plan", needed(user_id, SELL).message))
    if not accounts.has_second_factor(user_id):
        found.append(Hindrance("second_factor", _second_factor_words()))
    if creator.provider_account_id is None:
        found.append(Hindrance("account", gettext("Tell the payment provider where you are paid.")))
    elif not creator.is_payouts_enabled:
        found.append(
            Hindrance("account", gettext("The payment provider still wants to know something."))
        )
    return found


def require_may_sell(user_id: int) -> None:
    """Let a creator pass who may sell now.

    Raises:
        NotFoundError: the member is no creator.
        ForbiddenError: something keeps them from it; the first thing is named.
    """
    for first in hindrances(user_id):
        code = {"second_factor": "second_factor_needed"}.get(first.code, "cannot_sell")
        raise ForbiddenError(first.message, code=code, hindrance=first.code)


# --- The account at the provider ---


def onboarding_url(user_id: int, return_url: str | None) -> str:
    """Return where the provider asks a creator for what it must know; good for minutes, used once.

    Raises:
        NotFoundError: the member is no creator.
        NoTillError, TillAwayError: not now.
    """
    stripe.require()
    with transaction():
        queries.get_creator(user_id)
        _require_second_factor(user_id)
        back = addresses.own(return_url, user_id, "return_url")
    params: dict[str, Any] = {
        "account": need_account(user_id),
        "type": "account_onboarding",
        "return_url": back,
        # A link that is old or was opened before leads back to where a new one is made.
        "refresh_url": back,
    }
    return str(stripe.ask(lambda client: client.account_links.create(params=params))["url"])


def need_account(user_id: int) -> str:
    """Return a creator's account at the provider; made there when there is none."""
    with locks.lease(f"creator:{user_id}") as held:
        with transaction():
            creator = queries.get_creator(user_id)
            known, since, left_at = (
                creator.provider_account_id,
                creator.created_at,
                creator.fetched_at,
            )
            email = accounts.get_user(user_id).email
        if known is not None:
            return known
        # Keys are forgotten after a day; who began before that may have an account by now.
        found = _look_up(user_id) if clock.now() - since > KEYS_LIVE else None
        body = found or _create_account(user_id, email, left_at)
        with transaction():
            locks.require(held)
            _write(queries.get_creator(user_id, lock=True), body)
            accounts.audit("creator.account_made", user_id=user_id, subject=f"user:{user_id}")
    return str(body["id"])


def _create_account(user_id: int, email: str, left_at: datetime | None) -> Object:
    params: dict[str, Any] = {
        "type": "express",
        "email": email,
        "capabilities": {"transfers": {"requested": True}},
        "metadata": {USER: str(user_id)},
    }
    # Whoever has left and begins anew gets another account than the one that was left.
    key = till.key_of("creator", user_id, left_at.isoformat() if left_at else "first")
    return stripe.ask(
        lambda client: client.accounts.create(params=params, options=stripe.options(key))
    )


def _look_up(user_id: int) -> Object | None:
    asked = {"limit": 100}
    for body in stripe.each(lambda client: client.accounts.list(params=asked)):
        if (body.get("metadata") or {}).get(USER) == str(user_id):
            return body
    return None


def refresh(user_id: int) -> None:
    """Ask the provider anew what it knows of a creator, for the page they come back to."""
    with transaction():
        account_id = queries.get_creator(user_id).provider_account_id
    if account_id is not None:
        sync_account(account_id)


def sync_account(account_id: str) -> None:
    """Write what the provider says of a creator's account; one that has left us is forgotten."""
    with transaction():
        creator = queries.creator_of_account(account_id)
    if creator is None:
        return
    with locks.lease(f"creator:{creator.user_id}") as held:
        try:
            body = stripe.ask(lambda client: client.accounts.retrieve(account_id))
        except TillRefusedError as error:
            if not _is_gone(error):
                raise
            body = None
        with transaction():
            locks.require(held)
            row = queries.get_creator(creator.user_id, lock=True)
            if body is None:
                _forget(row)
            else:
                _write(row, body)


def _is_gone(error: TillRefusedError) -> bool:
    """Whether the account is not there or not connected to us any more."""
    reason = error.details.get("reason")
    return isinstance(error, TillMissingError) or reason == "account_invalid"


def _write(creator: Creator, body: Object) -> None:
    could = creator.is_payouts_enabled
    wanted = body.get("requirements") or {}
    due = [*(wanted.get("past_due") or []), *(wanted.get("currently_due") or [])]
    can_receive = (body.get("capabilities") or {}).get("transfers") == "active"
    creator.provider_account_id = str(body["id"])
    creator.country = body.get("country")
    creator.is_charges_enabled = bool(body.get("charges_enabled"))
    creator.is_payouts_enabled = bool(body.get("payouts_enabled")) and can_receive
    creator.requirements = list(dict.fromkeys(str(one)[:100] for one in due))[:MOST_WORDS]
    creator.fetched_at = clock.now()
    if could != creator.is_payouts_enabled:
        word = "enabled" if creator.is_payouts_enabled else "disabled"
        accounts.audit(f"creator.payouts_{word}", user_id=creator.user_id,
                       subject=f"user:{creator.user_id}")  # fmt: skip


def _forget(creator: Creator) -> None:
    creator.provider_account_id = None
    creator.is_charges_enabled = creator.is_payouts_enabled = False
    creator.requirements, creator.fetched_at = [], clock.now()
    accounts.audit("creator.account_left", user_id=creator.user_id,
                   subject=f"user:{creator.user_id}")  # fmt: skip


def set_suspended(user_id: int, reason: str, *, is_suspended: bool) -> None:
    """Stop or go on with a creator's sales and payouts, in the present transaction."""
    creator = queries.get_creator(user_id, lock=True)
    creator.is_suspended = is_suspended
    word = "suspended" if is_suspended else "reinstated"
    accounts.audit(f"creator.{word}", user_id=user_id, subject=f"user:{user_id}", reason=reason)


def wanted(creator: Creator) -> list[str]:
    """Return what the provider still wants to know, in plain words."""
    return selling.wanted(creator.requirements)
