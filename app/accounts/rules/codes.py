"""One-time codes of an authenticator app (RFC 6238), and codes for when it is lost."""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from datetime import datetime

import pyotp

STEP_SECONDS = 30
WINDOW = 1
"""So many steps before and after now are taken: clocks differ."""
RECOVERY_CODES = 10
RECOVERY_BYTES = 10
RECOVERY_LENGTH = 16

_CODE = re.compile(r"[0-9]{6}")


def matching_step(secret: str, code: str, now: datetime, last_step: int) -> int | None:
    """Return the time step that a code is of; None when it fits none after the last used one."""
    digits = re.sub(r"\s", "", code)
    if not _CODE.fullmatch(digits):
        return None
    present = int(now.timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(secret)
    for step in range(present - WINDOW, present + WINDOW + 1):
        if hmac.compare_digest(totp.generate_otp(step), digits) and step > last_step:
            return step
    return None


def provisioning_uri(secret: str, email: str, issuer: str) -> str:
    """Return what the QR code tells an authenticator app."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=issuer)


def make_recovery_codes() -> list[str]:
    """Return new codes of 80 random bits each, in groups of four letters."""
    codes = []
    for _ in range(RECOVERY_CODES):
        text = base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode().lower()
        codes.append("-".join(text[at : at + 4] for at in range(0, len(text), 4)))
    return codes


def bare_recovery_code(code: str) -> str | None:
    """Return a typed recovery code without what stands between; None when it cannot be one."""
    bare = re.sub(r"[\s-]", "", code).lower()
    return bare if len(bare) == RECOVERY_LENGTH and bare.isascii() and bare.isalnum() else None
