"""Making an account by a mailed link, and changing its password or address."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from app.accounts import queries
from app.accounts.errors import LinkError
from app.accounts.events import SignedUp
from app.accounts.models import SignInStep, User
from app.accounts.queries.sign_in import list_sites_of
from app.accounts.service import letters, limits
from app.accounts.service.audit import audit
from app.accounts.service.passwords import (
    hash_password,
    keep_password,
    require_good_password,
)
from app.accounts.service.sessions import (
    Place,
    end_all_sessions,
    end_other_sessions,
    renew_session,
)
from app.accounts.service.users import create_user
from app.core import clock, events
from app.core.db import db, transaction
from app.core.errors import NotFoundError
from app.core.i18n import gettext


def ask_for_mail(kind: str, email: str, place: Place) -> None:
    """Send a link to an address: `sign_up` or `reset`. What is known of it only the mail tells.

    Raises:
        ValidationError: the text is no address.
        TooManyError: this address, or this place, asked too often.
    """
    address = letters.checked_address(email)
    limits.take(("mail.address", address), ("mail.network", place.network))
    with transaction():
        if kind == "sign_up":
            letters.request_sign_up(address)
        else:
            letters.request_reset(address)


def finish_sign_up(token: str, password: str) -> int:
    """Make the account whose link was followed; return the user's id.

    No account stands before its address is confirmed, and the password is chosen by who reads
    that address: nobody can prepare an account for somebody else.
    """
    mail = letters.find_link(token, "sign_up")
    require_good_password(password, mail.email)
    hashed = hash_password(password)
    with _unique_address(), transaction():
        mail = letters.use_link(token, "sign_up")
        if queries.find_user_by_email(mail.email) is not None:
            raise LinkError
        user = create_user(mail.email)
        keep_password(user, hashed)
        user.email_confirmed_at = clock.now()
        mail.user_id = user.id
        events.publish(SignedUp(user.id, None, "service"))
        audit("user.signed_up", user_id=user.id, actor=f"user:{user.id}")
        return user.id


@contextmanager
def _unique_address() -> Iterator[None]:
    """Let the database decide when two links give the same address to two people at once."""
    try:
        yield
    except IntegrityError as error:
        raise LinkError from error


def finish_reset(token: str, password: str) -> int:
    """Set a new password by a mailed link, or the first one of who came through WordPress.

    Ends every session, every waiting sign-in and every other link of the kind.
    """
    mail = letters.find_link(token, "reset")
    require_good_password(password, mail.email)
    hashed = hash_password(password)
    with transaction():
        mail = letters.use_link(token, "reset")
        user = _owner(mail.user_id, mail.email)
        is_first = user.password_hash is None
        keep_password(user, hashed)
        user.email_confirmed_at = user.email_confirmed_at or clock.now()
        end_all_sessions(user.id)
        _void(user.id)
        limits.forget(("sign_in.address", user.email), ("password.user", user.id))
        action = "user.claimed" if is_first else "user.password_reset"
        audit(action, user_id=user.id, actor=f"user:{user.id}")
        letters.send_notice("new_password", user)
        return user.id


def _owner(user_id: int | None, email: str | None) -> User:
    """Return whom a link is about, locked; LinkError when it went to an address given up since."""
    queries.lock_user(user_id or 0)
    user = db.session.get(User, user_id or 0, populate_existing=True)
    if user is None or not user.is_active or user.erased_at is not None:
        raise LinkError
    if email is not None and user.email != email:
        raise LinkError
    return user


def _void(user_id: int) -> None:
    letters.void_links(user_id, "reset")
    db.session.execute(delete(SignInStep).where(SignInStep.user_id == user_id))


def change_password(user_id: int, session_id: int, password: str) -> str:
    """Set a new password for who is signed in; return the new token of the present session.

    All other sessions end.
    """
    email = queries.get_user(user_id).email
    require_good_password(password, email)
    hashed = hash_password(password)
    with transaction():
        user = _owner(user_id, None)
        keep_password(user, hashed)
        end_other_sessions(user_id, session_id)
        _void(user_id)
        audit("user.password_changed", user_id=user_id)
        letters.send_notice("new_password", user)
        return renew_session(session_id)


def ask_for_new_address(user_id: int, email: str, place: Place) -> None:
    """Send a link to the new address; nothing changes until it is followed."""
    address = letters.checked_address(email)
    limits.take(("mail.address", address), ("mail.network", place.network))
    with transaction():
        letters.request_new_address(queries.get_user(user_id), address)


def finish_new_address(token: str) -> int:
    """Let a person have the address whose link was followed; the old one is told."""
    with _unique_address(), transaction():
        mail = letters.use_link(token, "new_address")
        user = _owner(mail.user_id, None)
        if queries.find_user_by_email(mail.email) is not None:
            raise LinkError
        before = user.email
        user.email, user.email_confirmed_at = mail.email, clock.now()
        user.updated_at = clock.now()
        letters.void_links(user.id, "new_address")
        letters.void_links(user.id, "reset")
        audit("user.address_changed", user_id=user.id, actor=f"user:{user.id}")
        letters.send_notice("address_changed", user, before)
        return user.id


def cut_site_off(user_id: int, site_id: str) -> None:
    """Let a site no longer speak for a person; NotFoundError when it never did."""
    if site_id not in {site.id for site in list_sites_of(user_id)}:
        message = gettext("There is no such site.")
        raise NotFoundError(message)
    queries.delete_members(user_id, site_id)
    audit("site.cut_off", user_id=user_id, subject=site_id)
