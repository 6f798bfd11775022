"""API keys: made, listed, revoked, found."""

from __future__ import annotations

import hmac
from datetime import timedelta

from app.accounts import queries, rules
from app.accounts.models import ApiKey
from app.accounts.schemas import KeyOut
from app.core import clock, security
from app.core.auth import SCOPES
from app.core.db import db, transaction
from app.core.errors import ConflictError, ValidationError
from app.core.i18n import gettext, listed

LAST_USED_STEP = timedelta(minutes=1)
MAX_KEYS = 20


def create_key(user_id: int, scopes: list[str] | None = None, name: str = "") -> str:
    """Make an API key and return its text, which is shown only now."""
    queries.get_user(user_id)
    wanted = list(SCOPES) if scopes is None else list(dict.fromkeys(scopes))
    unknown = [scope for scope in wanted if scope not in SCOPES]
    if unknown or not wanted:
        message = (
            gettext(
                "Unknown scope %(unknown)s: choose from %(known)s.",
                unknown=listed(unknown),
                known=listed(SCOPES),
            )
            if unknown
            else gettext("A key needs a scope: choose from %(known)s.", known=listed(SCOPES))
        )
        raise ValidationError(message, field="scopes")
    living = [key for key in queries.list_keys(user_id) if key.revoked_at is None]
    if len(living) >= MAX_KEYS:
        message = gettext(
            "You have %(most)s keys. Revoke one that you no longer use.", most=MAX_KEYS
        )
        raise ConflictError(message, code="too_many_keys")
    prefix = rules.KEY_PREFIX + security.random_token(6).replace("-", "x").replace("_", "y")
    secret = security.random_token()
    db.session.add(
        ApiKey(
            user_id=user_id,
            name=name or "API key",
            prefix=prefix,
            secret_hash=security.fingerprint(secret),
            scopes=wanted,
            created_at=clock.now(),
        )
    )
    db.session.flush()
    return f"{prefix}.{secret}"


def list_keys(user_id: int) -> list[KeyOut]:
    """Return a user's keys without their secrets."""
    return [KeyOut.model_validate(key, from_attributes=True) for key in queries.list_keys(user_id)]


def revoke_key(user_id: int, key_id: int) -> None:
    """Make a key useless from the next request on; revoking twice is fine."""
    key = queries.get_key(user_id, key_id)
    key.revoked_at = key.revoked_at or clock.now()


def find_key_owner(text: str) -> ApiKey | None:
    """Return the valid key that `text` is; None when it is wrong, revoked or its user disabled."""
    prefix, _, secret = text.partition(".")
    key = queries.find_key(prefix)
    digest = security.fingerprint(secret)
    if key is None or not hmac.compare_digest(key.secret_hash, digest) or key.revoked_at:
        return None
    if not queries.get_user(key.user_id).is_active:
        return None
    return key


def note_key_use(key: ApiKey) -> None:
    """Keep when a key was last used, to the minute."""
    now = clock.now()
    if key.last_used_at is None or now - key.last_used_at > LAST_USED_STEP:
        with transaction():
            db.session.merge(key).last_used_at = now
