"""Secrets: encryption at rest with the owner as context, random tokens, hashes of keys."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app

from app.core.errors import UnavailableError
from app.core.i18n import gettext

NONCE_BYTES = 12


def sealed(context: str) -> dict[str, str]:
    """Mark a column (`info=`) that holds what `encrypt` made, with the context as a pattern.

    The pattern takes columns of the row: "totp:{user_id}". Key rotation finds columns by this mark;
    a test fails on a column named *_encrypted without it.
    """
    return {"sealed": context}


def encrypt(plain: str, context: str) -> str:
    """Encrypt with AES-256-GCM; `context` (whose secret it is) must be given again to read it."""
    return encrypt_with(_keys()[0], plain, context)


def decrypt(encrypted: str, context: str) -> str:
    """Return what `encrypt` was given; UnavailableError when the key or the context differs."""
    for key in _keys():
        plain = decrypt_with(key, encrypted, context)
        if plain is not None:
            return plain
    raise _wrong_key()


def _keys() -> Sequence[bytes]:
    keys: Sequence[bytes] = current_app.extensions["vault"].keys()
    return keys


def key_of(text: str) -> bytes:
    """Return the key that the text of a setting stands for."""
    return hashlib.sha256(text.encode()).digest()


def encrypt_with(key: bytes, plain: str, context: str) -> str:
    """Encrypt with a given key."""
    nonce = os.urandom(NONCE_BYTES)
    sealed_text = AESGCM(key).encrypt(nonce, plain.encode(), context.encode())
    return base64.urlsafe_b64encode(nonce + sealed_text).decode()


def decrypt_with(key: bytes, encrypted: str, context: str) -> str | None:
    """Return what was encrypted with a given key; None when it was not, or is damaged."""
    try:
        raw = base64.urlsafe_b64decode(encrypted)
        opened = AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], context.encode())
    except (InvalidTag, ValueError):
        return None
    return opened.decode()


def lock_bytes(key: bytes, plain: bytes, context: str) -> bytes:
    """Encrypt what is large with a key of its own, which `encrypt` keeps: a rotation changes that."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, context.encode())


def unlock_bytes(key: bytes, locked: bytes, context: str) -> bytes:
    """Return what `lock_bytes` was given; UnavailableError when key, context or bytes differ."""
    try:
        return AESGCM(key).decrypt(locked[:NONCE_BYTES], locked[NONCE_BYTES:], context.encode())
    except InvalidTag as error:
        raise _wrong_key() from error


def seal(plain: bytes, secret: str, context: str) -> bytes:
    """Encrypt with a key made from ours and a caller's `secret`; without both nobody reads it."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _sealer(_keys()[0], secret).encrypt(nonce, plain, context.encode())


def unseal(text: bytes, secret: str, context: str) -> bytes:
    """Return what `seal` was given; UnavailableError when a key or the context differs."""
    nonce, hidden = text[:NONCE_BYTES], text[NONCE_BYTES:]
    for key in _keys():
        with contextlib.suppress(InvalidTag):
            return _sealer(key, secret).decrypt(nonce, hidden, context.encode())
    raise _wrong_key()


def _sealer(key: bytes, secret: str) -> AESGCM:
    return AESGCM(hmac.digest(key, b"seal\n" + secret.encode(), "sha256"))


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
