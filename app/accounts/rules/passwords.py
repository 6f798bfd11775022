"""Which passwords are taken, and how an old hash is read."""

from __future__ import annotations

import base64
import hmac
import unicodedata
from functools import cache
from pathlib import Path

from app.core.i18n import gettext

MIN_PASSWORD = 10
MAX_PASSWORD_BYTES = 256
BCRYPT_PREFIXES = ("$2y$", "$2b$", "$2a$")
WORDPRESS_PREFIX = "$wp$2y$"
BCRYPT_BYTES = 72
WORDPRESS_KEY = b"wp-sha384"


@cache
def common_passwords() -> frozenset[str]:
    """Return the most common passwords that are long enough to be taken otherwise."""
    path = Path(__file__).with_name("common_passwords.txt")
    return frozenset(path.read_text(encoding="ascii").split())


def password_fault(password: str, email: str) -> str | None:
    """Return why a password is not taken; None when it is. Length and rarity count, nothing else."""
    if len(password) < MIN_PASSWORD:
        return gettext("Use at least %(least)s characters.", least=MIN_PASSWORD)
    if not is_readable(password):
        return gettext("Use at most %(most)s bytes.", most=MAX_PASSWORD_BYTES)
    lowered = password.lower()
    if lowered in common_passwords() or len(set(lowered)) == 1:
        return gettext("This is one of the most common passwords. Choose another one.")
    if lowered in {email, email.partition("@")[0]}:
        return gettext("This is your address. Choose another one.")
    return None


def is_readable(password: str) -> bool:
    """Whether a password is short enough to be looked at."""
    return 0 < len(password.encode(errors="surrogatepass")) <= MAX_PASSWORD_BYTES


def prepared(password: str) -> bytes:
    """Return what argon2 hashes: the same bytes however a keyboard composes its letters."""
    return unicodedata.normalize("NFKC", password).encode(errors="surrogatepass")


def is_bcrypt(stored: str) -> bool:
    """Whether a hash is bcrypt's, plain or as WordPress 6.8 keeps it."""
    return stored.startswith((*BCRYPT_PREFIXES, WORDPRESS_PREFIX))


def bcrypt_question(password: str, stored: str) -> tuple[bytes, bytes]:
    """Return what bcrypt must hash, and the hash to compare with.

    PHP cuts passwords at 72 bytes; WordPress hashes them before, so that none is longer.
    """
    if stored.startswith(WORDPRESS_PREFIX):
        digest = hmac.digest(WORDPRESS_KEY, password.strip().encode(), "sha384")
        return base64.b64encode(digest), stored.removeprefix("$wp").encode()
    return password.encode()[:BCRYPT_BYTES], stored.encode()
