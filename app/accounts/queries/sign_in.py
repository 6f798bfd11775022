"""Taking away what signing in has left."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete

from app.accounts.models import (
    AccountMail,
    AttemptCount,
    RecoveryCode,
    SecondFactor,
    SignInStep,
    UserSession,
)
from app.core.db import db

KEEP_ENDED = timedelta(days=7)
KEEP_COUNTS = timedelta(days=1)


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
