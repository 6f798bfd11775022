"""Secrets: encryption at rest with the owner as context, random tokens, hashes of keys."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app

from app.core.errors import UnavailableError
from app.core.i18n import gettext

NONCE_BYTES = 12


def _key() -> bytes:
    return hashlib.sha256(str(current_app.config["ENCRYPTION_KEY"]).encode()).digest()


def encrypt(plain: str, context: str) -> str:
    """Encrypt with AES-256-GCM; `context` (whose secret it is) must be given again to read it."""
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(_key()).encrypt(nonce, plain.encode(), context.encode())
    return base64.urlsafe_b64encode(nonce + sealed).decode()


def decrypt(sealed: str, context: str) -> str:
    """Return what `encrypt` was given; UnavailableError when the key or the context differs."""
    raw = base64.urlsafe_b64decode(sealed)
    try:
        plain = AESGCM(_key()).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], context.encode())
    except InvalidTag as error:
        raise _wrong_key() from error
    return plain.decode()


def seal(plain: bytes, secret: str, context: str) -> bytes:
    """Encrypt with a key made from ours and a caller's `secret`; without both nobody reads it."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _sealer(secret).encrypt(nonce, plain, context.encode())


def unseal(sealed: bytes, secret: str, context: str) -> bytes:
    """Return what `seal` was given; UnavailableError when a key or the context differs."""
    try:
        return _sealer(secret).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context.encode())
    except InvalidTag as error:
        raise _wrong_key() from error


def _sealer(secret: str) -> AESGCM:
    return AESGCM(hmac.digest(_key(), b"seal\n" + secret.encode(), "sha256"))


def _wrong_key() -> UnavailableError:
    message = gettext(
        "A stored secret cannot be read: the encryption key is not the one it was made with."
    )
    return UnavailableError(message, code="wrong_encryption_key")


def random_token(size: int = 32) -> str:
    """Return an unguessable URL-safe text of `size` random bytes."""
    return secrets.token_urlsafe(size)


def derived_key(secret: str, purpose: str) -> bytes:
    """Return a key for one purpose; it tells nothing of the secret nor of other purposes' keys."""
    return hmac.digest(secret.encode(), purpose.encode(), "sha256")


def fingerprint(secret: str) -> str:
    """Return the SHA-256 of a random secret (never of a password) for storing and looking up."""
    return hashlib.sha256(secret.encode()).hexdigest()
