"""Hashing passwords: argon2id, with old bcrypt hashes read until they are renewed."""

from __future__ import annotations

import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.accounts.models import User
from app.accounts.rules import passwords
from app.core import clock
from app.core.errors import ValidationError

# OWASP's first choice for argon2id: 19 MiB, two passes, one lane.
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# Each hash takes its 19 MiB; more at once than these wait, so that a flood costs no memory.
_slots = threading.BoundedSemaphore(4)


def hash_password(password: str) -> str:
    """Return the hash to be kept; takes some 20 ms, so not while a transaction is open."""
    with _slots:
        return HASHER.hash(passwords.prepared(password))


@cache
def _nobody_s_hash() -> str:
    return HASHER.hash(b"nobody has this password")


def check_password(password: str, stored: str | None) -> bool:
    """Whether a password is the one that was kept; without one it takes as long and says no."""
    if not passwords.is_readable(password):
        return False
    with _slots:
        if stored is not None and passwords.is_bcrypt(stored):
            return _is_bcrypt_of(password, stored)
        matches = _is_argon_of(password, stored or _nobody_s_hash())
    return matches and stored is not None


def _is_argon_of(password: str, stored: str) -> bool:
    try:
        return HASHER.verify(stored, passwords.prepared(password))
    except (VerificationError, InvalidHashError):
        return False


def _is_bcrypt_of(password: str, stored: str) -> bool:
    import bcrypt

    question, bare = passwords.bcrypt_question(password, stored)
    try:
        return bcrypt.checkpw(question, bare)
    except ValueError:
        return False


def needs_renewal(stored: str) -> bool:
    """Whether a hash was made by an older way, or with weaker parameters, than today's."""
    return passwords.is_bcrypt(stored) or HASHER.check_needs_rehash(stored)


def require_good_password(password: str, email: str, field: str = "password") -> None:
    """Refuse a password that is too short, too long or too common."""
    fault = passwords.password_fault(password, email)
    if fault is not None:
        raise ValidationError(fault, field=field)


def keep_password(user: User, hashed: str) -> None:
    """Let a person have a new password; all sessions and access tokens from before end by it."""
    user.password_hash = hashed
    user.auth_version += 1
    user.password_changed_at = user.updated_at = clock.now()
