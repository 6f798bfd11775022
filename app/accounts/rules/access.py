"""Pure decisions about access tokens and the refresh tokens that renew them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

KEY_ID = "access"
TYPE = "at+jwt"
ALGORITHM = "HS256"
ISSUER = "trading-robot-service"
AUDIENCE = "trading-robot-service:api"
REQUIRED = ["iss", "sub", "aud", "iat", "exp", "jti"]
REFRESH_PREFIX = "trp_refresh_"

ACCESS_LIFE = timedelta(minutes=10)
REFRESH_LIFE = timedelta(days=30)
RETRY = timedelta(seconds=10)
"""Who asks again with a used token so soon did not get the answer, and gets the same one."""
MAX_FAMILIES = 50


@dataclass(frozen=True)
class Family:
    """What an exchange gave: for whom, for which key, and whether it still counts."""

    id: int
    user_id: int
    key_id: int
    scopes: tuple[str, ...]
    auth_version: int
    expires_at: datetime
    revoked_at: datetime | None

    def counts(self, auth_version: int, now: datetime) -> bool:
        """Whether its tokens may be used."""
        return (
            self.revoked_at is None and self.expires_at > now and self.auth_version == auth_version
        )


@dataclass(frozen=True)
class Named:
    """What a good access token names."""

    user_id: int
    family_id: int
    scopes: tuple[str, ...]


def read_claims(claims: Mapping[str, Any]) -> Named | None:
    """Return what verified claims name; None when one is missing or of another kind."""
    subject, family_id, scope = claims.get("sub"), claims.get("fam"), claims.get("scope")
    if not (isinstance(subject, str) and subject.isascii() and subject.isdecimal()):
        return None
    if not isinstance(family_id, int) or isinstance(family_id, bool):
        return None
    if not isinstance(scope, str):
        return None
    return Named(int(subject), family_id, tuple(scope.split()))


def narrowed(has: Sequence[str], wanted: Sequence[str] | None) -> tuple[list[str], list[str]]:
    """Return the scopes that a token gets, and those that were wanted and are not to be had."""
    if wanted is None:
        return list(has), []
    chosen = list(dict.fromkeys(wanted))
    return [scope for scope in chosen if scope in has], [s for s in chosen if s not in has]


def may_retry(used_at: datetime, now: datetime, *, is_next_unused: bool) -> bool:
    """Whether a used refresh token may be asked with again: soon, and nobody went on from it."""
    return is_next_unused and now - used_at <= RETRY
