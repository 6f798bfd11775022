"""What belongs to who signs in: the sites that speak for them, and what signing in has left."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from app.accounts.models import (
    AccountMail,
    AttemptCount,
    RecoveryCode,
    SecondFactor,
    SignInStep,
    Site,
    SiteMember,
    UserSession,
)
from app.core.db import db

KEEP_ENDED = timedelta(days=7)
KEEP_COUNTS = timedelta(days=1)


def list_sites_of(user_id: int) -> list[Site]:
    """Return the WordPress sites that may speak for a person."""
    query = select(Site).join(SiteMember, SiteMember.site_id == Site.id)
    return list(db.session.scalars(query.where(SiteMember.user_id == user_id).order_by(Site.name)))


def delete_sign_in(user_id: int, email: str) -> None:
    """Delete all by which a person signs in, and the mails to them and to their address."""
    db.session.execute(delete(AccountMail).where(AccountMail.email == email))
    for table in (UserSession, SignInStep, SecondFactor, RecoveryCode, AccountMail):
        db.session.execute(delete(table).where(table.user_id == user_id))


def prune_sign_in(now: datetime) -> None:
    """Delete what sign-ins have left behind."""
    for table, is_over in (
        (UserSession, UserSession.expires_at < now),
        (UserSession, UserSession.revoked_at < now - KEEP_ENDED),
        (SignInStep, SignInStep.expires_at < now),
        (AccountMail, AccountMail.expires_at < now - KEEP_ENDED),
        (AttemptCount, AttemptCount.last_at < now - KEEP_COUNTS),
    ):
        db.session.execute(delete(table).where(is_over))
