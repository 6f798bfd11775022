"""Pure: whether an event was signed by the provider, and lately."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

TOLERANCE_SECONDS = 300
MOST_PARTS = 20


def fault(body: bytes, header: str, secrets: Sequence[str], now: float) -> str | None:
    """Return what is wrong with a signature: missing, malformed, old, wrong; None when it is good.

    `header` is "t=1700000000,v1=…,v1=…"; each of `secrets` may have signed it, as two do while
    one takes the place of the other.
    """
    if not header:
        return "missing"
    pairs = [part.strip().partition("=") for part in header.split(",")[:MOST_PARTS]]
    times = [value for name, _, value in pairs if name == "t"]
    signed = [value for name, _, value in pairs if name == "v1"]
    if len(times) != 1 or not times[0].isascii() or not times[0].isdigit() or not signed:
        return "malformed"
    if not any(_is_by(secret, times[0], body, signed) for secret in secrets):
        return "wrong"
    # Looked at after the signature, so that nobody learns our clock by guessing.
    return "old" if abs(now - int(times[0])) > TOLERANCE_SECONDS else None


def _is_by(secret: str, at: str, body: bytes, signed: Sequence[str]) -> bool:
    ours = hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
    found = [hmac.compare_digest(ours.encode(), one.encode()) for one in signed]
    return any(found)
