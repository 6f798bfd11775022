"""Access tokens for programs: ten minutes, in exchange for an API key, renewed by refresh tokens.

A refresh token is good once. The next one is made from it, so that whoever lost the answer and asks
again within ten seconds gets the same one and no second line begins; at any other time a used token
is a stolen one, and its whole family ends.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence

import jwt
from flask import Flask, current_app

from app.accounts import queries
from app.accounts.models import RefreshToken, TokenFamily
from app.accounts.rules import access as rules
from app.accounts.rules.keys import KeyFacts, admits
from app.accounts.schemas import TokenSet
from app.accounts.service.audit import audit
from app.accounts.service.credentials import find_key
from app.core import clock, security
from app.core.address import client_address
from app.core.db import db, in_transaction, transaction
from app.core.errors import ForbiddenError, UnauthorizedError
from app.core.i18n import gettext, listed
from app.core.pulse import Kept


def register(app: Flask) -> None:
    """Give the application its memory of token families."""
    app.extensions["families"] = Kept(queries.find_family_now)


def exchange_key(key_id: int, scopes: Sequence[str] | None = None) -> TokenSet:
    """Return an access and a refresh token for a key, with all its scopes or some of them."""
    key = find_key(key_id)
    if key is None:
        raise _wrong()
    granted, missing = rules.narrowed(key.scopes, scopes)
    if missing or not granted:
        message = gettext(
            "This key cannot give %(scopes)s; it has %(known)s.",
            scopes=listed([scope[:60] for scope in missing]) or "nothing",
            known=listed(list(key.scopes)),
        )
        raise ForbiddenError(message, code="missing_scope")
    now = clock.now()
    queries.lock_user(key.user_id)
    queries.end_oldest_families(key.id, rules.MAX_FAMILIES - 1, now)
    family = TokenFamily(
        user_id=key.user_id,
        key_id=key.id,
        scopes=granted,
        auth_version=key.auth_version,
        created_at=now,
        expires_at=now + rules.REFRESH_LIFE,
    )
    db.session.add(family)
    db.session.flush()
    text = rules.REFRESH_PREFIX + security.random_token()
    _keep(family, text)
    audit(
        "tokens.issued",
        user_id=key.user_id,
        subject=f"key:{key.id}",
        family=family.id,
        scopes=granted,
    )
    return _token_set(family, text)


def refresh(text: str) -> TokenSet:
    """Return the next pair of tokens; UnauthorizedError when `text` is not good for one.

    Commits by itself, because the end of a family must stand although the answer is an error.
    """
    with transaction():
        found = _turn(text)
    if found is None:
        raise _wrong()
    return found


def _turn(text: str) -> TokenSet | None:
    place = queries.lock_refresh_token(security.fingerprint(text))
    if place is None:
        return None
    token, family = place
    now, key = clock.now(), find_key(family.key_id)
    facts = queries.family_facts(family)
    if key is None or token.expires_at <= now or not facts.counts(key.auth_version, now):
        return None
    if not admits(key.networks, client_address()):
        return None
    following = _next_text(token, text)
    if token.used_at is None:
        token.used_at = now
        family.expires_at = now + rules.REFRESH_LIFE
        _keep(family, following)
        return _token_set(family, following)
    unused = queries.is_refresh_token_unused(security.fingerprint(following))
    if rules.may_retry(token.used_at, now, is_next_unused=unused):
        return _token_set(family, following)
    family.revoked_at = now
    audit("tokens.reused", user_id=family.user_id, subject=f"family:{family.id}")
    return None


def revoke_tokens(text: str) -> None:
    """End a refresh token with its whole family and its access tokens; an unknown one is fine."""
    place = queries.lock_refresh_token(security.fingerprint(text))
    if place is not None and place[1].revoked_at is None:
        family = place[1]
        family.revoked_at = clock.now()
        audit("tokens.revoked", user_id=family.user_id, subject=f"family:{family.id}")


def _keep(family: TokenFamily, text: str) -> None:
    db.session.add(
        RefreshToken(
            token_hash=security.fingerprint(text),
            family_id=family.id,
            expires_at=clock.now() + rules.REFRESH_LIFE,
            salt=security.random_token(),
        )
    )
    db.session.flush()


def _next_text(token: RefreshToken, text: str) -> str:
    """Return the token that follows: only with our key, the salt and the text can it be made."""
    made = hmac.digest(_key("refresh tokens"), f"{token.salt}\n{text}".encode(), "sha256")
    return rules.REFRESH_PREFIX + urlsafe_b64encode(made).decode().rstrip("=")


def _token_set(family: TokenFamily, refresh_text: str) -> TokenSet:
    now = int(clock.now().timestamp())
    life = int(rules.ACCESS_LIFE.total_seconds())
    claims = {
        "iss": rules.ISSUER,
        "aud": rules.AUDIENCE,
        "sub": str(family.user_id),
        "iat": now,
        "exp": now + life,
        "jti": security.random_token(16),
        "fam": family.id,
        "ver": family.auth_version,
        "scope": " ".join(family.scopes),
    }
    headers = {"typ": rules.TYPE, "kid": rules.KEY_ID}
    return TokenSet(
        access_token=jwt.encode(claims, _key("access tokens"), rules.ALGORITHM, headers),
        expires_in=life,
        refresh_token=refresh_text,
        refresh_expires_in=int(rules.REFRESH_LIFE.total_seconds()),
        scopes=list(family.scopes),
    )


def _key(purpose: str) -> bytes:
    return security.derived_key(current_app.config["SECRET_KEY"], purpose)


def is_access_token(text: str) -> bool:
    """Whether a token says that it is one of these; nothing is proven by that."""
    try:
        return bool(jwt.get_unverified_header(text).get("kid") == rules.KEY_ID)
    except jwt.PyJWTError:
        return False


def read_access_token(text: str) -> tuple[KeyFacts, tuple[str, ...], float] | None:
    """Return the key that a token stands for, what it may do and its end; None for a bad one.

    A token may do what its key may still do. It ends with its key, its family, its user, and with
    the user's `auth_version`.
    """
    try:
        if jwt.get_unverified_header(text).get("typ") != rules.TYPE:
            return None
        claims = jwt.decode(
            text,
            _key("access tokens"),
            algorithms=[rules.ALGORITHM],
            audience=rules.AUDIENCE,
            issuer=rules.ISSUER,
            options={"require": rules.REQUIRED, "verify_iat": True},
        )
    except jwt.PyJWTError:
        return None
    named = rules.read_claims(claims)
    family = _family(named.family_id) if named else None
    key = find_key(family.key_id) if family else None
    if named is None or family is None or key is None:
        return None
    is_right = (
        named.user_id == family.user_id == key.user_id
        and claims.get("ver") == key.auth_version
        and family.counts(key.auth_version, clock.now())
    )
    may = tuple(scope for scope in named.scopes if scope in family.scopes and scope in key.scopes)
    return (key, may, float(claims["exp"])) if is_right else None


def _family(family_id: int) -> rules.Family | None:
    if in_transaction():
        return queries.find_family(family_id)
    kept: Kept[int, rules.Family] = current_app.extensions["families"]
    return kept.find(family_id)


def _wrong() -> UnauthorizedError:
    message = gettext(
        "This refresh token is wrong, used, or has ended. Exchange the API key for new tokens."
    )
    return UnauthorizedError(message, code="bad_refresh_token")
