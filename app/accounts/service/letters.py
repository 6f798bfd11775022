"""Mail that accounts need: asked for here, sent by the notifications; links that work once.

What is asked for about an unknown address takes the same steps as about a known one, so neither
the page nor its time tells them apart: only the mail does, and only its receiver reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import update

from app.accounts import queries
from app.accounts.errors import LinkError
from app.accounts.events import MailWanted
from app.accounts.models import AccountMail, User
from app.accounts.schemas import normal_email
from app.core import clock, events, security
from app.core.db import db
from app.core.errors import NotFoundError, ValidationError
from app.core.i18n import language

PATHS = {
    "sign_up": "/account/confirm",
    "reset": "/account/reset",
    "new_address": "/account/new-address",
}
LIFETIMES = {
    "sign_up": timedelta(hours=24),
    "reset": timedelta(minutes=30),
    "new_address": timedelta(hours=24),
}
FAREWELL = "erased"
NOTICE_LIFETIME = timedelta(days=1)
"""A notice that could not be sent for so long is not worth sending."""


@dataclass(frozen=True)
class Letter:
    """A mail as its sender needs it; `link` is secret and is made for the sending only."""

    id: int
    kind: str
    email: str
    language: str
    link: str | None
    base: str
    key: str
    """Of this mail alone, as in MailWanted."""


def checked_address(text: str) -> str:
    """Return an address in lower case; ValidationError names the field `email`."""
    try:
        return normal_email(text)
    except ValueError as error:
        raise ValidationError(str(error), field="email") from error


def request_sign_up(email: str) -> None:
    """Send a link that makes an account, or to a known address a mail that says so."""
    user = _known(email)
    _write("sign_up" if user is None else "has_account", email, user)


def request_reset(email: str) -> None:
    """Send a link that sets a new password, or to an unknown address a mail that says so."""
    user = _known(email)
    _write("no_account" if user is None else "reset", email, user)


def request_new_address(user: User, email: str) -> None:
    """Send a link to a new address of a person, or to one that is taken a mail that says so."""
    taken = queries.find_user_by_email(email) is not None
    _write("has_account" if taken else "new_address", email, user)


def _known(email: str) -> User | None:
    user = queries.find_user_by_email(email)
    # Members of the demo belong to nobody, and an erased account is no account.
    return None if user is None or user.is_demo or user.erased_at is not None else user


def send_notice(kind: str, user: User, email: str | None = None) -> None:
    """Tell a person by mail what has changed; `email` is the address when it is an earlier one."""
    if not user.is_demo:
        _write(kind, email or user.email, user)


def notify(user_id: int, kind: str) -> None:
    """Tell a person by mail what another slice has found out."""
    user = queries.get_user(user_id)
    if user.is_active and user.erased_at is None:
        send_notice(kind, user)


def say_farewell(email: str) -> None:
    """Tell an address that its account is erased: the last mail, which names no user any more."""
    _write(FAREWELL, email, None)


def forget_letter(mail_id: int) -> None:
    """Delete a last mail that is sent or too late: it alone still has the address."""
    mail = db.session.get(AccountMail, mail_id)
    if mail is not None and mail.kind == FAREWELL:
        db.session.delete(mail)


def _write(kind: str, email: str, user: User | None) -> None:
    now = clock.now()
    mail = AccountMail(
        kind=kind,
        user_id=user.id if user else None,
        email=email,
        language=language(),
        nonce=security.random_token(16),
        created_at=now,
        expires_at=now + LIFETIMES.get(kind, NOTICE_LIFETIME),
    )
    db.session.add(mail)
    db.session.flush()
    events.publish(MailWanted(mail.id, _key(mail)))


# --- For the sender ---


def read_letter(mail_id: int) -> Letter | None:
    """Return a mail that is still to be sent; None when it has lost its meaning."""
    mail = db.session.get(AccountMail, mail_id)
    if mail is None or mail.used_at is not None or mail.expires_at <= clock.now():
        return None
    base = str(current_app.config["PUBLIC_URL"]).rstrip("/")
    path = PATHS.get(mail.kind)
    link = f"{base}{path}?token={_token(mail)}" if path else None
    return Letter(mail.id, mail.kind, mail.email, mail.language, link, base, _key(mail))


def _key(mail: AccountMail) -> str:
    return f"{mail.id}-{int(mail.created_at.timestamp() * 1000)}"


def _signer() -> URLSafeSerializer:
    key = security.derived_key(str(current_app.config["SECRET_KEY"]), "account-mail")
    return URLSafeSerializer(key, salt="link")


def _token(mail: AccountMail) -> str:
    return str(_signer().dumps([mail.id, mail.kind, mail.nonce]))


# --- For who follows a link ---


def find_link(token: str, kind: str) -> AccountMail:
    """Return the mail whose link somebody follows; LinkError when it is used, old or not ours."""
    try:
        mail_id, signed_kind, nonce = _signer().loads(token)
    except (BadSignature, ValueError, TypeError) as error:
        raise LinkError from error
    mail = db.session.get(AccountMail, mail_id, populate_existing=True)
    is_good = (
        mail is not None
        and (mail.kind, mail.nonce) == (kind, nonce)
        and signed_kind == kind
        and mail.used_at is None
        and mail.expires_at > clock.now()
    )
    if mail is None or not is_good:
        raise LinkError
    return mail


def use_link(token: str, kind: str) -> AccountMail:
    """Use up a link in the present transaction; of two at once exactly one gets it."""
    mail = find_link(token, kind)
    used = db.session.execute(
        update(AccountMail)
        .where(AccountMail.id == mail.id, AccountMail.used_at.is_(None))
        .values(used_at=clock.now())
        .returning(AccountMail.id)
    )
    if used.first() is None:
        raise LinkError
    return mail


def void_links(user_id: int, kind: str) -> None:
    """Make a person's other links of a kind useless."""
    db.session.execute(
        update(AccountMail)
        .where(
            AccountMail.user_id == user_id,
            AccountMail.kind == kind,
            AccountMail.used_at.is_(None),
        )
        .values(used_at=clock.now())
    )


def get_link_user(mail: AccountMail) -> User:
    """Return whom a link is about; LinkError when the account is gone, or has another address."""
    try:
        user = queries.get_user(mail.user_id or 0)
    except NotFoundError as error:
        raise LinkError from error
    if user.erased_at is not None or not user.is_active:
        raise LinkError
    return user
