"""Signed tokens that write, each once."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete

from app.accounts import queries
from app.accounts.models import ConnectCode, UsedToken
from app.accounts.queries.sign_in import prune_sign_in
from app.core import clock
from app.core.db import db, transaction

KEEP_CODES = timedelta(days=30)


def use_token(jti: str, lifetime: timedelta) -> bool:
    """Note a writing token's id; False when it has been used before."""
    if db.session.get(UsedToken, jti) is not None:
        return False
    db.session.add(UsedToken(jti=jti, expires_at=clock.now() + lifetime))
    db.session.flush()
    return True


def prune_tokens() -> None:
    """Forget what has ended: ids of tokens, refresh tokens, and what sign-ins have left behind."""
    with transaction():
        queries.prune_refresh_tokens(clock.now())
        prune_sign_in(clock.now())
        db.session.execute(
            delete(ConnectCode).where(ConnectCode.expires_at < clock.now() - KEEP_CODES)
        )
        db.session.execute(delete(UsedToken).where(UsedToken.expires_at < clock.now()))
