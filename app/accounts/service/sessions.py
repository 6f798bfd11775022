"""Browsers in which somebody is signed in: begun, found, listed, ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import g
from sqlalchemy import delete, select, update

from app.accounts.models import AccountMail, SignInStep, TokenFamily, User, UserSession
from app.accounts.rules import sessions as rules
from app.accounts.service.audit import audit
from app.core import auth, clock, security
from app.core.db import db, transaction
from app.core.errors import NotFoundError
from app.core.i18n import gettext
from app.core.pages import NotFreshError

__all__ = [
    "Place",
    "confirm_session",
    "end_all_sessions",
    "end_other_sessions",
    "end_session",
    "find_session",
    "is_fresh",
    "list_sessions",
    "open_session",
    "renew_session",
    "require_fresh",
    "revoke_session",
]


@dataclass(frozen=True)
class Place:
    """From where somebody asks: only what may be kept, and what is counted."""

    network: str
    """Whose attempts are counted together; never kept in clear."""
    address: str
    browser: str
    mark: str = ""
    """What a browser kept from an earlier sign-in; not believed before it is checked."""


def open_session(user: User, *, is_kept: bool, place: Place) -> str:
    """Begin a session in the present transaction; return the token for its cookie."""
    now = clock.now()
    token = security.random_token()
    db.session.add(
        UserSession(
            token_hash=security.fingerprint(token),
            user_id=user.id,
            created_at=now,
            seen_at=now,
            confirmed_at=now,
            expires_at=now + rules.LIFETIME,
            is_kept=is_kept,
            browser=place.browser,
            address=place.address,
        )
    )
    db.session.flush()
    return token


def find_session(token: str) -> tuple[UserSession, User] | None:
    """Return the living session of a cookie's token with its user; notes that it was seen."""
    row = db.session.execute(
        select(UserSession, User)
        .join(User, User.id == UserSession.user_id)
        .where(UserSession.token_hash == security.fingerprint(token))
    ).one_or_none()
    if row is None:
        return None
    session, user = row[0], row[1]
    now = clock.now()
    if not user.is_active or user.erased_at is not None or _fault(session, user, now) is not None:
        return None
    if now - session.seen_at >= rules.SEEN_STEP:
        _note_seen(session.id, now)
    return session, user


def _note_seen(session_id: int, now: datetime) -> None:
    with transaction():
        db.session.execute(
            update(UserSession).where(UserSession.id == session_id).values(seen_at=now)
        )


def _fault(session: UserSession, user: User, now: datetime) -> str | None:
    times = rules.SessionTimes(
        session.created_at,
        session.seen_at,
        session.expires_at,
        session.is_kept,
        session.revoked_at,
    )
    return rules.session_fault(times, user.password_changed_at, now)


def list_sessions(user: User) -> list[UserSession]:
    """Return a person's living sessions, the last used first."""
    rows = db.session.scalars(
        select(UserSession)
        .where(UserSession.user_id == user.id, UserSession.revoked_at.is_(None))
        .order_by(UserSession.seen_at.desc(), UserSession.id.desc())
    )
    now = clock.now()
    return [row for row in rows if _fault(row, user, now) is None]


def revoke_session(user_id: int, session_id: int) -> None:
    """End one of a person's own sessions; ending it twice is fine."""
    session = db.session.get(UserSession, session_id, with_for_update=True)
    if session is None or session.user_id != user_id:
        message = gettext("There is no such session.")
        raise NotFoundError(message)
    if session.revoked_at is None:
        session.revoked_at = clock.now()
        audit("session.revoked", user_id=user_id, subject=f"session:{session_id}")


def end_session(session_id: int) -> None:
    """End the session that signs out."""
    session = db.session.get_one(UserSession, session_id)
    session.revoked_at = session.revoked_at or clock.now()
    audit("user.signed_out", user_id=session.user_id, subject=f"session:{session_id}")


def end_other_sessions(user_id: int, kept_id: int) -> int:
    """End all of a person's sessions but one; return how many."""
    count = _end(user_id, kept_id)
    if count:
        audit("session.others_revoked", user_id=user_id, count=count)
    return count


def end_all_sessions(user_id: int) -> int:
    """End all of a person's sessions; return how many."""
    return _end(user_id, 0)


def end_everything() -> int:
    """End all that anybody is signed in by, and links on their way; return how many sessions.

    For a database that comes from the past: what was ended since then must not count again. Keys
    stay, and an operator looks through them.
    """
    now = clock.now()
    db.session.execute(update(User).values(auth_version=User.auth_version + 1))
    db.session.execute(
        update(TokenFamily).where(TokenFamily.revoked_at.is_(None)).values(revoked_at=now)
    )
    db.session.execute(delete(SignInStep))
    db.session.execute(
        update(AccountMail).where(AccountMail.expires_at > now).values(expires_at=now)
    )
    ended = db.session.execute(
        update(UserSession)
        .where(UserSession.revoked_at.is_(None), UserSession.expires_at > now)
        .values(revoked_at=now)
        .returning(UserSession.id)
    )
    return len(ended.all())


def _end(user_id: int, kept_id: int) -> int:
    # Access tokens name this number: "everywhere" means programs too. Their keys stay.
    db.session.execute(
        update(User).where(User.id == user_id).values(auth_version=User.auth_version + 1)
    )
    ended = db.session.execute(
        update(UserSession)
        .where(
            UserSession.user_id == user_id,
            UserSession.id != kept_id,
            UserSession.revoked_at.is_(None),
            UserSession.expires_at > clock.now(),
        )
        .values(revoked_at=clock.now())
        .returning(UserSession.id)
    )
    return len(ended.all())


def renew_session(session_id: int) -> str:
    """Give a session a new token, and a new beginning, because its owner's rights have changed."""
    session = db.session.get_one(UserSession, session_id, populate_existing=True)
    token = security.random_token()
    now = clock.now()
    session.token_hash = security.fingerprint(token)
    session.created_at = session.confirmed_at = session.seen_at = now
    db.session.flush()
    return token


def confirm_session(session_id: int) -> None:
    """Note that the password was typed again in this session."""
    db.session.get_one(UserSession, session_id).confirmed_at = clock.now()


def require_fresh() -> None:
    """Demand, behind @signed_in, that the password was typed a short while ago.

    Raises:
        NotFreshError: it was not; the pages let it be typed again.
    """
    auth.principal()
    if not is_fresh(g.user_session):
        raise NotFreshError


def is_fresh(session: UserSession) -> bool:
    """Whether the password was typed lately enough for sensitive changes."""
    return rules.is_fresh(session.confirmed_at, clock.now())
