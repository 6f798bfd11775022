"""Signing in with a password and, where it is on, a code.

Passwords are hashed between transactions: SQLite has one writer, and it must not wait for that.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import delete, select

from app.accounts import queries
from app.accounts.errors import StepGoneError, WrongCodeError, WrongCredentialsError
from app.accounts.models import SignInStep, User
from app.accounts.rules.sessions import STEP_LIFETIME
from app.accounts.service import limits
from app.accounts.service.audit import audit
from app.accounts.service.passwords import check_password, hash_password, needs_renewal
from app.accounts.service.second_factor import has_second_factor, use_code
from app.accounts.service.sessions import Place, open_session
from app.core import clock, security
from app.core.db import db, transaction


@dataclass(frozen=True)
class SignedIn:
    """How far a sign-in came: the token is a session's, or that of the step to the code."""

    user_id: int
    token: str
    needs_code: bool


def sign_in(email: str, password: str, *, is_kept: bool, place: Place) -> SignedIn:
    """Check a password; begin a session, or the step to the second factor.

    Raises:
        WrongCredentialsError: for an unknown address, a wrong password and a disabled account
            alike, after the same time.
        TooManyError: here, or for this address, it was tried too often.
    """
    address = email.strip().lower()
    held = limits.take(*_subjects(address, place))
    user = queries.find_user_by_email(address)
    stored = user.password_hash if user is not None else None
    is_right = check_password(password, stored)
    if user is None or stored is None or not is_right or not _is_open(user):
        if held:
            _note_guesses(user)
        raise WrongCredentialsError
    renewed = hash_password(password) if needs_renewal(stored) else None
    with transaction():
        user = _locked(user.id, stored)
        if renewed is not None:
            user.password_hash = renewed
        _forgive(address, place)
        return _begin(user, is_kept=is_kept, place=place)


def _subjects(address: str, place: Place) -> list[limits.Subject]:
    network: limits.Subject = ("sign_in.network", place.network)
    if place.mark and _is_mark_of(place.mark, address):
        return [("sign_in.browser", place.mark), network]
    return [
        ("sign_in.pair", f"{address} {place.network}"),
        ("sign_in.address", address),
        network,
    ]


def mark_browser(user_id: int) -> str:
    """Return what a browser keeps after a sign-in, so that the guesses of others do not stop it."""
    nonce = security.random_token(12)
    return f"{nonce}.{_mark(nonce, queries.get_user(user_id).email)}"


def _is_mark_of(mark: str, address: str) -> bool:
    nonce, _, digest = mark.partition(".")
    return hmac.compare_digest(digest.encode(), _mark(nonce, address).encode())


def _mark(nonce: str, address: str) -> str:
    key = security.derived_key(str(current_app.config["SECRET_KEY"]), "known-browser")
    return hmac.new(key, f"{nonce}:{address}".encode(), "sha256").hexdigest()


def _forgive(address: str, place: Place) -> None:
    *own, network = _subjects(address, place)
    limits.forgive(*own, shared=network)


def _is_open(user: User) -> bool:
    return user.is_active and user.erased_at is None


def _note_guesses(user: User | None) -> None:
    with transaction():
        audit(
            "user.sign_in_held_up",
            user_id=user.id if user is not None else None,
            actor="nobody",
        )


def _locked(user_id: int, stored: str) -> User:
    """Return the user as they are now; the password that was checked must still be theirs."""
    queries.lock_user(user_id)
    user = db.session.get_one(User, user_id, populate_existing=True)
    if user.password_hash != stored or not _is_open(user):
        raise WrongCredentialsError
    return user


def _begin(user: User, *, is_kept: bool, place: Place) -> SignedIn:
    if has_second_factor(user.id):
        return SignedIn(user.id, _open_step(user, is_kept=is_kept), needs_code=True)
    return SignedIn(user.id, _enter(user, is_kept=is_kept, place=place), needs_code=False)


def _enter(user: User, *, is_kept: bool, place: Place, by_code: bool = False) -> str:
    audit("user.signed_in", user_id=user.id, actor=f"user:{user.id}", by_code=by_code)
    return open_session(user, is_kept=is_kept, place=place)


def _open_step(user: User, *, is_kept: bool) -> str:
    now = clock.now()
    token = security.random_token()
    db.session.add(
        SignInStep(
            token_hash=security.fingerprint(token),
            user_id=user.id,
            is_kept=is_kept,
            created_at=now,
            expires_at=now + STEP_LIFETIME,
        )
    )
    db.session.flush()
    return token


def require_step(token: str) -> SignInStep:
    """Return the sign-in that waits for its code; StepGoneError when it is over."""
    step: SignInStep | None = db.session.scalar(
        select(SignInStep).where(
            SignInStep.token_hash == security.fingerprint(token),
            SignInStep.expires_at > clock.now(),
        )
    )
    if step is None:
        raise StepGoneError
    return step


def finish_sign_in(token: str, code: str, place: Place) -> SignedIn:
    """Check the second factor and begin the session.

    Raises:
        StepGoneError: the first step is too long ago, was used, or its password has changed.
        WrongCodeError: the code is wrong or was used.
        TooManyError: this person's codes were tried too often.
    """
    user_id = require_step(token).user_id
    held = limits.take(("code.user", user_id))
    try:
        with transaction():
            entered = _finish(token, code, place)
            limits.forget(("code.user", user_id))
    except WrongCodeError:
        if held:
            with transaction():
                audit("user.code_held_up", user_id=user_id, actor="nobody")
        raise
    return entered


def _finish(token: str, code: str, place: Place) -> SignedIn:
    step = require_step(token)
    user = _locked_for_step(step)
    if not use_code(user.id, code):
        raise WrongCodeError
    gone = db.session.execute(
        delete(SignInStep).where(SignInStep.id == step.id).returning(SignInStep.id)
    )
    if gone.first() is None:
        raise StepGoneError
    session = _enter(user, is_kept=step.is_kept, place=place, by_code=True)
    return SignedIn(user.id, session, needs_code=False)


def _locked_for_step(step: SignInStep) -> User:
    queries.lock_user(step.user_id)
    user = db.session.get_one(User, step.user_id, populate_existing=True)
    changed_at = user.password_changed_at
    if not _is_open(user) or (changed_at is not None and step.created_at < changed_at):
        raise StepGoneError
    return user


def check_again(user: User, password: str) -> None:
    """Check a signed-in person's password once more.

    Raises:
        WrongCredentialsError: it is wrong.
        TooManyError: it was tried too often.
    """
    limits.take(("password.user", user.id))
    if not check_password(password, user.password_hash):
        raise WrongCredentialsError
    with transaction():
        limits.forget(("password.user", user.id))
